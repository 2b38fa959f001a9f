// Inputs and what they are to give: rows of x beside class numbers, or beside rows of their own.

import { choice } from "../page/field.js";
import { numberOrNull } from "../page/numbers.js";

const OTHER = { y: "Y", Y: "y" }; // the targets as class numbers, and as rows

/** Return the sides of `pairs`, [side, one(), other()], along which two matrices do not fit: there the one can be made larger and smaller by itself. */
export const unless = (pairs) => () => pairs.filter(([, one, other]) => one() !== undefined && other() !== undefined && one() !== other()).map(([side]) => side);

/** Forget the targets' other form: it says no longer the same, and is made anew when it is asked for. */
export const forgetOther = (state, name) => state.delete(OTHER[name]);

/**
 * Return {parts, kind, provide, value, routes} of the inputs x and their targets; `parts` are the grids x and y, or x and Y. `part(name, options)` makes a grid of
 * the state, `inputs()` and `outputs()` tell how many a row has of both, undefined while that is unknown; `rebuild()` is asked for the other form.
 */
export function targetsEditor({ state, part, inputs, outputs, rebuild, rowsCalled = "probability vectors", rowsAlone = false, classHint = "as arrays count: 0 is class 1, the first column of Θ" }) {
  const byRows = rowsAlone || state.get("targets") === "rows";
  const parts = {};
  const height = (name) => parts[name]?.rows.length;
  const width = (name) => parts[name]?.rows[0].length;
  parts.x = part("x", { label: "x", hint: "one row per input", sides: unless([["column", () => width("x"), inputs]]) });
  const fitsY = [["row", () => height("Y"), () => height("x")], ["column", () => width("Y"), outputs]];
  if (byRows) parts.Y = part("Y", { label: "y", hint: "one row per input", sides: unless(fitsY) });
  else parts.y = part("y", { label: "class", shape: "column", hint: classHint, sides: unless([["row", () => height("y"), () => height("x")]]) });

  const kind = rowsAlone ? null : choice("Targets", [["rows", rowsCalled], ["classes", "class index"]], byRows ? "rows" : "classes", (value) => {
    if (value === "rows") state.set("targets", "rows");
    else state.delete("targets");
    provide(value);
    rebuild();
  });

  /** Let the state have the targets in a form, "rows" or "classes". */
  function provide(form) {
    if (form === "rows" && !state.has("Y")) state.set("Y", hot());
    if (form === "classes" && !state.has("y")) state.set("y", hottest());
  }

  /** Return the class numbers as rows with a one in the class's place; what is no class, as cells to be filled in. */
  function hot() {
    const classes = Array.from({ length: outputs() }, (_, j) => j);
    const rows = parts.y.rows.map(([name]) => numberOrNull(name));
    return rows.map((named) => classes.map((j) => (!classes.includes(named) ? "" : named === j ? "1" : "0")).join(",")).join(";");
  }

  /** Return rows with a single one as class numbers; what is no such row, as a cell to be filled in. */
  function hottest() {
    const rows = parts.Y.rows.map((row) => row.map((cell) => numberOrNull(cell)));
    return rows.map((row) => {
      const single = row.every((value) => value === 0 || value === 1) && row.filter((value) => value === 1).length === 1;
      return single ? row.indexOf(1) : "";
    }).join(",");
  }

  const single = () => parts.x.rows.length === 1;
  /** Send what is said of a lone row, (d,), to the first row of the grid. */
  const row = (one) => ({ ...one, clear: one.clear, focus: one.focus, fault: (at, detail) => one.fault(single() && at.length ? ["0", ...at] : at, detail) });
  const entry = (one) => ({ clear: one.clear, focus: one.focus, fault: (at, detail) => one.fault(single() && !at.length ? ["0"] : at, detail) });

  return {
    parts, kind, provide,
    /** Return {inputs, targets}, of a single row without the brackets around it; `read` makes the numbers of a grid, null where they are none. */
    value(read) {
      const [x, y] = [read(parts.x), read(parts.Y ?? parts.y)];
      if (x === null || y === null) return null;
      const alone = single() && y.length === 1;
      return { inputs: alone ? x[0] : x, targets: alone ? y[0] : y };
    },
    routes: () => [["/inputs", row(parts.x)], ["/targets", parts.Y ? row(parts.Y) : entry(parts.y)]],
  };
}
