// F and its rewriting drawn over each other, or side by side as diagrams.

import { element } from "../page/element.js";
import { choice } from "../page/field.js";
import { asLink } from "../page/link.js";
import { picture } from "../page/picture.js";
import { ask } from "../page/service.js";
import { axis, round } from "./axis.js";
import { hover } from "./hover.js";
import { yWindow } from "./y_window.js";

const MOST_WEIGHTS = 2_000; // a picture's request is the whole network, asked anew at every size
const MOST_CURVES = 8; // networks times outputs
const VIEWS = [["function", "functions"], ["diagram", "diagrams"]];

/** The state's names of the window: it is of one network, and goes where another is loaded. */
export const WINDOW = ["low", "high", "y_low", "y_high"];

/** Return {element, show, link, files}: `show(F, G)` draws what can be drawn. */
export function overlay({ signal, state, page }) {
  const drawn = picture({ label: "F and G", signal });
  const reason = element("p", { class: "quiet" });
  const named = VIEWS.some(([name]) => name === state.get("view")) ? state.get("view") : "function";
  const view = choice("Picture", VIEWS, named, (value) => {
    state.set("view", value);
    page.keep(state, { step: true });
    draw();
  });
  let networks = [];
  const inputs = () => networks[0]?.network.layers[0].weight[0].length;
  const upright = () => inputs() === 2;
  const keep = (name, value) => {
    if (value) state.set(name, value);
    else state.delete(name);
    page.keep(state);
  };
  const heights = yWindow({ state, keep, changed: draw });
  const window_ = axis({ drawn, state, heights, upright, keep, changed: draw, signal });
  const shownPart = element("details", { class: "more shown-part", open: WINDOW.some((name) => state.has(name)) },
    element("summary", {}, "Window"), window_.element, heights.element);
  const frame = element("div", { class: "overlay", hidden: true }, drawn.element, reason, element("div", { class: "inline" }, view.element, shownPart));
  hover({ drawn, read: valuesOf(() => networks), signal });

  function show(first, second) {
    const before = inputs();
    networks = [{ label: "F", network: first }];
    if (second && second.layers[0].weight.length) networks.push({ label: "G", network: second });
    frame.hidden = false;
    window_.call(upright() ? "x₁" : "x");
    heights.call(upright() ? "x₂" : "y");
    if (before !== undefined && before !== inputs()) window_.reset();
    else draw();
  }

  function draw() {
    if (!networks.length) return;
    const why = obstacle(networks, view.value);
    drawn.element.hidden = why !== null;
    shownPart.hidden = why !== null || view.value === "diagram";
    reason.textContent = why ?? "";
    const high = shape(networks, view.value);
    for (const [name, share] of Object.entries(high)) drawn.place.style.setProperty(name, share);
    if (why !== null) drawn.clear();
    else drawn.draw(request);
  }

  /** Return the request of the picture, or null while its window is none. */
  function request(dress) {
    if (view.value === "function" && !window_.valid) return null;
    const ends = view.value === "function" ? Object.fromEntries(window_.query()) : {};
    return { method: "POST", path: "/v1/networks/plot.png", body: { networks, view: view.value, ...ends, ...dress } };
  }

  return {
    element: frame,
    show,
    request: drawn.request,
    stale: drawn.stale,
    link: (dress) => (drawn.request() ? asLink(drawn.request(dress)) : null),
    picture: drawn,
  };
}

/** Return how the values of networks are read at a place of their picture: at an input rounded to what is seen, every output. */
function valuesOf(networks) {
  let last = null; // {list, key, found}
  const inputOf = ({ x, y, axes }) => [[x, axes.x], [y, axes.y]].slice(0, networks()[0].network.layers[0].weight[0].length)
    .map(([value, [low, high]]) => round(value, high - low));
  return {
    known(at) {
      return last?.list === networks() && last.key === inputOf(at).join() ? last.found : null;
    },
    async ask(at, signal) {
      const list = networks();
      const input = inputOf(at);
      const answers = await Promise.all(list.map(({ network }) => ask({ method: "POST", path: "/v1/networks/evaluate", body: { network, inputs: input } }, signal)));
      const rows = answers.flatMap(({ outputs }, index) => outputs.map((value, output) => [outputs.length > 1 ? `${list[index].label} ${output + 1}` : list[index].label, Number(value), index]));
      last = { list, key: input.join(), found: { x: input[0], y: input[1], rows } };
    },
  };
}

/** Return how high the picture is, as shares of its width: maps and diagrams below each other need more than curves do. */
function shape(networks, view) {
  const { layers } = networks[0].network;
  const maps = networks.length * layers.at(-1).weight.length;
  if (view === "diagram") return { "--high": 0.54, "--high-if-narrow": 1.6 };
  if (layers[0].weight[0].length < 2) return { "--high": 0.54, "--high-if-narrow": 0.95 };
  return { "--high": Math.max(0.54, 0.42 * Math.ceil(maps / 2)), "--high-if-narrow": 0.78 * maps };
}

/** Return why networks have no picture, or null. */
function obstacle(networks, view) {
  const { layers } = networks[0].network;
  const weights = layers.reduce((sum, { weight }) => sum + weight.length * weight[0].length, 0);
  if (weights > MOST_WEIGHTS) return "This network is too large to be drawn here.";
  if (view === "diagram") return null;
  const inputs = layers[0].weight[0].length;
  if (inputs > 2) return `Functions are drawn for one or two inputs; F has ${inputs}. Choose diagrams.`;
  const outputs = layers.at(-1).weight.length;
  if (outputs * networks.length > MOST_CURVES) return `At most ${MOST_CURVES} curves are drawn; here are ${outputs * networks.length}. Choose diagrams.`;
  return null;
}
