// F and its rewriting drawn over each other.

import { element } from "../page/element.js";
import { picture } from "../page/picture.js";

const MOST_WEIGHTS = 2_000; // a picture's request is the whole network, drawn anew at every size
const MOST_OUTPUTS = 4;

/** Return {element, show, link, files}: `show(F, G)` draws what can be drawn. */
export function overlay({ signal }) {
  const drawn = picture({ label: "F and G over each other", signal });
  const reason = element("p", { class: "quiet" });
  const frame = element("div", { class: "overlay", hidden: true }, drawn.element, reason);
  let body = null;

  function show(first, second) {
    const why = obstacle(first);
    frame.hidden = false;
    drawn.element.hidden = why !== null;
    reason.textContent = why ?? "";
    body = null;
    if (why !== null) {
      drawn.clear();
      return;
    }
    const networks = [{ label: "F", network: first }];
    if (second && second.layers[0].weight.length) networks.push({ label: "G", network: second });
    body = { networks };
    drawn.draw((dress) => ({ method: "POST", path: "/v1/networks/plot.png", body: { ...body, ...dress } }));
  }

  return {
    element: frame,
    show,
    link: () => null,
    files: () => (body && drawn.file() ? [["networks.png", drawn.file()]] : []),
  };
}

/** Return why a network has no picture, or null. */
function obstacle({ layers }) {
  const inputs = layers[0].weight[0].length;
  if (inputs !== 1) return `Curves are drawn for one input; F has ${inputs}.`;
  const outputs = layers.at(-1).weight.length;
  if (outputs > MOST_OUTPUTS) return `Curves are drawn for up to ${MOST_OUTPUTS} outputs; F has ${outputs}.`;
  const weights = layers.reduce((sum, { weight }) => sum + weight.length * weight[0].length, 0);
  return weights > MOST_WEIGHTS ? "This network is too large to be drawn here." : null;
}
