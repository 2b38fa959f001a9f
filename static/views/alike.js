// Problem 1c: what two activations have in common and what sets them apart.

import { element, fill } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask } from "../page/service.js";

/** Return the section in which `alike` shows two activations side by side. */
export function comparison(names) {
  return element("section", { class: "panel rule", "aria-labelledby": "alike" },
    element("h2", { id: "alike" }, `${names[0]} and ${names[1]}`), element("div", { class: "alike" }));
}

/** Ask what two activations share, and show it. */
export function alike(root, [first, second], signal) {
  const found = outcome("Comparing", { label: "Comparison", signal });
  fill(root.querySelector(".alike"), found.element);
  found.run((signal) => ask({ path: "/v1/activations/compare", query: [["first", first], ["second", second]] }, signal), (answer) => ({
    shown: [
      element("p", { class: "gap" }, "Largest gap ", element("strong", { class: "digits" }, brief(answer.largest_gap.value, 6)), where(answer.largest_gap)),
      element("div", { class: "pair even" }, list("In common", answer.similarities), list("Apart", answer.differences)),
    ],
  }));
}

function where({ at, attained, value }) {
  if (value === 0) return ": they are the same.";
  if (typeof at === "string") return ` as x → ${brief(at)}.`;
  return attained ? ` at x = ${brief(at)}.` : `, approached at x = ${brief(at)}.`;
}

function list(title, statements) {
  return element("div", { class: "panel" }, element("h3", {}, title),
    statements.length
      ? element("dl", { class: "statements" }, statements.map(({ property, statement }) => [element("dt", {}, property), element("dd", {}, statement)]))
      : element("p", { class: "quiet" }, "Nothing of what is looked at."));
}
