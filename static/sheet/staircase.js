// 2b: the best staircase of n steps beside F, and what it cannot reach.

import { element } from "../page/element.js";
import { frames, plot, slider } from "../page/figure.js";
import { forward } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { ask } from "../page/service.js";
import { answer, NotAnAnswer } from "./answer.js";
import { benchQuery, listed } from "./rewriting.js";
import { seal } from "./seal.js";
import { body, sharedNetwork } from "./units.js";

const WINDOW = [-5, 5];
const SATURATED = 20; // tanh(20) is 1 to the last bit
const SAMPLES = 2000;
const CHECKED = [-4.5, -2, -0.5, 0.75, 2, 4.5];

/**
 * Return {levels, breaks, error, range} of the staircase of at most n steps that is nearest to F in its largest distance.
 * Where F only rises or only falls the n + 1 levels part its range R evenly, and the error is R/(2(n + 1)); else bands of one
 * height are laid from left to right, the lowest height that does with n + 1.
 */
export function staircase(network, n) {
  const used = network.out.map((height, j) => height * Math.sign(network.weight[j][0])).filter(Boolean);
  const ends = network.out.map((_, j) => [-SATURATED, SATURATED].map((z) => (z - network.bias[j]) / network.weight[j][0])).flat();
  const [low, high] = [Math.min(...ends, WINDOW[0]), Math.max(...ends, WINDOW[1])];
  const f = (x) => forward(network, [x]);
  if (used.every((one) => one > 0) || used.every((one) => one < 0)) return even(f, n, low, high, used.reduce((sum, one) => sum + one, 0), network.shift);
  const points = Array.from({ length: SAMPLES + 1 }, (_, i) => low + ((high - low) * i) / SAMPLES);
  const values = points.map(f);
  const range = Math.max(...values) - Math.min(...values);
  let [small, large] = [0, range / 2];
  for (let i = 0; i < 50; i += 1) {
    const middle = (small + large) / 2;
    if (bands(points, values, middle).breaks.length <= n) large = middle;
    else small = middle;
  }
  return { ...bands(points, values, large), error: large, range, even: false };
}

function even(f, n, low, high, rise, shift) {
  const range = 2 * Math.abs(rise);
  const levels = Array.from({ length: n + 1 }, (_, k) => shift + rise * ((2 * k + 1) / (n + 1) - 1));
  const breaks = Array.from({ length: n }, (_, k) => {
    const goal = shift + rise * ((2 * (k + 1)) / (n + 1) - 1);
    let [left, right] = [low, high];
    for (let i = 0; i < 70; i += 1) {
      const middle = (left + right) / 2;
      if ((f(middle) < goal) === rise > 0) left = middle;
      else right = middle;
    }
    return (left + right) / 2;
  });
  return { levels, breaks, error: range / (2 * (n + 1)), range, even: true };
}

function bands(points, values, half) {
  const [levels, breaks] = [[], []];
  let [bottom, top] = [values[0], values[0]];
  values.forEach((value, i) => {
    const [lower, upper] = [Math.min(bottom, value), Math.max(top, value)];
    if (upper - lower > 2 * half) {
      levels.push((bottom + top) / 2);
      breaks.push(points[i]);
      [bottom, top] = [value, value];
    } else [bottom, top] = [lower, upper];
  });
  levels.push((bottom + top) / 2);
  return { levels, breaks };
}

/** Return a staircase as a network of steps. */
const asSteps = ({ levels, breaks }) => ({
  weight: breaks.map(() => [1]), bias: breaks.map((at) => -at), out: breaks.map((_, k) => levels[k + 1] - levels[k]), shift: levels[0], activation: "heaviside",
});

