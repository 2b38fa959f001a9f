// The window of y of a picture of curves: by default the curves say it, and each end may be typed.

import { element } from "../page/element.js";
import { field } from "../page/field.js";
import { numberOrNull } from "../page/numbers.js";

const NAMES = ["y_low", "y_high"];

/**
 * Return {element, valid, query, reset}; `changed()` is called when other ends have been typed, `keep(name, text)` with what is
 * typed meanwhile, "" for an end that the curves say. While the ends are no window, `valid` is false.
 */
export function yWindow({ state, keep, changed }) {
  let ends = [];
  let valid = true;
  const boxes = NAMES.map((name) => element("input", {
    value: state.get(name) ?? "", placeholder: "auto", autocomplete: "off", spellcheck: "false",
    oninput: (event) => keep(name, event.target.value.trim()),
    onchange: () => (judge(), changed()),
  }));
  const fields = [field("y from", boxes[0]), field("y to", boxes[1])];
  judge();

  function judge() {
    fields.forEach((one) => one.clear());
    ends = boxes.map((box, index) => (box.value.trim() === "" ? undefined : numberOrNull(box.value, (message) => fields[index].fault([], message))));
    valid = !ends.includes(null);
    if (!valid || ends.includes(undefined) || ends[0] < ends[1]) return;
    valid = false;
    fields[1].fault([], "must be greater than the lower end");
  }

  return {
    element: element("details", { class: "more y-window", open: NAMES.some((name) => state.has(name)) },
      element("summary", {}, "Window of y"), element("div", { class: "fields" }, fields.map((one) => one.element))),
    get valid() { return valid; },
    /** Return the ends that were typed, as a request names them. */
    query: () => NAMES.map((name, index) => [name, ends[index]]).filter(([, end]) => end !== undefined),
    /** Let the curves say both ends again. */
    reset() {
      boxes.forEach((box, index) => {
        box.value = "";
        keep(NAMES[index], null);
      });
      judge();
    },
  };
}
