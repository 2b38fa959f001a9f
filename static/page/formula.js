// Formulas: the service's MathML, drawn by the browser itself.

import { element, reachable } from "./element.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** Return a formula's element from its MathML; `latex` is what is copied and what stands in if it will not parse. */
export function formula({ mathml, latex = "" }, { inline = false } = {}) {
  const drawn = parsed(mathml);
  if (!drawn) return element("code", {}, latex);
  drawn.setAttribute("display", inline ? "inline" : "block");
  if (latex) drawn.setAttribute("alttext", latex);
  return inline ? element("span", { class: "formula" }, drawn) : reachable(element("div", { class: "formula" }, drawn));
}

/** Return a formula in pieces that go to the next line where there is no room: clauses, and in them relations and sums. */
export function breaking({ mathml, latex }) {
  const drawn = parsed(mathml);
  if (!drawn) return element("code", {}, latex);
  const whole = element("span", { class: "unseen" }, drawn.cloneNode(true)); // read as one, not piece by piece
  if (latex) whole.firstElementChild.setAttribute("alttext", latex);
  const row = drawn.firstElementChild;
  const piece = (parts) => {
    const made = mathElement("math", "");
    made.setAttribute("displaystyle", "true");
    made.setAttribute("aria-hidden", "true");
    made.append(...parts);
    if (parts[0].localName === "mo") parts[0].setAttribute("form", "infix"); // at the beginning of a piece too
    return made;
  };
  return element("div", { class: "formula breaking" }, whole, groups([...row.children], beginsClause).map((clause) =>
    element("span", { class: "clause" }, groups(clause, (part) => "=+⊇".includes(part.textContent)).map(piece))));
}

/** A clause begins at words, at ⇒ and after a comma's wide space. */
function beginsClause(part, before) {
  if (part.localName === "mtext") return true;
  return part.textContent === "⇒" || (before.localName === "mspace" && parseFloat(before.getAttribute("width")) >= 1);
}

/** Return parts in groups, each but the first begun by a part of which `begins(part, before)` says so. */
function groups(parts, begins) {
  const found = [[]];
  parts.forEach((part, index) => {
    if (index && begins(part, parts[index - 1])) found.push([]);
    found.at(-1).push(part);
  });
  return found;
}

function parsed(text) {
  const root = new DOMParser().parseFromString(text, "application/xml").documentElement;
  return root.namespaceURI === MATHML ? spaceNames(markPrimes(joinWords(document.importNode(root, true)))) : null;
}

/** Make one <mtext> of each run of upright letters: "f", "o", "r" would be read, and spaced, one by one. */
function joinWords(math) {
  for (const row of math.querySelectorAll("mrow")) {
    const parts = [...row.children];
    const upright = (part) => part.localName === "mi" && part.getAttribute("mathvariant") === "normal";
    if (!parts.length || !parts.every((part) => upright(part) || part.localName === "mspace")) continue;
    const words = parts.map((part) => (part.localName === "mspace" ? "\u00a0" : part.textContent)).join("");
    row.replaceWith(mathElement("mtext", words));
  }
  return math;
}

/** Mark primes: fonts draw them raised already, and as superscripts they would be raised twice. */
function markPrimes(math) {
  for (const mark of math.querySelectorAll(":is(msup, msubsup) > :last-child")) {
    if (/^′+$/.test(mark.textContent)) mark.setAttribute("class", "prime");
  }
  return math;
}

const NAME = /^[a-z]{2,}$/;

/** Set names of functions apart from what stands beside them, and say that they are applied: s ln x, not slnx. */
function spaceNames(math) {
  for (const mark of math.querySelectorAll("mrow > mo")) {
    if (NAME.test(mark.textContent)) mark.replaceWith(mathElement("mi", mark.textContent));
  }
  for (const word of math.querySelectorAll("mi")) {
    if (!NAME.test(word.textContent)) continue;
    const raised = /^ms(up|ub|ubsup)$/.test(word.parentElement.localName);
    const name = raised ? word.parentElement : word; // tanh² is applied as a whole
    if (name.parentElement.localName !== "mrow") continue;
    const [before, after] = [name.previousElementSibling, name.nextElementSibling];
    if (before && !isSpaced(before)) name.before(thinSpace());
    if (!after) continue;
    name.after(mathElement("mo", "\u2061")); // "function application": nothing to be seen
    if (!isSpaced(firstLeaf(after))) after.before(thinSpace());
  }
  return math;
}

const isSpaced = (part) => ["mo", "mspace"].includes(part.localName);
const firstLeaf = (part) => (part.firstElementChild ? firstLeaf(part.firstElementChild) : part);

function thinSpace() {
  const space = mathElement("mspace", "");
  space.setAttribute("width", "0.17em");
  return space;
}

function mathElement(tag, text) {
  const made = document.createElementNS(MATHML, tag);
  made.textContent = text;
  return made;
}
