// Formulas of x as people type them: e^x/(1 + e^x), ln 2, 2 s1(2x) − 1.

import { heaviside, relu, sigmoid, softplus } from "../page/mathematics.js";

/** What is no formula. Its message says what was expected. */
export class NotAFormula extends Error {}

const FUNCTIONS = {
  exp: Math.exp, ln: Math.log, log: Math.log, sqrt: Math.sqrt, abs: Math.abs, tanh: Math.tanh, cosh: Math.cosh, sinh: Math.sinh,
  sigmoid: (x) => sigmoid(x), softplus: (x) => softplus(x), relu, heaviside, s0: (x) => softplus(x), s1: (x) => sigmoid(x), l0: relu, l1: heaviside, H: heaviside,
};
const NUMBERS = { e: Math.E, pi: Math.PI };
const TOKEN = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(sigmoid|softplus|heaviside|relu|sqrt|tanh|cosh|sinh|exp|abs|beta|log|ln|pi|[sl][01]|[a-zA-Z])|([-+*/^(),]))/y;
const PLAIN = { "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "π": "pi", "β": "beta", "₀": "0", "₁": "1", "σ": "s1", "√": "sqrt", "²": "^2", "[": "(", "]": ")" };

/** Return a function of {x, beta, …} from what was typed. `names` are the letters it may hold. Throws NotAFormula. */
export function typedFormula(text, names = ["x"]) {
  const tokens = tokensOf(text);
  let at = 0;
  const next = (sign) => tokens[at]?.text === sign && (at += 1) > 0;

  function total() {
    let value = product();
    for (;;) {
      const [left] = [value];
      if (next("+")) value = both(left, product(), (one, other) => one + other);
      else if (next("-")) value = both(left, product(), (one, other) => one - other);
      else return value;
    }
  }

  function product() {
    let value = signed();
    for (;;) {
      const [left] = [value];
      if (next("*")) value = both(left, signed(), (one, other) => one * other);
      else if (next("/")) value = both(left, signed(), (one, other) => one / other);
      else if (tokens[at]?.kind === "word") value = both(left, power(), (one, other) => one * other);
      else if (tokens[at]?.text === "(") value = both(left, power(), (one, other) => one * other);
      else return value;
    }
  }

  function signed() {
    if (next("-")) return negated(signed());
    if (next("+")) return signed();
    return power();
  }

  function power() {
    const base = atom();
    return next("^") ? both(base, signed(), (one, other) => one ** other) : base;
  }

  function atom() {
    const token = tokens[at];
    if (!token) throw new NotAFormula("expected more: the formula ends too early");
    at += 1;
    if (token.kind === "number") return () => Number(token.text);
    if (token.text === "(") {
      const value = total();
      if (!next(")")) throw new NotAFormula("expected a closing bracket");
      return value;
    }
    if (names.includes(token.text)) return (given) => given[token.text];
    if (Object.hasOwn(NUMBERS, token.text)) return () => NUMBERS[token.text];
    if (Object.hasOwn(FUNCTIONS, token.text)) return applied(FUNCTIONS[token.text], token.text);
    throw new NotAFormula(`expected a ${names.length ? `formula of ${names.join(", ")}` : "number"}; “${token.text}” is not known here`);
  }

  /** A function of what follows: in brackets, or one factor, as in ln 2 or tanh x. A bare s1 is s1(x). */
  function applied(f, name) {
    if (next("^")) { // tanh^2 x
      const exponent = atom();
      const value = applied(f, name);
      return (given) => value(given) ** exponent(given);
    }
    const begins = tokens[at] && (tokens[at].kind !== "sign" || tokens[at].text === "(");
    if (!begins || (/^[sl][01]$/.test(name) && tokens[at].text !== "(")) {
      if (/^[sl][01]$/.test(name) && names.includes("x")) return ({ x }) => f(x);
      throw new NotAFormula(`expected what ${name} is taken of, as in ${name}(x)`);
    }
    if (tokens[at].text === "(") {
      const inner = atom();
      return (given) => f(inner(given));
    }
    let inner = power();
    while (tokens[at]?.kind === "word") inner = both(inner, power(), (one, other) => one * other); // ln 2x
    return (given) => f(inner(given));
  }

  if (!tokens.length) throw new NotAFormula("expected a formula");
  const value = total();
  if (at < tokens.length) throw new NotAFormula(`expected an operator or a comma before “${tokens[at].text}”`);
  return value;
}

const both = (one, other, f) => (given) => f(one(given), other(given));
const negated = (value) => (given) => -value(given);

function tokensOf(text) {
  // A bare bracket after s1 multiplies where it opens with 1 −: s1(1 − s1) is s1·(1 − s1), as everybody writes it.
  const plain = [...text.trim()].map((sign) => PLAIN[sign] ?? sign).join("").replace(/\*\*/g, "^").replace(/s1\s*\(\s*1\s*-\s*s1/g, "s1*(1-s1");
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < plain.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(plain);
    if (!match) throw new NotAFormula(`expected a formula; “${plain.slice(from).trim()[0]}” cannot stand there`);
    const [, number, word, sign] = match;
    found.push({ kind: number ? "number" : word ? "word" : "sign", text: number ?? word ?? sign });
  }
  return found;
}
