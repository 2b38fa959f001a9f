// "Check my answer": somebody's own gradients, graded as far as the chosen level of help says.

import { element } from "../page/element.js";
import { field, numberIn, select } from "../page/field.js";
import { matrix, reader, Unfinished } from "../page/matrix.js";
import { brief } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask, HELP, TOLERANCE } from "../page/service.js";
import { verdictShown } from "./grading_verdict.js";

const LEVELS = [["verdict", "right or wrong"], ["mistakes", "which mistake"], ["entries", "which entries"], ["diagnosis", "what went wrong"], ["solution", "the solution too"]];
// Where mistakes are and what they are: neither includes the other.
const ALLOWED = LEVELS.slice(0, LEVELS.findIndex(([name]) => name === HELP) + 1).filter(([name]) => HELP !== "entries" || name !== "mistakes");
const TELLS = HELP === "solution";
const WORDS = TELLS
  ? "Type or paste your gradients, rounded or exact: 0.24, -1/3 and exp(-1)/2 are numbers too. Leave blank to skip."
  : "Type or paste your gradients. This service checks them and keeps the answer to itself; "
    + (TOLERANCE < 1e-4 ? `it compares ${Math.min(16, Math.round(-Math.log10(TOLERANCE)))} digits, so give all that you have, or fractions such as 1/3.`
      : `an entry may be off by ${brief(100 * TOLERANCE, 2)} % of itself.`);
const NEAR = [["tolerance", "Relative tolerance", String(TOLERANCE)], ["absolute_tolerance", "Absolute tolerance", "0"]];

/**
 * Return {element, begin, stale, follow, request} for checking gradients of the problem in `editor`, whose `shapes` are those of its parts. `kinds` are
 * these parts, {name → {key, label, pointer, shape?, place?}}: as the answer and the state call them, where they stand in a request, and which cell of the grid an entry's place
 * in the answer is. `submitted(given)` makes the submission of the grids' numbers, by part.
 */
