// The texts of a matrix's cells as one text for the URL: 1,2;3,4 with ~ before what would be read otherwise.

const ESCAPED = { "~": "~~", ",": "~c", ";": "~s" };
const MEANT = { "~~": "~", "~c": ",", "~s": ";" };

/** Return rows of texts as one text. */
export function packed(rows) {
  return rows.map((row) => row.map((cell) => cell.replace(/[~,;]/g, (sign) => ESCAPED[sign])).join(",")).join(";");
}

/** Return the rows that `packed` made a text of; rows of uneven length are filled with empty cells. */
export function unpacked(text) {
  const rows = text.split(";").map((row) => row.split(",").map((cell) => cell.replace(/~[~cs]/g, (sign) => MEANT[sign])));
  const width = Math.max(...rows.map((row) => row.length));
  return rows.map((row) => [...row, ...Array(width - row.length).fill("")]);
}

/** Return rows of numbers as rows of texts. */
export function written(rows) {
  return rows.map((row) => row.map((value) => (typeof value === "string" ? value : Object.is(value, -0) ? "-0" : String(value))));
}

/** Return a vector as a matrix of one column. */
export function column(values) {
  return values.map((value) => [value]);
}
