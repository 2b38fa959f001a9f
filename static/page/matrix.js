// A matrix that is typed, pasted or loaded: a grid of cells, or its text. What is typed stays as it was typed.

import { packed, unpacked } from "./cells.js";
import { button, element, fill, freshId, scrolled } from "./element.js";
import { grid, over } from "./grid.js";
import { NotANumber, number } from "./numbers.js";
import { inShape, NotAnArray, rowsOf } from "./text_arrays.js";

const MOST_CELLS = 400; // beyond, a preview stands for the grid
const MOST_AS_TEXT = 20_000;
const AS_TEXT = "~t"; // begins a state whose text is no grid

/** Cells that hold no number; each stands marked in its matrix already. */
export class Unfinished extends Error {}

/** Return {read, finish}: `read(make)` returns what `make()` returns, or null where that is unfinished; `finish()` throws Unfinished if any was, so that all are marked. */
export function reader() {
  let broken = false;
  return {
    read(make) {
      try {
        return make();
      } catch (error) {
        if (!(error instanceof Unfinished)) throw error;
        broken = true;
        return null;
      }
    },
    finish() {
      if (broken) throw new Unfinished();
    },
  };
}

/**
 * Return a matrix {element, rows, state, values, fault, clear, resize}. `changed({step})` is told of what is typed, and of
 * what the back button should undo; of `resize` the caller knows himself.
 * `shape` is "matrix", "column" or "row"; of the last two `values` returns a vector. `sides()` says along which
 * of them it can be made larger and smaller by hand; new cells then hold `empty`.
 */
