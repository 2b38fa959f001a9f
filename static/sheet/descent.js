// 3b: gradient descent, step by step, there and back; and one step with somebody's own gradient beside the true one.

import { button, element, fill } from "../page/element.js";
import { disc, frames, plot, slider, SPOT } from "../page/figure.js";
import { descended, gradients } from "../page/gradients.js";
import { loss } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { descents } from "./descents.js";

const BEAT = 90; // milliseconds between two of them

/** Return the ends of a log scale for losses, at least a factor of ten apart. */
function decades(losses) {
  const high = Math.max(1.25 * Math.max(...losses), 1e-299);
  return [Math.max(0.8 * Math.min(...losses.filter((one) => one > 0), high / 8), 1e-300), high];
}

/** Return {element, reset} of the controls; `mine()` returns somebody's own {W?, Theta?} or throws what is wrong with it. */
export function descent({ model, mine, moved, sheet }) {
  const { state, signal } = sheet;
  const taken = descents(model, sheet);
  const { weights } = taken;
  let timer = 0;
  const redraw = frames(draw);
  const losses = () => weights.map((one) => model.loss(one));
  const drawn = plot({ label: "The loss, step by step", x: [0, 20], y: [0, 2], look: "low wide", xName: "step", yName: "ℓ", changed: redraw, signal, zooms: false, least: 1 });
  const curve = drawn.curve("one");
  const end = drawn.curve("spot class-1");
  const [truly, own] = [drawn.curve("true-step"), drawn.curve("own-step")];
  const [trueName, ownName] = [drawn.name("true-name"), drawn.name("own-name")];
  const readout = element("p", { class: "readout", role: "status" });
  const beside = element("p", { class: "beside-line", role: "status" });
  let compared = null;

  const then = (act) => () => {
    act();
    redraw();
    moved();
  };
  const step = then(() => taken.step());
  const playing = () => timer !== 0;

  function play() {
    if (playing() || matchMedia("(prefers-reduced-motion: reduce)").matches) return playing() ? stop() : step();
    timer = setInterval(() => {
      const before = model.loss(weights.at(-1));
      step();
      if (taken.full || before - model.loss(weights.at(-1)) < 1e-6 * before) stop();
    }, BEAT);
    return redraw();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    redraw();
  }

  const press = (words, act) => button(words, () => {
    if (words !== "Play") stop();
    compared = null;
    act();
  });
  const [stepping, back, running] = [press("Step", step), press("Back", then(() => taken.back())), press("Play", play)];
  const speed = slider({
    label: "η, the learning rate", low: -3, high: 0.5, step: 0.05, value: () => Math.log10(taken.rate), text: () => `η = ${brief(taken.rate, 2)}`,
    set(value) { taken.rate = Number((10 ** value).toPrecision(2)); }, touched: redraw, rested: () => taken.keepRate(),
  });
  const every = element("label", { class: "check" }, element("input", { type: "checkbox", checked: model.all, onchange: ({ target }) => {
    model.all = target.checked;
    model.keep();
    model.tell("rested");
  } }), element("span", {}, "all three points"));
  const logarithmic = element("label", { class: "check" }, element("input", { type: "checkbox", checked: state.get("log") === "true", onchange: ({ target }) => {
    if (target.checked) state.set("log", "true");
    else state.delete("log");
    sheet.keepAll();
    scale(target.checked);
  } }), element("span", {}, "log scale"));
  const trying = button("Descend with my gradient", () => {
    stop();
    try {
      const given = mine();
      const before = model.loss(model.start);
      const truth = gradients(model.start.W, model.start.Theta, model.active());
      const used = Object.fromEntries(Object.keys(given).map((part) => [part, truth[part]]));
      const after = (by) => { const { W, Theta } = descended(model.start, by, taken.rate); return loss(W, Theta, model.active()); };
      compared = { before, mine: after(given), truly: after(used) };
      const way = (value) => `${brief(value, 5)}, ${value < before ? "down" : value > before ? "up" : "unchanged"}`;
      fill(beside, `One step from the start, where ℓ is ${brief(before, 5)}. With yours: ${way(compared.mine)}. With the true one: ${way(compared.truly)}.`);
      Object.assign(beside.dataset, { before, mine: compared.mine, truly: compared.truly });
      then(() => taken.clear())();
    } catch (error) {
      if (!(error instanceof Error) || !error.message) throw error;
      fill(beside, error.message);
    }
  });

  function scale(log) {
    drawn.svg.setAttribute("aria-label", `The loss, step by step${log ? ", on a log scale" : ""}`);
    drawn.scale(log);
  }

  // A loss of 0 has no logarithm: it is drawn at the lower end.
  const shown = (value) => (drawn.window.log ? Math.max(value, drawn.window.y[0]) : value);

  function draw() {
    const list = losses();
    drawn.window.x = [0, compared ? 2 : Math.max(20, list.length - 1)];
    const seen = compared ? [compared.before, compared.mine, compared.truly] : list;
    drawn.window.y = drawn.window.log ? decades(seen) : [0, Math.max(0.1, 1.1 * Math.max(...seen))];
    stepping.disabled = taken.full;
    back.disabled = weights.length === 1;
    running.textContent = playing() ? "Pause" : "Play";
    if (!drawn.refresh()) return;
    curve.line(list.map((value, k) => [k, shown(value)]));
    end.element.setAttribute("d", disc(drawn.px(list.length - 1), drawn.py(shown(list.at(-1))), SPOT * drawn.frame.em));
    for (const [line, name, value, words] of [[truly, trueName, compared?.truly, "true"], [own, ownName, compared?.mine, "mine"]]) {
      if (!compared) {
        line.hide();
        name.element.textContent = "";
      } else {
        line.line([[0, shown(compared.before)], [1, shown(value)]]);
        // Names that would lie on each other part: the higher loss has the higher name.
        const close = Math.abs(drawn.py(shown(compared.mine)) - drawn.py(shown(compared.truly))) < 1.3 * drawn.frame.em;
        const upper = (words === "mine") === compared.mine >= compared.truly;
        name.at(1, shown(value), { text: `${words}: ${brief(value, 5)}`, dx: 0.5, dy: close ? (upper ? -0.35 : 1.05) : 0.35 });
      }
    }
    const count = list.length - 1;
    readout.textContent = `${count} ${count === 1 ? "step" : "steps"}: loss ${brief(list.at(-1), 6)}`;
    Object.assign(readout.dataset, { steps: count, loss: list.at(-1) });
  }

  signal.addEventListener("abort", () => clearInterval(timer));
  if (state.get("log") === "true") scale(true);
  return {
    element: element("div", { class: "descent" }, drawn.element, readout,
      element("div", { class: "inline" }, stepping, back, running, every, logarithmic), speed.element, element("div", { class: "inline own" }, trying), beside),
    /** Begin anew: the problem has changed. */
    reset() {
      stop();
      compared = null;
      fill(beside);
      taken.clear();
      redraw();
    },
  };
}
