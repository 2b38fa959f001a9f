// The plane of inputs, coloured by the probabilities of three classes, with its points.

import { element } from "../page/element.js";
import { disc, frames, plot, SPOT } from "../page/figure.js";
import { map } from "../page/map.js";
import { dot } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { REACH } from "./classifier.js";

const SAMPLED = 24; // places along a side, to find the middle of each class's region
const STRENGTH = 0.5; // of a class's colour where its probability is 1

/** Return {element, redraw, readout} of a classifier's plane; with `held` its points can be dragged. */
export function plane({ model, held, label, signal }) {
  const redraw = frames(draw);
  const drawn = plot({ label, x: [-REACH, REACH], y: [-REACH, REACH], look: "square", xName: "x₁", yName: "x₂", changed: redraw, signal });
  const ground = map({ drawn, names: ["curve-1", "curve-2", "curve-3"], redraw, signal });
  const edges = [[0, 1], [0, 2], [1, 2]].map(() => drawn.curve("edge"));
  const regions = [1, 2, 3].map((i) => drawn.name("region-name", `class ${i}`));
  const readout = element("p", { class: "readout" });
  let shown = [];

  const words = (i) => {
    const { x, y } = model.points[i];
    const p = model.probabilities(x).map((one) => brief(one, 3)).join(", ");
    return `x = (${brief(x[0], 3)}, ${brief(x[1], 3)}), class ${y + 1}; p = (${p})`;
  };

  function point(i) {
    const { y } = model.points[i];
    const number = drawn.name(`point-name class-${y + 1}`, String(y + 1));
    if (!held) {
      const spot = drawn.curve(`spot class-${y + 1}`);
      return { number, place: () => spot.element.setAttribute("d", disc(drawn.px(model.points[i].x[0]), drawn.py(model.points[i].x[1]), (i ? 1 : 1.6) * SPOT * drawn.frame.em)), remove: () => [spot, number].forEach((one) => one.element.remove()) };
    }
    const way = (k) => ({ low: -REACH, high: REACH, step: 0.1, value: () => model.points[i].x[k], set(value) { model.points[i].x[k] = value; } });
    const knob = drawn.handle({
      label: i ? `Point of class ${y + 1}` : `The marked point, of class ${y + 1}`, kind: `class-${y + 1}`, at: () => model.points[i].x, x: way(0), y: way(1), text: () => words(i),
      touched: () => model.tell("moving"),
      rested() {
        model.keep();
        model.tell("rested");
      },
    });
    return { number, place() {}, remove() { drawn.drop(knob); number.element.remove(); } };
  }

  function draw() {
    if (shown.length !== model.active().length) {
      for (const one of shown) one.remove();
      shown = model.active().map((_, i) => point(i));
    }
    if (!drawn.refresh()) return;
    paint();
    bound();
    nameRegions();
    shown.forEach(({ number, place }, i) => {
      place();
      number.at(...model.points[i].x, { dx: 0.95, dy: -0.55 });
    });
    readout.textContent = words(0);
  }

  /** Colour the map by the classes' probabilities. */
  function paint() {
    const rows = mapped();
    const p = [0, 0, 0];
    ground.paint(rows, (x, y, pixel, colours) => {
      for (let i = 0; i < 3; i += 1) p[i] = rows[i][0] * x + rows[i][1] * y;
      const largest = Math.max(p[0], p[1], p[2]);
      let total = 0;
      for (let i = 0; i < 3; i += 1) total += p[i] = Math.exp(p[i] - largest);
      for (let k = 0; k < 3; k += 1) pixel[k] = (p[0] * colours[0][k] + p[1] * colours[1][k] + p[2] * colours[2][k]) / total;
      pixel[3] = 255 * STRENGTH; // the paper shines through, on paper too
    });
  }

  /** Write each class in the middle of where it is the likeliest: a colour alone is no name. */
  function nameRegions() {
    const { x, y } = drawn.window;
    const middle = regions.map(() => [0, 0, 0]);
    const rows = mapped();
    for (let i = 0; i < SAMPLED; i += 1) {
      for (let k = 0; k < SAMPLED; k += 1) {
        const at = [x[0] + ((i + 0.5) / SAMPLED) * (x[1] - x[0]), y[0] + ((k + 0.5) / SAMPLED) * (y[1] - y[0])];
        const a = rows.map((row) => dot(row, at));
        const found = middle[a.indexOf(Math.max(...a))];
        found[0] += at[0];
        found[1] += at[1];
        found[2] += 1;
      }
    }
    regions.forEach((name, i) => {
      const [left, up, count] = middle[i];
      const roomy = count > 0.03 * SAMPLED ** 2;
      name.at(left / (count || 1), up / (count || 1), { text: roomy ? `class ${i + 1}` : "", anchor: "middle", dy: 0.35 });
    });
  }

  /** Return the logits' weights by input, ΘᵀW: a row for each class. */
  function mapped() {
    const { W, Theta } = model.now;
    return [0, 1, 2].map((i) => [0, 1].map((k) => dot(Theta.map((row) => row[i]), W.map((row) => row[k]))));
  }

  /** Draw where the two likeliest classes are as likely: the logits are linear, so these are rays from the origin. */
  function bound() {
    const rows = mapped();
    [[0, 1], [0, 2], [1, 2]].forEach(([i, j], index) => {
      const across = rows[i].map((value, k) => value - rows[j][k]);
      const ray = [[-across[1], across[0]], [across[1], -across[0]]].find((way) => dot(rows[i], way) >= dot(rows[3 - i - j], way) && Math.hypot(...way) > 0);
      const both = ray && dot(rows[i], ray.map((value) => -value)) >= dot(rows[3 - i - j], ray.map((value) => -value));
      if (!ray) return edges[index].hide();
      const far = (sign) => ray.map((value) => (sign * 9 * REACH * value) / Math.hypot(...ray));
      return edges[index].line([both ? far(-1) : [0, 0], far(1)]);
    });
  }

  return { element: ground.element, redraw, readout };
}
