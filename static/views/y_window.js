// The window of the upright axis of a picture: by default the picture says it, and each end may be typed.

import { element } from "../page/element.js";
import { field } from "../page/field.js";
import { numberOrNull } from "../page/numbers.js";

const NAMES = ["y_low", "y_high"];

/**
 * Return {element, valid, query, ends, set, reset, call}; `changed()` is called when other ends have been typed, `keep(name, text)` with what is
 * typed meanwhile, "" for an end that the picture says. While the ends are no window, `valid` is false.
 */
export function yWindow({ state, keep, changed }) {
  let ends = [];
  let valid = true;
  const letters = NAMES.map(() => element("span", {}, "y"));
  const boxes = NAMES.map((name) => element("input", {
    value: state.get(name) ?? "", placeholder: "auto", autocomplete: "off", spellcheck: "false",
    oninput: (event) => keep(name, event.target.value.trim()),
    onchange: () => (judge(), changed()),
  }));
  const fields = boxes.map((box, index) => field([letters[index], index ? " to" : " from"], box));
  const summary = element("summary", {}, "Window of y");
  judge();

  function judge() {
    fields.forEach((one) => one.clear());
    ends = boxes.map((box, index) => (box.value.trim() === "" ? undefined : numberOrNull(box.value, (message) => fields[index].fault([], message))));
    valid = !ends.includes(null);
    if (!valid || ends.includes(undefined) || ends[0] < ends[1]) return;
    valid = false;
    fields[1].fault([], "must be greater than the lower end");
  }

  /** Write both ends, "" for those that the picture says. */
  function write(texts) {
    boxes.forEach((box, index) => {
      box.value = texts[index];
      keep(NAMES[index], texts[index] || null);
    });
    judge();
  }

  return {
    element: element("details", { class: "more y-window", open: NAMES.some((name) => state.has(name)) },
      summary, element("div", { class: "fields" }, fields.map((one) => one.element))),
    get valid() { return valid; },
    /** Return the ends that were typed, as a request names them. */
    query: () => NAMES.map((name, index) => [name, ends[index]]).filter(([, end]) => end !== undefined),
    /** Return the ends that were typed, undefined for those that the picture says. */
    ends: () => ends,
    /** Show other ends. */
    set: (values) => write(values.map(String)),
    /** Let the picture say both ends again. */
    reset: () => write(["", ""]),
    /** Call the axis by another letter. */
    call(letter) {
      summary.textContent = `Window of ${letter}`;
      for (const one of letters) one.textContent = letter;
    },
  };
}
