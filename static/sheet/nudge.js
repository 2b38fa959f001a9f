// 3a and 3b: one entry of a matrix is nudged; the loss along it, with the tangent whose slope is the entry of the gradient.

import { element, fill, freshId } from "../page/element.js";
import { frames, plot } from "../page/figure.js";
import { gradients } from "../page/gradients.js";
import { loss } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";

const FAR = 2;
const LETTERS = { W: "W", Theta: "Θ" };
const LOWERED = "₁₂₃₄₅₆";

/** Return {elements, redraw, reset} for the matrix `which` of a classifier. The slope is told once `part` is unlocked. */
export function nudge({ which, model, part, touched, rested, sheet }) {
  const { state, signal } = sheet;
  const name = freshId("entry");
  const key = `nudge${part.id}`;
  let { i, j, by } = stored(state.get(key), model.start[which]);
  const redraw = frames(draw);
  const drawn = plot({ label: `The loss along an entry of ${LETTERS[which]}`, x: [-FAR, FAR], y: [-0.2, 4], look: "square", xName: "nudge", yName: "ℓ", changed: redraw, signal });
  const tangent = drawn.curve("tangent");
  const curve = drawn.curve("one");
  const level = drawn.curve("guide");
  const slopeName = drawn.name("gap-name");
  const readout = element("p", { class: "readout" });
  const letter = () => `${LETTERS[which]}${LOWERED[i]}${LOWERED[j]}`;
  const nudged = (amount) => {
    const rows = model.now[which].map((row) => [...row]);
    rows[i][j] += amount;
    return rows;
  };
  const at = (amount) => (which === "W" ? loss(nudged(amount), model.now.Theta, model.active()) : loss(model.now.W, nudged(amount), model.active()));
  const slope = () => gradients(model.now.W, model.now.Theta, model.active())[which][i][j];
  const words = () => `${letter()} ${by < 0 ? "−" : "+"} ${brief(Math.abs(by))}: loss ${brief(at(by), 6)}`;

  /** Keep the entry and its nudge, as row, column and number. */
  function keep() {
    if (i || j || by) state.set(key, [i + 1, j + 1, by].join());
    else state.delete(key);
    sheet.keepAll();
  }

  function settle() {
    keep();
    rested();
  }

  drawn.handle({
    label: `Nudge of the chosen entry of ${LETTERS[which]}`, at: () => [by, at(by)], text: words, touched, rested: settle,
    x: { low: -FAR, high: FAR, step: 0.01, value: () => by, set(value) { by = value; } },
  });

  const chooser = element("fieldset", { class: "entries" });
  function choose() {
    // The weights after steps would tell the gradient that was subtracted: until it is known, those of the start stand here.
    const rows = (part.unlocked ? model.now : model.start)[which];
    const focused = chooser.contains(document.activeElement);
    fill(chooser, element("legend", {}, `${LETTERS[which]}, nudge the entry`), element("div", { class: "entry-grid" }, rows.map((row, a) => element("div", { class: "entry-row" }, row.map((value, b) =>
      element("label", {}, element("input", { type: "radio", name, checked: a === i && b === j, "aria-label": `row ${a + 1}, column ${b + 1}: ${brief(value, 3)}`, onchange: () => {
        [i, j, by] = [a, b, 0];
        touched();
        settle();
      } }), element("span", { "aria-hidden": "true" }, brief(value, 3))))))));
    if (focused) chooser.querySelector(":checked").focus();
  }

  function draw() {
    if (!drawn.refresh()) return;
    const [here, steep] = [at(0), slope()];
    curve.graph(at);
    tangent.graph((amount) => here + steep * amount);
    level.line([[by, drawn.window.y[0]], [by, at(by)]]);
    slopeName.at(0, here, { text: part.unlocked ? `slope ${brief(steep, 5)}` : "", dx: steep > 0 ? -0.6 : 0.6, dy: -0.8, anchor: steep > 0 ? "end" : "start" });
    readout.textContent = part.unlocked ? `${words()}. ∂ℓ/∂${letter()} = ${brief(steep, 5)}` : words();
    if (part.unlocked) readout.dataset.entry = steep;
    readout.dataset.loss = at(by);
  }

  choose();
  return {
    elements: { chooser, plot: drawn.element, readout }, redraw,
    /** Show the matrix anew, unnudged. */
    reset() {
      by = 0;
      keep();
      choose();
      redraw();
    },
  };
}

/** Return the place of an entry of `rows` and its nudge as the address has them, or the first entry, not nudged. */
function stored(text, rows) {
  const [row, column, by] = (text ?? "").split(",").map(Number);
  const known = rows[row - 1]?.[column - 1] !== undefined && Math.abs(by) <= FAR;
  return known ? { i: row - 1, j: column - 1, by } : { i: 0, j: 0, by: 0 };
}
