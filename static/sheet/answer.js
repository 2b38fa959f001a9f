// "Your answer": what somebody types, checked against what the service computes.

import { element, fill, freshId } from "../page/element.js";
import { say } from "../page/notices.js";
import { brief } from "../page/numbers.js";
import { ask, Problem } from "../page/service.js";
import { NotAFormula, typedFormula } from "./typed_formula.js";

const CHECKED = "my.checked"; // of the state: the parts that have their verdict

/** What is typed but cannot be checked as it is; its message says what was expected. */
export class NotAnAnswer extends Error {}

/**
 * Return {element, withdraw} of a part's own answer. `fields` are [{name, label, example}], `prose` where the label is no formula, `before` stands above them, `check(texts, signal)`
 * resolves to {right, words}; `state` is the sheet's, kept by `keep()`. `earned()` is told of a right answer. What had its verdict when it was left has it again.
 */
export function answer({ part, fields, before = null, check, state, keep, earned, signal }) {
  const verdict = element("p", { class: "verdict-line", role: "status" });
  const inputs = fields.map(({ name, label, example = "", long = false, prose = false }) => {
    const id = freshId("mine");
    const key = `my.${name}`;
    const control = element("input", {
      id, value: state.get(key) ?? "", placeholder: example, maxlength: 400, autocomplete: "off", spellcheck: "false", autocapitalize: "off",
      oninput: () => {
        if (control.value.trim()) state.set(key, control.value);
        else state.delete(key);
        keep();
        withdraw();
        ready();
      },
    });
    return { name, control, element: element("div", { class: long ? "mine long" : "mine" }, element("label", { for: id, class: prose ? "words" : null }, label), control) };
  });
  const pressed = element("button", { class: "primary" }, "Check");
  let checking = null;

  /** There is something to check once something is typed. */
  function ready() {
    pressed.disabled = inputs.every(({ control }) => !control.value.trim());
  }

  function tell(kind, ...words) {
    verdict.className = `verdict-line ${kind}`;
    fill(verdict, words);
  }

  const parts = () => (state.get(CHECKED) ?? "").split(",").filter(Boolean);

  /** Keep in mind that this part has its verdict, or has none any more. */
  function judged(done) {
    const now = [...parts().filter((one) => one !== part), ...(done ? [part] : [])];
    if (now.length) state.set(CHECKED, now.join());
    else state.delete(CHECKED);
  }

  /** Take the verdict back: the question is another one, or the answer. */
  function withdraw() {
    checking?.abort();
    for (const { control } of inputs) control.removeAttribute("aria-invalid");
    tell("");
    if (!parts().includes(part)) return;
    judged(false);
    keep();
  }

  async function run(event) {
    event?.preventDefault();
    const asked = event !== undefined;
    checking?.abort();
    checking = new AbortController();
    const own = checking;
    signal.addEventListener("abort", () => own.abort());
    for (const { control } of inputs) control.removeAttribute("aria-invalid");
    try {
      const found = await check(Object.fromEntries(inputs.map(({ name, control }) => [name, control.value])), own.signal);
      if (own.signal.aborted) return;
      tell(found.right ? "good" : "bad", found.words);
      judged(true);
      keep();
      if (found.right) earned();
    } catch (error) {
      if (own.signal.aborted) return;
      if (error instanceof NotAnAnswer || error instanceof NotAFormula) {
        tell("unclear", error.message[0].toUpperCase() + error.message.slice(1));
        const wrong = inputs.find(({ name }) => name === error.field) ?? inputs.find(({ control }) => !control.value.trim()) ?? inputs[0];
        wrong?.control.setAttribute("aria-invalid", "true");
        if (asked) wrong?.control.focus();
      } else if (error instanceof Problem) {
        tell("unclear", error.status === 0 || error.status >= 500 ? "Not checked: the service cannot be reached just now. Press Check again." : error.message);
      } else throw error;
    }
    if (asked) say(verdict.textContent);
  }

  ready();
  if (parts().includes(part) && !pressed.disabled) run();
  return {
    element: element("form", { class: "answer-box", "aria-label": `Your answer to ${part}`, onsubmit: run },
      before, inputs.map((one) => one.element), pressed, verdict),
    withdraw,
  };
}

/** Return {right, words} of a formula against numbers that the service gives; `points` are what its letters stand for. */
export function compared(text, names, points, numbers, right) {
  const f = typedFormula(text, names);
  const own = points.map((point) => f(point));
  const off = own.findIndex((value, i) => !(Math.abs(value - numbers[i]) <= 1e-9 * (1 + Math.abs(numbers[i]))));
  if (off < 0) return { right: true, words: right };
  const at = names.filter((name) => name in points[off]).map((name) => `${name} = ${brief(points[off][name])}`).join(", ");
  const made = Number.isFinite(own[off]) ? brief(own[off]) : "no number";
  return { right: false, words: `Not yet: at ${at} your formula gives ${made}, and that is not the service's value.` };
}

/** Return the numbers that an activation of the service has at inputs. */
export async function valuesOf(name, inputs, { derivative = false, parameters = {}, signal }) {
  const answered = await ask({ method: "POST", path: `/v1/activations/${name}`, body: { inputs, derivative, parameters } }, signal);
  return derivative ? answered.derivatives : answered.outputs;
}
