// "Check my answer": somebody's own gradients, graded as far as the chosen level of help says.

import { element, fill } from "../page/element.js";
import { choice, field, numberIn } from "../page/field.js";
import { matrix, Unfinished } from "../page/matrix.js";
import { brief, digits } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask, HELP, TOLERANCE } from "../page/service.js";
import { sharing } from "../page/sharing.js";
import { facts, shares, showNumbers } from "../page/show_numbers.js";

const LEVELS = [["verdict", "right or wrong"], ["entries", "which entries"], ["diagnosis", "what went wrong"], ["solution", "the answer too"]];
const ALLOWED = LEVELS.slice(0, LEVELS.findIndex(([name]) => name === HELP) + 1);
const TELLS = HELP === "solution";
const WORDS = TELLS
  ? "Type or paste your own gradients of the problem above. A hand-rounded answer needs a tolerance as coarse as its digits."
  : "Type or paste your own gradients of the problem above. This service checks them and keeps the answer to itself; "
    + (TOLERANCE < 1e-4 ? `it compares ${Math.min(16, Math.round(-Math.log10(TOLERANCE)))} digits, so give all that you have, or fractions such as 1/3.`
      : `an entry may be off by ${brief(100 * TOLERANCE, 2)} % of itself.`);
const NAMES = { W: "∂ℓ/∂W", Theta: "∂ℓ/∂Θ" };

/** Return {element, stale, follow} for checking gradients of the problem in `editor`. */
export function grading({ state, page, editor }) {
  let answered = null;
  let shapes = editor.shapes;
  const found = outcome("Checking", { label: "Verdict", signal: page.signal });
  const parts = Object.fromEntries(Object.entries(NAMES).map(([part, label]) => [part, matrix({
    label: `my ${label}`, hint: "leave empty what is not to be checked", finite: false, state: state.get(`my.${part}`) ?? blank(editor.shapes[part]),
    changed(options) {
      state.set(`my.${part}`, parts[part].state);
      page.keep(state, options);
      stale();
    },
    submit: () => run({ asked: true }),
  })]));
  const wanted = ALLOWED.find(([name]) => name === (state.get("feedback") ?? "diagnosis")) ?? ALLOWED.at(-1);
  const level = choice("Tell me", ALLOWED, wanted[0], (value) => {
    state.set("feedback", value);
    page.keep(state, { step: true });
    if (answered) run();
  });
  const tolerance = field("Relative tolerance", element("input", { value: state.get("tolerance") ?? "0.001", autocomplete: "off", oninput: (event) => {
    state.set("tolerance", event.target.value);
    page.keep(state);
    stale();
  } }));

  function submission() {
    const given = {};
    let broken = false;
    for (const [part, one] of Object.entries(parts)) {
      one.clear();
      if (one.empty) continue;
      try {
        given[part] = one.values();
      } catch (error) {
        if (!(error instanceof Unfinished)) throw error;
        broken = true;
      }
    }
    const allowed = TELLS ? numberIn(tolerance) : undefined; // the service's own, where it does not stand here
    if (allowed === null) broken = true;
    if (!broken && !Object.keys(given).length) {
      parts.W.fault([], "expected at least one number of your own");
      broken = true;
    }
    if (broken) throw new Unfinished();
    return { submission: given, tolerance: allowed, feedback: level.value };
  }

  const routes = () => [
    ...editor.routes(),
    ["/submission/W", parts.W], ["/submission/Theta", parts.Theta], ["/tolerance", tolerance], ["/feedback", level],
  ];

  async function run({ asked = false } = {}) {
    let sent = null;
    const answer = await found.run(async (signal) => {
      sent = { method: "POST", path: "/v1/gradients/check", body: { ...editor.value(), ...submission() } };
      return ask(sent, signal);
    }, (given) => verdict(given, parts), routes(), { asked, again: () => run({ asked }) });
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
      if (state.has(`my.${part}`)) state.set(`my.${part}`, one.state);
    }
  }

  if (state.get("check") === "1") run();
  return {
    stale, follow,
    element: fill(element("section", { class: "panel rule", "aria-labelledby": "mine" }),
      element("h2", { id: "mine" }, "Check my answer"),
      element("p", { class: "quiet" }, WORDS),
      element("div", { class: "layer-body" }, parts.W.element, parts.Theta.element),
      element("div", { class: "inline goal" }, ALLOWED.length > 1 && level.element, TELLS && tolerance.element,
        element("button", { type: "button", class: "primary", onclick: () => run({ asked: true }) }, "Check")),
      found.element,
      sharing({ request: () => answered })),
  };
}

function blank([height, width]) {
  return Array.from({ length: height }, () => ",".repeat(width - 1)).join(";");
}

function verdict(answer, parts) {
  const graded = Object.entries(answer.parts);
  for (const [part, { wrong_entries: wrong }] of graded) for (const [i, j] of wrong ?? []) parts[part].mark(i, j, "wrong", "This entry is wrong.");
  const headline = answer.correct ? (graded.length === 2 ? "Both are right." : "It is right.") : "Not right yet.";
  return {
    shown: [
      element("h3", { class: `verdict ${answer.correct ? "good" : "bad"}` }, headline),
      graded.map(([part, grade]) => element("div", { class: "grade" },
        element("p", {}, element("strong", {}, NAMES[part]), grade.correct ? " is right." : ` is wrong${entries(grade)}`),
        mistakes(grade))),
      answer.gradients && reference(answer),
    ],
    spoken: [headline, ...graded.flatMap(([part, { mistakes: list = [] }]) => list.map((one) => `${part}: ${one.explanation}`))].join(" "),
  };
}

function entries({ wrong_entries: wrong }) {
  if (!wrong?.length) return ".";
  const places = wrong.slice(0, 12).map(([i, j]) => `(${i}, ${j})`).join(", ");
  return ` in ${wrong.length} ${wrong.length === 1 ? "entry" : "entries"}: ${places}${wrong.length > 12 ? ", …" : ""}.`;
}

function mistakes({ correct, mistakes: list }) {
  if (correct || list === undefined) return null;
  if (!list.length) return element("p", { class: "quiet" }, "None of the known mistakes explains these numbers.");
  return element("ul", { class: "notes" }, list.map(({ code, explanation }) => element("li", {}, element("code", {}, code), " ", explanation)));
}

function reference({ gradients, loss, numerical }) {
  return element("div", { class: "panel" }, element("h3", {}, "The answer"),
    !Array.isArray(loss) && element("p", {}, "ℓ = ", element("span", { class: "digits" }, digits(loss))),
    !Array.isArray(gradients.W[0][0]) && element("div", { class: "layer-body" }, Object.entries(gradients).map(([part, values]) =>
      element("div", { class: "panel tight" }, element("strong", {}, NAMES[part]), showNumbers(values, { label: NAMES[part], tint: shares(values) })))),
    numerical && checked(numerical));
}

function checked({ every_coordinate: every, compared, methods }) {
  const rows = methods.map(({ method, largest_error: error, noise_floor: noise }) => [method, brief(error, 3), brief(noise, 3)]);
  return [
    element("p", { class: "quiet" }, `Checked numerically, in ${every ? "every coordinate" : `${compared} directions`}.`),
    facts("Numerical checks", ["method", "largest difference", "its own noise"], rows),
  ];
}
