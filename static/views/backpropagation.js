// The gradients of any network of layers: a problem, the check of somebody's own backpropagation, and then the answer.

import { loading } from "../page/loading.js";
import { belongs, indexed, stateOf } from "../page/network_editor.js";
import { FILES, networkOf, NotForTheEditor } from "../page/network_file.js";
import { Problem } from "../page/service.js";
import { backpropagationShown } from "./backpropagation_answer.js";
import { fillBench } from "./gradient_bench.js";
import { grading } from "./grading.js";
import { knownActivations } from "./known_activations.js";
import { networkProblem } from "./network_problem.js";
import { NETWORK_PROBLEMS } from "./sheet.js";
import { readable, solution } from "./solution.js";

export const TITLE = "Backpropagation";
export const LEAD = "Derive the gradients of your own network, layer by layer, and check them.";

const MOST_LAYERS = 3; // of a network up to which it is derived in numbers

/** Show the view; the state's names: W1, b1, a1, W2, …, x, y, Y, targets, loss, reduction, l2, answer, explain, my.W1, my.b1, …, my.x, … */
export async function show(root, state, page) {
  const known = await knownActivations(root, page);
  if (!known) return;
  if (!state.has("W1")) for (const [name, value] of Object.entries(NETWORK_PROBLEMS[0].state)) if (!state.has(name)) state.set(name, value);

  const editor = networkProblem({
    known, state,
    changed(options) {
      checking.follow();
      page.keep(state, options);
      checking.stale();
      solved.follow();
    },
    submit: () => solved.told && solved.run({ asked: true }),
    rebuild: () => page.go(new Map(state)),
  });
  const checking = grading({ state, page, editor, kinds: partsOf(editor), path: "/v1/networks/gradients/check", submitted: submissionOf(editor) });
  const solved = solution({
    state, page, editor, path: "/v1/networks/gradients", shown: backpropagationShown,
    asks: (body) => (isReadable(body) ? { ...body, explain: true } : body),
    words: "The loss, every gradient and how they are derived, layer by layer. Try it yourself first.",
  });

  const take = async (file, signal) => {
    const network = await networkOf(file, signal);
    return () => {
      page.go(new Map([...[...state].filter(([name]) => !belongs(name) && !name.startsWith("my.")), ...stateOf(network)]), { words: network.assumed });
      return network.assumed;
    };
  };
  fillBench(root, {
    name: "backpropagation", title: "The network and its loss", list: NETWORK_PROBLEMS, checking, solved, state, page,
    problem: [editor.element, loading({
      what: "A network", accept: FILES, target: root, refusals: [Problem, NotForTheEditor], signal: page.signal, take, note: page.note?.words ?? null,
      placeholder: '{"layers": [{"weight": [[1.5]], "bias": [0], "activation": "tanh"}, …]}',
    }).element],
  });
}

/** Return the parts of a submission: the gradient by each weight and bias, and by the inputs. */
function partsOf(editor) {
  const found = {};
  for (const part of Object.keys(editor.shapes).filter((one) => one !== "inputs")) {
    const [, layer, which] = part.split(".");
    const number = Number(layer) + 1;
    const [letter, more] = which === "weight" ? ["W", {}] : ["b", { shape: "column", place: ([i]) => [i, 0] }];
    found[part] = { key: `${letter}${number}`, label: `∂ℓ/∂${indexed(letter, number)}`, pointer: `/submission/layers/${layer}/${which}`, ...more };
  }
  const place = (entry) => (entry.length === 1 ? [0, entry[0]] : entry);
  return { ...found, inputs: { key: "x", label: "∂ℓ/∂x", pointer: "/submission/inputs", place } };
}

/** Return what makes a submission of the grids' numbers: layers up to the last that has any, null where there are none. */
function submissionOf(editor) {
  return ({ inputs, ...given }) => {
    const layers = [];
    for (const [part, values] of Object.entries(given)) {
      const [, layer, which] = part.split(".");
      while (layers.length <= Number(layer)) layers.push(null);
      layers[layer] = { ...layers[layer], [which]: values };
    }
    return { layers, ...(inputs ? { inputs: editor.single ? inputs[0] : inputs } : {}) };
  };
}

const isReadable = ({ network: { layers }, inputs }) =>
  layers.length <= MOST_LAYERS && readable({ inputs }, layers.flatMap(({ weight }) => [weight.length, weight[0].length]));
