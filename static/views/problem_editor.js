// The problem as it is typed: W, Θ, the inputs, the targets, and how the loss is made of them.

import { button, element, fill } from "../page/element.js";
import { field, numberIn, select } from "../page/field.js";
import { matrix, reader, Unfinished } from "../page/matrix.js";
import { forgetOther, targetsEditor, unless } from "./targets.js";

const REDUCTIONS = [["mean", "mean"], ["sum", "sum"], ["none", "row by row"]];

/** Return {element, value, routes}; `changed` and `rebuild` follow what is typed. */
export function problemEditor({ state, changed, submit, rebuild }) {
  const kept = (name) => (options) => {
    if (state.get(name) !== parts[name].state) forgetOther(state, name);
    state.set(name, parts[name].state);
    drawSizes();
    changed(options);
  };
  const part = (name, options) => matrix({ ...options, state: state.get(name) ?? "", changed: kept(name), submit });
  const parts = {};
  const height = (name) => parts[name]?.rows.length;
  const width = (name) => parts[name]?.rows[0].length;
  parts.W = part("W", { label: "W", hint: "h × d", sides: () => [] });
  parts.Theta = part("Theta", { label: "Θ", hint: "h × k", sides: unless([["row", () => height("Theta"), () => height("W")]]) });
  const targets = targetsEditor({ state, part, rebuild, inputs: () => width("W"), outputs: () => width("Theta") });
  Object.assign(parts, targets.parts);

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
        if (name !== "weights") state.delete(name); // the targets' other form has another size now
        continue;
      }
      one.resize(one.rows.length + by * down, one.rows[0].length + by * across, fill);
      state.set(name, one.state);
    }
    drawSizes();
    changed({ step: true });
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

  /** Return the request's body. Throws Unfinished, with every broken cell marked. */
  function value() {
    const { read, finish } = reader();
    const numbers = (one) => read(one.values);
    const [W, Theta] = [parts.W, parts.Theta].map(numbers);
    const pairs = targets.value(numbers);
    const w = weights ? numbers(weights) : undefined;
    const [alpha, lambda] = [smoothing, decay].map(numberIn);
    finish();
    if (alpha === null || lambda === null) throw new Unfinished();
    const body = { W, Theta, ...pairs };
    const chosen = reduction.control.value;
    if (chosen !== "mean") body.reduction = chosen;
    if (alpha !== 0) body.label_smoothing = alpha;
    if (w) body.class_weights = w;
    if (lambda !== 0) body.l2 = lambda;
    return body;
  }

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
      element("div", { class: "fields" }, targets.kind.element, reduction.element),
      more),
    value,
    routes: () => [
      ["/W", parts.W], ["/Theta", parts.Theta], ...targets.routes(), ["/reduction", reduction],
      ["/label_smoothing", smoothing], ["/l2", decay], ...(weights ? [["/class_weights", weights]] : []),
    ],
    get shapes() { return { W: [parts.W.rows.length, parts.W.rows[0].length], Theta: [parts.Theta.rows.length, parts.Theta.rows[0].length] }; },
  };
}
