// A piece of a curve's line, in its colour and its dash: what a list says belongs to that curve.

const SVG = "http://www.w3.org/2000/svg";
// As pictures have them (app/plots/palette.py), in widths of the line.
const DASHES = ["", "4.5 2", "1.2 1.5", "6 1.6 1.2 1.6", "9 2.2", "3 1.3 1 1.3 1 1.3", "2.2 1.3", "9 1.6 3 1.6"];
const WIDTH = 2.5;

/** Return the line of the curve at `index`, for the eyes only. */
export function swatch(index) {
  const made = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "line");
  const set = (one, attributes) => Object.entries(attributes).forEach(([name, value]) => one.setAttribute(name, value));
  set(made, { class: "swatch", viewBox: "0 0 28 8", width: 28, height: 8, "aria-hidden": "true", focusable: "false" });
  set(line, { x1: 0, y1: 4, x2: 28, y2: 4, "stroke-width": WIDTH, "stroke-dasharray": DASHES[index].split(" ").filter(Boolean).map((one) => one * WIDTH).join(" ") || "none" });
  line.style.stroke = `var(--curve-${index + 1})`;
  made.append(line);
  return made;
}
