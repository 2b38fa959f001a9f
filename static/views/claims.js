// What is claimed of each activation, side by side.

import { element, scrolled } from "../page/element.js";
import { formula } from "../page/formula.js";
import { brief } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask } from "../page/service.js";
import { shownNumber } from "../page/shown_number.js";
import { swatch } from "./swatch.js";

const ROWS = [
  ["Formula", (one) => formula(one.formula)],
  ["Derivative", (one) => formula(one.derivative)],
  ["Left asymptote", (one) => line(one.asymptotes.left)],
  ["Right asymptote", (one) => line(one.asymptotes.right)],
  ["Range", (one) => range(one)],
  ["Properties", (one) => properties(one.properties)],
  ["Kinks", (one) => (one.kinks.length ? `at x = ${one.kinks.map((at) => brief(at)).join(", ")}` : "none")],
  ["Jumps", (one) => (one.jumps.length ? one.jumps.map(({ at, height }) => `${brief(height)} at x = ${brief(at)}`).join(", ") : "none")],
  ["Largest slope (Lipschitz constant)", (one) => shownNumber(one.lipschitz)],
  ["Conventions", (one) => one.conventions || "none needed"],
  ["ONNX", (one) => (one.onnx ? element("span", {}, element("code", {}, one.onnx.operator), ` since opset ${one.onnx.since}`) : "no operator of its own")],
  ["PyTorch", (one) => (one.torch ? element("code", {}, one.torch) : "none")],
];

/** Return {element, run} for the curves of `list`, each with its own parameters in the formulas. */
export function claims({ list, signal }) {
  const found = outcome("Asking", { label: "Properties", signal });
  const alone = list.length === 1;
  const frame = element("section", { class: "panel rule", "aria-labelledby": "claims" },
    element("h2", { id: "claims" }, "Properties"), found.element);

  function run() {
    const given = list.map((one) => one.parameters.numbers());
    if (given.includes(null)) {
      found.halt();
      return;
    }
    const asked = (signal) => Promise.all(list.map(({ name, descriptor }, index) =>
      (isUsual(descriptor, given[index]) ? descriptor : ask({ path: `/v1/activations/${name}`, query: given[index] }, signal))));
    found.run(asked, (answers) => ({ shown: table(answers, list) }), alone ? list[0].parameters.routes("") : []);
  }

  return { element: frame, run };
}

const isUsual = ({ parameters }, given) => given.every(([name, value]) => parameters[name].default === value);

function table(answers, list) {
  const several = answers.length > 1;
  const titles = answers.map((one, index) => element("th", { scope: "col" }, several && [swatch(index), " "], several ? list[index].label() : one.title));
  const head = element("thead", { class: several ? "" : "unseen" }, element("tr", {}, element("td"), titles));
  const rows = ROWS.map(([title, cell]) =>
    element("tr", {}, element("th", { scope: "row" }, title), answers.map((one) => element("td", {}, cell(one)))));
  return scrolled("Table of properties",
    element("table", { class: several ? "claims several" : "claims" }, head, element("tbody", {}, rows)));
}

function line(one) {
  if (one === null) return "no line";
  const { slope, intercept } = one;
  const shift = intercept ? ` ${intercept > 0 ? "+" : "−"} ${brief(Math.abs(intercept))}` : "";
  if (!slope) return `y = ${brief(intercept)}`;
  return `y = ${slope === 1 ? "" : slope === -1 ? "−" : brief(slope)}x${shift}`;
}

/** Return the values on ℝ: an interval, or the single values of a function that is constant between its jumps. */
function range({ range: { infimum, supremum, infimum_attained: closed, supremum_attained: shut }, jumps, name }) {
  const [low, high] = [brief(infimum), brief(supremum)];
  if (name === "heaviside") return `{${low}, ${high}}`;
  const interval = `${closed ? "[" : "("}${low}, ${high}${shut ? "]" : ")"}`;
  return jumps.length ? `within ${interval}, with gaps at its jumps` : interval;
}

function properties(claimed) {
  const held = Object.entries(claimed).filter(([, holds]) => holds).map(([name]) => name);
  return element("ul", { class: "properties" }, (held.length ? held : ["none of those listed"]).map((name) => element("li", {}, name)));
}
