// Matrices of an answer, as tables: large ones by their first entries.

import { element, scrolled } from "./element.js";
import { shownNumber } from "./shown_number.js";

const MOST = 400;
const FIRST = 8;

/**
 * Return a matrix (rows) or vector as a table between brackets. `look(i, j)` gives a cell's class and title,
 * `tint(i, j)` its share in [−1, 1] of the diverging colours.
 */
export function showNumbers(given, { label, look = () => ({}), tint = null, vector = !Array.isArray(given[0]) }) {
  const rows = vector ? given.map((value) => [value]) : given;
  const large = rows.length * rows[0].length > MOST;
  const shown = large ? rows.slice(0, FIRST).map((row) => row.slice(0, FIRST)) : rows;
  const wide = shown[0].length > 1;
  const numbered = shown.length > 1 || wide;
  const cells = (row, i) => row.map((value, j) => cell(value, look(i, j), tint && tint(i, j)));
  const body = shown.map((row, i) =>
    element("tr", {}, numbered && element("th", { scope: "row" }, String(i + 1)), cells(row, i)));
  const head = wide && element("thead", {}, element("tr", {}, element("td"), shown[0].map((_, j) => element("th", { scope: "col" }, String(j + 1)))));
  const size = `${rows.length} × ${rows[0].length}`;
  return scrolled(label,
    element("table", { class: "numbers" }, head, element("tbody", {}, body)),
    large && element("p", { class: "quiet" }, `The first of ${size} numbers; the download has all.`));
}

function cell(value, { kind = "", title = null }, share) {
  const made = element("td", { class: `numeric ${kind}`, title }, shownNumber(value));
  if (share !== null && share !== undefined) {
    made.classList.add("tinted");
    made.style.setProperty("--share", `${Math.round(Math.abs(share) * 70)}%`);
    made.style.setProperty("--hue", share < 0 ? "var(--negative)" : "var(--positive)");
  }
  return made;
}

/** Return a function of (i, j) that gives each entry's share of the largest in size, for `tint`; a vector is a column. */
export function shares(values) {
  const rows = Array.isArray(values[0]) ? values : values.map((value) => [value]);
  const largest = Math.max(...rows.flat().map((value) => Math.abs(value)));
  return (i, j) => (largest > 0 && Number.isFinite(largest) ? rows[i][j] / largest : 0);
}

/**
 * Return a table of facts: `titles` above, each of `rows` a name and its cells: texts, elements, and numbers as
 * [number].
 */
export function facts(label, titles, rows) {
  const cell = (one) => element("td", { class: Array.isArray(one) ? "numeric" : null }, Array.isArray(one) ? shownNumber(one[0]) : one);
  return scrolled(label,
    element("table", { class: "facts" },
      titles && element("thead", {}, element("tr", {}, titles.map((title) => (title ? element("th", { scope: "col" }, title) : element("td"))))),
      element("tbody", {}, rows.map(([name, ...cells]) => element("tr", {}, element("th", { scope: "row" }, name), cells.map(cell))))));
}
