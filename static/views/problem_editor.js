// The problem as it is typed: W, Θ, the inputs, the targets, and how the loss is made of them.

import { button, element, fill } from "../page/element.js";
import { choice, field, numberIn, select } from "../page/field.js";
import { matrix, Unfinished } from "../page/matrix.js";
import { numberOrNull } from "../page/numbers.js";

const REDUCTIONS = [["mean", "mean"], ["sum", "sum"], ["none", "row by row"]];
const OTHER = { y: "Y", Y: "y" }; // the targets as class numbers, and as rows

/** Return {element, value, routes}; `changed` and `rebuild` follow what is typed. */
export function problemEditor({ state, changed, submit, rebuild }) {
  const byRows = state.get("targets") === "rows";
  const kept = (name) => (options) => {
    // The targets' other form says no longer the same: it is made anew when it is asked for.
    if (state.get(name) !== parts[name].state) state.delete(OTHER[name]);
    state.set(name, parts[name].state);
    drawSizes();
    changed(options);
  };
  const part = (name, options) => matrix({ ...options, state: state.get(name) ?? "", changed: kept(name), submit });
  const parts = {};
  const height = (name) => parts[name]?.rows.length;
  const width = (name) => parts[name]?.rows[0].length;
  /** Where two matrices do not fit, the second can be made larger and smaller by itself. */
  const unless = (pairs) => () => pairs.filter(([, one, other]) => one() !== undefined && other() !== undefined && one() !== other()).map(([side]) => side);
  parts.W = part("W", { label: "W", hint: "h × d", sides: () => [] });
  parts.Theta = part("Theta", { label: "Θ", hint: "h × k", sides: unless([["row", () => height("Theta"), () => height("W")]]) });
  parts.x = part("x", { label: "x", hint: "one row per input", sides: unless([["column", () => width("x"), () => width("W")]]) });
  const fitsY = [["row", () => height("Y"), () => height("x")], ["column", () => width("Y"), () => width("Theta")]];
  if (byRows) parts.Y = part("Y", { label: "y", hint: "one row per input", sides: unless(fitsY) });
  else parts.y = part("y", { label: "class", shape: "column", hint: "as arrays count: 0 is class 1, the first column of Θ", sides: unless([["row", () => height("y"), () => height("x")]]) });

  const hotFirst = (_, j) => (j === 0 ? "1" : "0");
  // What is new has weight 0, so that the function is what it was; an example more has one input of zeros, class 0.
  const SIZES = [
    ["hidden units", "hidden unit", () => height("W"), [["W", 1, 0, "0"], ["Theta", 1, 0, "0"]]],
    ["inputs", "input", () => width("W"), [["W", 0, 1, "0"], ["x", 0, 1, "0"]]],
    ["classes", "class", () => width("Theta"), [["Theta", 0, 1, "0"], ["Y", 0, 1, hotFirst], ["weights", 0, 1, "1"]]],
    ["rows", "row", () => height("x"), [["x", 1, 0, "0"], ["y", 1, 0, "0"], ["Y", 1, 0, hotFirst]]],
  ];
  const sizes = element("div", { class: "sizes" });

  function drawSizes() {
    const focused = sizes.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    const step = (words, sign, by, size, owners) =>
      button(sign, () => resize(by, owners), { class: "small", "aria-label": words, disabled: size + by < 1 });
    fill(sizes, SIZES.map(([name, one, size, owners]) => element("span", { class: "stepper" },
      step(`Fewer ${name}`, "−", -1, size(), owners),
      element("span", {}, `${size()} ${size() === 1 ? one : name}`),
      step(`More ${name}`, "+", 1, size(), owners))));
    const again = focused && [...sizes.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === focused);
    // At its least a size can only grow: the focus goes to what makes it.
    if (again) (again.disabled ? again.parentElement.lastElementChild : again).focus();
    for (const one of Object.values(parts)) if (!one.element.contains(document.activeElement)) one.refresh();
  }

  function resize(by, owners) {
    for (const [name, down, across, fill] of owners) {
      const one = parts[name];
      if (!one) {
        if (name in OTHER) state.delete(name); // it has another size now
        continue;
      }
      one.resize(one.rows.length + by * down, one.rows[0].length + by * across, fill);
      state.set(name, one.state);
    }
    drawSizes();
    changed({ step: true });
  }

  const kind = choice("Targets", [["rows", "probability vectors"], ["classes", "class index"]], byRows ? "rows" : "classes", (value) => {
    if (value === "rows") state.set("targets", "rows");
    else state.delete("targets");
    if (value === "rows" && !state.has("Y")) state.set("Y", hot());
    if (value === "classes" && !state.has("y")) state.set("y", hottest());
    rebuild();
  });

  /** Return the class numbers as rows with a one in the class's place; what is no class, as cells to be filled in. */
  function hot() {
    const classes = Array.from(parts.Theta.rows[0], (_, j) => j);
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

  const option = (name, usual) => element("input", {
    value: state.get(name) ?? usual, autocomplete: "off", spellcheck: "false",
    oninput: (event) => set(name, event.target.value, usual),
  });
  const smoothing = field("Label smoothing", option("smoothing", "0"));
  const decay = field("Weight decay λ", option("l2", "0"), { hint: "½λ(‖W‖² + ‖Θ‖²)" });
  const weights = state.has("weights") ? part2() : null;
  const reduction = field("Reduction", select(REDUCTIONS, state.get("reduction") ?? "mean", {
    onchange: (event) => set("reduction", event.target.value, "mean", { step: true }),
  }));

  function part2() {
    parts.weights = part("weights", { label: "class weights", shape: "row", sides: unless([["column", () => width("weights"), () => width("Theta")]]) });
    return parts.weights;
  }

  function set(name, value, usual, options) {
    if (value === usual) state.delete(name);
    else state.set(name, value);
    changed(options);
  }

  function toggleWeights() {
    if (state.has("weights")) state.delete("weights");
    else state.set("weights", parts.Theta.rows[0].map(() => "1").join(","));
    rebuild();
  }

  const single = () => parts.x.rows.length === 1;

  /** Return the request's body. Throws Unfinished, with every broken cell marked. */
  function value() {
    let broken = false;
    const read = (one) => {
      try {
        return one.values();
      } catch (error) {
        if (!(error instanceof Unfinished)) throw error;
        broken = true;
        return null;
      }
    };
    const [W, Theta, x] = [parts.W, parts.Theta, parts.x].map(read);
    const y = read(parts.Y ?? parts.y);
    const w = weights ? read(weights) : undefined;
    const [alpha, lambda] = [smoothing, decay].map(numberIn);
    if (broken || alpha === null || lambda === null) throw new Unfinished();
    const alone = single() && y.length === 1;
    const body = { W, Theta, inputs: alone ? x[0] : x, targets: alone ? y[0] : y };
    const chosen = reduction.control.value;
    if (chosen !== "mean") body.reduction = chosen;
    if (alpha !== 0) body.label_smoothing = alpha;
    if (w) body.class_weights = w;
    if (lambda !== 0) body.l2 = lambda;
    return body;
  }

  /** Send what is said of a lone row, (d,), to the first row of the grid. */
  const row = (one) => ({ ...one, clear: one.clear, focus: one.focus, fault: (at, detail) => one.fault(single() && at.length ? ["0", ...at] : at, detail) });
  const entry = (one) => ({ clear: one.clear, focus: one.focus, fault: (at, detail) => one.fault(single() && !at.length ? ["0"] : at, detail) });

  const more = element("details", { class: "more", open: ["weights", "smoothing", "l2"].some((name) => state.has(name)) },
    element("summary", {}, "Smoothing, class weights, weight decay"),
    element("div", { class: "fields" }, smoothing.element, decay.element, weights?.element,
      button(weights ? "Without class weights" : "With class weights", toggleWeights, { class: "small" })));

  drawSizes();
  return {
    element: fill(element("div", { class: "problem" }),
      sizes,
      element("div", { class: "layer-body" }, parts.W.element, parts.Theta.element),
      element("div", { class: "layer-body" }, parts.x.element, (parts.Y ?? parts.y).element),
      element("div", { class: "fields" }, kind.element, reduction.element),
      more),
    value,
    routes: () => [
      ["/W", parts.W], ["/Theta", parts.Theta], ["/inputs", row(parts.x)],
      ["/targets", parts.Y ? row(parts.Y) : entry(parts.y)], ["/reduction", reduction],
      ["/label_smoothing", smoothing], ["/l2", decay], ...(weights ? [["/class_weights", weights]] : []),
    ],
    get shapes() { return { W: [parts.W.rows.length, parts.W.rows[0].length], Theta: [parts.Theta.rows.length, parts.Theta.rows[0].length] }; },
  };
}
