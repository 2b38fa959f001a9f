// Problem 1: activations, alone and compared.

import { element, fill } from "../page/element.js";
import { examples } from "../page/field.js";
import { picture } from "../page/picture.js";
import { sharing } from "../page/sharing.js";
import { allDigits } from "../page/shown_number.js";
import { axis } from "./axis.js";
import { alike } from "./alike.js";
import { claims } from "./claims.js";
import { curves, MOST, prefixOf } from "./curves.js";
import { hover, pointsOf } from "./hover.js";
import { knownActivations } from "./known_activations.js";
import { reading } from "./reading.js";
import { yWindow } from "./y_window.js";

export const TITLE = "Activations";
export const LEAD = "Choose activation functions and see their graphs, derivatives, asymptotes and properties.";

const SETTLED = 250; // milliseconds after the last change, when all but the picture is asked for
const EXAMPLES = [
  { title: "1a  softplus′ = sigmoid", state: { name: "softplus", derivative: "true" } },
  { title: "1b  sigmoid and derivative", state: { name: "sigmoid", derivative: "true" } },
  { title: "1c  softplus and ReLU", state: { name: "softplus,relu" } },
  { title: "1c  sigmoid and Heaviside", state: { name: "sigmoid,heaviside" } },
  { title: "Relatives of ReLU", state: { name: "gelu,silu,mish,relu" } },
];

/** Show the view; the state's names: name, derivative, asymptotes, low, high, y_low, y_high, at, p.<parameter>, p2.<parameter>, … */
export async function show(root, state, page) {
  const known = await knownActivations(root, page);
  if (!known) return;
  const names = (state.get("name") ?? "softplus").split(",").filter((name) => known.some((one) => one.name === name)).slice(0, MOST);
  if (!names.length) names.push("softplus");
  const alone = names.length === 1;
  let timer = 0;
  page.signal.addEventListener("abort", () => clearTimeout(timer));

  const keep = (name, value, options) => {
    if (value === null || value === "") state.delete(name);
    else state.set(name, value);
    page.keep(state, options);
  };
  /** Show other curves; `kept` says of each which one's parameters it has, null for none. */
  const pick = (next, kept) => {
    const fresh = new Map([...state].filter(([key]) => !/^p\d*\./.test(key)));
    kept.forEach((from, index) => {
      if (from === null) return;
      for (const [key, value] of state) if (key.startsWith(prefixOf(from))) fresh.set(prefixOf(index) + key.slice(prefixOf(from).length), value);
    });
    page.go(fresh.set("name", next.join(",")));
  };

  const drawn = picture({ label: "Curves", signal: page.signal });
  const chosen = curves({ known, names, state, pick, changed(name, value, { moving }) {
    keep(name, value);
    if (moving) drawn.drawMoving(request);
    else drawn.draw(request);
    clearTimeout(timer);
    timer = setTimeout(ask, SETTLED);
  } });
  const { list } = chosen;
  const heights = yWindow({ state, keep, changed: () => drawn.draw(request) });
  const window_ = axis({
    drawn, state, usual: usualWindow(list.map((one) => one.descriptor)), heights, keep, changed: () => drawn.draw(request), signal: page.signal,
  });
  const numbers = () => list.map((one) => one.parameters.numbers());
  /** Return the request of the picture, or null while a parameter or an end of the window is none. */
  const request = (dress) => {
    const own = numbers();
    if (own.includes(null) || !window_.valid) return null;
    const query = alone ? [...own[0]] : names.flatMap((name, index) => [["name", name], ...own[index]]);
    query.push(...window_.query());
    if (state.get("derivative") === "true") query.push(["derivative", "true"]);
    if (state.get("asymptotes") === "false") query.push(["asymptotes", "false"]);
    if (names.length === 2 && state.get("derivative") !== "true") query.push(["gap", "true"]);
    const path = alone ? `/v1/activations/${names[0]}/plot.png` : "/v1/activations/plot.png";
    return { path, query: [...query, ...Object.entries(dress)] };
  };
  /** Return the request of two activations side by side, or null while a parameter is none. */
  const compared = () => {
    const own = numbers();
    return own.includes(null) ? null : { path: "/v1/activations/compare", query: [["first", names[0]], ...own[0], ["second", names[1]], ...own[1]] };
  };
  /** Return what curl and Python are to ask: a value, two activations compared, or the points of all curves. */
  const asked = () => {
    if (alone) return read.request();
    if (names.length === 2) return compared();
    return points();
  };
  /** Return the request of the points of all curves, or null while a parameter is none. */
  const points = () => {
    const picture_ = request({});
    return picture_ && { ...picture_, path: picture_.path.replace(/png$/, "csv") };
  };
  const facts = claims({ list, signal: page.signal });
  const read = reading({ list, state, window: window_, drawn, keep, signal: page.signal });
  hover({ drawn, read: pointsOf(points, () => list.map((one) => one.label())), signal: page.signal });
  const pair = names.length === 2 ? alike({ list, request: compared, signal: page.signal }) : null;

  function ask() {
    facts.run();
    read.run();
    pair?.run();
  }

  fill(root,
    examples(EXAMPLES, state, page),
    element("div", { class: "curves" },
      element("div", { class: "panel controls first" }, chosen.element),
      element("div", { class: "panel drawing" },
        drawn.element,
        element("div", { class: "drawing-controls" },
          window_.element,
          element("div", { class: "inline" },
            toggle("derivative", state.get("derivative") === "true", (on) => (keep("derivative", on ? "true" : null, { step: true }), drawn.draw(request))),
            toggle("asymptotes", state.get("asymptotes") !== "false", (on) => (keep("asymptotes", on ? null : "false", { step: true }), drawn.draw(request)))),
          heights.element),
        element("div", { class: "inline" }, sharing({ request: asked, drawn: drawn.request, name: names.join("-") }), allDigits())),
      element("div", { class: "panel controls second" }, read.element)),
    pair?.element,
    facts.element);
  drawn.draw(request);
  ask();
}

/** Return a window in which every kink and jump stands well inside. */
function usualWindow(chosen) {
  const special = chosen.flatMap((one) => [...one.kinks, ...one.jumps.map((jump) => jump.at)]).map(Math.abs);
  const half = Math.max(5, Math.ceil(1.5 * Math.max(0, ...special)));
  return [-half, half];
}

function toggle(label, checked, changed) {
  return element("label", { class: "check" }, element("input", { type: "checkbox", checked, onchange: (event) => changed(event.target.checked) }), label);
}
