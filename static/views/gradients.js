// Problem 3: softmax cross-entropy, its gradients, and the check of somebody's own.

import { element, fill } from "../page/element.js";
import { examples } from "../page/field.js";
import { asLink } from "../page/link.js";
import { loading } from "../page/loading.js";
import { outcome } from "../page/outcome.js";
import { picture } from "../page/picture.js";
import { NotSafetensors } from "../page/safetensors.js";
import { ask, HELP } from "../page/service.js";
import { jsonFile, sharing } from "../page/sharing.js";
import { answerShown } from "./gradient_answer.js";
import { grading } from "./grading.js";
import { problemEditor } from "./problem_editor.js";
import { NotAProblem, stateIn, stateInTensors } from "./problem_file.js";
import { PROBLEMS } from "./sheet.js";

export const TITLE = "Gradients";
const TELLS = HELP === "solution";
export const LEAD = `f(x) = softmax(ΘᵀWx) and its cross-entropy: ${TELLS
  ? "the loss, both gradients, how they are derived, and a check of your own"
  : "a check of the gradients that you have derived"}.`;

const PAUSE = 500; // milliseconds after typing
const SOON = 6_000; // letters up to which an answer follows what is typed
const READABLE = 6; // sides of a problem up to which it is derived in numbers

/** Show the view; the state's names: W, Theta, x, y, Y, targets, reduction, smoothing, weights, explain, my.W, … */
export async function show(root, state, page) {
  if (!state.has("W")) for (const [name, value] of Object.entries(PROBLEMS[0].state)) if (!state.has(name)) state.set(name, value);
  let timer = 0;
  let answered = null;
  page.signal.addEventListener("abort", () => clearTimeout(timer));

  const editor = problemEditor({
    state,
    changed(options) {
      checking.follow();
      page.keep(state, options);
      found.stale();
      checking.stale();
      clearTimeout(timer);
      if (TELLS && [...state.values()].join("").length < SOON) timer = setTimeout(run, PAUSE);
    },
    submit: () => TELLS && run({ asked: true }),
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

  fill(root,
    examples(PROBLEMS, (one) => page.go(new Map(Object.entries(one.state)))),
    element("section", { class: "panel", "aria-labelledby": "problem" },
      element("h2", { id: "problem" }, "The problem"),
      editor.element,
      loading({
        what: "A problem", accept: ".json,.safetensors,application/json", target: root,
        refusals: [NotAProblem, NotSafetensors],
        takeDocument: (document) => page.go(stateIn(document)),
        takeTensors: (buffer) => page.go(stateInTensors(buffer)),
        placeholder: '{"W": [[1, 0], [0, 1]], "Theta": [[1, -1], [0, 2]], "inputs": [1, 2], "targets": 1}',
      }).element,
      TELLS && element("div", { class: "inline" },
        element("button", { type: "button", class: "primary", onclick: () => run({ asked: true }) }, "Compute"))),
    TELLS && element("section", { class: "panel rule", "aria-labelledby": "answer" },
      element("h2", { id: "answer", class: "unseen" }, "Answer"),
      found.element,
      drawn.element,
      sharing({
        request: () => answered?.request ?? null,
        drawn: () => drawn.request(),
        image: () => (drawn.request() ? asLink(drawn.request()) : null),
        files: () => [["answer.json", () => jsonFile(answered?.answer)]],
        name: "gradients",
      })),
    checking.element);
  if (TELLS) run();
}

function readable({ W, Theta, inputs }) {
  return !Array.isArray(inputs[0]) && Math.max(W.length, W[0].length, Theta[0].length) <= READABLE;
}
