// The smallest network with the same function.

import { element } from "../page/element.js";
import { indexed } from "../page/network_editor.js";
import { brief } from "../page/numbers.js";
import { showNumbers } from "../page/show_numbers.js";

/** Return {shown, spoken} for the answer of /v1/networks/reduce. */
export function reductionShown(given, { network, hidden_units: units, removed, fingerprint, difference }) {
  const spare = units.before - units.after;
  const headline = spare
    ? `${units.after} of ${units.before} hidden units ${units.after === 1 ? "is" : "are"} enough.`
    : `None of the ${units.before} hidden units can be spared.`;
  const largest = Math.max(...difference.value.map((one) => Math.abs(one)));
  return {
    shown: [
      element("h3", { class: "verdict sure" }, headline),
      element("p", {}, "No network of one hidden layer of this kind computes F with fewer. ",
        largest === 0 ? "The smaller one is exactly the same function." : `Writing the merged weights as floats cost at most ${brief(largest, 3)}.`),
    ],
    details: [
      removed.length > 0 && element("ul", { class: "notes" }, removed.map(({ unit, reason }) =>
        element("li", {}, element("strong", {}, `Unit ${unit + 1}: `), countedFromOne(reason)))),
      network.layers.map(({ weight, bias }, index) => element("div", { class: "beside", role: "group", "aria-label": `Layer ${index + 1}` },
        element("div", { class: "change-numbers" },
          weight.length > 0 && named(indexed("W", index + 1), weight), bias && named(indexed("b", index + 1), bias)))),
      element("p", { class: "quiet" }, "Fingerprint of the function ", element("code", {}, fingerprint)),
    ],
    spoken: headline,
  };
}

/** Return a reason in which units are counted from 1, as on the sheet; the service counts them from 0. */
function countedFromOne(reason) {
  return reason.replace(/(?<=\bunit )\d+(?:, \d+)*/g, (list) => list.split(", ").map((unit) => Number(unit) + 1).join(", "));
}

function named(letter, values) {
  return element("div", { class: "panel tight" }, element("strong", {}, letter), showNumbers(values, { label: letter }));
}
