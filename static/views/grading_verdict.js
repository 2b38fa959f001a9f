// The verdict on somebody's gradients: per part right, right to so many digits, or wrong, where, and by which mistake.

import { element } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { facts, shares, showNumbers } from "../page/show_numbers.js";
import { shownNumber } from "../page/shown_number.js";

const MOST_PLACES = 12;

/** Return {shown, spoken} for the answer of a check; wrong entries are marked in `fields`, parts are called by `names`. */
export function verdictShown(answer, fields, names) {
  const graded = Object.entries(answer.parts);
  for (const [part, { wrong_entries: wrong }] of graded) for (const [i, j] of wrong ?? []) fields[part].mark(i, j, "wrong", "This entry is wrong.");
  const headline = headlineOf(answer, graded);
  const told = graded.map(([part, grade]) => [part, sentence(grade)]);
  return {
    shown: [
      element("h3", { class: `verdict ${answer.correct ? "good" : "bad"}` }, headline),
      graded.length > 1 || !answer.correct ? told.map(([part, words], index) => element("div", { class: "grade" },
        element("p", {}, element("strong", {}, names[part]), ` ${words}`), mistakes(graded[index][1]))) : null,
      hidden(answer.hidden_mistakes),
      answer.gradients && reference(answer, names),
    ],
    spoken: [headline, ...told.map(([part, words]) => `${names[part]} ${words}`),
      ...graded.flatMap(([, { mistakes: list = [] }]) => list.map((one) => one.explanation))].join(" "),
  };
}

function headlineOf({ correct, rounded }, graded) {
  if (!correct) return "Not right yet.";
  const right = graded.length === 2 ? "Both are right" : "It is right";
  return rounded ? `${right}, ${precision(rounded)}.` : `${right}.`;
}

/** Return what is said of one part after its name. */
function sentence({ correct, rounded, wrong_entries: wrong }) {
  if (correct) return rounded ? `is right, ${precision(rounded)}.` : "is right.";
  if (!wrong?.length) return "is wrong.";
  const places = wrong.slice(0, MOST_PLACES).map(([i, j]) => `(${i + 1}, ${j + 1})`).join(", ");
  return `is wrong in ${wrong.length} ${wrong.length === 1 ? "entry" : "entries"}: ${places}${wrong.length > MOST_PLACES ? ", …" : ""}.`;
}

/** Return how finely something rounded is right: to 2 decimals, to 3 significant digits. */
function precision({ decimals, significant }) {
  const count = decimals ?? significant;
  const what = decimals === undefined || decimals === null ? "significant digit" : "decimal";
  return `to ${count} ${what}${count === 1 ? "" : "s"}`;
}

function mistakes({ correct, mistakes: list, alternatives = [] }) {
  if (correct || list === undefined) return null;
  if (!list.length) return element("p", { class: "quiet" }, "None of the known mistakes explains these numbers.");
  const codes = (together) => together.map((code, index) => [index ? " with " : "", element("code", {}, code)]);
  return [
    element("ul", { class: "notes" }, list.map(({ code, explanation }) => element("li", {}, element("code", {}, code), " ", explanation))),
    alternatives.length > 1 && element("p", { class: "quiet" }, "These numbers come about either by ",
      alternatives.map((together, index) => [index ? ", or by " : "", codes(together)]), "."),
  ];
}

/** Return which mistakes the numbers of this problem cannot show, or null. */
function hidden(codes) {
  if (!codes?.length) return null;
  return element("p", { class: "quiet" }, "With these numbers some mistakes give the right answer: ",
    codes.map((code, index) => [index ? ", " : "", element("code", {}, code)]), ". Another W, Θ or x would show them.");
}

function reference({ gradients, loss, numerical }, names) {
  return element("div", { class: "panel" }, element("h3", {}, "The solution"),
    !Array.isArray(loss) && element("p", {}, "ℓ = ", shownNumber(loss)),
    !Array.isArray(gradients.W[0][0]) && element("div", { class: "layer-body" }, Object.entries(gradients).map(([part, values]) =>
      element("div", { class: "panel tight" }, element("strong", {}, names[part]), showNumbers(values, { label: names[part], tint: shares(values) })))),
    numerical && checked(numerical));
}

function checked({ every_coordinate: every, compared, methods }) {
  const rows = methods.map(({ method, largest_error: error, noise_floor: noise }) => [method, brief(error, 3), brief(noise, 3)]);
  return [
    element("p", { class: "quiet" }, `Checked numerically, in ${every ? "every coordinate" : `${compared} directions`}.`),
    facts("Numerical checks", ["method", "largest difference", "its own noise"], rows),
  ];
}
