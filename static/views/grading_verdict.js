// The verdict on somebody's gradients: per part right, right to so many digits, or wrong, where, and by which mistake.

import { element } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { facts, shares, showNumbers } from "../page/show_numbers.js";
import { shownNumber } from "../page/shown_number.js";

const MOST_PLACES = 12;

/** Return {shown, spoken} for the answer of a check; wrong entries are marked in `fields`, `kinds` tell of each part its label and the cell of an entry's place. */
export function verdictShown(answer, fields, kinds) {
  const graded = Object.entries(answer.parts);
  const names = Object.fromEntries(Object.entries(kinds).map(([part, { label }]) => [part, label]));
  for (const [part, { wrong_entries: wrong }] of graded) {
    const { place = (entry) => entry } = kinds[part];
    for (const entry of wrong ?? []) fields[part].mark(...place(entry), "wrong", "This entry is wrong.");
  }
  const headline = headlineOf(answer, graded);
  const told = graded.map(([part, grade]) => [part, sentence(grade)]);
  return {
    shown: [
      element("h3", { class: `verdict ${answer.correct ? "good" : "bad"}` }, headline),
      graded.length > 1 || !answer.correct ? together(graded).map((parts) => element("div", { class: "grade" },
        parts.map(([part, grade]) => element("p", {}, element("strong", {}, names[part]), ` ${sentence(grade)}`)), mistakes(parts[0][1]))) : null,
      hidden(answer.hidden_mistakes),
      answer.gradients && reference(answer, names),
    ],
    spoken: [headline, ...told.map(([part, words]) => `${names[part]} ${words}`),
      ...graded.flatMap(([, { mistakes: list = [] }]) => list.map((one) => one.explanation))].join(" "),
  };
}

/** Return parts in runs of which the same is to be said: a layer's weight and its bias are often wrong by one and the same mistake. */
function together(graded) {
  const said = ([, { correct, mistakes: list, alternatives }]) => JSON.stringify([correct, list, alternatives]);
  const runs = [];
  for (const one of graded) {
    if (runs.length && said(runs.at(-1)[0]) === said(one)) runs.at(-1).push(one);
    else runs.push([one]);
  }
  return runs;
}

function headlineOf({ correct, rounded }, graded) {
  if (!correct) return "Not right yet.";
  const right = ["It is right", "Both are right"][graded.length - 1] ?? `All ${graded.length} are right`;
  return rounded ? `${right}, ${precision(rounded)}.` : `${right}.`;
}

/** Return what is said of one part after its name. */
function sentence({ correct, rounded, wrong_entries: wrong }) {
  if (correct) return rounded ? `is right, ${precision(rounded)}.` : "is right.";
  if (!wrong?.length) return "is wrong.";
  const places = wrong.slice(0, MOST_PLACES).map((place) => (place.length === 1 ? place[0] + 1 : `(${place.map((one) => one + 1).join(", ")})`)).join(", ");
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
    codes.map((code, index) => [index ? ", " : "", element("code", {}, code)]), ". Other weights or inputs would show them.");
}

function reference({ gradients, loss, numerical }, names) {
  const told = byPart(gradients);
  const rowByRow = Array.isArray(Object.values(told)[0][0][0]);
  return element("div", { class: "panel" }, element("h3", {}, "The solution"),
    !Array.isArray(loss) && element("p", {}, "ℓ = ", shownNumber(loss)),
    !rowByRow && element("div", { class: "layer-body" }, Object.entries(told).map(([part, values]) =>
      element("div", { class: "panel tight" }, element("strong", {}, names[part]), showNumbers(values, { label: names[part], tint: shares(values) })))),
    numerical && checked(numerical));
}

/** Return a network's gradients by the names of its parts; those of Problem 3 have them already. */
export function byPart({ layers, inputs, ...own }) {
  if (!layers) return own;
  const pairs = layers.flatMap(({ weight, bias }, index) => [[`layers.${index}.weight`, weight], [`layers.${index}.bias`, bias]]);
  return Object.fromEntries([...pairs, ["inputs", inputs]].filter(([, values]) => values !== null));
}

function checked({ every_coordinate: every, compared, methods }) {
  const rows = methods.map(({ method, largest_error: error, noise_floor: noise }) => [method, brief(error, 3), brief(noise, 3)]);
  return [
    element("p", { class: "quiet" }, `Checked numerically, in ${every ? "every coordinate" : `${compared} directions`}.`),
    facts("Numerical checks", ["method", "largest difference", "its own noise"], rows),
  ];
}
