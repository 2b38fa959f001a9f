// The stretch of the x-axis that is shown: by numbers, by buttons, by dragging and zooming the picture.

import { element } from "../page/element.js";
import { field } from "../page/field.js";
import { numberOrNull } from "../page/numbers.js";

// The axes' place in every picture of curves, in CSS pixels (app/plots/frame.py, app/plots/header.py).
const [LEFT, RIGHT, TOP] = [62, 18, 66];
const [LEGEND_ROW, LEGEND_SAMPLE, LETTER] = [21, 60, 7.5];
const PAUSE = 120; // milliseconds between the last turn of the wheel and a new picture
const FARTHEST = 1e9;
const NARROWEST = 1e-9; // of what stands to its left: beyond, the ends are no longer told apart in a picture

/**
 * Return {element, low, high, valid, at, place, onPoint}; `changed(low, high)` gets the ends of a new window as texts, or nulls for
 * the usual one; `keep(name, text)` what is typed meanwhile. While that is no window, `valid` is false.
 */
export function axis({ drawn, state, chosen, keep, changed, signal }) {
  const usual = usualWindow(chosen);
  let [low, high] = usual;
  let valid = true;
  let timer = 0;

  const boxes = [["low", low], ["high", high]].map(([name, value]) => element("input", {
    value: state.get(name) ?? String(value), autocomplete: "off", spellcheck: "false",
    onchange: typed, oninput: (event) => keep(name, event.target.value),
  }));
  const fields = [field("x from", boxes[0]), field("to", boxes[1])];
  judge();

  /** Take both ends as typed, to the last digit; where they are no window, let their fields say why. */
  function judge() {
    fields.forEach((one) => one.clear());
    const values = boxes.map((box, index) => {
      const value = numberOrNull(box.value, (message) => fields[index].fault([], message));
      if (value === null || Math.abs(value) <= FARTHEST) return value;
      fields[index].fault([], `expected at most 1e${Math.log10(FARTHEST)} in size`);
      return null;
    });
    valid = !values.includes(null) && isWindow(...values);
    if (valid) [low, high] = values;
    else if (!values.includes(null)) fields[1].fault([], values[0] < values[1] ? "expected ends farther apart" : "must be greater than the left end");
  }

  function typed() {
    judge();
    clearTimeout(timer);
    changed(...boxes.map((box) => box.value));
  }

  /** Show another window, its ends rounded to what can be seen: nobody typed them. */
  function move(from, to, { wait = 0 } = {}) {
    if (!isWindow(from, to) || Math.max(Math.abs(from), Math.abs(to)) > FARTHEST) return;
    set([from, to].map((value) => round(value, to - from)));
    clearTimeout(timer);
    timer = setTimeout(() => changed(String(low), String(high)), wait);
  }

  function set(values) {
    boxes.forEach((box, index) => (box.value = String(values[index])));
    judge();
  }

  function reset() {
    clearTimeout(timer);
    set(usual);
    changed(null, null);
  }

  const zoom = (factor, around = (low + high) / 2, options) => move(around + (low - around) * factor, around + (high - around) * factor, options);
  const pan = (share) => move(low + share * (high - low), high + share * (high - low));

  const inner = () => drawn.place.clientWidth * (1 - (LEFT + RIGHT) / drawn.width);
  const start = () => (drawn.place.clientWidth * LEFT) / drawn.width;
  const valueAt = (clientX) => low + ((clientX - drawn.place.getBoundingClientRect().left - start()) / inner()) * (high - low);

  let point = () => {};
  dragging(drawn, signal, {
    edges: () => ({ left: start(), right: (drawn.place.clientWidth * RIGHT) / drawn.width }),
    pointed: (clientX) => {
      const at = valueAt(clientX);
      if (valid && at >= low && at <= high) point(round(at, high - low));
    },
    moved: (pixels) => move(low - (pixels / inner()) * (high - low), high - (pixels / inner()) * (high - low)),
    pinched: (factor, x) => zoom(factor, valueAt(x), { wait: PAUSE }),
  });

  const button = (words, sign, act) => element("button", { type: "button", class: "small", "aria-label": words, title: words, onclick: act }, sign);
  const frame = element("fieldset", { class: "window" }, element("legend", {}, "Window"),
    element("div", { class: "fields" }, fields.map((one) => one.element)),
    element("div", { class: "inline" },
      button("← Move left", "←", () => pan(-0.25)), button("→ Move right", "→", () => pan(0.25)),
      button("+ Zoom in", "+", () => zoom(0.5)), button("− Zoom out", "−", () => zoom(2)), button("Reset the window", "reset", reset)),
    element("p", { class: "quiet hint" }, "Drag to pan. ", element("span", { class: "by-mouse" }, "Ctrl + scroll to zoom."), element("span", { class: "by-touch" }, "Pinch to zoom.")));

  return {
    element: frame,
    get low() { return low; },
    get high() { return high; },
    get valid() { return valid; },
    /** Call back with the x of a point of the picture that is pressed. */
    onPoint(callback) { point = callback; },
    /** Return about how far below the picture's edge the axes begin, under a legend of these labels. */
    top: (labels) => TOP + LEGEND_ROW * Math.floor(labels.reduce((sum, label) => sum + LEGEND_SAMPLE + LETTER * label.length, 0) / drawn.width),
    /** Return the x of a place of the window. */
    at: valueAt,
    /** Return where x stands in the picture, as a share of its width, or null outside the window. */
    place: (x) => (x < low || x > high ? null : (start() + ((x - low) / (high - low)) * inner()) / drawn.place.clientWidth),
  };
}

