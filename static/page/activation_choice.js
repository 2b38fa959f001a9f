// An activation with its parameters, chosen for a layer.

import { element, fill } from "./element.js";
import { select } from "./field.js";
import { Unfinished } from "./matrix.js";
import { NotANumber, number } from "./numbers.js";

/** Return {element, value, state, fault, clear, focus}; the state is tanh, or elu:alpha=0.5. */
export function activationChoice({ known, label, state, changed }) {
  const [named, ...rest] = state.split(":");
  const options = known.map((one) => [one.name, one.name]);
  const name = options.some(([one]) => one === named) ? named : "identity";
  const chosen = select(options, name, { "aria-label": label, onchange: () => { draw(); changed({ step: true }); } });
  const typed = new Map(rest.join(":").split(",").filter(Boolean).map((pair) => pair.split("=")));
  const parameters = element("span", { class: "inline" });
  const faults = element("p", { class: "fault", hidden: true });
  const frame = element("div", { class: "activation-choice" }, chosen, parameters, faults);

  const descriptor = () => known.find((one) => one.name === chosen.value);

  function draw() {
    const inputs = Object.entries(descriptor().parameters).map(([parameter, one]) => element("label", { class: "inline quiet" }, parameter,
      element("input", { class: "short", size: 6, value: typed.get(parameter) ?? String(one.default), "data-parameter": parameter, autocomplete: "off",
        oninput: (event) => { typed.set(parameter, event.target.value); clear(); changed(); } })));
    fill(parameters, inputs);
  }

  function clear() {
    faults.hidden = true;
    for (const one of frame.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  }

  function fault(at, detail) {
    clear();
    const target = (at.length && frame.querySelector(`[data-parameter="${CSS.escape(at.at(-1))}"]`)) || chosen;
    target.setAttribute("aria-invalid", "true");
    faults.textContent = detail;
    faults.hidden = false;
  }

  /** Return [[parameter, text], …] of what was typed for the chosen one; what others were given waits. */
  const own = () => [...typed].filter(([parameter, text]) => parameter in descriptor().parameters && text.trim() !== "");

  /** Return the name, or the name with its parameters. Throws Unfinished, the parameter marked. */
  function value() {
    clear();
    const given = own().map(([parameter, text]) => {
      try {
        return [parameter, number(text)];
      } catch (error) {
        if (!(error instanceof NotANumber)) throw error;
        fault([parameter], error.message);
        throw new Unfinished();
      }
    });
    return given.length ? { name: chosen.value, ...Object.fromEntries(given) } : chosen.value;
  }

  draw();
  return {
    element: frame, value, fault, clear,
    focus() {
      const wrong = frame.querySelector("[aria-invalid]");
      wrong?.focus();
      return Boolean(wrong);
    },
    get name() { return chosen.value; },
    get state() {
      const given = [...typed].filter(([parameter]) => parameter in descriptor().parameters);
      return given.length ? `${chosen.value}:${given.map((pair) => pair.join("=")).join(",")}` : chosen.value;
    },
  };
}

/** Return the state of an activation as a document has it. */
export function activationState(activation) {
  if (typeof activation === "string") return activation;
  const { name = "identity", ...parameters } = activation ?? {};
  const pairs = Object.entries(parameters).map((pair) => pair.join("="));
  return pairs.length ? `${name}:${pairs.join(",")}` : name;
}
