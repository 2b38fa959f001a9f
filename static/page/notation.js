// Formulas of our own texts: s_0'(x) = ln(1 + e^x) becomes MathML.

import { element } from "./element.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKEN = /\s*(ln|tanh|softmax|max|[A-Za-zα-ωΑ-Ωℓ∂𝟏]|\d+(?:\.\d+)?|[{}_^']|\S)/gu;
const FUNCTIONS = ["ln", "tanh", "softmax", "max"];

/** Return <math> of a formula: _ and ^ before a sign or {several}, ' a prime, {a}/{b} a fraction. */
export function math(text, { block = false } = {}) {
  const tokens = [...text.matchAll(TOKEN)].map(([, token]) => token);
  const made = node("math", row(tokens));
  made.setAttribute("alttext", text.replace(/[{}]/g, ""));
  if (block) made.setAttribute("display", "block");
  return made;
}

/** Return text whose parts between $ signs are formulas, and between * signs emphasised. */
export function prose(text) {
  return text.split(/(\$[^$]+\$|\*[^*]+\*)/).map((part) => {
    if (part.startsWith("$")) return math(part.slice(1, -1));
    return part.startsWith("*") ? element("em", {}, part.slice(1, -1)) : part;
  });
}

function row(tokens) {
  const found = [];
  while (tokens.length && tokens[0] !== "}") {
    const base = one(tokens);
    if (FUNCTIONS.includes(base.textContent) && /^(mi|mn|msub)/.test(found.at(-1)?.localName ?? "")) found.push(space());
    let scripts = script(base, tokens);
    if (tokens[0] === "/" && base.localName === "mrow" && tokens[1] === "{") {
      tokens.shift();
      scripts = node("mfrac", [base, one(tokens)]);
    }
    found.push(scripts);
    const last = base.textContent;
    if (FUNCTIONS.includes(last) && tokens.length) found.push(node("mo", "\u2061"), ...(/[({]/.test(tokens[0]) ? [] : [space()]));
  }
  return found;
}

function one(tokens) {
  const token = tokens.shift();
  if (token === "{") {
    const inner = row(tokens);
    tokens.shift();
    return node("mrow", inner);
  }
  if (/^\d/.test(token)) return node("mn", token);
  if (/^[\p{L}∂]/u.test(token)) return node("mi", token);
  const sign = node("mo", token);
  if ("()|".includes(token)) sign.setAttribute("stretchy", "false");
  return sign;
}

function script(base, tokens) {
  let [below, above] = [null, null];
  for (;;) {
    if (tokens[0] === "_") below = (tokens.shift(), one(tokens));
    else if (tokens[0] === "^") above = (tokens.shift(), one(tokens));
    else if (tokens[0] === "'") above = (tokens.shift(), prime());
    else break;
  }
  if (below && above) return node("msubsup", [base, below, above]);
  if (below || above) return node(below ? "msub" : "msup", [base, below ?? above]);
  return base;
}

/** Return a prime; the style sheet brings it down to its letter. */
function prime() {
  const made = node("mo", "′");
  made.setAttribute("class", "prime");
  return made;
}

function space() {
  const made = node("mspace", "");
  made.setAttribute("width", "0.17em");
  return made;
}

function node(tag, content) {
  const made = document.createElementNS(MATHML, tag);
  if (typeof content === "string") made.textContent = content;
  else made.append(...content);
  return made;
}
