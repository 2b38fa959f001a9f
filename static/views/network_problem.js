// A network, its inputs and targets, and what is to be made small: the problem of backpropagation as it is typed.

import { element, fill } from "../page/element.js";
import { field, numberIn, select } from "../page/field.js";
import { matrix, reader, Unfinished } from "../page/matrix.js";
import { belongs, networkEditor } from "../page/network_editor.js";
import { forgetOther, targetsEditor } from "./targets.js";

const LOSSES = [["cross_entropy", "cross-entropy"], ["squared_error", "squared error"]];
const REDUCTIONS = [["mean", "mean"], ["sum", "sum"]];
const SOFTMAX = { name: "softmax", parameters: {} };

/** Return {element, value, routes, shapes}; `changed` and `rebuild` follow what is typed. */
export function networkProblem({ known, state, changed, submit, rebuild }) {
  const squared = state.get("loss") === "squared_error";
  const network = networkEditor({
    known, ending: [SOFTMAX], state, name: "f", submit,
    changed(options) {
      keep();
      follow();
      changed(options);
    },
    rebuild(entries) {
      keep(entries);
      rebuild();
    },
  });
  const first = () => network.sides[0].weight[1];
  const last = () => network.sides.at(-1).weight[0];
  const part = (name, options) => matrix({
    ...options, state: state.get(name) ?? "", submit, empty: "0",
    changed(what) {
      if (state.get(name) !== targets.parts[name].state) forgetOther(state, name);
      state.set(name, targets.parts[name].state);
      for (const one of Object.values(targets.parts)) if (!one.element.contains(document.activeElement)) one.refresh();
      changed(what);
    },
  });
  const targets = targetsEditor({
    state, part, rebuild, inputs: first, outputs: last, rowsAlone: squared, rowsCalled: "vectors", classHint: "0 is the first output",
  });
  let [width, outputs] = [first(), last()];

  function keep(entries = network.entries()) {
    for (const name of [...state.keys()].filter((one) => belongs(one))) state.delete(name);
    for (const [name, value] of entries) state.set(name, value);
  }

  /** Let the inputs and the rows of targets be as wide as the network wants them, where they were before. */
  function follow() {
    const widened = (name, before, now) => {
      const one = targets.parts[name];
      if (!one || before === now || one.rows[0].length !== before) return one?.refresh();
      one.resize(one.rows.length, now, "0");
      forgetOther(state, name);
      return state.set(name, one.state);
    };
    widened("x", width, first());
    widened("Y", outputs, last());
    [width, outputs] = [first(), last()];
  }

  function set(name, value, usual, options) {
    if (value === usual) state.delete(name);
    else state.set(name, value);
    changed(options);
  }

  const loss = field("Loss", select(LOSSES, squared ? "squared_error" : "cross_entropy", { onchange({ target }) {
    const next = target.value === "squared_error";
    if (next) state.set("loss", "squared_error");
    else state.delete("loss");
    targets.provide(next || state.get("targets") === "rows" ? "rows" : "classes"); // of the one the targets are rows alone
    rebuild();
  } }));
  const reduction = field("Reduction", select(REDUCTIONS, state.get("reduction") ?? "mean", {
    onchange: ({ target }) => set("reduction", target.value, "mean", { step: true }),
  }));
  const decay = field("Weight decay λ", element("input", {
    value: state.get("l2") ?? "0", autocomplete: "off", spellcheck: "false", oninput: ({ target }) => set("l2", target.value, "0"),
  }), { hint: "½λΣ‖W‖²", wide: true });

  const more = element("details", { class: "more", open: ["reduction", "l2"].some((name) => state.has(name)) },
    element("summary", {}, "Reduction, weight decay"), element("div", { class: "fields" }, reduction.element, decay.element));

  /** Return the request's body. Throws Unfinished, with every broken cell marked. */
  function value() {
    const { read, finish } = reader();
    const made = read(network.value);
    const pairs = targets.value((one) => read(one.values));
    const lambda = numberIn(decay);
    finish();
    if (lambda === null) throw new Unfinished();
    const body = { network: made, ...pairs };
    if (squared) body.loss = "squared_error";
    if (reduction.control.value !== "mean") body.reduction = reduction.control.value;
    if (lambda !== 0) body.l2 = lambda;
    return body;
  }

  return {
    element: fill(element("div", { class: "problem" }),
      network.element,
      element("div", { class: "layer-body" }, Object.values(targets.parts).map((one) => one.element)),
      element("div", { class: "fields" }, targets.kind?.element, loss.element, more)),
    value,
    routes: () => [...network.routes("/network"), ...targets.routes(), ["/loss", loss], ["/reduction", reduction], ["/l2", decay]],
    /** The sides of the grid of each gradient, by the names of the answer's parts. */
    get shapes() {
      const found = { inputs: [targets.parts.x.rows.length, targets.parts.x.rows[0].length] };
      network.sides.forEach(({ weight, bias }, index) => Object.assign(found, { [`layers.${index}.weight`]: weight, [`layers.${index}.bias`]: [bias, 1] }));
      return found;
    },
    /** Tell whether there is one input, which stands without brackets around it. */
    get single() { return targets.parts.x.rows.length === 1; },
  };
}
