// 1a and 1b: a point on a curve with its tangent, whose slope leaves a trace below.

import { element } from "../page/element.js";
import { disc, frames, plot, SPOT } from "../page/figure.js";
import { sigmoid, sigmoidSlope, softplus } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { answer, compared, valuesOf } from "./answer.js";
import { seal } from "./seal.js";

const KINDS = {
  "1a": {
    name: "softplus", letter: "s₀", f: (x) => softplus(x), slope: (x) => sigmoid(x), above: [-0.6, 5.2], below: [-0.08, 1.08],
    label: "s₀′(x) =", example: "a formula of x", words: "Right. That is the sigmoid: the slope of the softplus at x is s₁(x).",
  },
  "1b": {
    name: "sigmoid", letter: "s₁", f: (x) => sigmoid(x), slope: (x) => sigmoidSlope(x), above: [-0.08, 1.08], below: [-0.02, 0.27],
    label: "s₁′(x) =", example: "a formula of s1", words: "Right: the height times what is missing to 1.",
  },
};
const [LOW, HIGH] = [-6, 6];
const CHECKED = [1, 2, -1, 0, -2, 0.4, -0.3, 3, -3.5, 6, -7];

/** Show the figure of 1a or 1b. */
export function show(part, sheet) {
  const kind = KINDS[part.id];
  const { state, signal } = sheet;
  const key = `x${part.id}`;
  let x = sheet.number(key, part.id === "1a" ? 1 : -1.5, LOW, HIGH);
  const trace = [x, x]; // where the point has been
  const redraw = frames(draw);
  const top = plot({ label: `${kind.letter} with its tangent`, x: [LOW, HIGH], y: kind.above, look: "wide", yName: `${kind.letter}(x)`, changed: redraw, signal });
  const below = plot({ label: `The slope of ${kind.letter}`, x: [LOW, HIGH], y: kind.below, look: "wide low", yName: "slope", changed: redraw, signal });
  const curve = top.curve("one");
  const tangent = top.curve("tangent");
  const rise = top.curve("guide");
  const left = below.curve("two");
  const drop = below.curve("guide");
  const readout = element("p", { class: "readout" });
  const marker = below.curve("spot");
  const words = () => `x = ${brief(x)}, ${kind.name} ${brief(kind.f(x))}, slope ${brief(kind.slope(x))}`;

  top.handle({
    label: `Point on ${kind.name}`, at: () => [x, kind.f(x)], text: words,
    x: { low: LOW, high: HIGH, step: 0.05, value: () => x, set(value) {
      x = value;
      trace[0] = Math.min(trace[0], x);
      trace[1] = Math.max(trace[1], x);
    } },
    touched() { sealed.touch(); redraw(); },
    rested() {
      sheet.keep(key, x);
      sealed.rest();
    },
  });

  function draw() {
    if (!top.refresh() || !below.refresh()) return;
    const [y, slope] = [kind.f(x), kind.slope(x)];
    curve.graph(kind.f);
    tangent.graph((at) => y + slope * (at - x));
    tangent.element.dataset.slope = slope;
    rise.line([[x, top.window.y[0]], [x, y]]);
    left.graph(kind.slope, ...trace);
    drop.line([[x, below.window.y[1]], [x, slope]]);
    marker.element.setAttribute("d", disc(below.px(x), below.py(slope), SPOT * below.frame.em));
    readout.textContent = words();
  }

  const points = () => [x, ...[-4, -1, 0, 1, 4].map((step) => x + step / 8)];
  const sealed = seal(() => [{
    request: { method: "POST", path: `/v1/activations/${kind.name}`, body: { inputs: points(), derivative: true } },
    read: ({ outputs, derivatives }) => [...outputs, ...derivatives],
    drawn: [...points().map(kind.f), ...points().map(kind.slope)],
  }], signal);
  sheet.benches.set(part.id, () => `activations?name=${kind.name}&derivative=true&at=${x}`);
  part.stage.append(top.element, below.element, element("div", { class: "caption" }, readout, sealed.element));
  redraw();
  sealed.rest();

  part.place.append(answer({
    part: part.id, fields: [{ name: part.id, label: kind.label, example: kind.example }], state, keep: sheet.keepAll, signal, earned: part.unlock,
    async check(texts, asking) {
      const names = ["x"];
      compared(texts[part.id], names, [{ x: 0.5 }], [0], ""); // no formula, no question
      const numbers = await valuesOf(kind.name, CHECKED, { derivative: true, signal: asking });
      return compared(texts[part.id], names, CHECKED.map((one) => ({ x: one })), numbers, `${kind.words} It agrees with the service at ${CHECKED.length} points.`);
    },
  }).element);
}
