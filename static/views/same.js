// "Check your own network": another network, and the exact verdict on the two.

import { button, element, fill } from "../page/element.js";
import { field, numberIn } from "../page/field.js";
import { loading } from "../page/loading.js";
import { Unfinished } from "../page/matrix.js";
import { belongs, networkEditor, stateOf } from "../page/network_editor.js";
import { FILES, networkOf, NotForTheEditor } from "../page/network_file.js";
import { brief } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask, Problem } from "../page/service.js";
import { facts } from "../page/show_numbers.js";
import { sharing } from "../page/sharing.js";
import { distinct, vector } from "./steps.js";

const PREFIX = "mine.";
const BLANK = Object.entries({ W1: "", b1: "", a1: "sigmoid", W2: "", b2: "", a2: "identity" })
  .map(([name, value]) => [PREFIX + name, value]);
const HOW = {
  exact: "Decided exactly.",
  bound: "By a bound that holds for every input.",
  sampling: "By samples: no theorem decides these two.",
};

/** Return {element, stale, offer} for comparing the network of `first`, an editor, with one typed here. */
export function same({ known, state, page, put, load, noteOf, first }) {
  const body = element("div", { class: "panel" });
  const found = outcome("Deciding", { label: "Verdict", signal: page.signal });
  let converted = null;
  let answered = null;

  const begin = (entries) => {
    state.set("compare", "1");
    put(entries, PREFIX);
  };
  const take = (network) => {
    state.set("compare", "1");
    return load(network, PREFIX);
  };
  const start = button("Type a network", () => begin(BLANK), { class: "primary" });
  const offered = element("button", { type: "button", disabled: true, onclick: () => begin(stateOf(converted, PREFIX)) }, "Start from G");
  const file = loading({
    what: "The other network", accept: FILES, target: body, refusals: [Problem, NotForTheEditor], signal: page.signal,
    take: async (given, signal) => {
      const network = await networkOf(given, signal);
      return () => take(network);
    },
    note: noteOf(PREFIX),
    placeholder: '{"layers": [{"weight": …, "bias": …, "activation": "sigmoid"}, …]}',
  });
  const frame = element("section", { class: "panel rule", "aria-labelledby": "same" },
    element("h2", { id: "same" }, "Check your own network"),
    element("p", { class: "quiet" }, "Is it the same function as F? Units may be reordered, sign-flipped or duplicated, tanh or sigmoid. The comparison is exact, not based on samples."),
    body);

  if (state.get("compare") !== "1" || !state.has(`${PREFIX}W1`)) {
    fill(body, element("div", { class: "inline" }, start, offered), file.element);
    return { element: frame, stale() {}, offer };
  }

  const editor = networkEditor({
    known, state, prefix: PREFIX, name: "mine",
    changed(options) {
      for (const name of [...state.keys()].filter((one) => belongs(one, PREFIX))) state.delete(name);
      for (const [name, value] of editor.entries()) state.set(name, value);
      page.keep(state, options);
      found.stale();
    },
    submit: () => run({ asked: true }),
    rebuild: begin,
  });
  const tolerance = field("Tolerance", element("input", { value: state.get("tolerance") ?? "0", autocomplete: "off", oninput: (event) => {
    state.set("tolerance", event.target.value);
    page.keep(state);
    found.stale();
  } }));

  const options = element("details", { class: "more", open: state.has("tolerance") }, element("summary", {}, "Tolerance"), tolerance.element);

  /** Return the request's body. Throws Unfinished, what is none marked. */
  function body_() {
    const allowed = numberIn(tolerance);
    if (allowed === null) options.open = true;
    const [one, other] = [first.value(), editor.value()];
    if (allowed === null) throw new Unfinished();
    return { first: one, second: other, tolerance: allowed };
  }

  const routes = () => [...first.routes("/first"), ...editor.routes("/second"), ["/tolerance", tolerance]];

  async function run({ asked = false, reveal = false } = {}) {
    let sent = null;
    const answer = await found.run(async (signal) => {
      sent = { method: "POST", path: "/v1/networks/compare", body: body_() };
      return ask(sent, signal);
    }, (given) => verdict(given, sent.body.tolerance), routes(), { asked, again: () => run({ asked }) });
    if (reveal) found.element.scrollIntoView({ block: "center" });
    if (answer) answered = sent;
  }

  fill(body, element("div", { class: "bench" },
    element("div", { class: "panel" }, editor.element, file.element),
    element("div", { class: "panel" },
      element("div", { class: "inline goal" },
        element("button", { type: "button", class: "primary", onclick: () => run({ asked: true }) }, "Compare"), offered,
        element("button", { type: "button", onclick: () => { state.delete("compare"); put([], PREFIX); } }, "Remove"), options),
      found.element,
      sharing({ request: () => answered, what: "comparison" }))));
  const complete = editor.entries().every(([, value]) => !/(^|[,;])(?=[,;]|$)/.test(value));
  if (complete) run({ reveal: Boolean(page.note?.example) });

  function offer(network) {
    converted = network?.layers[0].weight.length ? network : null;
    offered.disabled = converted === null;
  }

  return { element: frame, stale: found.stale, offer };
}

/** Return {shown, spoken} for the answer of /v1/networks/compare. */
function verdict(answer, tolerance) {
  const { equal, rounding_only: rounding, difference, witness, matching, method, within_tolerance: within, statement } = answer;
  const headline = rounding && equal === false ? "The same function but for rounding."
    : { true: "The same function.", false: "Not the same function.", null: "Not decided." }[equal];
  const kind = equal || rounding ? "good" : equal === false ? "bad" : "";
  return {
    shown: [
      element("h3", { class: `verdict ${kind}` }, headline),
      element("p", {}, `${statement[0].toUpperCase()}${statement.slice(1)}.`.replace(/\.\.$/, ".")),
      element("p", { class: "quiet" }, `${HOW[method]} Over all inputs the largest difference `, between(difference),
        within === null || !tolerance ? "" : within ? " That is within the tolerance." : " That is beyond the tolerance."),
      witness && element("div", { class: "panel" }, element("h3", {}, "Where it shows"),
        facts("Witness", null, [
          ["x", vector(witness.input)], ...["F(x)", "mine(x)"].map((name, index) => [name, distinct([witness.first, witness.second], index)]),
        ])),
      matching.length > 0 && element("div", { class: "panel" }, element("h3", {}, "Which unit is which"),
        element("ul", { class: "matching" }, matching.map(([one, other, sign]) =>
          element("li", {}, `unit ${one + 1} of F is ${sign < 0 ? "minus " : ""}unit ${other + 1} of mine`)))),
    ],
    spoken: `${headline} ${statement}`,
  };
}

function between({ lower, upper }) {
  const [least, most] = [lower, upper].map((one) => element("span", { class: "digits" }, brief(one, 6)));
  if (lower === upper) return ["is ", most, "."];
  return least.textContent === most.textContent ? ["is about ", most, "."] : ["lies between ", least, " and ", most, "."];
}
