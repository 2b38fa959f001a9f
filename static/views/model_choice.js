// Which model's gradients: that of Problem 3, or any network of layers.

import { element } from "../page/element.js";

const MODELS = [["gradients", "softmax(ΘᵀWx)"], ["backpropagation", "a network of layers"]];

/** Return the links between the two views of gradients, `here` being the one that is shown. */
export function modelChoice(here, page) {
  const link = ([name, title]) => element("a", { href: `#/${name}`, "aria-current": name === here ? "page" : null, onclick(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (name !== here) page.visit(name);
  } }, title);
  return element("nav", { class: "models", "aria-label": "Model" }, MODELS.map(link));
}
