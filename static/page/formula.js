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
  return element(inline ? "span" : "div", { class: "formula" }, spaceNames(joinWords(drawn)));
}

/** Make one <mtext> of each run of upright letters: "f", "o", "r" would be read, and spaced, one by one. */
function joinWords(math) {
  for (const row of math.querySelectorAll("mrow")) {
    const parts = [...row.children];
    const upright = (part) => part.localName === "mi" && part.getAttribute("mathvariant") === "normal";
    if (!parts.length || !parts.every((part) => upright(part) || part.localName === "mspace")) continue;
    const words = parts.map((part) => (part.localName === "mspace" ? "\u00a0" : part.textContent)).join("");
    row.replaceWith(mathml("mtext", words));
  }
  return math;
}

const NAME = /^[a-z]{2,}$/;

/** Set names of functions apart from what stands beside them, and say that they are applied: s ln x, not slnx. */
function spaceNames(math) {
  for (const mark of math.querySelectorAll("mrow > mo")) {
    if (NAME.test(mark.textContent)) mark.replaceWith(mathml("mi", mark.textContent));
  }
  for (const word of math.querySelectorAll("mi")) {
    if (!NAME.test(word.textContent)) continue;
    const raised = /^ms(up|ub|ubsup)$/.test(word.parentElement.localName);
    const name = raised ? word.parentElement : word; // tanh² is applied as a whole
    if (name.parentElement.localName !== "mrow") continue;
    const [before, after] = [name.previousElementSibling, name.nextElementSibling];
    if (before && !isSpaced(before)) name.before(thinSpace());
    if (!after) continue;
    name.after(mathml("mo", "\u2061")); // "function application": nothing to be seen
    if (!isSpaced(firstLeaf(after))) after.before(thinSpace());
  }
  return math;
}

const isSpaced = (part) => ["mo", "mspace"].includes(part.localName);
const firstLeaf = (part) => (part.firstElementChild ? firstLeaf(part.firstElementChild) : part);

function thinSpace() {
  const space = mathml("mspace", "");
  space.setAttribute("width", "0.17em");
  return space;
}

function mathml(tag, text) {
  const made = document.createElementNS(MATHML, tag);
  made.textContent = text;
  return made;
}
