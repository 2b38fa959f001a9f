// The window of a picture's axes that is shown: by numbers, by buttons, by the hand on the picture.

import { element } from "../page/element.js";
import { field } from "../page/field.js";
import { hand } from "../page/hand.js";
import { brief, numberOrNull } from "../page/numbers.js";

const NAMES = ["low", "high"];
const FARTHEST = 1e9;
const NARROWEST = 1e-9; // of what stands to its left: beyond, the ends are no longer told apart in a picture

/**
 * Return {element, low, high, valid, query, onPoint, reset, call} of `drawn`, a picture. `usual` are the ends where the state has none, null where the picture says them;
 * `heights` is the window of y, or null, which moves with it while `upright()`. `changed()` is called when another window is to be drawn, `keep(name, text)` with what
 * is typed, or null. While that is no window, `valid` is false.
 */
export function axis({ drawn, state, usual = null, heights = null, upright = () => false, keep, changed, signal }) {
  let ends = [undefined, undefined];
  let valid = true;
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));

  const letter = element("span", {}, "x");
  const boxes = NAMES.map((name, index) => element("input", {
    value: state.get(name) ?? (usual ? String(usual[index]) : ""), placeholder: usual ? null : "auto", autocomplete: "off", spellcheck: "false",
    onchange: typed, oninput: (event) => keep(name, event.target.value || null),
  }));
  const fields = [field([letter, " from"], boxes[0]), field("to", boxes[1])];
  judge();

  /** Take both ends as typed, to the last digit; where they are no window, let their fields say why. */
  function judge() {
    fields.forEach((one) => one.clear());
    ends = boxes.map((box, index) => {
      if (!usual && box.value.trim() === "") return undefined;
      const value = numberOrNull(box.value, (message) => fields[index].fault([], message));
      if (value === null || Math.abs(value) <= FARTHEST) return value;
      fields[index].fault([], `expected at most 1e${Math.log10(FARTHEST)} in size`);
      return null;
    });
    valid = !ends.includes(null) && (ends.includes(undefined) || isWindow(...ends));
    if (valid || ends.includes(null)) return;
    fields[1].fault([], ends[0] < ends[1] ? "expected ends farther apart" : "must be greater than the left end");
  }

  function typed() {
    judge();
    boxes.forEach((box, index) => keep(NAMES[index], box.value || null));
    soon(0);
  }

  /** Return the window of x now: as typed, else as it is shown. */
  const across = () => ends.map((end, index) => end ?? drawn.axes()[0]?.x[index]);
  const up = () => heights.ends().map((end, index) => end ?? drawn.axes()[0]?.y[index]);

  function soon(wait) {
    clearTimeout(timer);
    if (wait === 0) return changed();
    timer = setTimeout(changed, wait);
    return undefined;
  }

  /** Show other windows, their ends rounded to what can be seen: nobody typed them. */
  function move(next, { wait = 0 } = {}) {
    const windows = next(across(), (from) => from);
    const other = upright() ? next(up(), (_, to) => to) : null;
    if (![windows, other].every((one) => one === null || fits(one))) return;
    boxes.forEach((box, index) => {
      box.value = String(round(windows[index], windows[1] - windows[0]));
      keep(NAMES[index], box.value);
    });
    if (other) heights.set(other.map((end) => round(end, other[1] - other[0])));
    judge();
    soon(wait);
  }

  function reset() {
    boxes.forEach((box, index) => {
      box.value = usual ? String(usual[index]) : "";
      keep(NAMES[index], null);
    });
    heights?.reset();
    judge();
    soon(0);
  }

  // A share of the way is of x or of y, as `which(x, y)` says.
  const pan = (x, y) => move(([low, high], which) => [low, high].map((end) => end + which(x, y) * (high - low)));
  const zoom = (factor, x = 0.5, y = 0.5, options = {}) => move(([low, high], which) => {
    const around = low + which(x, y) * (high - low);
    return [low, high].map((end) => around + (end - around) * factor);
  }, options);

  let point = () => {};
  hand({
    drawn, upright, panned: pan, zoomed: zoom, signal,
    pointed(x) {
      const [low, high] = drawn.axes()[0]?.x ?? [];
      if (valid && x >= 0 && x <= 1) point(round(low + x * (high - low), high - low));
    },
  });

  const button = (words, sign, act) => element("button", { type: "button", class: "small", "aria-label": words, title: words, onclick: act }, sign);
  const verticals = [button("↑ Move up", "↑", () => pan(0, 0.25)), button("↓ Move down", "↓", () => pan(0, -0.25))];
  const frame = element("fieldset", { class: "window" }, element("legend", {}, "Window"),
    element("div", { class: "fields" }, fields.map((one) => one.element)),
    element("div", { class: "inline" },
      button("← Move left", "←", () => pan(-0.25, 0)), button("→ Move right", "→", () => pan(0.25, 0)), verticals,
      button("+ Zoom in", "+", () => zoom(0.5)), button("− Zoom out", "−", () => zoom(2)), button("Reset the window", "reset", reset)),
    element("p", { class: "quiet hint" }, "Drag to pan. ", element("span", { class: "by-mouse" }, "Ctrl + scroll to zoom."), element("span", { class: "by-touch" }, "Pinch to zoom.")));

  function dress() {
    for (const one of verticals) one.hidden = !upright();
    if (usual || !drawn.axes().length) return;
    boxes.forEach((box, index) => (box.placeholder = brief(drawn.axes()[0].x[index])));
  }
  dress();
  drawn.image.addEventListener("load", dress, { signal });

  return {
    element: frame, reset,
    get low() { return across()[0]; },
    get high() { return across()[1]; },
    get valid() { return valid && (heights?.valid ?? true); },
    /** Return the ends that are not the picture's own, as a request names them. */
    query: () => [...NAMES.map((name, index) => [name, ends[index]]), ...(heights?.query() ?? [])].filter(([, end]) => end !== undefined),
    /** Call back with the x of a point of the picture that is pressed. */
    onPoint(callback) { point = callback; },
    /** Call the axis by another letter. */
    call(name) { letter.textContent = name; },
  };
}

const isWindow = (from, to) => to - from > NARROWEST * Math.max(1, Math.abs(from));
const fits = ([from, to]) => isWindow(from, to) && Math.max(Math.abs(from), Math.abs(to)) <= FARTHEST;

/** Return a number as far as it can be seen in a window of this width. */
export function round(value, width) {
  const places = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(width))));
  return Number(value.toFixed(places));
}
