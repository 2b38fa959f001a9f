// 3a and 3b: the plane, the nudge, the descent, and the check of somebody's own gradient.

import { element, fill } from "../page/element.js";
import { math } from "../page/notation.js";
import { brief } from "../page/numbers.js";
import { ask, HELP } from "../page/service.js";
import { answer, NotAnAnswer } from "./answer.js";
import { classifier } from "./classifier.js";
import { plane } from "./plane.js";
import { listed } from "./rewriting.js";
import { last, seal } from "./seal.js";

// Where a service only checks gradients, nothing that computes them is so much as loaded.
const TELLS = HELP === "solution";
const LEVEL = TELLS ? "diagnosis" : HELP;
const PARTS = { "3a": { which: "Theta", letter: "Θ", shape: [2, 3] }, "3b": { which: "W", letter: "W", shape: [2, 2] } };

/** Return the matrix that is typed as 0.1, 0.2; 0.3, 0.4. Throws NotAnAnswer unless it has `shape`. */
export function typedMatrix(text, [height, width], field) {
  const rows = text.trim().replace(/\]\s*,?\s*\[/g, ";").replace(/[[\]]/g, "").split(/[;\n]/).filter((row) => row.trim()).map((row) => listed(row, field));
  if (rows.length === height && rows.every((row) => row.length === width)) return rows;
  throw Object.assign(new NotAnAnswer(`expected ${height} rows of ${width} numbers: commas between numbers, a semicolon between rows`), { field });
}

/** Show the figure of 3a or 3b. */
export async function show(part, sheet) {
  const { state, signal } = sheet;
  const { which, letter, shape } = PARTS[part.id];
  const model = classifier(sheet);
  sheet.benches.set(part.id, () => model.bench());
  const drawn = plane({ model, held: part.id === "3a", label: part.id === "3a" ? "The plane of inputs" : "The classes, as the weights have them", signal });
  const computing = TELLS ? await import("../page/gradients.js") : null;
  const sealed = seal(() => [computing ? gradientClaim(model, computing.gradients) : valueClaim(model)], signal);
  const touched = () => {
    sealed.touch();
    redraw();
  };
  const rested = () => sealed.rest();
  let parts = null;

  function redraw() {
    drawn.redraw();
    parts?.nudged.redraw();
  }

  function describe() {
    fill(part.given, matrixMath("W", model.start.W), matrixMath("Θ", model.start.Theta),
      model.active().map(({ x, y }, i) => element("span", { class: "given-point" }, matrixMath(model.all ? `x_${i + 1}` : "x", x.map((value) => [value])), math(`${model.all ? `y_${i + 1}` : "y"} = ${y + 1}`))),
      model.all && element("span", { class: "quiet" }, "ℓ is the mean of the three"));
  }

  if (TELLS) {
    const [{ descents }, { nudge }, { descent }] = await Promise.all([import("./descents.js"), import("./nudge.js"), import("./descent.js")]);
    if (signal.aborted) return;
    descents(model, sheet); // the steps that the address tells of: 3a shows their weights too
    const nudged = nudge({ which, model, part, touched, rested, sheet });
    const down = part.id === "3b" ? descent({
      model, sheet, mine: () => mine(sheet),
      moved() {
        nudged.reset();
        model.tell("weights");
      },
    }) : null;
    parts = { nudged, down };
  }
  if (parts) {
    const { chooser, plot, readout } = parts.nudged.elements;
    part.stage.append(element("div", { class: "block" },
      element("div", { class: "halves" }, drawn.element, plot),
      element("div", { class: "nudging" }, chooser, element("div", { class: "stack" }, part.id === "3a" && drawn.readout, readout, sealed.element))));
    if (parts.down) part.stage.append(parts.down.element);
  } else part.stage.append(drawn.element, element("div", { class: "caption" }, drawn.readout, sealed.element));

  model.on("moving", () => {
    if (model.now !== model.start) parts?.down?.reset();
    touched();
  });
  model.on("rested", () => {
    parts?.down?.reset();
    parts?.nudged.reset();
    describe();
    touched();
    rested();
  });
  model.on("weights", () => {
    if (part.id === "3a") parts?.nudged.reset();
    touched();
    rested();
  });
  part.onUnlock(() => {
    parts?.nudged.reset();
    if (TELLS) tell();
  });
  describe();
  redraw();
  rested();

  /** Say the gradient itself: it has been asked for, or earned. */
  function tell() {
    const found = element("p", { class: "told-answer" });
    const write = () => fill(found, matrixMath(`∂ℓ/∂${letter}`, computing.gradients(model.start.W, model.start.Theta, model.active())[which]));
    write();
    model.on("rested", write);
    part.place.append(found);
  }

  const field = part.id;
  const own = answer({
    part: part.id, fields: [{ name: field, label: `∂ℓ/∂${letter} =`, example: Array(shape[0]).fill(Array(shape[1]).fill("…").join(", ")).join("; "), long: true }], state, keep: sheet.keepAll, signal, earned: part.unlock,
    async check(texts, asking) {
      const submission = { [which]: typedMatrix(texts[field], shape, field) };
      const found = await ask({ method: "POST", path: "/v1/gradients/check", body: { ...model.body(model.start), submission, feedback: LEVEL, ...(TELLS ? { rounding: true } : {}) } }, asking);
      return graded(found.parts[which]);
    },
  });
  part.place.append(own.element);
  model.on("rested", own.withdraw);
}

