// An activation with its parameters, chosen for a layer.

import { element, fill } from "./element.js";
import { select } from "./field.js";
import { Unfinished } from "./matrix.js";
import { NotANumber, number } from "./numbers.js";

/**
 * Return {element, value, state, fault, clear, focus}; the state is tanh, or elu:alpha=0.5. A name or a parameter that
 * is not known here is kept as it came: what is wrong with it the service says, at its place.
 */
export function activationChoice({ known, label, state, changed }) {
  const { name: named, parameters: came } = parsed(state);
  const options = known.map((one) => [one.name, one.name]);
  if (!options.some(([one]) => one === named)) options.unshift([named, named]);
  const chosen = select(options, named, { "aria-label": label, onchange: () => { draw(); changed({ step: true }); } });
  const typed = new Map(came);
  const parameters = element("span", { class: "inline" });
  const faults = element("p", { class: "fault", hidden: true });
  const frame = element("div", { class: "activation-choice" }, chosen, parameters, faults);

  const defaults = () => known.find((one) => one.name === chosen.value)?.parameters ?? {};
  /** Return the parameters of the chosen one, with what came with it but is none of them. */
  const own = () => [...new Set([...Object.keys(defaults()), ...(chosen.value === named ? came.map(([parameter]) => parameter) : [])])];
  /** Return [[parameter, text], …] of what was typed for the chosen one; what others were given waits. */
  const given = () => own().filter((parameter) => typed.get(parameter)?.trim() || (typed.has(parameter) && parameter in defaults()))
    .map((parameter) => [parameter, typed.get(parameter)]);

  /** Return what a parameter is that nobody has given: its default, or nothing where it follows another. */
  const usual = (parameter) => (defaults()[parameter].follows ? "" : String(defaults()[parameter].default));

  function draw() {
    clear();
    fill(parameters, own().map((parameter) => element("label", { class: "inline quiet" }, parameter,
      element("input", { class: "short", size: 6, value: typed.get(parameter) ?? usual(parameter), "data-parameter": parameter, autocomplete: "off",
        oninput: (event) => { typed.set(parameter, event.target.value); clear(); changed(); } }))));
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

  /** Return the name, or the name with its parameters. Throws Unfinished, the parameter marked. */
  function value() {
    clear();
    const numbers = given().map(([parameter, text]) => {
      try {
        return [parameter, number(text)];
      } catch (error) {
        if (!(error instanceof NotANumber)) throw error;
        fault([parameter], error.message);
        throw new Unfinished();
      }
    });
    return numbers.length ? { name: chosen.value, ...Object.fromEntries(numbers) } : chosen.value;
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
    get state() { return written(chosen.value, given()); },
  };
}

/** Return the state of an activation as a document has it. */
export function activationState(activation) {
  if (typeof activation === "string") return activation;
  const { name, ...parameters } = activation;
  return written(name, Object.entries(parameters).filter(([, value]) => value !== null)); // null is the default
}

function written(name, parameters) {
  return parameters.length ? `${name}:${parameters.map((pair) => pair.join("=")).join(",")}` : name;
}

function parsed(state) {
  const [name, ...rest] = state.split(":");
  // Only a comma before another name parts two parameters: in 0,5 it belongs to what was typed.
  const pairs = rest.join(":").split(/,(?=[^,=]*=)/).filter(Boolean);
  return { name, parameters: pairs.map((pair) => [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)]) };
}
