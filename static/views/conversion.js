// A converted network beside the given one: entry by entry, with the certificate in words.

import { element } from "../page/element.js";
import { indexed } from "../page/network_editor.js";
import { brief } from "../page/numbers.js";
import { networkTensors } from "../page/network_tensors.js";
import { askFile } from "../page/service.js";
import { jsonFile } from "../page/sharing.js";
import { facts, showNumbers } from "../page/show_numbers.js";
import { shownNumber } from "../page/shown_number.js";
import { stepsShown } from "./steps.js";

/** Return {shown, details, spoken} for the answer of /v1/networks/convert. */
export function conversionShown(given, answer, to) {
  if (to === "heaviside" && answer.exists !== true) return stepsShown(answer);
  const { certificate, network, notes = [] } = answer;
  if (!network) return stepsShown(answer);
  const constant = to === "heaviside";
  const last = `${indexed("b", network.layers.length)}′`;
  const headline = constant ? "F is constant: a network of step units computes it." : rewrittenTo(to, given, network);
  return {
    shown: [
      element("h3", { class: "verdict good" }, headline),
      element("p", { class: "sure" }, differenceInWords(certificate.difference, last)),
    ],
    details: [
      certified(certificate),
      notes.length > 0 && element("ul", { class: "notes" }, notes.map((note) => element("li", {}, note.detail, " ", element("code", {}, note.pointer)))),
      network.layers.map((layer, index) => beside({
        old: given.layers[index], fresh: layer, index, certificate, last: index === network.layers.length - 1,
        shifted: !constant && index > 0 && isConverted(given.layers[index - 1], network.layers[index - 1]), to,
      })),
    ],
    spoken: `${headline} ${differenceInWords(certificate.difference, last)}`,
  };
}

/** Return what the rewriting made of F: of units of other kinds it makes nothing. */
function rewrittenTo(to, given, network) {
  const replaced = { sigmoid: "tanh", tanh: "sigmoid" }[to];
  if (!given.layers.some(({ activation }) => named(activation) === replaced)) return `F has no ${replaced} unit: nothing is rewritten.`;
  const throughout = network.layers.every(({ activation }) => [to, "identity"].includes(named(activation)));
  return throughout ? `The same function, made of ${to} units.` : `The same function, its ${replaced} units made ${to} units.`;
}

/** Return what a certificate says, output by output. */
export function certified({ difference, evaluation_bound: bound, statement }) {
  return element("div", { class: "certificate" },
    facts("The difference of each output",
      ["output", difference.kind === "exact" ? "F − G, exactly" : "|F − G| at most", "as evaluated in float64, at most"],
      difference.value.map((value, output) => [String(output + 1), [value], [bound[output]]])),
    element("details", {}, element("summary", {}, "The certificate in full"), element("p", {}, inWords(statement))));
}

/** Return a statement with the words of the table for the fields that it names. */
function inWords(statement) {
  return statement.replaceAll("`difference`", "“difference”").replaceAll("`evaluation_bound`", "“as evaluated”");
}

function differenceInWords({ kind, value }, last) {
  const largest = Math.max(...value.map((one) => Math.abs(one)));
  if (largest === 0) return "F and G are exactly the same function, for every input.";
  if (kind === "exact") {
    const constant = value.length === 1 ? brief(value[0], 3) : `${brief(largest, 3)} at most in size`;
    return `For every input, F and G differ by the same constant, ${constant}, because ${last} had to be rounded to a float.`;
  }
  return `For every input, F and G differ by at most ${brief(largest, 3)}.`;
}

const isConverted = (old, fresh) => old !== undefined && named(old.activation) !== named(fresh.activation);

/** Return how a bias takes up the shift of the units before: b₂ − W₂·1, and that doubled where its own units change too. */
function shiftedBias(W, b, to, stretched) {
  const sum = to === "sigmoid" ? `${b} − ${W}·1` : `${b} + ½ ${W}·1`;
  return stretched ? `${to === "sigmoid" ? "2" : "½"} (${sum})` : sum;
}

function beside({ old, fresh, index, certificate, last, shifted, to }) {
  const [W, b] = [indexed("W", index + 1), indexed("b", index + 1)];
  const left = last && certificate.difference.kind === "exact" ? certificate.difference.value : null;
  return element("div", { class: "beside", role: "group", "aria-label": `Layer ${index + 1}` },
    element("p", { class: "layer-title" }, `Layer ${index + 1}: `,
      element("code", {}, old ? named(old.activation) : "none"), " → ", element("code", {}, named(fresh.activation))),
    pair(W, old?.weight, fresh.weight, null),
    pair(b, old?.bias ?? (old && fresh.bias?.map(() => 0)), fresh.bias, left,
      shifted && old ? shiftedBias(W, b, to, isConverted(old, fresh)) : ""));
}

const named = (activation) => (typeof activation === "string" ? activation : activation.name);

function pair(letter, old, fresh, left, before = "") {
  if (!fresh) return null;
  const factor = old && !before ? commonFactor([old].flat(3), [fresh].flat(3)) : null;
  const rounded = (i) => left !== null && left[i] !== 0;
  const said = old === undefined ? "appended" : sentence(letter, factor, left, before);
  const look = (i) => {
    if (factor !== null || !old) return {};
    if (rounded(i)) return { kind: "rounded", title: `rounded; what was left is ${left[i]}` };
    return { kind: "exactly", title: left ? "exact" : null };
  };
  return element("div", { class: "change" },
    element("p", {}, element("strong", {}, `${letter}′`), " ", said),
    element("div", { class: "change-numbers" },
      old && showNumbers(old, { label: `${letter}, given` }),
      old && element("span", { class: "arrow", "aria-hidden": "true" }, "→"),
      showNumbers(fresh, { label: `${letter}′, converted`, look })));
}

/** Return the power of two by which every entry was multiplied, exactly; null where there is none. */
function commonFactor(old, fresh) {
  if (old.length !== fresh.length) return null;
  return [1, 2, 4, 0.5, 0.25].find((factor) => old.every((value, index) => value * factor === fresh[index])) ?? null;
}

/** Return how the entries of `letter` came about; `before` is the formula of a bias that takes up the shift of the units before. */
function sentence(letter, factor, left, before) {
  if (factor === 1) return `= ${letter}, unchanged`;
  if (factor !== null) {
    const how = factor > 1 ? "doubling" : "halving";
    return `= ${{ 2: "2", 4: "4", 0.5: "½", 0.25: "¼" }[factor]} ${letter} (${how} is exact in floating point)`;
  }
  const rule = before ? `= ${before}, ` : "";
  if (left === null) return `${rule}each entry rounded once`;
  const count = left.filter((one) => one !== 0).length;
  if (count === 0) return `${rule}exactly`;
  if (left.length === 1) return [rule, "rounded to the nearest float (error ", shownNumber(left[0]), ")"];
  return `${rule}${count} of ${left.length} entries rounded to the nearest float; the errors stand in the certificate`;
}

/**
 * Return the files that `answered()`, {request, answer} or null, makes: the answer as JSON, its network, if there is one, as JSON and as safetensors,
 * where its arrays have names under these and in their type.
 */
export function filesOf(answered) {
  const network = () => answered()?.answer.network ?? null;
  const tensors = () => {
    const { request, answer } = answered();
    return answer.names ? askFile({ ...request, accept: "application/vnd.safetensors" }) : new Blob([networkTensors(answer.network)]);
  };
  return [
    ["answer.json", () => jsonFile(answered()?.answer)],
    ["network.json", () => jsonFile(network())],
    ["network.safetensors", () => network() && tensors()],
  ];
}
