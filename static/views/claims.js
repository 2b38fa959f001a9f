// What is claimed of each activation, side by side.

import { element, scrolled } from "../page/element.js";
import { formula } from "../page/formula.js";
import { brief, digits } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask } from "../page/service.js";

const ROWS = [
  ["Formula", (one) => formula(one.formula)],
  ["Derivative", (one) => formula(one.derivative)],
  ["Tends to, left", (one) => line(one.asymptotes.left)],
  ["Tends to, right", (one) => line(one.asymptotes.right)],
  ["Range", (one) => range(one.range)],
  ["Properties", (one) => properties(one.properties)],
  ["Kinks", (one) => (one.kinks.length ? `at x = ${one.kinks.map((at) => brief(at)).join(", ")}` : "none")],
  ["Jumps", (one) => (one.jumps.length ? one.jumps.map(({ at, height }) => `${brief(height)} at x = ${brief(at)}`).join(", ") : "none")],
  ["Steepest slope", (one) => digits(one.lipschitz)],
  ["Conventions", (one) => one.conventions || "none needed"],
  ["ONNX", (one) => (one.onnx ? element("span", {}, element("code", {}, one.onnx.operator), ` since opset ${one.onnx.since}`) : "no operator of its own")],
  ["PyTorch", (one) => (one.torch ? element("code", {}, one.torch) : "none")],
];

/** Return {element, run}; with one activation its parameters are in the formulas. */
export function claims({ chosen, given, signal }) {
  const found = outcome("Asking", { label: "What is true of it", signal });
  const alone = chosen.length === 1;
  const frame = element("section", { class: "panel rule", "aria-labelledby": "claims" },
    element("h2", { id: "claims" }, alone ? "What is true of it" : "What is true of each"), found.element);

  function run() {
    const parameters = given.numbers();
    if (parameters === null) {
      found.halt();
      return;
    }
    const work = alone && parameters.length
      ? async (signal) => [await ask({ path: `/v1/activations/${chosen[0].name}`, query: parameters }, signal)]
      : async () => chosen;
    found.run(work, (list) => ({ shown: table(list) }), given.routes(""));
  }

  return { element: frame, run };
}

function table(list) {
  const several = list.length > 1;
  const titles = list.map((one) => element("th", { scope: "col" }, one.title));
  const head = element("thead", { class: several ? "" : "unseen" }, element("tr", {}, element("td"), titles));
  const rows = ROWS.map(([title, cell]) =>
    element("tr", {}, element("th", { scope: "row" }, title), list.map((one) => element("td", {}, cell(one)))));
  return scrolled("Properties",
    element("table", { class: several ? "claims several" : "claims" }, head, element("tbody", {}, rows)));
}

function line(one) {
  if (one === null) return "no line";
  const { slope, intercept } = one;
  const shift = intercept ? ` ${intercept > 0 ? "+" : "−"} ${brief(Math.abs(intercept))}` : "";
  if (!slope) return `y = ${brief(intercept)}`;
  return `y = ${slope === 1 ? "" : slope === -1 ? "−" : brief(slope)}x${shift}`;
}

function range({ infimum, supremum, infimum_attained: closed, supremum_attained: shut }) {
  return `${closed ? "[" : "("}${brief(infimum)}, ${brief(supremum)}${shut ? "]" : ")"}`;
}

function properties(claimed) {
  const held = Object.entries(claimed).filter(([, holds]) => holds).map(([name]) => name);
  return element("ul", { class: "properties" }, (held.length ? held : ["none of those listed"]).map((name) => element("li", {}, name)));
}
