// A grid of cells: arrows move, Enter computes, pasted arrays fill it.

import { element } from "./element.js";
import { isArray, NotAnArray, rowsOf } from "./text_arrays.js";

const NARROWEST = 4; // letters
const WIDEST = 22;

/** Return {element, mark, clear} of the cells; `rows` are changed in place, `replace(rows, from)` is asked for what is pasted. */
export function grid({ rows, label, id, shape, changed, submit, replace }) {
  const cells = rows.map((row, i) => row.map((text, j) => cell(text, i, j)));

  function cell(text, i, j) {
    const place = shape === "matrix" ? `row ${i + 1}, column ${j + 1}` : `entry ${1 + (shape === "column" ? i : j)}`;
    return element("input", {
      class: "cell", value: text, "aria-label": `${label}, ${place}`, "aria-describedby": `${id}-fault`,
      autocomplete: "off", spellcheck: "false", autocapitalize: "off",
      oninput: (event) => typed(event.target, i, j),
      onkeydown: (event) => moved(event, i, j),
      onpaste: (event) => pasted(event, i, j),
    });
  }

  function typed(input, i, j) {
    rows[i][j] = input.value;
    input.removeAttribute("aria-invalid");
    fit(j);
    changed();
  }

  function moved(event, i, j) {
    const { target, key } = event;
    const [start, end, last] = [target.selectionStart, target.selectionEnd, target.value.length];
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (key === "Enter") {
      event.preventDefault();
      submit();
    }
    if (!(key in steps) || event.shiftKey || event.altKey || event.metaKey || event.ctrlKey) return;
    // Sideways only from the edge of the text, or where all of it is selected.
    const whole = start === 0 && end === last;
    if (key === "ArrowLeft" && !whole && end !== 0) return;
    if (key === "ArrowRight" && !whole && start !== last) return;
    const next = cells[i + steps[key][0]]?.[j + steps[key][1]];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  }

  function pasted(event, i, j) {
    const text = event.clipboardData.getData("text/plain");
    if (!isArray(text)) return;
    let found;
    try {
      found = rowsOf(text);
    } catch (error) {
      if (error instanceof NotAnArray) return; // it goes into the cell, where it can be seen and mended
      throw error;
    }
    event.preventDefault();
    // An array in brackets is the whole matrix; a block of a spreadsheet starts at the cell.
    replace(found, text.includes("[") || (i === 0 && j === 0) ? null : [i, j]);
  }

  function fit(j) {
    const longest = Math.max(...cells.map((row) => row[j].value.length));
    for (const row of cells) row[j].style.width = `calc(${Math.min(Math.max(longest, NARROWEST), WIDEST)}ch + 1.1rem)`;
  }

  const width = rows[0].length;
  const numbered = shape !== "row" && (rows.length > 1 || width > 1);
  const number = (scope, index) => element("th", { scope }, String(index + 1));
  const head = shape !== "column" && width > 1
    && element("thead", {}, element("tr", {}, numbered && element("td"), cells[0].map((_, j) => number("col", j))));
  const body = element("tbody", {}, cells.map((row, i) =>
    element("tr", {}, numbered && number("row", i), row.map((input) => element("td", {}, input)))));
  for (let j = 0; j < width; j += 1) fit(j);

  /** Mark one cell, or with j null a whole row: kind "fault", "wrong" or "right". */
  function mark(i, j, kind = "fault", words = "") {
    for (const input of j === null ? cells[i] ?? [] : [cells[i]?.[j]].filter(Boolean)) {
      if (kind !== "right") input.setAttribute("aria-invalid", "true");
      input.dataset.mark = kind;
      input.title = words;
    }
  }

  function clear() {
    for (const input of cells.flat()) {
      input.removeAttribute("aria-invalid");
      delete input.dataset.mark;
      input.removeAttribute("title");
    }
  }

  return { element: element("div", { class: "scroll" }, element("table", { class: "grid" }, head, body)), mark, clear };
}

/** Return `rows` with a block of others over them, its corner at `top`, `left`; they grow as far as it reaches. */
export function over(rows, block, top, left) {
  const height = Math.max(rows.length, top + block.length);
  const width = Math.max(rows[0].length, left + block[0].length);
  return Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (_, j) => block[i - top]?.[j - left] ?? rows[i]?.[j] ?? ""));
}
