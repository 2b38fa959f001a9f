// Problem 3: softmax cross-entropy: a problem, the check of somebody's own gradients, and then the answer.

import { element, fill } from "../page/element.js";
import { examples } from "../page/field.js";
import { linkTo } from "../page/fragment.js";
import { asLink } from "../page/link.js";
import { byForm, loading } from "../page/loading.js";
import { outcome } from "../page/outcome.js";
import { picture } from "../page/picture.js";
import { NotSafetensors } from "../page/safetensors.js";
import { ask, HELP } from "../page/service.js";
import { jsonFile, sharing } from "../page/sharing.js";
import { allDigits } from "../page/shown_number.js";
import { answerShown } from "./gradient_answer.js";
import { grading } from "./grading.js";
import { problemEditor } from "./problem_editor.js";
import { NotAProblem, stateIn, stateInTensors } from "./problem_file.js";
import { PROBLEMS } from "./sheet.js";

export const TITLE = "Gradients";
const TELLS = HELP === "solution";
export const LEAD = "Derive ∂ℓ/∂W and ∂ℓ/∂Θ of softmax(ΘᵀWx) with cross-entropy ℓ, and check your answer.";

const PAUSE = 500; // milliseconds after typing
const SOON = 6_000; // letters up to which an answer follows what is typed
const READABLE = 6; // sides of a problem up to which it is derived in numbers
const OWN = /^(my\..*|check|feedback|tolerance|absolute_tolerance|rounding|answer|explain)$/; // what in a state is the reader's, not the problem's

/** Show the view; the state's names: W, Theta, x, y, Y, targets, reduction, smoothing, weights, answer, explain, my.W, … */
export async function show(root, state, page) {
  if (!state.has("W")) for (const [name, value] of Object.entries(PROBLEMS[0].state)) if (!state.has(name)) state.set(name, value);
  if (state.get("explain") === "1") state.set("answer", "1");
  let timer = 0;
  let answered = null;
  const told = () => TELLS && state.get("answer") === "1";
  page.signal.addEventListener("abort", () => clearTimeout(timer));

  const editor = problemEditor({
    state,
    changed(options) {
      checking.follow();
      page.keep(state, options);
      checking.stale();
      if (!told()) return;
      found.stale();
      drawn.stale();
      clearTimeout(timer);
      if ([...state.values()].join("").length < SOON) timer = setTimeout(run, PAUSE);
    },
    submit: () => told() && run({ asked: true }),
    rebuild: () => page.go(new Map(state)),
  });
  const found = outcome("Computing", { label: "Gradients", signal: page.signal });
  const drawn = picture({ look: "maps", label: "Heat maps of the gradients", signal: page.signal });
  const checking = grading({ state, page, editor });

  async function run({ asked = false } = {}) {
    clearTimeout(timer);
    let sent = null;
    const answer = await found.run(async (signal) => {
      const body = editor.value();
      sent = { method: "POST", path: "/v1/gradients", body: readable(body) ? { ...body, explain: true } : body };
      return ask(sent, signal);
    }, (given) => answerShown(given, sent.body, {
      open: state.get("explain") === "1",
      toggled(open) {
        if (open) state.set("explain", "1");
        else state.delete("explain");
        page.keep(state);
      },
    }), editor.routes(), { asked, again: () => run({ asked }) });
    if (!answer) {
      if (!answered) drawn.element.hidden = true; // no place is held for what does not come
      return;
    }
    answered = { request: sent, answer };
    draw(sent.body);
  }

  function draw({ explain: _, ...body }) {
    const alone = !Array.isArray(body.inputs[0]);
    drawn.element.hidden = body.reduction === "none" && !alone;
    if (drawn.element.hidden) drawn.clear();
    else drawn.draw((dress) => ({ method: "POST", path: "/v1/gradients/plot.png", body: { ...body, ...dress } }));
  }

  function tell(shown) {
    if (shown) state.set("answer", "1");
    else for (const name of ["answer", "explain"]) state.delete(name);
    page.go(new Map(state));
  }

  const problemOnly = () => linkTo("gradients", new Map([...state].filter(([name]) => !OWN.test(name))));
  const everything = () => linkTo("gradients", state);

  fill(root,
    examples(PROBLEMS, state, page),
    element("div", { class: "bench" },
      element("section", { class: "panel", "aria-labelledby": "problem" },
        element("h2", { id: "problem" }, "The problem"),
        editor.element,
        loading({
          what: "A problem", accept: ".json,.safetensors,application/json", target: root,
          refusals: [NotAProblem, NotSafetensors, SyntaxError], signal: page.signal,
          take: byForm({
            takeDocument: (document) => page.go(stateIn(document)),
            takeTensors: (buffer) => page.go(stateInTensors(buffer)),
          }),
          placeholder: '{"W": [[1, 0], [0, 1]], "Theta": [[1, -1], [0, 2]], "inputs": [1, 2], "targets": 1}',
        }).element),
      element("section", { class: "panel", "aria-labelledby": "mine" },
        checking.element,
        told() && drawn.element,
        sharing({
          links: [["Copy link to the problem", problemOnly], ["Copy link with my answer", everything]],
          request: checking.request, what: "check",
        }))),
    TELLS && element("section", { class: "panel rule", "aria-labelledby": "answer" },
      element("div", { class: "inline heading" },
        element("h2", { id: "answer" }, "The solution"),
        element("button", { type: "button", "aria-expanded": String(told()), onclick: () => tell(!told()) }, told() ? "Hide the solution" : "Show the solution"),
        told() && element("button", { type: "button", onclick: () => run({ asked: true }) }, "Compute again"),
        told() && allDigits()),
      told() ? found.element : element("p", { class: "quiet" }, "The loss, both gradients and how they are derived. Try it yourself first."),
      told() && sharing({
        links: [],
        request: () => answered?.request ?? null,
        drawn: drawn.request,
        image: (dress) => (drawn.request() ? asLink(drawn.request(dress)) : null),
        files: () => [["answer.json", () => jsonFile(answered?.answer)]],
        name: "gradients", what: "solution",
      })));
  if (told()) run();
  checking.begin({ reveal: Boolean(page.note?.example) });
}

function readable({ W, Theta, inputs }) {
  return !Array.isArray(inputs[0]) && Math.max(W.length, W[0].length, Theta[0].length) <= READABLE;
}