/** Let a hand pan the picture, and two fingers or a wheel with Ctrl zoom it: `moved`, `pinched`, `pointed` are told at the end. */
function dragging(drawn, signal, { edges, moved, pinched, pointed }) {
  const { place } = drawn;
  const fingers = new Map(); // pointer → its x now
  let begun = null; // {xs: where the fingers were, glass: what moves meanwhile}
  place.classList.add("draggable");

  /** Lay what stands between the axes' ends over the picture, to be moved under its frame. */
  function lift() {
    const { left, right } = edges();
    const glass = element("div", { class: "glass", "aria-hidden": "true" });
    const copy = drawn.image.cloneNode();
    const marker = place.querySelector(".marker")?.cloneNode();
    glass.style.left = `${left}px`;
    glass.style.right = `${right}px`;
    const sheet = element("div", { class: "glass-sheet" }, copy, marker);
    sheet.style.left = `${-left}px`;
    sheet.style.width = `${place.clientWidth}px`;
    sheet.style.transformOrigin = "0 0";
    glass.append(sheet);
    place.append(glass);
    return { glass, sheet };
  }

  /** Return how the fingers have moved: x = scale·x0 + shift, in pixels of the place. */
  function motion() {
    const now = [...fingers.values()];
    const [a, b] = begun.xs;
    const factor = now.length > 1 && Math.abs(b - a) > 8 ? Math.max(0.1, Math.abs((now[1] - now[0]) / (b - a))) : 1;
    const left = place.getBoundingClientRect().left;
    return { factor, shift: now[0] - left - factor * (a - left), middle: now.length > 1 ? (a + b) / 2 : a };
  }

  function begin() {
    begun?.glass.glass.remove();
    begun = fingers.size ? { xs: [...fingers.values()], glass: lift() } : null;
  }

  place.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || fingers.size > 1) return;
    fingers.set(event.pointerId, event.clientX);
    place.setPointerCapture(event.pointerId);
    event.preventDefault();
    begin();
  }, { signal });
  place.addEventListener("pointermove", (event) => {
    if (!begun || !fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event.clientX);
    const { factor, shift } = motion();
    begun.glass.sheet.style.transform = `translateX(${shift}px) scaleX(${factor})`;
  }, { signal });
  const end = (event) => {
    if (!begun || !fingers.has(event.pointerId)) return;
    const { factor, shift, middle } = motion();
    const pixels = [...fingers.values()][0] - begun.xs[0];
    fingers.delete(event.pointerId);
    begin();
    if (event.type !== "pointerup") return;
    if (factor !== 1) pinched(1 / factor, middle);
    else if (Math.abs(pixels) > 3) moved(shift);
    else if (!fingers.size) pointed(event.clientX);
  };
  place.addEventListener("pointerup", end, { signal });
  place.addEventListener("pointercancel", end, { signal });
  // Without Ctrl the wheel belongs to the page; a pinch on a touchpad comes as a wheel with Ctrl.
  place.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    pinched(2 ** (event.deltaY / 300), event.clientX);
  }, { signal, passive: false });
}

const isWindow = (from, to) => to - from > NARROWEST * Math.max(1, Math.abs(from));

/** Return a window in which every kink and jump stands well inside. */
function usualWindow(chosen) {
  const special = chosen.flatMap((one) => [...one.kinks, ...one.jumps.map((jump) => jump.at)]).map(Math.abs);
  const half = Math.max(5, Math.ceil(1.5 * Math.max(0, ...special)));
  return [-half, half];
}

function round(value, width) {
  const places = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(width))));
  return Number(value.toFixed(places));
}
