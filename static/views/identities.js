// What the sheet asks to be shown: each identity, step by step, with its picture and a live check.

import { element, fill } from "../page/element.js";
import { breaking } from "../page/formula.js";
import { brief } from "../page/numbers.js";
import { say } from "../page/notices.js";
import { outcome } from "../page/outcome.js";
import { picture } from "../page/picture.js";
import { ask } from "../page/service.js";
import { sharing } from "../page/sharing.js";
import { shownNumber } from "../page/shown_number.js";
import { axis } from "./axis.js";
import { derivation } from "./gradient_answer.js";
import { hover, pointsOf } from "./hover.js";

export const TITLE = "Identities";
export const LEAD = "Proofs of the statements on the exercise sheet. Each step is verified by computer algebra.";

// Those with two sides that are curves; of the others there is nothing to draw.
const DRAWN = new Set([
  "softplus_derivative", "sigmoid_derivative", "tanh_as_sigmoid", "tanh_network_as_sigmoid_network",
  "sigmoid_symmetry", "softplus_reflection",
]);

/** Show the view; the state's names: name, step, low, high. */
export async function show(root, state, page) {
  const opening = outcome("Loading", { label: "Loading", signal: page.signal });
  fill(root, opening.element);
  const list = await opening.run((signal) => ask({ path: "/v1/identities" }, signal), () => ({ shown: [] }), [], {
    again: page.again,
  });
  if (!list || page.signal.aborted) return;
  const { identities } = list;
  const chosen = identities.find((one) => one.name === state.get("name")) ?? identities[0];
  const content = element("div", { class: DRAWN.has(chosen.name) ? "identity drawn" : "identity" });
  fill(root, element("div", { class: "pair aside-left" }, menu(identities, chosen, page), content));
  if (page.note?.chosen) content.scrollIntoView({ block: "nearest" });

  const found = outcome("Proving", { label: chosen.title, signal: page.signal });
  const request = { path: `/v1/identities/${chosen.name}` };
  const drawn = DRAWN.has(chosen.name) ? picture({ label: "Both sides", signal: page.signal }) : null;
  const window_ = drawn && windowOf(drawn, chosen.name, state, page);
  const aside = element("div", { class: "panel" }, drawn?.element, window_, sharing({ request: () => request, drawn: drawn && drawn.request, name: chosen.name }));
  fill(content, found.element, aside);
  found.run((signal) => ask(request, signal), (answer) => ({
    shown: proof(answer, following(identities, chosen), state, page),
    spoken: answer.title,
  }));
}

/** Draw both sides of an identity and return the control of their window. */
function windowOf(drawn, name, state, page) {
  const path = `/v1/identities/${name}/plot.png`;
  const keep = (key, value) => {
    state.set("name", name);
    if (value) state.set(key, value);
    else state.delete(key);
    page.keep(state);
  };
  const request = (dress) => (window_.valid ? { path, query: [...window_.query(), ...Object.entries(dress)] } : null);
  const draw = () => drawn.draw(request);
  const window_ = axis({ drawn, state, keep, changed: draw, signal: page.signal });
  const points = () => (window_.valid ? { path: path.replace(/png$/, "csv"), query: window_.query() } : null);
  hover({ drawn, read: pointsOf(points, () => ["left side", "right side"]), signal: page.signal });
  draw();
  return element("details", { class: "more shown-part", open: ["low", "high"].some((key) => state.has(key)) }, element("summary", {}, "Window"), window_.element);
}

function menu(identities, chosen, page) {
  const link = (one) => element("li", {}, element("a", {
    href: `#/identities?name=${one.name}`, "aria-current": one === chosen ? "true" : null,
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      page.go(new Map([["name", one.name]]), { chosen: true });
    },
  }, element("span", { class: "problem-number" }, one.problem ?? "·"), element("span", {}, one.title)));
  return element("nav", { class: "menu", "aria-label": "Identities" },
    element("h2", {}, "On the sheet"), element("ul", {}, identities.filter((one) => one.problem).map(link)),
    element("h2", {}, "Beyond it"), element("ul", {}, identities.filter((one) => !one.problem).map(link)));
}

/** Return the identity that comes after `chosen`, the first one after the last. */
function following(identities, chosen) {
  return identities[(identities.indexOf(chosen) + 1) % identities.length];
}

function proof(answer, after, state, page) {
  const { steps, check, problem, title, statement } = answer;
  let shown = Math.min(steps.length, Math.max(1, Math.floor(Number(state.get("step") ?? 1)) || 1));
  const lines = element("div", { class: "steps" });
  const next = element("button", { type: "button", class: "primary", onclick: () => (shown < steps.length ? move(shown + 1) : page.go(new Map([["name", after.name]]), { chosen: true })) });
  const back = element("button", { type: "button", onclick: () => move(shown - 1) }, "Back");
  const all = element("button", { type: "button", onclick: () => move(steps.length) }, "Show all");

  function move(to) {
    shown = Math.min(steps.length, Math.max(1, to));
    state.set("name", answer.name);
    state.set("step", String(shown));
    page.keep(state);
    draw();
    say(`Step ${shown} of ${steps.length}: ${steps[shown - 1].reason}`);
  }

  function draw() {
    fill(lines, derivation(steps, shown));
    next.textContent = shown < steps.length ? `Next step (${shown} of ${steps.length})` : `Next: ${after.problem ?? "beyond the sheet"}`;
    const focused = document.activeElement;
    all.disabled = shown === steps.length;
    back.disabled = shown === 1;
    if (focused.disabled) next.focus();
    lines.lastElementChild?.lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  draw();
  return [
    element("h2", {}, problem ? element("span", { class: "problem-number" }, problem) : null, problem ? " " : "", title),
    element("div", { class: "statement" }, breaking(statement)),
    element("div", { class: "inline step-buttons" }, next, back, all),
    lines,
    check && element("p", { class: "quiet" }, `Checked now at ${check.points} points: the largest error is ${brief(check.largest_error_ulp, 3)} units in the last place, at x = `,
      shownNumber(check.at), `. ${check.compared}`),
  ];
}
