// One labelled control with a place for what is wrong with it.

import { element, freshId } from "./element.js";
import { onWrite } from "./fragment.js";
import { numberOrNull } from "./numbers.js";

/** Return {element, control, fault, clear, focus} around an input or a select. */
export function field(label, control, { hint = "", wide = false } = {}) {
  const id = control.id || freshId("field");
  const faults = element("p", { class: "fault", id: `${id}-fault`, hidden: true });
  control.id = id;
  control.setAttribute("aria-describedby", `${id}-fault`);
  const name = element("label", { for: id }, label, hint && element("span", { class: "quiet" }, ` ${hint}`));
  const frame = element("div", { class: wide ? "field wide" : "field" }, name, control, faults);
  return {
    element: frame,
    control,
    fault(_, detail) {
      control.setAttribute("aria-invalid", "true");
      faults.textContent = detail;
      faults.hidden = false;
    },
    clear() {
      control.removeAttribute("aria-invalid");
      faults.hidden = true;
    },
    focus() {
      if (!control.hasAttribute("aria-invalid")) return false;
      control.focus();
      return true;
    },
  };
}

/** Return the number in a field, or null, the field saying why there is none. */
export function numberIn(one) {
  one.clear();
  return numberOrNull(one.control.value, (message) => one.fault([], message));
}

/** Return a select of [value, title] pairs. */
export function select(options, value, attributes = {}) {
  const made = element("select", attributes, options.map(([one, title]) => element("option", { value: one }, title)));
  made.value = value;
  return made;
}

/** Return a row of exclusive choices (radio buttons): {element, value}. */
export function choice(legend, options, value, changed) {
  const name = freshId("choice");
  const inputs = options.map(([one, title]) => [
    element("input", { type: "radio", name, value: one, checked: one === value, onchange: () => changed(one) }),
    title,
  ]);
  const faults = element("p", { class: "fault", hidden: true });
  const frame = element("fieldset", { class: "choice" }, element("legend", {}, legend),
    element("div", { class: "segments" }, inputs.map(([input, title]) => element("label", {}, input, element("span", {}, title)))), faults);
  return {
    element: frame,
    get value() { return inputs.find(([input]) => input.checked)?.[0].value; },
    fault(_, detail) {
      faults.textContent = detail;
      faults.hidden = false;
    },
    clear() { faults.hidden = true; },
    focus() {
      if (!faults.hidden) inputs.find(([input]) => input.checked)?.[0].focus();
      return !faults.hidden;
    },
  };
}

/** Return a button per example, which shows its state; the one that is shown is marked until something is changed. */
export function examples(list, state, page) {
  const chips = list.map((one) => element("button", {
    type: "button", class: "chip", onclick: () => page.go(new Map(Object.entries(one.state)), { example: true }),
  }, one.title));
  const mark = (now) => {
    const fits = list.filter((one) => Object.entries(one.state).every(([name, value]) => now.get(name) === value));
    const size = (one) => Object.keys(one.state).length;
    const chosen = fits.sort((one, other) => size(other) - size(one))[0];
    chips.forEach((chip, index) => chip.setAttribute("aria-pressed", String(list[index] === chosen)));
  };
  mark(state);
  onWrite(mark, page.signal);
  return element("div", { class: "examples", role: "group", "aria-label": "Examples" }, element("span", { class: "quiet" }, "Examples"), chips);
}
