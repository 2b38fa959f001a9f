// The hand on a picture: it pans the axes that it holds, two fingers or Ctrl and the wheel zoom them, a press points at a place.

import { axesAt } from "./axes.js";
import { element } from "./element.js";

const STILL = 3; // pixels that a press may move and is still one
const PAUSE = 120; // milliseconds between the last turn of the wheel and a new picture

/**
 * Let a hand move `drawn`, a picture whose axes are data. What it does is told in shares of the axes' width and height, from their left and
 * lower end: `panned(x, y)`, `zoomed(factor, x, y, {wait})` about a place, `pointed(x, y)`. `upright()` says whether it moves y too.
 */
export function hand({ drawn, upright = () => false, panned, zoomed, pointed = () => {}, signal }) {
  const { place } = drawn;
  const fingers = new Map(); // pointer → [x, y] in the place, now
  let alone = true; // whether it is one finger since the first came down: after a pinch the last one points at nothing
  let begun = null; // {axes, from: where the fingers were, panes: what moves meanwhile}
  place.classList.add("draggable");

  const inside = ({ clientX, clientY }) => {
    const { left, top } = place.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };

  /** Lay what stands between axes' ends over the picture, to be moved under its frame: of curves with the numbers below, which move along. */
  function lift({ left, right, top, bottom }) {
    const under = upright() ? bottom : place.clientHeight;
    const sheet = element("div", { class: "glass-sheet" }, drawn.image.cloneNode(), place.querySelector(".marker")?.cloneNode());
    const glass = element("div", { class: "glass", "aria-hidden": "true" }, sheet);
    Object.assign(glass.style, { left: `${left}px`, width: `${right - left}px`, top: `${top}px`, height: `${under - top}px` });
    Object.assign(sheet.style, {
      left: `${-left}px`, top: `${-top}px`, width: `${place.clientWidth}px`, height: `${place.clientHeight}px`, transformOrigin: "0 0",
      clipPath: `inset(${top}px ${place.clientWidth - right}px ${place.clientHeight - under}px ${left}px)`,
    });
    place.append(glass);
    return { glass, sheet, left, top };
  }

  /** Return what moves as one: maps each by itself, of curves those that stand above each other. */
  function panes() {
    if (upright()) return drawn.axes().map(lift);
    const highest = drawn.axes().toSorted((one, other) => one.top - other.top);
    return highest.filter((one, index) => highest.findIndex(({ left }) => left === one.left) === index).map(lift);
  }

  /** Return how the fingers have moved: x = factor·x₀ + shift, in pixels of the place, and y alike. */
  function motion() {
    const now = [...fingers.values()];
    const apart = (two, way) => (two.length > 1 ? two[1][way] - two[0][way] : 0);
    const size = (two) => (upright() ? Math.hypot(apart(two, 0), apart(two, 1)) : Math.abs(apart(two, 0)));
    const factor = size(begun.from) > 8 ? Math.max(0.1, size(now) / size(begun.from)) : 1;
    const shift = [0, 1].map((way) => (way && !upright() ? 0 : now[0][way] - factor * begun.from[0][way]));
    return { factor, shift };
  }

  function begin() {
    begun?.panes.forEach(({ glass }) => glass.remove());
    const axes = begun?.axes ?? axesAt(drawn.axes(), [...fingers.values()][0]);
    begun = fingers.size && axes ? { axes, from: [...fingers.values()], panes: panes() } : null;
  }

  /** Return a place as shares of axes. */
  const shares = ({ left, right, top, bottom }, [x, y]) => [(x - left) / (right - left), (bottom - y) / (bottom - top)];

  place.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || fingers.size > 1 || !drawn.axes().length) return;
    alone = fingers.size === 0;
    fingers.set(event.pointerId, inside(event));
    place.setPointerCapture(event.pointerId);
    event.preventDefault();
    begin();
  }, { signal });
  place.addEventListener("pointermove", (event) => {
    if (!begun || !fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, inside(event));
    const { factor, shift } = motion();
    const tall = upright() ? factor : 1;
    for (const { sheet, left, top } of begun.panes) {
      // What happens to the axes that are held happens to the others.
      const across = shift[0] + (factor - 1) * (begun.axes.left - left);
      const down = shift[1] + (tall - 1) * (begun.axes.top - top);
      sheet.style.transform = `translate(${across}px, ${down}px) scale(${factor}, ${tall})`;
    }
  }, { signal });
  const end = (event) => {
    if (!fingers.has(event.pointerId)) return;
    const { axes, from } = begun;
    const { factor, shift } = motion();
    const moved = Math.hypot(...[...fingers.values()][0].map((at, way) => at - from[0][way]));
    fingers.delete(event.pointerId);
    begin();
    if (event.type !== "pointerup") return;
    const [width, height] = [axes.right - axes.left, axes.bottom - axes.top];
    if (factor !== 1) {
      // What stays where it is: x = factor·x + shift.
      zoomed(1 / factor, ...shares(axes, shift.map((by) => by / (1 - factor))));
    } else if (moved > STILL) panned(-shift[0] / width, shift[1] / height);
    else if (alone) pointed(...shares(axes, from[0]));
  };
  place.addEventListener("pointerup", end, { signal });
  place.addEventListener("pointercancel", end, { signal });
  // Without Ctrl the wheel belongs to the page; a pinch on a touchpad comes as a wheel with Ctrl.
  place.addEventListener("wheel", (event) => {
    const axes = axesAt(drawn.axes(), inside(event));
    if (!event.ctrlKey || !axes) return;
    event.preventDefault();
    zoomed(2 ** (event.deltaY / 300), ...shares(axes, inside(event)), { wait: PAUSE });
  }, { signal, passive: false });
}
