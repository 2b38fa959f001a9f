// Reading values: f(x) and f′(x) at an x that is typed, to the last digit.

import { element } from "../page/element.js";
import { field } from "../page/field.js";
import { digits, numberOrNull } from "../page/numbers.js";
import { outcome } from "../page/outcome.js";
import { ask } from "../page/service.js";

const USUAL = "1";
const PAUSE = 150; // milliseconds after a key

/** Return {element, run, request} for reading the values of `names` at the state's `at`; `request()` is null while it cannot be asked. */
export function reading({ names, given, state, window, drawn, keep, signal }) {
  let timer = 0;
  const box = element("input", {
    value: state.get("at") ?? USUAL, autocomplete: "off", spellcheck: "false",
    oninput: () => later(), onkeydown: step,
  });
  const asked = field("Value at x =", box, { hint: "(↑ ↓ to move)" });
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

  function request(name) {
    const [at, parameters] = [x(), given.numbers()];
    if (at === null || parameters === null) return null;
    const own = parameters.length ? { parameters: Object.fromEntries(parameters) } : {};
    return { method: "POST", path: `/v1/activations/${name}`, body: { inputs: at, derivative: true, ...own } };
  }

  function run() {
    asked.clear();
    mark(x((detail) => asked.fault([], detail)));
    if (request(names[0]) === null) {
      found.halt();
      return;
    }
    found.run((signal) => Promise.all(names.map((name) => ask(request(name), signal))), table,
      [["/inputs", asked], ...given.routes("/parameters")]);
  }

  function mark(at) {
    const place = at === null ? null : window.place(at);
    marker.hidden = place === null;
    if (place === null) return;
    marker.style.left = `${100 * place}%`;
    marker.style.top = `${window.top(state.get("derivative") === "true" ? [...names, ...names] : names)}px`;
  }

  function table(answers) {
    const rows = answers.flatMap(({ outputs, derivatives }, index) => [
      [`${names[index]}(x)`, digits(outputs)],
      [`${names[index]}′(x)`, digits(derivatives)],
    ]);
    return {
      shown: element("dl", { class: "values" }, rows.map(([name, value]) => [element("dt", {}, name), element("dd", { class: "digits" }, value)])),
      spoken: rows.map(([name, value]) => `${name} = ${value}`).join("; "),
    };
  }

  drawn.image.addEventListener("load", () => mark(x()));
  return { element: element("div", { class: "reading" }, asked.element, found.element), run, request: () => request(names[0]) };
}