function graded({ correct, rounded, wrong_entries: wrong = [], mistakes = [] }) {
  if (correct) {
    if (!rounded) return { right: true, words: "Right." };
    return { right: true, words: rounded.decimals !== undefined ? `Right to ${rounded.decimals} decimals.` : `Right to ${rounded.significant} digits.` };
  }
  const places = wrong.map(([i, j]) => `row ${i + 1}, column ${j + 1}`);
  const where = places.length === 0 ? "" : places.length <= 3 ? `: look at ${places.join("; ")}` : ` in ${places.length} entries`;
  return { right: false, words: [`Not right yet${where}.`, mistakes.map(({ explanation }) => explanation).join(" Or: ")].join(" ") };
}

/** Return what somebody has typed as gradients: {Theta?, W?}. */
function mine({ state }) {
  const found = {};
  for (const [field, { which, shape }] of Object.entries(PARTS)) {
    const text = state.get(`my.${field}`);
    if (text) found[which] = typedMatrix(text, shape, field);
  }
  if (!Object.keys(found).length) throw new NotAnAnswer("Type your own ∂ℓ/∂Θ or ∂ℓ/∂W first.");
  return found;
}

/** What the service is to confirm: the loss, both gradients, the probabilities. */
function gradientClaim(model, gradients) {
  const slopes = gradients(model.now.W, model.now.Theta, model.active());
  const entries = [...slopes.W.flat(), ...slopes.Theta.flat()];
  const largest = Math.max(...entries.map(Math.abs));
  return {
    request: { method: "POST", path: "/v1/gradients", body: model.body() },
    read: (answer) => [answer.loss, ...answer.probabilities.flat(), ...answer.gradients.W.flat(), ...answer.gradients.Theta.flat()],
    drawn: [model.loss(), ...model.active().flatMap(({ x }) => model.probabilities(x)), ...entries],
    allowed: (value, i) => Math.max(last(value), 1e-12 * (i <= 3 * model.active().length ? Math.abs(value) : largest)),
  };
}

/** What it is to confirm where it keeps gradients to itself: the probabilities. */
function valueClaim(model) {
  const { W, Theta } = model.now;
  const points = model.active();
  const turned = Theta[0].map((_, i) => Theta.map((row) => row[i]));
  const network = { layers: [{ weight: W }, { weight: turned, activation: "softmax" }] };
  return {
    request: { method: "POST", path: "/v1/networks/evaluate", body: { network, inputs: points.map(({ x }) => x) } },
    read: ({ outputs }) => outputs.flat(), drawn: points.flatMap(({ x }) => model.probabilities(x)), allowed: () => 1e-14,
  };
}

/** Return W = (…) as a formula. */
function matrixMath(name, rows) {
  const made = math(`${name} =`);
  const table = document.createElementNS(made.namespaceURI, "mtable");
  for (const row of rows) {
    const line = document.createElementNS(made.namespaceURI, "mtr");
    for (const value of row) {
      const cell = document.createElementNS(made.namespaceURI, "mtd");
      cell.append(...math(brief(value, 5)).childNodes);
      line.append(cell);
    }
    table.append(line);
  }
  const [open, close] = ["(", ")"].map((sign) => {
    const bracket = document.createElementNS(made.namespaceURI, "mo");
    bracket.textContent = sign;
    return bracket;
  });
  made.append(open, table, close);
  made.setAttribute("alttext", `${name} = ${rows.map((row) => row.map((value) => brief(value, 5)).join(", ")).join("; ")}`);
  return made;
}