export function matrix({
  label, hint = "", shape = "matrix", state = "", finite = true,
  changed = () => {}, submit = () => {}, sides = () => ["row", "column"], empty = "",
}) {
  let rows = [[""]];
  let text = null; // what is typed in the text area, else null
  const id = freshId("matrix");
  const body = element("div", { class: "matrix-body" });
  const faults = element("p", { class: "fault", id: `${id}-fault`, hidden: true });
  const tools = element("div", { class: "matrix-tools" });
  const name = element("span", { id: `${id}-label`, class: "matrix-name" }, label, hint && element("span", { class: "quiet" }, ` ${hint}`));
  const frame = element("div", { class: "matrix", role: "group", "aria-labelledby": `${id}-label` },
    element("div", { class: "matrix-head" }, name, tools), body, faults);
  let drawn = null;
  const cut = new Map(); // "row,column" → what stood there before the matrix was made smaller

  const large = () => rows.length * rows[0].length > MOST_CELLS;

  function restore(given) {
    text = given.startsWith(AS_TEXT) ? given.slice(AS_TEXT.length) : null;
    if (text === null) {
      const found = unpacked(given);
      rows = shaped(() => found);
      if (!rows) text = asText(found); // as it came, to be seen and mended
    }
    if (text !== null) rows = read(text) ?? [[""]];
    draw();
  }

  const state_ = () => {
    if (text !== null) return AS_TEXT + text;
    return packed(shape === "column" ? [rows.flat()] : rows);
  };

  /** Take pasted rows: all of them in place of what there is, or from the cell [row, column] on. */
  function put(found, from = null) {
    const next = shaped(() => found);
    if (!next) return;
    rows = from ? over(rows, next, ...from) : next;
    text = null;
    draw();
    changed({ step: true });
  }

  /** Make the matrix larger or smaller; cells that come back hold what they held, new ones `empty`, or what that returns of their place. */
  function resize(height, width, empty = "") {
    rows.forEach((row, i) => row.forEach((cell, j) => (i >= height || j >= width) && cut.set(`${i},${j}`, cell)));
    const cell = (i, j) => rows[i]?.[j] ?? cut.get(`${i},${j}`) ?? (typeof empty === "function" ? empty(i, j) : empty);
    rows = Array.from({ length: height }, (_, i) => Array.from({ length: width }, (_, j) => cell(i, j)));
    text = null;
    draw();
  }

  const read = (from) => shaped(() => rowsOf(from));

  /** Return what `make` returns in the shape of this matrix, or null, having told why it has none. */
  function shaped(make) {
    try {
      return inShape(make(), shape);
    } catch (error) {
      if (!(error instanceof NotAnArray)) throw error;
      clear();
      tell(error.message);
      return null;
    }
  }

  function draw() {
    const focused = frame.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    redraw();
    if (focused === null) return;
    const again = [...frame.querySelectorAll("input, button, textarea")].find((one) => one.getAttribute("aria-label") === focused && !one.disabled);
    (again ?? frame.querySelector("input, button, textarea"))?.focus();
  }

  function redraw() {
    clear();
    drawn = null;
    if (text !== null) fill(body, area());
    else if (large()) fill(body, preview());
    else {
      drawn = grid({ rows, label, id, shape, changed, submit, replace: put });
      fill(body, drawn.element);
    }
    drawTools();
  }

  function area() {
    return element("textarea", {
      value: text, rows: 5, spellcheck: "false", "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-fault`,
      placeholder: "[[1, 2], [3, 4]] as JSON or NumPy, or CSV",
      oninput: (event) => {
        text = event.target.value;
        clear();
        rows = read(text) ?? rows;
        changed();
      },
    });
  }

  function preview() {
    const shown = rows.slice(0, 5).map((row) => [...row.slice(0, 5), ...(row.length > 5 ? ["…"] : [])]);
    const table = element("table", { class: "preview" }, shown.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell)))));
    const size = shape === "matrix" ? `${rows.length} × ${rows[0].length} numbers` : `${rows.flat().length} numbers`;
    return scrolled(`The first of ${size}`, table, element("p", { class: "quiet" }, size));
  }

  function drawTools() {
    const by = (dRows, dColumns) => () => {
      resize(rows.length + dRows, rows[0].length + dColumns, empty);
      changed({ step: true });
    };
    const stepper = (what, count, less, more) =>
      element("span", { class: "stepper" },
        button("−", less, { class: "small", "aria-label": `Remove the last ${what} of ${label}`, disabled: count <= 1 }),
        element("span", {}, `${count} ${what}${count === 1 ? "" : "s"}`),
        button("+", more, { class: "small", "aria-label": `Add ${what === "entry" ? "an" : "a"} ${what} to ${label}` }));
    const asText = button(text === null ? "as text" : "as grid", toggle, {
      class: "small", "aria-pressed": String(text !== null), "aria-label": `${label} as text`,
    });
    const growing = text === null && !large() ? sides() : [];
    fill(tools,
      growing.includes("row") && shape !== "row" && stepper(shape === "column" ? "entry" : "row", rows.length, by(-1, 0), by(1, 0)),
      growing.includes("column") && shape !== "column" && stepper(shape === "row" ? "entry" : "column", rows[0].length, by(0, -1), by(0, 1)),
      rows.length * rows[0].length <= MOST_AS_TEXT && asText);
    for (const span of tools.querySelectorAll(".stepper span")) span.textContent = span.textContent.replace("entrys", "entries");
  }

  function toggle() {
    if (text === null) text = shape === "matrix" ? asText(rows) : `[${rows.flat().join(", ")}]`;
    else {
      const found = read(text);
      if (!found) return;
      [rows, text] = [found, null];
    }
    draw();
    changed();
    tools.querySelector("[aria-pressed]").focus();
  }

  /** Return the numbers, of shape (rows, columns) or (entries,). Throws Unfinished, the cells marked. */
  function values() {
    clear();
    if (text !== null && !read(text)) throw new Unfinished();
    let broken = false;
    const found = rows.map((row, i) => row.map((cell, j) => {
      try {
        return number(cell, { finite });
      } catch (error) {
        if (!(error instanceof NotANumber)) throw error;
        if (!broken) tell(`${place(i, j)}: ${error.message}`);
        broken = true;
        drawn?.mark(i, j);
        return NaN;
      }
    }));
    if (broken) throw new Unfinished();
    return shape === "matrix" ? found : found.flat();
  }

  const asText = (cells) => `[${cells.map((row) => `[${row.join(", ")}]`).join(",\n ")}]`;
  const place = (i, j) => (shape === "matrix" ? `row ${i + 1}, column ${j + 1}` : `entry ${1 + (shape === "column" ? i : j)}`);

  function tell(message) {
    faults.textContent = message;
    faults.hidden = false;
  }

  /** Show what the service says of the place `at`, the rest of its pointer: [], [row] or [row, column]. */
  function fault(at, detail) {
    const [i, j] = shape === "matrix" ? at.map(Number) : shape === "column" ? [at[0] && Number(at[0]), 0] : [0, at[0] && Number(at[0])];
    const whole = at.length === 0;
    const words = whole ? detail : at.length === 1 && shape === "matrix" ? `row ${i + 1}: ${detail}` : `${place(i, j)}: ${detail}`;
    tell(faults.hidden ? words : `${faults.textContent}; ${words}`);
    if (whole) frame.classList.add("wrong");
    else drawn?.mark(i, at.length === 1 && shape === "matrix" ? null : j);
  }

  function clear() {
    faults.hidden = true;
    faults.textContent = "";
    frame.classList.remove("wrong");
    drawn?.clear();
  }

  /** Move the focus to the first marked cell; tell whether there is one. */
  function focus() {
    const target = frame.querySelector("[aria-invalid]") ?? (faults.hidden ? null : frame.querySelector("input, textarea, button"));
    target?.focus();
    return target !== null;
  }

  restore(state);
  return {
    element: frame, values, fault, clear, focus, put,
    get rows() { return rows; },
    get state() { return state_(); },
    get empty() { return text === null ? rows.every((row) => row.every((cell) => cell.trim() === "")) : text.trim() === ""; },
    refresh: drawTools,
    mark: (i, j, kind, words) => drawn?.mark(i, j, kind, words),
    restore,
    resize,
  };
}
