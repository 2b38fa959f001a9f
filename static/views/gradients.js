// Problem 3: softmax cross-entropy: a problem, the check of somebody's own gradients, and then the answer.

import { asLink } from "../page/link.js";
import { byForm, loading } from "../page/loading.js";
import { picture } from "../page/picture.js";
import { NotSafetensors } from "../page/safetensors.js";
import { answerShown } from "./gradient_answer.js";
import { fillBench } from "./gradient_bench.js";
import { grading } from "./grading.js";
import { problemEditor } from "./problem_editor.js";
import { NotAProblem, stateIn, stateInTensors } from "./problem_file.js";
import { PROBLEMS } from "./sheet.js";
import { readable, solution } from "./solution.js";

export const TITLE = "Gradients";
export const LEAD = "Derive ∂ℓ/∂W and ∂ℓ/∂Θ of softmax cross-entropy, and check your answer.";

const PARTS = {
  W: { key: "W", label: "∂ℓ/∂W", pointer: "/submission/W" },
  Theta: { key: "Theta", label: "∂ℓ/∂Θ", pointer: "/submission/Theta" },
};

/** Show the view; the state's names: W, Theta, x, y, Y, targets, reduction, smoothing, weights, answer, explain, my.W, … */
export async function show(root, state, page) {
  if (!state.has("W")) for (const [name, value] of Object.entries(PROBLEMS[0].state)) if (!state.has(name)) state.set(name, value);

  const editor = problemEditor({
    state,
    changed(options) {
      checking.follow();
      page.keep(state, options);
      checking.stale();
      if (solved.told) drawn.stale();
      solved.follow();
    },
    submit: () => solved.told && solved.run({ asked: true }),
    rebuild: () => page.go(new Map(state)),
  });
  const drawn = picture({ look: "maps", label: "Heat maps of the gradients", signal: page.signal });
  const checking = grading({ state, page, editor, kinds: PARTS, path: "/v1/gradients/check" });
  const solved = solution({
    state, page, editor, path: "/v1/gradients", shown: answerShown,
    asks: (body) => (readable(body, [body.W.length, body.W[0].length, body.Theta[0].length]) ? { ...body, explain: true } : body),
    words: "The loss, both gradients and how they are derived. Try it yourself first.",
    answered: draw,
    failed(first) { if (first) drawn.element.hidden = true; }, // no place is held for what does not come
    share: { drawn: drawn.request, image: (dress) => (drawn.request() ? asLink(drawn.request(dress)) : null) },
  });

  function draw({ explain: _, ...body }) {
    const alone = !Array.isArray(body.inputs[0]);
    drawn.element.hidden = body.reduction === "none" && !alone;
    if (drawn.element.hidden) drawn.clear();
    else drawn.draw((dress) => ({ method: "POST", path: "/v1/gradients/plot.png", body: { ...body, ...dress } }));
  }

  fillBench(root, {
    name: "gradients", title: "The problem", list: PROBLEMS, checking, solved, drawn, state, page,
    problem: [editor.element, loading({
      what: "A problem", accept: ".json,.safetensors,application/json", target: root,
      refusals: [NotAProblem, NotSafetensors, SyntaxError], signal: page.signal,
      take: byForm({
        takeDocument: (document) => page.go(stateIn(document)),
        takeTensors: (buffer) => page.go(stateInTensors(buffer)),
      }),
      placeholder: '{"W": [[1, 0], [0, 1]], "Theta": [[1, -1], [0, 2]], "inputs": [1, 2], "targets": 1}',
    }).element],
  });
}
