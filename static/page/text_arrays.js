// Arrays as text: JSON, what NumPy prints, CSV, TSV and numbers in lines → rows of cells' texts.

/** What could not be read as an array. */
export class NotAnArray extends Error {}

const LONGEST = 40; // letters of what is quoted in a message

const COMMENT = /#.*/g; // of Python, YAML and others; MATLAB's % and JavaScript's // are operators in Python
// A cell may be an expression: sqrt(2), but of Python's tuples (1, 2) the brackets are left out.
const TOKEN = /[[\]]|(?:[^\s,;[\]()]|\([^\s,;[\]()]*\))+/g;
const OPERATOR = / *(\*\*|[/*^·×]) *| +([-+]) +/g; // "1 - 2" is one number, "1 -2" are two

// What may stand around an array, as programs write and print it: W = np.array(…, dtype=float32), "Theta": […], Parameter
// containing: tensor(…), <tf.Tensor: shape=(1, 2), dtype=float32, numpy=array(…)>. All else may change what the numbers mean: .T, * 2.
const NAME = String.raw`[\p{L}\p{N}_.′]+`; // θ, W₁′
const ASSIGNED = String.raw`(?:(?:(?:const|let|var)\s+)?${NAME}\s*=(?!=)|(?:"[^"]*"|'[^']*'|${NAME})\s*:)?`;
const MADE = String.raw`(?:<?[\w.]*(?:array|tensor|matrix|constant)\w*\s*(?::[^[\]]*=\s*array)?\s*\()?`;
const BEFORE = new RegExp(String.raw`^(?:Parameter containing:)?\s*${ASSIGNED}\s*${MADE}\s*$`, "iu");
const BEHIND = /^(?:\s*,\s*(?:\w+\s*=\s*)?(?:\([\d,\s]*\)|[a-z_<'"][^,()[\]]*))*[\s,]*\)?>?[\s;,]*$/i;

/** Return rows of cells (texts, untouched) from `text`. A flat list is one row. Throws NotAnArray. */
export function rowsOf(text) {
  const said = text.includes("[") ? text.replace(COMMENT, "") : text; // a spreadsheet's #N/A is no comment
  const given = said.replace(/^[ \r\n]+|[ \r\n]+$/g, ""); // a tab there parts an empty cell from others
  if (given.trim() === "") throw new NotAnArray("expected numbers, got nothing");
  const plain = given.includes("[") ? alone(given) : given;
  if (/^\[[^[\]]*;[^[\]]*\]$/.test(plain)) return lines(plain.slice(1, -1)); // MATLAB's [1, 2; 3, 4]
  return plain.includes("[") ? bracketed(plain) : lines(plain);
}

/** Return rows as what `shape` wants: of a "column" or a "row" either direction is taken. Throws NotAnArray of any other. */
export function inShape(rows, shape) {
  const [height, width] = [rows.length, rows[0].length];
  if (shape === "matrix") return rows;
  if (height > 1 && width > 1) throw new NotAnArray(`expected one ${shape}, got ${height} × ${width} numbers`);
  return shape === "column" ? rows.flat().map((cell) => [cell]) : [rows.flat()];
}

/** Tell whether pasted text is more than what belongs into one cell. */
export function isArray(text) {
  return /[[\t;\n]/.test(text.trim()) || /\S[ ,]+\S/.test(tight(text.trim()));
}

/** Return a text without the spaces around operators, which part no cells. */
const tight = (text) => text.replace(OPERATOR, (_, product, sum) => product ?? sum);

/** Return the array of a text from its first [ to its last ], without what may stand around it. */
function alone(text) {
  const [start, end] = [text.indexOf("["), text.lastIndexOf("]") + 1];
  if (end <= start) throw new NotAnArray("expected one array, a ] for each [");
  const [before, behind] = [text.slice(0, start), text.slice(end)];
  for (const [around, allowed, where] of [[before, BEFORE, "before"], [behind, BEHIND, "behind"]]) {
    if (!allowed.test(around)) throw new NotAnArray(`expected one array alone, got “${around.trim().slice(0, LONGEST)}” ${where} it`);
  }
  return text.slice(start, end);
}

function bracketed(text) {
  if (text.includes("...")) throw new NotAnArray("expected every number: NumPy left some out as “...”");
  const stack = [[]];
  for (const [token] of tight(text).matchAll(TOKEN)) {
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
  const given = tight(text).split(/\r?\n/).map((line) => line.replace(/[,;]? *$/, "")).filter((line) => line !== "");
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
