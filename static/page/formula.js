// Formulas: the service's MathML, drawn by the browser itself.

import { element } from "./element.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** Return a formula's element from its MathML; `latex` is what is copied and what stands in if it will not parse. */
export function formula({ mathml, latex = "" }, { inline = false } = {}) {
  const parsed = new DOMParser().parseFromString(mathml, "application/xml").documentElement;
  if (parsed.namespaceURI !== MATHML) return element("code", {}, latex);
  const drawn = document.importNode(parsed, true);
  drawn.setAttribute("display", inline ? "inline" : "block");
  if (latex) drawn.setAttribute("alttext", latex);
  return element(inline ? "span" : "div", { class: "formula" }, joinWords(drawn));
}

/** Make one <mtext> of each run of upright letters: "f", "o", "r" would be read, and spaced, one by one. */
function joinWords(math) {
  for (const row of math.querySelectorAll("mrow")) {
    const parts = [...row.children];
    const upright = (part) => part.localName === "mi" && part.getAttribute("mathvariant") === "normal";
    if (!parts.length || !parts.every((part) => upright(part) || part.localName === "mspace")) continue;
    const words = parts.map((part) => (part.localName === "mspace" ? "\u00a0" : part.textContent)).join("");
    const text = document.createElementNS(MATHML, "mtext");
    text.textContent = words;
    row.replaceWith(text);
  }
  return math;
}
