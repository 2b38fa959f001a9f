// Problem 1: activations, alone and compared.

import { catalogue } from "../page/catalogue.js";
import { button, element, fill } from "../page/element.js";
import { examples, field, select } from "../page/field.js";
import { outcome } from "../page/outcome.js";
import { picture } from "../page/picture.js";
import { sharing } from "../page/sharing.js";
import { axis } from "./axis.js";
import { alike, comparison } from "./alike.js";
import { claims } from "./claims.js";
import { parameters } from "./parameters.js";
import { reading } from "./reading.js";

export const TITLE = "Activations";
export const LEAD = "Pick a function, or several: its curve, its derivative, where it tends, and what is true of it.";

const MOST = 8;
const EXAMPLES = [
  { title: "1a  softplus′ = sigmoid", state: { name: "softplus", derivative: "true" } },
  { title: "1b  the sigmoid and its derivative", state: { name: "sigmoid", derivative: "true" } },
  { title: "1c  softplus and ReLU", state: { name: "softplus,relu" } },
  { title: "tanh and sigmoid", state: { name: "tanh,sigmoid" } },
  { title: "Smooth relatives of ReLU", state: { name: "gelu,silu,mish,relu" } },
];

/** Show the view; the state's names: name, derivative, asymptotes, low, high, at, p.<parameter>. */
export async function show(root, state, page) {
  const known = await outcomeOf(root, page);
  if (!known || page.signal.aborted) return;
  const titles = new Map(known.map((one) => [one.name, one.title]));
  const names = (state.get("name") ?? "softplus").split(",").filter((name) => titles.has(name)).slice(0, MOST);
  if (!names.length) names.push("softplus");
  const chosen = names.map((name) => known.find((one) => one.name === name));
  const alone = names.length === 1;

  const keep = (name, value, options) => {
    if (value === null || value === "") state.delete(name);
    else state.set(name, value);
    page.keep(state, options);
  };
  const pick = (next) => {
    const fresh = new Map([...state].filter(([key]) => !key.startsWith("p.") || next[0] === names[0]));
    page.go(fresh.set("name", next.join(",")));
  };

  const drawn = picture({ label: "Curves", signal: page.signal });
  const window_ = axis({ drawn, state, chosen, keep, signal: page.signal, changed(low, high) {
    keep("low", low);
    keep("high", high);
    draw();
  } });
  const given = parameters({ descriptor: alone ? chosen[0] : null, state, changed(name, value) {
    keep(`p.${name}`, value);
    draw();
    facts.run();
    read.run();
  } });
  /** Return the request of the picture, or null while a parameter or an end of the window is none. */
  const request = (dress) => {
    const own = given.numbers();
    if (own === null || !window_.valid) return null;
    const query = alone ? [...own] : names.map((name) => ["name", name]);
    query.push(["low", window_.low], ["high", window_.high]);
    if (state.get("derivative") === "true") query.push(["derivative", "true"]);
    if (state.get("asymptotes") === "false") query.push(["asymptotes", "false"]);
    if (names.length === 2 && state.get("derivative") !== "true") query.push(["gap", "true"]);
    const path = alone ? `/v1/activations/${names[0]}/plot.png` : "/v1/activations/plot.png";
    return { path, query: [...query, ...Object.entries(dress)] };
  };
  /** Return what curl and Python are to ask: a value, two activations compared, or the points of all curves. */
  const asked = () => {
    if (alone) return read.request();
    if (names.length === 2) return { path: "/v1/activations/compare", query: [["first", names[0]], ["second", names[1]]] };
    const picture_ = request({});
    return picture_ && { ...picture_, path: picture_.path.replace(/png$/, "csv") };
  };
  const draw = () => drawn.draw(request);
  const facts = claims({ chosen, given, signal: page.signal });
  const read = reading({ names, given, state, window: window_, drawn, keep, signal: page.signal });

  fill(root,
    examples(EXAMPLES, state, page),
    element("div", { class: "curves" },
      element("div", { class: "panel controls first" }, chooser(known, titles, names, pick), given.element),
      element("div", { class: "panel drawing" },
        drawn.element,
        sharing({ request: asked, drawn: () => drawn.request(), name: names.join("-") })),
      element("div", { class: "panel controls second" },
        toggle("with the derivative", state.get("derivative") === "true", (on) => (keep("derivative", on ? "true" : null, { step: true }), draw())),
        toggle("with asymptotes", state.get("asymptotes") !== "false", (on) => (keep("asymptotes", on ? null : "false", { step: true }), draw())),
        window_.element,
        read.element)),
    names.length === 2 && comparison(names),
    facts.element);
  draw();
  facts.run();
  read.run();
  if (names.length === 2) alike(root, names, page.signal);
}

async function outcomeOf(root, page) {
  const loading = outcome("Loading", { label: "Loading", signal: page.signal });
  fill(root, loading.element);
  return loading.run(() => catalogue(), () => ({ shown: [] }), [], { again: page.again });
}

function chooser(known, titles, names, pick) {
  const options = known.map((one) => [one.name, called(one)]);
  const replaceFirst = ({ target }) => pick([target.value, ...names.slice(1).filter((name) => name !== target.value)]);
  const first = field("Activation", select(options, names[0], { onchange: replaceFirst }));
  const others = names.slice(1).map((name) =>
    element("li", {}, element("span", {}, titles.get(name)),
      button("remove", () => pick(names.filter((one) => one !== name)), {
        class: "small", "aria-label": `Remove ${titles.get(name)}`,
      })));
  const free = [["", "another…"], ...options.filter(([name]) => !names.includes(name))];
  const add = field("Beside it", select(free, "", { disabled: names.length >= MOST, onchange: (event) => pick([...names, event.target.value]) }));
  return element("div", { class: "chooser" }, first.element, others.length > 0 && element("ul", { class: "others" }, others), add.element);
}

/** Return the name an activation has in pictures, by which a list is searched, with its title where that says more. */
function called({ name, title }) {
  return title.toLowerCase() === name ? name : `${name} (${title})`;
}

function toggle(label, checked, changed) {
  return element("label", { class: "check" }, element("input", { type: "checkbox", checked, onchange: (event) => changed(event.target.checked) }), label);
}

