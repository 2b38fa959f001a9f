// A coloured map below a plot: every cell of the plane has the colour of what is computed there.

import { element } from "./element.js";
import { onTheme } from "./theme.js";

const CELLS = 72; // along a side; the browser smooths between them

/**
 * Return {element, paint} of a map below `drawn`, a plot. `paint(state, shade)` colours it anew where `state`, the window or
 * the theme has changed: shade(x, y, pixel, colours) writes red, green, blue and alpha of 0 … 255 into `pixel`. `names`
 * are the style sheet's colours that it mixes.
 */
export function map({ drawn, names, redraw, signal }) {
  const canvas = element("canvas", { width: CELLS, height: CELLS, "aria-hidden": "true" });
  const frame = element("div", { class: "plane" }, canvas, drawn.element);
  const context = canvas.getContext("2d");
  const image = context.createImageData(CELLS, CELLS);
  const pixel = [0, 0, 0, 0];
  let colours = null;
  let painted = "";

  function paint(state, shade) {
    const { left, top, width, height, whole } = drawn.frame;
    const share = (value, of) => `${(100 * value) / of}%`; // on paper the figure has another size
    Object.assign(canvas.style, { left: share(left, whole.width), top: share(top, whole.height), width: share(width, whole.width), height: share(height, whole.height) });
    colours ??= palette(frame, names);
    const { x, y } = drawn.window;
    const key = JSON.stringify([state, x, y, colours]);
    if (key === painted) return;
    painted = key;
    for (let row = 0; row < CELLS; row += 1) {
      const up = y[1] - ((row + 0.5) / CELLS) * (y[1] - y[0]);
      for (let column = 0; column < CELLS; column += 1) {
        shade(x[0] + ((column + 0.5) / CELLS) * (x[1] - x[0]), up, pixel, colours);
        image.data.set(pixel, 4 * (row * CELLS + column));
      }
    }
    context.putImageData(image, 0, 0);
  }

  onTheme(() => {
    colours = null;
    redraw();
  }, signal);
  return { element: frame, paint };
}

/** Return colours as the style sheet has them now. */
function palette(place, names) {
  const probe = element("i", { class: "probe", hidden: true });
  place.append(probe);
  const found = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  });
  probe.remove();
  return found;
}
