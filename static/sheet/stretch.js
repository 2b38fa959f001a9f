// 2a, the hint: a sigmoid squeezed, stretched and shifted by three handles until it lies on tanh.

import { element } from "../page/element.js";
import { frames, plot } from "../page/figure.js";
import { sigmoid, tanh } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { seal } from "./seal.js";

const WINDOW = [-4, 4];
const SAMPLES = 401;
const CHECKED = [-3, -1.25, -0.5, 0, 0.25, 1, 2.5];
const ULP = 2 ** -52;

/** Return the largest distance of a·s1(bx) + c from tanh x, at the ends of the line too; rounding alone is none. */
export function residual({ a, b, c }) {
  let largest = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const x = WINDOW[0] + ((WINDOW[1] - WINDOW[0]) * i) / (SAMPLES - 1);
    largest = Math.max(largest, Math.abs(a * sigmoid(b * x) + c - tanh(x)));
  }
  const ends = b === 0 ? [a / 2 + c + 1, a / 2 + c - 1] : b > 0 ? [c + 1, a + c - 1] : [a + c + 1, c - 1];
  largest = Math.max(largest, ...ends.map(Math.abs));
  return largest <= 2 * ULP ? 0 : largest;
}

/** Show the figure of the hint. */
export function stretch(sheet) {
  const { signal } = sheet;
  const now = { a: sheet.number("a", 1, -4, 4), b: sheet.number("b", 1, -4, 4), c: sheet.number("c", 0, -3, 3) };
  const redraw = frames(draw);
  const drawn = plot({ label: "a·s₁(bx) + c beside tanh", x: WINDOW, y: [-1.7, 1.7], look: "wide", changed: redraw, signal });
  const goal = drawn.curve("behind");
  const between = drawn.curve("between");
  const curve = drawn.curve("one");
  const foot = drawn.curve("guide");
  const goalName = drawn.name("quiet-name", "tanh(x)");
  const readout = element("p", { class: "readout" });
  const f = (x) => now.a * sigmoid(now.b * x) + now.c;
  const touched = () => { sealed.touch(); redraw(); };
  const rested = () => {
    for (const name of ["a", "b", "c"]) sheet.keep(name, now[name]);
    sealed.rest();
  };
  const words = (letter, value) => `${letter} = ${brief(value)}, distance from tanh ${brief(residual(now), 3)}`;
  const bounded = (value) => Math.min(1.6, Math.max(-1.6, value));

  // The curve ends at the heights c and a + c; its squeeze stands beside its middle.
  const sides = () => (now.b >= 0 ? [WINDOW[0] + 0.3, WINDOW[1] - 0.3] : [WINDOW[1] - 0.3, WINDOW[0] + 0.3]);
  drawn.handle({
    label: "Shift c", at: () => [sides()[0], bounded(now.c)], touched, rested,
    y: { low: -3, high: 3, step: 0.05, value: () => now.c, set(value) { now.c = value; } }, text: () => words("shift c", now.c),
  });
  drawn.handle({
    label: "Stretch a", at: () => [sides()[1], bounded(now.a + now.c)], touched, rested,
    y: { low: -4, high: 4, step: 0.05, value: () => now.a, set(value) { now.a = value; }, from: (y) => y - now.c }, text: () => words("stretch a", now.a),
  });
  drawn.handle({
    label: "Squeeze b", at: () => [0.5 * now.b, bounded(now.a / 2 + now.c)], touched, rested,
    x: { low: -4, high: 4, step: 0.05, value: () => now.b, set(value) { now.b = value; }, from: (x) => 2 * x },
    text: () => words("squeeze b", now.b),
  });

  function draw() {
    if (!drawn.refresh()) return;
    goal.graph(tanh);
    curve.graph(f);
    const steps = Array.from({ length: 81 }, (_, i) => WINDOW[0] + i / 10);
    between.line([...steps.map((x) => [x, tanh(x)]), ...steps.reverse().map((x) => [x, f(x)])], true);
    foot.line([[0, now.a / 2 + now.c], [0.5 * now.b, now.a / 2 + now.c]]);
    goalName.at(-1.2, tanh(-1.2), { dx: -0.6, dy: -0.4, anchor: "end" });
    const left = residual(now);
    readout.textContent = left === 0
      ? `${brief(now.a)}·s₁(${brief(now.b)}x) ${signed(now.c)} is tanh(x), for every x.`
      : `${brief(now.a)}·s₁(${brief(now.b)}x) ${signed(now.c)}: at most ${brief(left, 3)} from tanh(x)`;
    readout.dataset.residual = left;
    readout.classList.toggle("met", left === 0);
  }

  const sealed = seal(() => [{
    request: { method: "POST", path: "/v1/networks/evaluate", body: { network: { layers: [
      { weight: [[now.b]], bias: [0], activation: "sigmoid" }, { weight: [[now.a]], bias: [now.c] },
    ] }, inputs: CHECKED.map((x) => [x]) } },
    read: ({ outputs }) => outputs.flat(), drawn: CHECKED.map(f), allowed: () => 8 * ULP * (Math.abs(now.a) + Math.abs(now.c)),
  }, {
    request: { method: "POST", path: "/v1/activations/tanh", body: { inputs: CHECKED } }, read: ({ outputs }) => outputs, drawn: CHECKED.map(tanh),
  }], signal);
  redraw();
  sealed.rest();
  return [drawn.element, element("div", { class: "caption" }, readout, sealed.element)];
}

const signed = (value) => (value < 0 ? `− ${brief(-value)}` : `+ ${brief(value)}`);
