// A model file that is rewritten as a file: what it holds, where its tanh and sigmoid stand, what is proven of the new one.

import { button, element, fill } from "../page/element.js";
import { choice } from "../page/field.js";
import { brief } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask, askFile } from "../page/service.js";
import { download, jsonFile } from "../page/sharing.js";
import { facts } from "../page/show_numbers.js";

const UNITS = [["sigmoid", "sigmoid"], ["tanh", "tanh"]];
const SHIFTS = [["kept", "kept: exact"], ["folded", "folded: fewest nodes"]];
const FATES = { folded: "into the weights", written: "a node of its own", kept: "stays" };
const MOST_SITES = 12; // that are listed at once

let held = null; // {file, told}: what was opened stays open while the view is drawn anew

/** Return {element, show} for a file that the service described; `openNetwork(file)` opens what reads as layers in the editor. */
export function modelFile({ signal, openNetwork }) {
  const section = element("section", { class: "panel rule model-file", "aria-labelledby": "model-file", hidden: true });

  function show(file, told) {
    held = { file, told };
    draw();
    section.querySelector("h2").focus();
    return `${siteCount(told)}.`;
  }

  function close() {
    held = null;
    section.hidden = true;
    fill(section);
  }

  function draw() {
    const { file, told } = held;
    section.hidden = false;
    fill(section,
      element("div", { class: "inline heading" }, element("h2", { id: "model-file", tabindex: "-1" }, `The file ${file.name}`),
        button("Close the file", close, { class: "small" })),
      factsOf(told),
      told.sites.length ? sitesShown(told.sites) : element("p", {}, "It has no tanh and no sigmoid: nothing is to be rewritten."),
      told.discontinuous.length > 0 && element("p", { class: "quiet" }, jumps(told.discontinuous)),
      told.sites.length > 0 && rewriting(file, told, signal),
      readable(told, () => openNetwork(file)));
  }

  if (held) draw();
  return { element: section, show };
}

function siteCount({ sites }) {
  return sites.length === 1 ? "One place of tanh or sigmoid is found" : `${sites.length} places of tanh or sigmoid are found`;
}

function factsOf({ format, opset, producer, bytes, parameters, inputs = [], outputs = [], operators = {} }) {
  const values = (list) => list.map(({ name, type, shape }) => `${name}: ${type}${shape ? ` (${shape.map((side) => side ?? "?").join(", ")})` : ""}`).join("; ");
  const form = [format === "onnx" ? `ONNX, opset ${opset}` : format, producer && `by ${producer}`].filter(Boolean).join(", ");
  return facts("What the file holds", null, [
    ["Format", form], ["Size", `${bytes.toLocaleString("en")} bytes, ${parameters.toLocaleString("en")} parameters`],
    ["Inputs", values(inputs)], ["Outputs", values(outputs)],
    ["Operators", Object.entries(operators).map(([name, count]) => `${name} ${count}`).join(", ")],
  ]);
}

/** Return the table of sites: the first few, and the rest behind them. */
function sitesShown(sites) {
  const explained = sites.some(({ reason }) => reason);
  const row = ({ graph, node, operator, before, after, reason }) =>
    [`${graph}${node}`, operator, FATES[before], FATES[after], ...(explained ? [reason] : [])];
  const titles = ["Node", "Operator", "Factor before", "Factor after", ...(explained ? ["Why"] : [])];
  const more = sites.slice(MOST_SITES);
  return element("div", { class: "sites" }, element("h3", {}, "Where tanh and sigmoid stand"),
    facts("Sites", titles, sites.slice(0, MOST_SITES).map(row)),
    more.length > 0 && element("details", {}, element("summary", {}, `${more.length} more`), facts("More sites", titles, more.map(row))));
}

function jumps(names) {
  const shown = names.slice(0, MOST_SITES).join(", ");
  const rest = names.length > MOST_SITES ? ` and ${names.length - MOST_SITES} more` : "";
  return `Behind them stand operators that jump, where one unit in the last place may become a step: ${shown}${rest}.`;
}

function readable({ network }, open) {
  if (network.readable) return element("p", {}, "It reads as layers. ", button("Open in the editor", open));
  return element("p", { class: "quiet" }, `It opens in no editor here: ${network.reason}.`);
}

/** Return the choices and the button that rewrite the file, and where the report appears. */
function rewriting(file, told, signal) {
  const tanh = told.sites.some(({ operator, before }) => operator === "Tanh" && before !== "kept");
  const found = outcome("Rewriting the file", { label: "Report", signal });
  const to = choice("Units of the new file", UNITS, tanh ? "sigmoid" : "tanh", found.stale);
  const shift = choice("The shift", SHIFTS, "kept", found.stale);

  async function run() {
    const query = [["to", to.value], ["shift", shift.value]];
    const request = { method: "POST", path: "/v1/models/convert", query, file };
    const name = file.name.replace(/\.onnx$/i, "") + `.${to.value}.onnx`;
    await found.run((stop) => ask({ ...request, accept: "application/json" }, stop),
      (report) => reported(report, request, name), [["/to", to], ["/shift", shift]], { asked: true, again: run });
  }

  return element("div", { class: "panel" },
    element("div", { class: "inline goal" }, to.element, shift.element, button("Rewrite the file", run, { class: "primary" })),
    found.element);
}

function reported({ sha256, certificate, sites }, request, name) {
  const { structure, difference, evaluation } = certificate;
  const stay = sites.filter(({ before }) => before === "kept").length;
  const headline = HEADLINES[difference.kind](difference);
  const failed = element("p", { class: "fault", role: "alert", hidden: true });
  const save = async () => {
    failed.hidden = true;
    try {
      download(name, await askFile({ ...request, accept: "application/octet-stream" }));
    } catch (error) {
      failed.textContent = error.message;
      failed.hidden = false;
    }
  };
  return {
    shown: [
      element("h3", { class: `verdict ${difference.kind === "unknown" ? "" : "good"}` }, headline),
      difference.reason && element("p", {}, `${difference.reason[0].toUpperCase()}${difference.reason.slice(1)}.`),
      facts("The report", null, [
        ["Rewritten", `${sites.length - stay} of ${sites.length} places${stay ? `; ${stay} stay` : ""}`],
        ["Nodes", `${structure.nodes.before} → ${structure.nodes.after}`],
        ["Constants", changed(structure.changed)],
        ["SHA-256", element("code", {}, sha256)],
      ]),
      element("details", {}, element("summary", {}, "As a runtime evaluates it"), element("p", {}, evaluation)),
      element("div", { class: "inline" }, button(`Download ${name}`, save, { class: "primary" }),
        button("Download the report", () => download("report.json", jsonFile({ sha256, certificate, sites })))),
      failed,
    ],
    spoken: headline,
  };
}

const HEADLINES = {
  exact: () => "Exactly the same real function, for every input.",
  bound: ({ value }) => `The same function but for the rounding of biases: at most ${brief(Math.max(...value), 3)} in any output.`,
  unknown: () => "The same function but for the rounding of biases; no bound is known.",
};

function changed(list) {
  const multiples = list.filter(({ factor }) => factor !== undefined).length;
  const rounded = list.filter(({ residual }) => residual !== undefined).length;
  return `${multiples} multiplied by a power of two, exactly; ${rounded} shifted and rounded once; all others the same to the byte`;
}
