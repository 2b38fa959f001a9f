// Problem 2: a network rewritten, decided, compared.

import { element, fill } from "../page/element.js";
import { choice, examples } from "../page/field.js";
import { loading } from "../page/loading.js";
import { belongs, networkEditor, stateOf } from "../page/network_editor.js";
import { described, FILES, mayBeOnnx, namesIn, networkOf, NotForTheEditor, stateOfNames } from "../page/network_file.js";
import { outcome } from "../page/outcome.js";
import { ask, Problem } from "../page/service.js";
import { sharing } from "../page/sharing.js";
import { allDigits } from "../page/shown_number.js";
import { conversionShown, filesOf } from "./conversion.js";
import { knownActivations } from "./known_activations.js";
import { modelFile } from "./model_file.js";
import { overlay, WINDOW } from "./overlay.js";
import { reductionShown } from "./reduction.js";
import { same } from "./same.js";
import { NETWORKS } from "./sheet.js";

export const TITLE = "Convert";
export const LEAD = "Rewrite a tanh network with sigmoid units: the same function, with a certificate for every input.";

const GOALS = [["sigmoid", "sigmoid"], ["tanh", "tanh"], ["heaviside", "step (Heaviside)"], ["reduce", "simplify"]];
const PAUSE = 500; // milliseconds after typing
const SOON = 600; // weights up to which an answer follows what is typed

/** Show the view; the state's names: to, W1, b1, a1, W2, …, view, low, high, y_low, y_high, and for the other network mine.W1, … */
export async function show(root, state, page) {
  const known = await knownActivations(root, page);
  if (!known) return;
  if (!state.has("W1")) for (const [name, value] of Object.entries(NETWORKS[0].state)) if (!state.has(name)) state.set(name, value);
  const goal = () => (GOALS.some(([name]) => name === state.get("to")) ? state.get("to") : "sigmoid");

  let timer = 0;
  let answered = null; // {request, answer} of what is shown
  page.signal.addEventListener("abort", () => clearTimeout(timer));

  const put = (entries, prefix = "", words = "", anew = false) => {
    const old = (name) => belongs(name, prefix) || (anew && prefix === "" && ["names", "stored", ...WINDOW].includes(name));
    const kept = [...state].filter(([name]) => !old(name));
    page.go(new Map([...kept, ...entries]), words && { prefix, words });
  };
  /** Take a network from elsewhere, and tell what was assumed of it. */
  const load = (network, prefix = "") => {
    const names = prefix === "" ? stateOfNames(network) : [];
    put([...stateOf(network, prefix), ...names], prefix, network.assumed, true);
    return network.assumed;
  };
  const noteOf = (prefix) => (page.note?.prefix === prefix ? page.note.words : null);
  const openNetwork = async (file, signal) => {
    const network = await networkOf(file, signal);
    return () => load(network);
  };
  const model = modelFile({ signal: page.signal, openNetwork: (file) => reading.take(file, openNetwork) });
  /** Take a file of any kind: ONNX is rewritten as a file, of all else the network is opened. */
  async function take(file, signal) {
    if (!(await mayBeOnnx(file))) return openNetwork(file, signal);
    const told = await described(file, signal);
    return told.format === "onnx" ? () => model.show(file, told) : openNetwork(file, signal);
  }
  const editor = networkEditor({
    known, state, changed, submit: () => run({ asked: true }), rebuild: (entries) => put(entries),
  });
  const details = element("div", { class: "panel details" });
  const found = outcome("Converting", { label: "Answer", signal: page.signal, below: details });
  const drawn = overlay({ signal: page.signal, state, page });
  const target = choice("Units", GOALS, goal(), (value) => {
    state.set("to", value);
    page.keep(state, { step: true });
    run({ asked: false });
  });

  function changed(options) {
    for (const name of [...state.keys()].filter((one) => belongs(one))) state.delete(name);
    for (const [name, value] of editor.entries()) state.set(name, value);
    page.keep(state, options);
    found.stale();
    drawn.stale();
    comparing.stale();
    clearTimeout(timer);
    if (editor.entries().map(([, value]) => value.length).reduce((sum, one) => sum + one, 0) < SOON * 8) timer = setTimeout(run, PAUSE);
  }

  const request = (network) => goal() === "reduce"
    ? { method: "POST", path: "/v1/networks/reduce", body: { network } }
    : { method: "POST", path: "/v1/networks/convert", body: { network, to: goal(), ...namesIn(state, network.layers.length) } };

  async function run({ asked = false } = {}) {
    clearTimeout(timer);
    const now = goal();
    let sent = null;
    const answer = await found.run(async (signal) => {
      sent = request(editor.value());
      return ask(sent, signal);
    }, (given) => (now === "reduce" ? reductionShown(sent.body.network, given) : conversionShown(sent.body.network, given, now)),
    [...editor.routes("/network"), ["/to", target]], { asked, again: () => run({ asked }) });
    if (!answer) return;
    answered = { request: sent, answer };
    drawn.show(sent.body.network, answer.network ?? null);
    comparing.offer(answer.network ?? null);
  }

  const comparing = same({ known, state, page, put, load, noteOf, first: editor });

  const reading = loading({
    what: "A network", accept: FILES, target: root, refusals: [Problem, NotForTheEditor], signal: page.signal, take, note: noteOf(""),
    placeholder: '{"layers": [{"weight": [[1.5]], "bias": [0], "activation": "tanh"}, …]}',
  });
  fill(root,
    examples(NETWORKS, state, page),
    element("div", { class: "bench" },
      element("section", { class: "panel", "aria-labelledby": "given" },
        element("h2", { id: "given" }, "The network F"),
        editor.element,
        namesKept(state, () => put([...state].filter(([name]) => belongs(name)), "", "", true)),
        reading.element),
      element("section", { class: "panel", "aria-labelledby": "answer" },
        element("h2", { id: "answer", class: "unseen" }, "The rewritten network G"),
        element("div", { class: "inline goal" }, target.element,
          element("button", { type: "button", class: "primary", onclick: () => run({ asked: true }) }, "Rewrite")),
        found.element, drawn.element)),
    model.element,
    comparing.element,
    element("section", { class: "panel rule", "aria-labelledby": "in-full" },
      element("div", { class: "inline heading" }, element("h2", { id: "in-full" }, "The answer in full"), allDigits()),
      details,
      sharing({
        request: () => answered?.request ?? null,
        drawn: drawn.request,
        image: drawn.link,
        files: () => filesOf(() => answered),
        name: "networks",
      })));
  run();
}

/** Return the line that says what the arrays are called and stored as; `forget` is asked for plain ones. */
function namesKept(state, forget) {
  const { names, stored_as: stored } = namesIn(state);
  if (!names) return null;
  return element("p", { class: "quiet names-kept" }, `Its arrays keep their names, ${names.flat().filter(Boolean).join(", ")}, and are stored as ${stored}. `,
    element("button", { type: "button", class: "small", onclick: forget }, "Forget both"));
}
