// The solution of a problem of gradients: asked for, never shown first, and only where the service tells it.

import { button, element } from "../page/element.js";
import { outcome } from "../page/outcome.js";
import { ask, HELP } from "../page/service.js";
import { jsonFile, sharing } from "../page/sharing.js";
import { allDigits } from "../page/shown_number.js";

const TELLS = HELP === "solution";
const PAUSE = 500; // milliseconds after typing
const SOON = 6_000; // letters up to which an answer follows what is typed
const READABLE = 6; // sides of a problem up to which it is derived in numbers

/** What in a state is the reader's, not the problem's. */
export const OWN = /^(my\..*|check|feedback|tolerance|absolute_tolerance|rounding|answer|explain)$/;

/** Tell whether a problem of one row, of these sides, is small enough to be derived in numbers. */
export const readable = ({ inputs }, sides) => !Array.isArray(inputs[0]) && Math.max(...sides) <= READABLE;

/**
 * Return {element, told, run, follow} of the section below a check; `element` is null where the service only checks. `asks(body)` makes the request's body of the problem's,
 * `shown(answer, body, options)` what is shown; `answered(body)` and `failed(first)` are told how it went; `words` is what awaits who asks, `share` more of `sharing`.
 */
export function solution({ state, page, editor, path, asks, shown, words, answered = () => {}, failed = () => {}, share = {} }) {
  let timer = 0;
  let last = null; // {request, answer} of what is shown
  if (state.get("explain") === "1") state.set("answer", "1");
  const told = TELLS && state.get("answer") === "1";
  const found = outcome("Computing", { label: "Gradients", signal: page.signal });
  page.signal.addEventListener("abort", () => clearTimeout(timer));

  async function run({ asked = false } = {}) {
    clearTimeout(timer);
    let sent = null;
    const answer = await found.run(async (signal) => {
      sent = { method: "POST", path, body: asks(editor.value()) };
      return ask(sent, signal);
    }, (given) => shown(given, sent.body, { open: state.get("explain") === "1", toggled }), editor.routes(), { asked, again: () => run({ asked }) });
    if (!answer) {
      failed(last === null);
      return;
    }
    last = { request: sent, answer };
    answered(sent.body);
  }

  function toggled(open) {
    if (open) state.set("explain", "1");
    else state.delete("explain");
    page.keep(state);
  }

  function tell(shown) {
    if (shown) state.set("answer", "1");
    else for (const name of ["answer", "explain"]) state.delete(name);
    page.go(new Map(state));
  }

  return {
    told, run,
    /** Dim what answers an earlier question, and ask anew soon. */
    follow() {
      if (!told) return;
      found.stale();
      clearTimeout(timer);
      if ([...state.values()].join("").length < SOON) timer = setTimeout(run, PAUSE);
    },
    element: TELLS ? element("section", { class: "panel rule", "aria-labelledby": "answer" },
      element("div", { class: "inline heading" },
        element("h2", { id: "answer" }, "The solution"),
        button(told ? "Hide the solution" : "Show the solution", () => tell(!told), { "aria-expanded": String(told) }),
        told && button("Compute again", () => run({ asked: true })),
        told && allDigits()),
      told ? found.element : element("p", { class: "quiet" }, words),
      told && sharing({
        links: [], request: () => last?.request ?? null, files: () => [["answer.json", () => jsonFile(last?.answer)]], name: "gradients", what: "solution", ...share,
      })) : null,
  };
}
