// An activation's parameters, each by a slider and to the last digit.

import { element } from "../page/element.js";
import { field } from "../page/field.js";
import { numberOrNull } from "../page/numbers.js";

/**
 * Return {element, numbers, routes} of one descriptor; the state's names begin with `prefix`. `changed(name, text, {moving})`
 * is told of every text, so that none is lost; `moving` while a hand is on the slider.
 */
export function parameters({ descriptor, prefix, state, changed }) {
  const entries = Object.entries(descriptor.parameters);
  const typed = new Map(entries.map(([name, one]) => [name, state.get(prefix + name) ?? String(one.default)]));
  // One that follows another shows that one's text, and is not sent, until it is given a text of its own.
  const following = new Map(entries.filter(([name, one]) => one.follows && !state.has(prefix + name)).map(([name, one]) => [name, one.follows]));
  following.forEach((followed, name) => typed.set(name, typed.get(followed)));
  const fields = new Map();
  const shown = new Map();

  const rows = entries.map(([name, one]) => {
    const [low, high] = reach(one);
    const slider = element("input", {
      type: "range", min: low, max: high, step: (high - low) / 200, value: typed.get(name), "aria-label": `${name} by slider`,
      oninput: (event) => set(name, event.target.value, box, { moving: true }),
      onchange: (event) => set(name, event.target.value, box),
    });
    const box = element("input", {
      value: typed.get(name), autocomplete: "off", spellcheck: "false",
      oninput: (event) => set(name, event.target.value, slider),
    });
    shown.set(name, [box, slider]);
    const made = field(name, box);
    if (one.description) made.element.title = one.description;
    box.before(slider);
    fields.set(name, made);
    return made.element;
  });

  function set(name, text, other, { moving = false } = {}) {
    following.delete(name);
    typed.set(name, text);
    other.value = text;
    for (const [one, followed] of following) {
      if (followed !== name) continue;
      typed.set(one, text);
      for (const input of shown.get(one)) input.value = text;
    }
    judge(name);
    changed(prefix + name, text, { moving });
  }

  /** Let a parameter's field say what is wrong with its text, if anything is. */
  function judge(name) {
    fields.get(name).clear();
    numberOrNull(typed.get(name), (message) => fields.get(name).fault([], message));
  }

  entries.forEach(([name]) => judge(name));

  return {
    element: rows.length ? element("div", { class: "parameters" }, rows) : null,
    /** Return [[name, number], …], or null while one of them is no number: of another one nothing is to be asked. */
    numbers() {
      const found = [...typed].filter(([name]) => !following.has(name)).map(([name, text]) => [name, numberOrNull(text)]);
      return found.some(([, one]) => one === null) ? null : found;
    },
    routes: (start) => [...fields].map(([name, one]) => [`${start}/${name}`, one]),
  };
}

/** Return the ends of the slider: around the default, never below the minimum. */
function reach({ default: usual, minimum }) {
  const half = Math.max(2, 3 * Math.abs(usual));
  return [minimum === null ? usual - half : minimum, usual + half];
}
