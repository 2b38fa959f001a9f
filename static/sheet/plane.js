// The plane of inputs, coloured by the probabilities of three classes, with its points.

import { element } from "../page/element.js";
import { frames, plot } from "../page/figure.js";
import { dot } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { onTheme } from "../page/theme.js";
import { REACH } from "./classifier.js";

const CELLS = 72; // of the map along a side; the browser smooths between them
const STRENGTH = 0.5; // of a class's colour where its probability is 1

/** Return {element, redraw, readout} of a classifier's plane; with `held` its points can be dragged. */
export function plane({ model, held, label, signal }) {
  const redraw = frames(draw);
  const drawn = plot({ label, x: [-REACH, REACH], y: [-REACH, REACH], look: "square", xName: "x₁", yName: "x₂", changed: redraw, signal });
  const map = element("canvas", { width: CELLS, height: CELLS, "aria-hidden": "true" });
  const frame = element("div", { class: "plane" }, map, drawn.element);
  const edges = [[0, 1], [0, 2], [1, 2]].map(() => drawn.curve("edge"));
  const context = map.getContext("2d", { willReadFrequently: true });
  const image = context.createImageData(CELLS, CELLS);
  const readout = element("p", { class: "readout" });
  let colours = null;
  let painted = "";
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
      return { number, place: () => spot.element.setAttribute("d", circle(drawn.px(model.points[i].x[0]), drawn.py(model.points[i].x[1]), i ? 5 : 8)), remove: () => [spot, number].forEach((one) => one.element.remove()) };
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
    const { left, top, width, height, whole } = drawn.frame;
    const share = (value, of) => `${(100 * value) / of}%`; // on paper the figure has another size
    Object.assign(map.style, { left: share(left, whole.width), top: share(top, whole.height), width: share(width, whole.width), height: share(height, whole.height) });
    paint();
    bound();
    shown.forEach(({ number, place }, i) => {
      place();
      number.at(...model.points[i].x, { dx: 0.95, dy: -0.55 });
    });
    readout.textContent = words(0);
  }

  /** Colour the map, where the weights, the window or the colours are not those it shows already. */
  function paint() {
    colours ??= palette(frame);
    const rows = mapped();
    const { x, y } = drawn.window;
    const key = JSON.stringify([rows, x, y, colours]);
    if (key === painted) return;
    painted = key;
    const p = [0, 0, 0];
    for (let row = 0; row < CELLS; row += 1) {
      const below = y[1] - ((row + 0.5) / CELLS) * (y[1] - y[0]);
      for (let column = 0; column < CELLS; column += 1) {
        const across = x[0] + ((column + 0.5) / CELLS) * (x[1] - x[0]);
        let [largest, total] = [-Infinity, 0];
        for (let i = 0; i < 3; i += 1) {
          p[i] = rows[i][0] * across + rows[i][1] * below;
          if (p[i] > largest) largest = p[i];
        }
        for (let i = 0; i < 3; i += 1) total += p[i] = Math.exp(p[i] - largest);
        const offset = 4 * (row * CELLS + column);
        for (let k = 0; k < 3; k += 1) image.data[offset + k] = (p[0] * colours[0][k] + p[1] * colours[1][k] + p[2] * colours[2][k]) / total;
        image.data[offset + 3] = 255 * STRENGTH; // the paper shines through, on paper too
      }
    }
    context.putImageData(image, 0, 0);
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

  onTheme(() => {
    colours = null;
    redraw();
  }, signal);
  return { element: frame, redraw, readout };
}

const circle = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

/** Return the colours of the classes as the style sheet has them now. */
function palette(place) {
  const probe = element("i", { class: "probe", hidden: true });
  place.append(probe);
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  };
  const found = ["curve-1", "curve-2", "curve-3"].map(read);
  probe.remove();
  return found;
}
