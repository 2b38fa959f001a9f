// Problem 1c: the similarities and the differences of two activations.

import { element } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask } from "../page/service.js";
import { shownNumber } from "../page/shown_number.js";

/** Return {element, run}: the section that shows two curves of `list` side by side; `request()` is null while it cannot be asked. */
export function alike({ list, request, signal }) {
  const found = outcome("Comparing", { label: "Comparison", signal });
  const heading = element("h2", { id: "alike" });
  const [first, second] = list;

  function run() {
    const asked = request();
    if (asked === null) {
      found.halt();
      return;
    }
    heading.textContent = `${first.label()} and ${second.label()}`;
    found.run((signal) => ask(asked, signal), (answer) => ({
      shown: [
        element("p", { class: "gap" }, "Largest gap ", element("strong", {}, shownNumber(answer.largest_gap.value)), where(answer.largest_gap)),
        element("div", { class: "pair even" }, statements("Similarities", answer.similarities), statements("Differences", answer.differences)),
      ],
    }), [first, second].flatMap((one) => one.parameters.routes("")));
  }

  return { run, element: element("section", { class: "panel rule", "aria-labelledby": "alike" }, heading, element("div", { class: "alike" }, found.element)) };
}

function where({ at, attained, value }) {
  if (value === 0) return ": they are the same.";
  if (typeof at === "string") return ` as x → ${brief(at)}.`;
  return attained ? ` at x = ${brief(at)}.` : `, approached at x = ${brief(at)}.`;
}

function statements(title, list) {
  return element("div", { class: "panel" }, element("h3", {}, title),
    list.length
      ? element("dl", { class: "statements" }, list.map(({ property, statement }) => [element("dt", {}, property), element("dd", {}, statement)]))
      : element("p", { class: "quiet" }, "None among the properties that are compared."));
}
