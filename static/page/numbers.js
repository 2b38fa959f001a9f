// Numbers as people write them, and as JSON takes them.

import { evaluate } from "./expression.js";

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const WORDS = { nan: NaN, inf: Infinity, infinity: Infinity, "∞": Infinity };

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** What a cell may hold that is no number. Its message says what was expected. */
export class NotANumber extends Error {}

/** Return the number that `text` stands for: a decimal, or an expression such as -1/3 or sqrt(2). Throws NotANumber. */
export function number(text, { finite = true } = {}) {
  const plain = text.trim().replace(/[\u2212\u2013]/g, "-");
  if (plain === "") throw new NotANumber("expected a number");
  if (/^[+-]?\d+,\d+$/.test(plain)) throw new NotANumber("expected a number with a point, such as 0.5");
  const value = DECIMAL.test(plain) ? Number(plain) : evaluate(plain.toLowerCase());
  if (value !== null) {
    if (Number.isNaN(value)) throw new NotANumber("expected a real number");
    if (finite && !Number.isFinite(value)) throw new NotANumber("expected a number within the range of float64");
    return value;
  }
  const [, sign, word] = /^([+-]?)(.*)$/.exec(plain.toLowerCase());
  if (!finite && Object.hasOwn(WORDS, word)) return sign === "-" ? -WORDS[word] : WORDS[word];
  throw new NotANumber(Object.hasOwn(WORDS, word) ? "expected a finite number" : "expected a number, such as 0.5, 1/3, pi or sqrt(2)");
}

/** Return the number that `text` stands for, or null, `tell` being told why it stands for none. */
export function numberOrNull(text, tell = () => {}, options = {}) {
  try {
    return number(text, options);
  } catch (error) {
    if (!(error instanceof NotANumber)) throw error;
    tell(error.message);
    return null;
  }
}

/** Return a number's shortest digits that give it back; the service's words for what is not finite as signs. */
export function digits(value) {
  if (typeof value === "string") return { Infinity: "∞", "-Infinity": "−∞", NaN: "NaN" }[value] ?? value;
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Return a number in at most five digits, for tables; whole numbers stay whole. */
export function short(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || (Number.isInteger(value) && size < 1e7)) return digits(value).replace("-", "−");
  return size < 1e-4 || size >= 1e5 ? raised(value.toExponential(4).replace(/\.?0*e/, "e")) : brief(value, 5);
}

/** Return a number in few digits for a sentence. */
export function brief(value, places = 4) {
  if (typeof value !== "number" || !Number.isFinite(value)) return digits(value);
  return raised(String(Number(value.toPrecision(places))));
}

/** Return digits in which 1e-7 is written 1 × 10⁻⁷. */
export function raised(text) {
  const [mantissa, exponent] = text.split("e");
  const plain = mantissa.replace("-", "−");
  return exponent === undefined ? plain : `${plain} × 10${exponent.replace("+", "").replace(/[-\d]/g, (sign) => RAISED[sign])}`;
}

/** Return JSON text in which −0 keeps its sign and what is not finite is the service's word for it. */
export function json(value) {
  if (typeof value === "number") {
    if (Object.is(value, -0)) return "-0.0";
    return Number.isFinite(value) ? String(value) : `"${value}"`;
  }
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}: ${json(member)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