export function grading({ state, page, editor, kinds, path, submitted = (given) => given }) {
  let answered = null;
  let shapes = editor.shapes;
  const found = outcome("Checking", { label: "Verdict", signal: page.signal });
  const keyOf = (part) => `my.${kinds[part].key}`;
  const parts = {};
  Object.assign(parts, Object.fromEntries(Object.entries(kinds).map(([part, { label, shape = "matrix" }]) => [part, matrix({
    label: `my ${label}`, shape, finite: false, sides: () => misfits(part), state: state.get(keyOf(part)) ?? blank(editor.shapes[part], shape),
    changed(options) {
      state.set(keyOf(part), parts[part].state);
      page.keep(state, options);
      stale();
    },
    submit: () => run({ asked: true }),
  })])));
  const wanted = ALLOWED.find(([name]) => name === (state.get("feedback") ?? "diagnosis")) ?? ALLOWED.at(-1);
  const level = field("and tell me", select(ALLOWED, wanted[0], { onchange: ({ target }) => {
    state.set("feedback", target.value);
    page.keep(state, { step: true });
    if (answered) run();
  } }));
  const near = Object.fromEntries(NEAR.map(([name, label, placeholder]) => [name, field(label, element("input", {
    value: state.get(name) ?? "", placeholder, autocomplete: "off", oninput: (event) => chosen(name, event.target.value.trim() && event.target.value),
  }))]));
  const rounded = element("input", { type: "checkbox", checked: state.get("rounding") !== "false", onchange: () => chosen("rounding", rounded.checked ? "" : "false") });
  const options = element("details", { class: "more", open: [...Object.keys(near), "rounding"].some((name) => state.has(name)) },
    element("summary", {}, "Tolerance"),
    element("div", { class: "fields" }, Object.values(near).map((one) => one.element)),
    element("label", { class: "check" }, rounded, element("span", {}, "rounded entries are right")),
    element("p", { class: "quiet hint" }, "An entry is right if it is off by at most this share of itself plus the absolute tolerance, or rounded as your other entries are."));

  /** Keep an option of the check; "" stands for the usual one. */
  function chosen(name, value) {
    if (value) state.set(name, value);
    else state.delete(name);
    page.keep(state);
    stale();
  }

  /** Return along which sides a grid does not fit the problem's matrix: there it can be changed by hand. */
  function misfits(part) {
    const [height, width] = editor.shapes[part];
    if (!(part in parts)) return []; // it is being made
    const { rows } = parts[part];
    return [rows.length !== height && "row", rows[0].length !== width && "column"].filter(Boolean);
  }

  /** Return {tolerance?, absolute_tolerance?, rounding?} as they are typed, null where one of them is no number. */
  function allowed() {
    if (!TELLS) return {};
    const given = rounded.checked ? {} : { rounding: false };
    for (const [name, one] of Object.entries(near)) {
      one.clear();
      if (one.control.value.trim()) given[name] = numberIn(one);
    }
    return Object.values(given).includes(null) ? null : given;
  }

  function submission() {
    const given = {};
    const { read, finish } = reader();
    for (const [part, one] of Object.entries(parts)) {
      one.clear();
      if (!one.empty) given[part] = read(one.values);
    }
    const rules = allowed();
    if (rules === null) options.open = true;
    finish();
    if (rules === null) throw new Unfinished();
    if (!Object.keys(given).length) {
      Object.values(parts)[0].fault([], "expected at least one number of your own");
      throw new Unfinished();
    }
    return { submission: submitted(given), ...rules, feedback: level.control.value };
  }

  const routes = () => [
    ...editor.routes(),
    ...Object.entries(kinds).map(([part, { pointer }]) => [pointer, parts[part]]), ...Object.entries(near).map(([name, one]) => [`/${name}`, one]), ["/feedback", level],
  ];

  async function run({ asked = false, reveal = asked } = {}) {
    let sent = null;
    const answer = await found.run(async (signal) => {
      sent = { method: "POST", path, body: { ...editor.value(), ...submission() } };
      return ask(sent, signal);
    }, (given) => verdictShown(given, parts, kinds), routes(), { asked, again: () => run({ asked }) });
    if (reveal) (found.element.querySelector(".verdict") ?? found.element).scrollIntoView({ block: "nearest" });
    if (!answer) return;
    answered = sent;
    if (state.get("check") !== "1") {
      state.set("check", "1");
      page.keep(state);
    }
  }

  function stale() {
    found.stale();
  }

  /** Give the grids the shapes of the problem's matrices, where they had them. */
  function follow() {
    const [before, now] = [shapes, editor.shapes];
    shapes = now;
    for (const [part, one] of Object.entries(parts)) {
      const fits = ([height, width]) => one.rows.length === height && one.rows[0].length === width;
      if (!fits(before[part]) || fits(now[part])) continue;
      one.resize(...now[part]);
      if (state.has(keyOf(part))) state.set(keyOf(part), one.state);
    }
    for (const one of Object.values(parts)) if (!one.element.contains(document.activeElement)) one.refresh();
  }

  for (const one of Object.values(parts)) one.refresh();
  return {
    stale, follow,
    request: () => answered,
    /** Check what the state brought along; `reveal` brings the verdict into the window. */
    begin({ reveal }) {
      if (state.get("check") === "1") run({ reveal });
    },
    element: [
      element("h2", { id: "mine" }, "Check my answer"),
      element("p", { class: "quiet hint" }, WORDS),
      element("div", { class: "layer-body" }, Object.values(parts).map((one) => one.element)),
      element("div", { class: "inline goal" },
        element("button", { type: "button", class: "primary", onclick: () => run({ asked: true }) }, "Check"),
        ALLOWED.length > 1 && level.element, TELLS && options),
      found.element,
    ],
  };
}

function blank([height, width], shape) {
  if (shape === "column") return ",".repeat(height - 1);
  return Array.from({ length: height }, () => ",".repeat(width - 1)).join(";");
}
