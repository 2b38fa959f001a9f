// Reading values: f(x) and f′(x) at an x that is typed, to the last digit.

import { standAt } from "../page/axes.js";
import { element } from "../page/element.js";
import { field } from "../page/field.js";
import { numberOrNull, short } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask } from "../page/service.js";
import { shownNumber } from "../page/shown_number.js";
import { swatch } from "./swatch.js";

const USUAL = "1";
const PAUSE = 150; // milliseconds after a key

/** Return {element, run, request} for reading the values of the curves of `list` at the state's `at`; `request()` is null while it cannot be asked. */
export function reading({ list, state, window, drawn, keep, signal }) {
  let timer = 0;
  const box = element("input", {
    value: state.get("at") ?? USUAL, autocomplete: "off", spellcheck: "false",
    oninput: () => later(), onkeydown: step,
  });
  const asked = field("Value at x =", box, { hint: "(↑ ↓, or click the picture)" });
  const found = outcome("Evaluating", { label: "Values", signal });
  const marker = element("div", { class: "marker", "aria-hidden": "true" });
  drawn.place.append(marker);

  /** Return the x that is typed, or null where it is no number; `tell` is told why. */
  function x(tell = () => {}) {
    return numberOrNull(box.value, tell, { finite: false });
  }

  function step(event) {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!direction || x() === null) return;
    event.preventDefault();
    const size = 10 ** Math.floor(Math.log10((window.high - window.low) / 20));
    box.value = String(Number((x() + direction * size).toPrecision(12)));
    later();
  }

  function later() {
    keep("at", box.value === USUAL ? null : box.value);
    clearTimeout(timer);
    timer = setTimeout(run, PAUSE);
  }

  function request({ name, parameters: given }) {
    const [at, parameters] = [x(), given.numbers()];
    if (at === null || parameters === null) return null;
    const own = parameters.length ? { parameters: Object.fromEntries(parameters) } : {};
    return { method: "POST", path: `/v1/activations/${name}`, body: { inputs: at, derivative: true, ...own } };
  }

  function run() {
    asked.clear();
    mark(x((detail) => asked.fault([], detail)));
    if (list.some((one) => request(one) === null)) {
      found.halt();
      return;
    }
    found.run((signal) => Promise.all(list.map((one) => ask(request(one), signal))), table,
      [["/inputs", asked], ...(list.length === 1 ? list[0].parameters.routes("/parameters") : [])]);
  }

  /** Stand at x in the picture that is shown, if it shows x. */
  function mark(at) {
    const [axes] = drawn.axes();
    marker.hidden = true;
    if (at !== null && axes) standAt(marker, axes, at);
  }

  function table(answers) {
    const rows = answers.flatMap(({ outputs, derivatives }, index) => [
      [`${list[index].name}(x)`, outputs, index],
      [`${list[index].name}′(x)`, derivatives, index],
    ]);
    return {
      shown: element("dl", { class: "values" }, rows.map(([name, value, index]) =>
        [element("dt", {}, list.length > 1 && [swatch(index), " "], name), element("dd", {}, shownNumber(value))])),
      spoken: rows.map(([name, value]) => `${name} = ${short(value)}`).join("; "),
    };
  }

  drawn.image.addEventListener("load", () => mark(x()));
  /** Read the values at another x. */
  function move(at) {
    box.value = String(at);
    later();
  }

  window.onPoint(move);
  return { element: element("div", { class: "reading" }, asked.element, found.element), run, request: () => request(list[0]) };
}
