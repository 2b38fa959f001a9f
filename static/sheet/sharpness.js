// 1c: softplus beside ReLU and the sigmoid beside the step, sharpened by one slider.

import { element, fill } from "../page/element.js";
import { frames, plot, slider } from "../page/figure.js";
import { heaviside, relu, sigmoid, softplus } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { ask, Problem } from "../page/service.js";
import { answer, compared, valuesOf } from "./answer.js";
import { seal } from "./seal.js";

const [LOW, HIGH] = [-4, 4];
const SAMPLED = [-2, -0.5, -0.125, 0, 0.25, 1];
const CHECKED = [0.5, 1, 2, 4];
// What a statement of the service speaks of, in the figure.
const LIT = {
  "left asymptote": "left", "lower bound": "left", "right asymptote": "right", "upper bound": "right", "largest gap": "gap", distance: "gap",
  "value at 0": "zero", smoothness: "zero", continuity: "zero", values: "zero", "constant parts": "left", monotonicity: "all", convexity: "all", steepness: "zero",
};

/** Show the figure of 1c. */
export function show(part, sheet) {
  const { state, signal } = sheet;
  let beta = sheet.number("beta", 1, 1, 8);
  const redraw = frames(draw);
  const halves = [
    { look: "half", label: "Softplus and ReLU", y: [-0.4, 4], smooth: (x) => softplus(x, beta), sharp: relu, yName: "s₀(βx)/β", pair: ["softplus", "relu"] },
    { look: "half", label: "Sigmoid and step", y: [-0.12, 1.15], smooth: (x) => sigmoid(x, beta), sharp: heaviside, yName: "s₁(βx)", pair: ["sigmoid", "heaviside"] },
  ].map((half) => {
    const drawn = plot({ ...half, x: [LOW, HIGH], changed: redraw, signal });
    return { ...half, drawn, behind: drawn.curve("behind"), jump: drawn.curve("guide"), front: drawn.curve("one"), lit: drawn.curve("lit"), gap: drawn.curve("gap"), name: drawn.name("gap-name") };
  });
  const readout = element("p", { class: "readout" });
  const gap = () => softplus(0, beta); // ReLU is 0 there, and nowhere are they farther apart
  let lit = null;

  const control = slider({
    label: "β, the sharpness", low: 1, high: 8, step: 0.125, value: () => beta, text: () => `β = ${brief(beta)}`,
    set(value) { beta = value; }, touched() { sealed.touch(); redraw(); },
    rested() {
      sheet.keep("beta", beta);
      sealed.rest();
    },
  });

  function draw() {
    for (const [index, { drawn, behind, front, jump, gap: bar, name, smooth, sharp, lit: glow }] of halves.entries()) {
      if (!drawn.refresh()) return;
      if (index) {
        behind.element.setAttribute("d", [[LOW - 9, 0, 0], [0, HIGH + 9, 1]].map(([from, to, y]) => `M${drawn.px(from)} ${drawn.py(y)}H${drawn.px(to)}`).join(""));
        jump.line([[0, 0], [0, 1]]);
      } else behind.graph(sharp);
      front.graph(smooth);
      const [low, high] = index ? [0.5, 1] : [0, gap()];
      bar.line([[0, low], [0, high]]);
      name.at(0, (low + high) / 2, { text: index ? "½" : brief(gap()), dx: 0.6, dy: 0.3 });
      const ends = { left: [LOW, -1], right: [1, HIGH], zero: [-0.35, 0.35], all: [LOW, HIGH] }[lit?.pair === drawn.element.dataset.pair ? lit.what : ""];
      if (ends) glow.graph(smooth, ...ends);
      else glow.hide();
      bar.element.classList.toggle("glow", lit?.what === "gap" && lit.pair === drawn.element.dataset.pair);
    }
    readout.textContent = `β = ${brief(beta)}: softplus is at most ${brief(gap())} above ReLU; the sigmoid stays ½ below the step, at 0.`;
    readout.dataset.gap = gap();
  }
  for (const { drawn, pair } of halves) drawn.element.dataset.pair = pair.join();

  const sealed = seal(() => [
    { request: { method: "POST", path: "/v1/activations/softplus", body: { inputs: SAMPLED, parameters: { beta } } }, read: ({ outputs }) => outputs, drawn: SAMPLED.map((x) => softplus(x, beta)) },
    { request: { method: "POST", path: "/v1/activations/sigmoid", body: { inputs: SAMPLED.map((x) => beta * x) } }, read: ({ outputs }) => outputs, drawn: SAMPLED.map((x) => sigmoid(x, beta)) },
  ], signal);
  sheet.benches.set(part.id, () => `activations?name=softplus,relu&p.beta=${beta}`);
  part.stage.append(element("div", { class: "halves" }, halves.map(({ drawn }) => drawn.element)), control.element,
    element("div", { class: "caption" }, readout, sealed.element));
  redraw();
  sealed.rest();

  part.place.append(answer({
    part: part.id, fields: [{ name: "1c", label: "Largest gap to ReLU =", prose: true, example: "a formula of β" }], state, keep: sheet.keepAll, signal, earned: part.reveal,
    async check(texts, asking) {
      compared(texts["1c"], ["beta"], [{ beta: 1 }], [0], "");
      const numbers = await Promise.all(CHECKED.map(async (one) => (await valuesOf("softplus", [0], { parameters: { beta: one }, signal: asking }))[0]));
      return compared(texts["1c"], ["beta"], CHECKED.map((one) => ({ beta: one })), numbers,
        "Right. It goes to 0 as β grows: the softplus becomes ReLU everywhere at once. The sigmoid does not: its gap stays ½.");
    },
  }).element);

  part.onUnlock(() => facts());

  async function facts() {
    const frame = element("div", { class: "facts-list" });
    part.content.replaceChildren(element("p", {}, "The largest gap to ReLU is ln(2)/β, at x = 0; to the step it is ½ for every β. Point at a sentence to see it in the figure."), frame);
    try {
      const answers = await Promise.all(halves.map(({ pair: [first, second] }) => ask({ path: "/v1/activations/compare", query: [["first", first], ["second", second]] }, signal)));
      fill(frame, answers.map((found, index) => [
        element("h3", {}, halves[index].label),
        ...["similarities", "differences"].map((kind) => [element("h4", {}, kind === "similarities" ? "Similarities" : "Differences"),
          element("ul", {}, found[kind].map((one) => statement(one, halves[index].pair.join())))]),
      ]));
    } catch (error) {
      if (signal.aborted) return; // the sheet has been left
      if (!(error instanceof Problem)) throw error;
      fill(frame, element("p", {}, error.message, " ", element("button", { type: "button", class: "small", onclick: facts }, "Try again")));
    }
  }

  function statement({ property, statement: text }, pair) {
    const light = (on) => () => {
      lit = on ? { pair, what: LIT[property] ?? "all" } : null;
      redraw();
    };
    return element("li", {}, element("button", { type: "button", class: "fact", onpointerenter: light(true), onpointerleave: light(false), onfocus: light(true), onblur: light(false) }, text));
  }
}