/** Show the figure of 2b. */
export function show(part, sheet) {
  const { signal, state } = sheet;
  sheet.network ??= sharedNetwork(sheet);
  const { network } = sheet;
  let n = sheet.number("n", 2, 1, 8);
  const redraw = frames(draw);
  const drawn = plot({ label: "F and a staircase", x: WINDOW, y: [-3, 3], look: "wide", yName: "F(x)", changed: redraw, signal });
  const band = drawn.curve("between");
  const whole = drawn.curve("whole");
  const steps = drawn.curve("stairs");
  const gap = drawn.curve("gap");
  const gapName = drawn.name("gap-name");
  const readout = element("p", { class: "readout" });
  const control = slider({
    label: "n, the number of steps", low: 1, high: 8, step: 1, value: () => n, text: () => `n = ${n}`, set(value) { n = value; },
    touched() { sealed.touch(); redraw(); },
    rested() {
      sheet.keep("n", n);
      sealed.rest();
    },
  });

  function draw() {
    if (!drawn.refresh()) return;
    const { levels, breaks, error, range, even: regular } = staircase(network, n);
    const f = (x) => forward(network, [x]);
    const corners = levels.flatMap((level, k) => [[breaks[k - 1] ?? WINDOW[0] - 9, level], [breaks[k] ?? WINDOW[1] + 9, level]]);
    steps.line(corners);
    band.line([...corners.map(([x, y]) => [x, y + error]), ...corners.reverse().map(([x, y]) => [x, y - error])], true);
    whole.graph(f);
    const at = breaks[Math.floor((breaks.length - 1) / 2)];
    if (at === undefined) gap.hide();
    else {
      gap.line([[at, f(at)], [at, levels[Math.floor((breaks.length - 1) / 2)]]]);
      gapName.at(at, (f(at) + levels[Math.floor((breaks.length - 1) / 2)]) / 2, { text: brief(error), dx: 0.5, dy: 0.35 });
    }
    readout.textContent = range === 0 ? "F is constant: one level is enough, and the error is 0."
      : `The best staircase of ${n} ${n === 1 ? "step" : "steps"} is still ${brief(error)} away${regular ? `: R/(2(n + 1)), with R = ${brief(range)}` : ""}.`;
    readout.dataset.error = error;
  }

  const sealed = seal(() => {
    const stairs = asSteps(staircase(network, n));
    const scale = () => 1e-15 * (1 + Math.abs(network.shift) + network.out.reduce((sum, one) => sum + Math.abs(one), 0));
    const claim = (one, activation) => ({
      request: { method: "POST", path: "/v1/networks/evaluate", body: { network: body(one, activation), inputs: CHECKED.map((x) => [x]) } },
      read: ({ outputs }) => outputs.flat(), drawn: CHECKED.map((x) => forward(one, [x])), allowed: () => 8 * scale(),
    });
    return [claim(network, "tanh"), ...(stairs.out.length ? [claim(stairs, "heaviside")] : [])];
  }, signal);
  network.onChange(() => {
    sealed.touch();
    redraw();
    sealed.rest();
  });
  sheet.benches.set("2b", () => `convert?to=heaviside&${benchQuery(network)}`);
  part.stage.append(drawn.element, control.element, element("div", { class: "caption" }, readout, sealed.element));
  redraw();
  sealed.rest();

  let said = state.get("my.2b.exists") ?? null;
  const radio = (value, words) => element("label", { class: "check" }, element("input", { type: "radio", name: "mine-2b", value, checked: said === value, onchange: () => {
    said = value;
    state.set("my.2b.exists", value);
    sheet.keepAll();
    own.withdraw();
  } }), element("span", {}, words));
  const choice = element("fieldset", { class: "mine long" }, element("legend", {}, "Is there such a G?"), element("div", { class: "inline" }, radio("yes", "Yes"), radio("no", "No")));
  const own = answer({
    part: part.id, fields: [{ name: "2b", label: "How many values can two steps take, at most?", example: "a number", long: true, prose: true }], before: choice,
    state, keep: sheet.keepAll, signal, earned: part.unlock,
    async check(texts, asking) {
      if (!said) throw new NotAnAnswer("expected yes or no");
      const [count] = listed(texts["2b"], "2b");
      if (count === undefined) throw Object.assign(new NotAnAnswer("expected a number of values"), { field: "2b" });
      const two = { ...network, weight: [[1], [2]], bias: [0, 1], out: [1, 1] }; // any network of two units: the count is of them
      const [mine, counted] = await Promise.all([network, two].map((one) => ask({ method: "POST", path: "/v1/networks/convert", body: { network: body(one, "tanh"), to: "heaviside" } }, asking)));
      if (mine.exists !== (said === "yes")) return { right: false, words: mine.exists ? "Not yet: this F is constant, and a constant can be written with steps." : "Not yet: how many values can a staircase take, and how many does F take?" };
      if (count !== Number(counted.values.at_most)) return { right: false, words: `${said === "no" ? "No is right" : "Right so far"}, but the count is not: each of two steps is 0 or 1, and on a line they switch one after the other.` };
      return { right: true, words: mine.exists ? "Right: F is constant here." : "Right: finitely many values, and F, being continuous, takes every value in between." };
    },
  });
  part.place.append(own.element);
  network.onChange(own.withdraw);
}
