// The curves of the activations' view: each an activation with parameters of its own, in its colour.

import { button, element } from "../page/element.js";
import { field, select } from "../page/field.js";
import { parameters } from "./parameters.js";
import { swatch } from "./swatch.js";

export const MOST = 8;

/** Return the state's names of the parameters of the curve at `index`: p.alpha, p2.alpha, … */
export const prefixOf = (index) => (index ? `p${index + 1}.` : "p.");

/** Return {element, list}: one entry per curve, {name, descriptor, parameters, label()}. `pick(names, kept)` shows others. */
export function curves({ known, names, state, changed, pick }) {
  const list = names.map((name, index) => {
    const descriptor = known.find((one) => one.name === name);
    const own = parameters({ descriptor, prefix: prefixOf(index), state, changed });
    return { name, descriptor, parameters: own, label: () => labelOf(name, descriptor, own.numbers() ?? []) };
  });
  const options = known.map((one) => [one.name, called(one)]);
  const all = names.map((_, index) => index);

  const rows = list.map((curve, index) => {
    const title = names.length > 1 ? `Activation ${index + 1}` : "Activation";
    const chosen = field(title, select(options, curve.name, {
      onchange: ({ target }) => pick(names.with(index, target.value), all.map((one) => (one === index ? null : one))),
    }));
    const without = () => {
      add.control.focus(); // which stands there still when this button is gone
      pick(names.toSpliced(index, 1), all.toSpliced(index, 1));
    };
    const remove = names.length > 1 && button("remove", without, {
      class: "small", "aria-label": `Remove ${curve.descriptor.title}`,
    });
    return element("li", { class: "curve-row" }, element("div", { class: "curve-name" }, names.length > 1 && swatch(index), chosen.element, remove),
      curve.parameters.element);
  });
  // A curve without parameters stands here once: twice it would be one curve.
  const free = options.filter(([name]) => !names.includes(name) || Object.keys(known.find((one) => one.name === name).parameters).length);
  const add = field("Compare with", select([["", "choose…"], ...free], "", {
    disabled: names.length >= MOST, onchange: ({ target }) => pick([...names, target.value], [...all, null]),
  }));
  return { list, element: element("div", { class: "chooser" }, element("ul", { class: "curve-list" }, rows), add.element) };
}

/** Return the name an activation has in pictures, by which a list is searched, with its title where that says more. */
function called({ name, title }) {
  return title.toLowerCase() === name ? name : `${name} (${title})`;
}

/** Return what pictures call a curve: its name, with the parameters that are not at their defaults. */
function labelOf(name, { parameters: known }, numbers) {
  const changed = numbers.filter(([parameter, value]) => value !== known[parameter].default).map(([parameter, value]) => `${parameter} = ${value}`);
  return [name, ...changed].join(", ");
}
