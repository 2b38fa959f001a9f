// Problem 2b: whether a network of steps can be the same function, with the proof.

import { element } from "../page/element.js";
import { formula } from "../page/formula.js";
import { digits } from "../page/numbers.js";
import { facts } from "../page/show_numbers.js";

/** Return {shown, spoken} for a decision about steps. */
export function stepsShown({ exists, reason, witness, values }) {
  const headline = {
    true: "It is a network of steps already.",
    false: "No network of steps computes F.",
    null: "No theorem here decides this network.",
  }[exists];
  return {
    shown: [
      element("h3", { class: `verdict ${exists === null ? "" : "sure"}` }, headline),
      element("p", {}, reason.text),
      reason.mathml && formula(reason),
      witness && element("div", { class: "panel" },
        element("h3", {}, "Two inputs where F differs"),
        facts("Witness", ["", "x", "F(x)"], witness.inputs.map((input, index) =>
          [["first", "second"][index], [vector(input.map(digits))], [vector(witness.outputs[index])]]))),
      witness === null && exists === false && element("p", { class: "quiet" },
        "No two inputs could be found whose values differ in the digits tried; the proof does not need them."),
      values && element("p", {}, "F takes every value between them; that many steps take at most ",
        element("strong", { class: "digits" }, values.at_most), " values."),
    ],
    spoken: `${headline} ${reason.text}`,
  };
}

/** Return the entries of a vector as one text, a single one bare. */
export const vector = (texts) => (texts.length === 1 ? texts[0] : `(${texts.join(", ")})`);
