// Problem 2b: whether a network of steps can be the same function, with the proof.

import { element } from "../page/element.js";
import { formula } from "../page/formula.js";
import { facts } from "../page/show_numbers.js";
import { shownNumber } from "../page/shown_number.js";

/** Return {shown, spoken} for a decision about steps. */
export function stepsShown({ exists, reason, witness, values }) {
  const headline = {
    true: "F is made of step units already.",
    false: "No network of step units computes F.",
    null: "We cannot decide this for networks of this kind.",
  }[exists];
  return {
    shown: [
      element("h3", { class: `verdict ${exists === null ? "" : "sure"}` }, headline),
      element("p", {}, reason.text),
    ],
    details: [
      reason.mathml && formula(reason),
      witness && element("div", { class: "panel" },
        element("h3", {}, "Two inputs where F differs"),
        facts("Witness", ["", "x", "F(x)"], witness.inputs.map((input, index) =>
          [["first", "second"][index], vector(input), distinct(witness.outputs, index)]))),
      witness === null && exists === false && element("p", { class: "quiet" },
        "No two inputs could be found whose values differ in the digits tried; the proof does not need them."),
      values && element("p", {}, "F takes every value in between, but a network with as many step units takes at most ",
        element("strong", {}, shownNumber(values.at_most)), " different values."),
    ],
    spoken: `${headline} ${reason.text}`,
  };
}

/** Return the entries of a vector side by side, a single one bare. `show` makes each. */
export function vector(values, show = (value) => shownNumber(value)) {
  const entries = values.map((value, index) => [index ? ", " : "", show(value, index)]);
  return element("span", { class: "vector" }, values.length === 1 ? entries : ["(", entries, ")"]);
}

/** Return one of two vectors of decimal texts, each entry with as many digits as tell it from the other's. */
export function distinct(vectors, chosen) {
  return vector(vectors[chosen], (text, index) => shownNumber(text, told(text, vectors[1 - chosen][index])));
}

const FEWEST = 7; // letters, a sign and a point among them

function told(text, other) {
  const equal = [...text].findIndex((letter, index) => letter !== other[index]);
  const end = Math.max(FEWEST, equal + 3);
  return text.length <= end || /e/i.test(text) ? text : `${text.slice(0, end)}…`;
}
