// F and its rewriting drawn over each other, or side by side as diagrams.

import { element } from "../page/element.js";
import { choice } from "../page/field.js";
import { asLink } from "../page/link.js";
import { picture } from "../page/picture.js";

const MOST_WEIGHTS = 2_000; // a picture's request is the whole network, asked anew at every size
const MOST_CURVES = 8; // networks times outputs
const VIEWS = [["function", "functions"], ["diagram", "diagrams"]];

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
  const frame = element("div", { class: "overlay", hidden: true }, drawn.element, reason, view.element);
  let networks = [];

  function show(first, second) {
    networks = [{ label: "F", network: first }];
    if (second && second.layers[0].weight.length) networks.push({ label: "G", network: second });
    frame.hidden = false;
    draw();
  }

  function draw() {
    const why = obstacle(networks, view.value);
    drawn.element.hidden = why !== null;
    reason.textContent = why ?? "";
    const high = shape(networks, view.value);
    for (const [name, share] of Object.entries(high)) drawn.place.style.setProperty(name, share);
    if (why !== null) drawn.clear();
    else drawn.draw((dress) => ({ method: "POST", path: "/v1/networks/plot.png", body: { networks, view: view.value, ...dress } }));
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
