// A number as it is written by hand: 0.5, -1/3, 2*0.88, sqrt(2), exp(-1)/(1 + exp(-1)).

const LONGEST = 200; // letters: what is nested deeper than that is no number of a person
const TOKEN = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([a-zπ√]+)|(\*\*|[-+*/^()·×−–]))/uy;
const CONSTANTS = { pi: Math.PI, π: Math.PI, e: Math.E };
const FUNCTIONS = { sqrt: Math.sqrt, "√": Math.sqrt, exp: Math.exp, ln: Math.log, tanh: Math.tanh, abs: Math.abs };
const SAME = { "**": "^", "·": "*", "×": "*", "−": "-", "–": "-" };

/** Return the value of an expression, or null where `text` is none. Powers bind before signs: -2^2 is -4. */
export function evaluate(text) {
  if (text.length > LONGEST) return null;
  const tokens = tokensOf(text.trim());
  if (!tokens?.length) return null;
  let at = 0;
  const is = (sign) => tokens[at]?.sign === sign;
  const takes = (sign) => is(sign) && (at += 1) > 0;

  function sum() {
    let value = product();
    while (value !== null && (is("+") || is("-"))) {
      const by = tokens[at++].sign === "+" ? 1 : -1;
      const next = product();
      value = next === null ? null : value + by * next;
    }
    return value;
  }

  function product() {
    let value = signed();
    while (value !== null && (is("*") || is("/"))) {
      const times = tokens[at++].sign === "*";
      const next = signed();
      value = next === null ? null : times ? value * next : value / next;
    }
    return value;
  }

  function signed() {
    if (takes("-")) return negated(signed());
    if (takes("+")) return signed();
    const base = atom();
    if (base === null || !takes("^")) return base;
    const power = signed();
    return power === null ? null : base ** power;
  }

  function atom() {
    const { number, name } = tokens[at] ?? {};
    if (number !== undefined) return (at += 1, number);
    if (Object.hasOwn(CONSTANTS, name ?? "")) return (at += 1, CONSTANTS[name]);
    if (Object.hasOwn(FUNCTIONS, name ?? "")) {
      at += 1;
      const plain = name === "√" && tokens[at]?.number !== undefined; // √2 needs no brackets
      const argument = plain ? tokens[at++].number : is("(") ? atom() : null;
      return argument === null ? null : FUNCTIONS[name](argument);
    }
    if (!takes("(")) return null;
    const inside = sum();
    return takes(")") ? inside : null;
  }

  const value = sum();
  return at === tokens.length ? value : null;
}

const negated = (value) => (value === null ? null : -value);

/** Return [{number} or {name} or {sign}, …], or null where a letter belongs to none. */
function tokensOf(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return null;
    const [, number, name, sign] = match;
    if (number !== undefined) found.push({ number: Number(number) });
    else if (name !== undefined) found.push({ name });
    else found.push({ sign: SAME[sign] ?? sign });
  }
  return found;
}
