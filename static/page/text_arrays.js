// Arrays as text: JSON, what NumPy prints, CSV, TSV and numbers in lines → rows of cells' texts.

/** What could not be read as an array. */
export class NotAnArray extends Error {}

const TOKEN = /[[\]]|[^\s,;[\]()]+/g;

/** Return rows of cells (texts, untouched) from `text`. A flat list is one row. Throws NotAnArray. */
export function rowsOf(text) {
  const plain = text.replace(/^[ \r\n]+|[ \r\n]+$/g, ""); // a tab there parts an empty cell from others
  if (plain.trim() === "") throw new NotAnArray("expected numbers, got nothing");
  if (/^\[[^[\]]*;[^[\]]*\]$/.test(plain)) return lines(plain.slice(1, -1)); // MATLAB's [1, 2; 3, 4]
  return plain.includes("[") ? bracketed(plain) : lines(plain);
}

/** Tell whether pasted text is more than what belongs into one cell. */
export function isArray(text) {
  return /[[\t;\n]/.test(text.trim()) || /\S[ ,]+\S/.test(text.trim().replace(/\s*\/\s*/, "/"));
}

function bracketed(text) {
  const inside = text
    .replace(/^[\w.]*(array|tensor|matrix)\s*\(/i, "")
    .replace(/,\s*(dtype|device|requires_grad|grad_fn)\s*=[^,)\]]*/g, "")
    .replace(/\)\s*;?\s*$/, "");
  if (inside.includes("...")) throw new NotAnArray("expected every number: NumPy left some out as “...”");
  const stack = [[]];
  for (const [token] of inside.matchAll(TOKEN)) {
    if (token === "[") stack.push([]);
    else if (token === "]") {
      const closed = stack.pop();
      if (!stack.length) throw new NotAnArray("expected a [ for each ]");
      stack.at(-1).push(closed);
    } else stack.at(-1).push(unquoted(token));
  }
  if (stack.length !== 1 || stack[0].length !== 1) throw new NotAnArray("expected one array, a ] for each [");
  return asRows(stack[0][0]);
}

function unquoted(token) {
  return token.replace(/^["'](.*)["']$/, "$1").replace(/^(-?\d+)\.$/, "$1");
}

function asRows(value) {
  if (!Array.isArray(value) || value.length === 0) throw new NotAnArray("expected at least one number");
  if (value.every((item) => !Array.isArray(item))) return [value];
  if (!value.every(Array.isArray)) throw new NotAnArray("expected rows only, or numbers only");
  // A stack of one matrix, [[[…]]], is that matrix.
  if (value.length === 1 && value[0].some(Array.isArray)) return asRows(value[0]);
  if (value.some((row) => row.some(Array.isArray))) throw new NotAnArray("expected a matrix, got more than two dimensions");
  return even(value);
}

function lines(text) {
  const given = text.replace(/ *\/ */g, "/").split(/\r?\n/).map((line) => line.replace(/[,;]? *$/, "")).filter((line) => line !== "");
  // On one line semicolons part rows, as in MATLAB; on several they part cells, as in CSV where commas part digits.
  const rows = given.length === 1 ? given[0].split(";") : given;
  const sign = ["\t", ";", ","].find((one) => rows.some((line) => line.includes(one))) ?? /\s+/;
  const parts = rows.map((line) => (sign === "\t" ? line : line.trim()).split(sign));
  return even(parts.map((row) => row.map((cell) => unquoted(cell.trim()))));
}

function even(rows) {
  const width = rows[0].length;
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0) {
    throw new NotAnArray(`expected ${width} numbers in row ${odd + 1}, as in the first, got ${rows[odd].length}`);
  }
  if (width === 0) throw new NotAnArray("expected at least one number");
  return rows;
}
