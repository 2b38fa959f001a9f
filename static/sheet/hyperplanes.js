// 2a with two inputs: each unit's hyperplane as a line over the map of F, to be taken hold of.

import { element } from "../page/element.js";
import { frames, plot } from "../page/figure.js";
import { map } from "../page/map.js";
import { asSigmoid, dot, forward } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { seal } from "./seal.js";
import { body } from "./units.js";

const REACH = 3;
const DEFAULT = { W1: "2,0;-1,1.5;0.5,-2", b1: "1.5,-2,-1.5", W2: "1,0.75,-0.5", b2: "0" };
const CHECKED = [[-2, -2], [-1.5, 1], [0, 0], [0.5, -1], [1, 2], [2.5, -0.5]];
const STRENGTH = 0.75;

/** Return the elements of the figure; the state's names: 2.W1, 2.b1, 2.W2, 2.b2. */
export function hyperplanes(part, sheet) {
  const { signal } = sheet;
  const network = stored(sheet.state);
  const redraw = frames(draw);
  const drawn = plot({ label: "F of two inputs with its units' lines", x: [-REACH, REACH], y: [-REACH, REACH], look: "square", xName: "x₁", yName: "x₂", changed: redraw, signal });
  const ground = map({ drawn, names: ["negative", "positive"], redraw, signal });
  const readout = element("p", { class: "readout" });
  const units = network.out.map((_, j) => unit(j));

  /** Return where the line of a unit is nearest to the origin. */
  const foot = (j) => network.weight[j].map((entry) => (-network.bias[j] * entry) / dot(network.weight[j], network.weight[j]));

  function unit(j) {
    const line = drawn.curve(`unit unit-${j + 1}`);
    const steep = Math.hypot(...network.weight[j]);
    const way = (k) => ({
      low: -REACH, high: REACH, step: 0.1, value: () => Number(foot(j)[k].toPrecision(6)),
      set(value) {
        const at = foot(j);
        at[k] = value;
        const far = Math.hypot(...at);
        if (far < 0.05) return; // through the origin a line has any direction
        const sign = network.bias[j] > 0 ? -1 : 1;
        network.weight[j] = at.map((entry) => Number(((sign * steep * entry) / far).toPrecision(6)));
        network.bias[j] = Number((-sign * steep * far).toPrecision(6));
      },
    });
    drawn.handle({
      label: `Line of unit ${j + 1}`, kind: `unit-${j + 1}`, at: () => foot(j), x: way(0), y: way(1), text: () => words(j),
      touched() { sealed.touch(); redraw(); },
      rested() {
        keep();
        sealed.rest();
      },
    });
    return line;
  }

  const words = (j) => `unit ${j + 1}: ${terms(network.weight[j])} ${network.bias[j] < 0 ? "−" : "+"} ${brief(Math.abs(network.bias[j]), 3)} = 0`;

  function draw() {
    if (!drawn.refresh()) return;
    const size = network.out.reduce((total, height) => total + Math.abs(height), Math.abs(network.shift));
    ground.paint(network, (x, y, pixel, [negative, positive]) => {
      const value = forward(network, [x, y]) / size;
      const hue = value < 0 ? negative : positive;
      for (let k = 0; k < 3; k += 1) pixel[k] = hue[k];
      pixel[3] = 255 * STRENGTH * Math.abs(value);
    });
    units.forEach((line, j) => {
      const at = foot(j);
      const along = [-network.weight[j][1], network.weight[j][0]].map((entry) => (9 * REACH * entry) / Math.hypot(...network.weight[j]));
      line.line([[at[0] - along[0], at[1] - along[1]], [at[0] + along[0], at[1] + along[1]]]);
    });
    const told = part.unlocked ? `; the sigmoid network with 2W₁, 2b₁, 2W₂ and b₂′ = ${brief(asSigmoid(network).shift)} has the same map` : "";
    readout.textContent = `F is blue where it is positive, orange where it is negative; each unit turns over at its line${told}.`;
  }

  function keep() {
    const write = (name, text) => sheet.state.set(`2.${name}`, text);
    write("W1", network.weight.map((row) => row.join(",")).join(";"));
    write("b1", network.bias.join(","));
    sheet.keepAll();
  }

  const sealed = seal(() => [{
    request: { method: "POST", path: "/v1/networks/evaluate", body: { network: body(network, "tanh"), inputs: CHECKED } },
    read: ({ outputs }) => outputs.flat(), drawn: CHECKED.map((x) => forward(network, x)), allowed: () => 2e-15 * network.out.reduce((total, one) => total + Math.abs(one), 1),
  }], signal);
  part.onUnlock(redraw);
  redraw();
  sealed.rest();
  return [ground.element, element("div", { class: "caption" }, readout, sealed.element)];
}

const terms = ([one, other]) => `${brief(one, 3)}x₁ ${other < 0 ? "−" : "+"} ${brief(Math.abs(other), 3)}x₂`;

/** Return the network of the state, or that of the sheet where the state has none of its shape. */
function stored(state) {
  const list = (text) => text.split(",").map(Number);
  const read = (get) => ({ weight: get("W1").split(";").map(list), bias: list(get("b1")), out: list(get("W2")), shift: Number(get("b2")) });
  const found = read((name) => state.get(`2.${name}`) ?? DEFAULT[name]);
  const whole = found.weight.length === 3 && found.bias.length === 3 && found.weight.every((row) => row.length === 2 && Math.hypot(...row) > 0);
  const finite = [...found.weight.flat(), ...found.bias].every(Number.isFinite);
  return whole && finite ? found : read((name) => DEFAULT[name]);
}
