// Where an answer appears, or the reason why there is none: a region that says what changed.

import { element, fill } from "./element.js";
import { field } from "./field.js";
import { Unfinished } from "./matrix.js";
import { say } from "./notices.js";
import { NotAKey, onKey, Problem, useKey } from "./service.js";
import { task } from "./task.js";

const KEYED = "Whoever runs this service has given its users a key. Type it once: it is kept until this tab is closed.";
const UNKNOWN_KEY = "This key is not known here. Type it again: it is kept until this tab is closed.";

/**
 * Return {element, run, stale, halt}, at work until `signal` is aborted. `run(work, show, routes)` shows what `work(signal)` answers
 * by `show`, which returns {shown, spoken, details}, the details into `below`, an element elsewhere; a problem goes to the fields that `routes` names: [[pointer's beginning,
 * field], …]. Where trying again can help, `again` does.
 */
export function outcome(what, { label, signal, below = null }) {
  const running = task(what, signal);
  const trouble = element("div", { class: "trouble", hidden: true });
  const body = element("div", { class: "outcome-body" });
  const region = element("div", { class: "outcome", role: "group", "aria-label": label }, running.element, trouble, body);

  let turn = 0; // of asking: one that was overtaken by the next neither ends nor fails
  let passed = 0; // the turn whose question has changed since
  let keyless = null; // what is to be tried again with a key
  const keys = keyForm();
  let offline = null; // what is to be tried again when there is a connection
  onKey(() => keyless?.(), signal);
  addEventListener("online", () => offline?.(), { signal });

  async function run(work, show, routes = [], { asked = false, again = () => run(work, show, routes, { asked }) } = {}) {
    const own = (turn += 1);
    trouble.hidden = true;
    keyless = offline = null;
    for (const [, field] of routes) field.clear?.();
    region.setAttribute("aria-busy", "true");
    try {
      const answer = await running.run(work);
      if (answer === undefined) {
        if (own === turn && !signal.aborted) cancelled(again);
        return undefined;
      }
      const { shown, spoken, details = [] } = show(answer);
      fill(body, shown);
      if (below) fill(below, details);
      dim(passed === own);
      if (spoken && passed !== own) say(spoken);
      return answer;
    } catch (error) {
      failed(error, routes, asked, again);
      return undefined;
    } finally {
      if (own === turn) region.removeAttribute("aria-busy");
    }
  }

  const dim = (on) => [body, below].forEach((part) => part?.classList.toggle("stale", on));

  function failed(error, routes, asked, again) {
    dim(true);
    if (error instanceof Unfinished) {
      complain("Fill in the highlighted cells.", asked);
      if (asked) routes.some(([, field]) => field.focus?.());
      return;
    }
    if (!(error instanceof Problem)) throw error;
    const homeless = error.errors.filter((one) => !placed(one, routes));
    const touched = homeless.length < error.errors.length;
    if (touched && asked) routes.some(([, field]) => field.focus?.());
    if (touched && !homeless.length) {
      complain("Please correct the highlighted fields.", true, error.errors.map((one) => one.detail).join("; "));
      return;
    }
    const words = homeless.map((one) => `${one.detail}${one.pointer ? ` (${one.pointer})` : ""}`);
    const lines = error.status === 401 ? [error.keyed ? UNKNOWN_KEY : KEYED] : words.length ? words : [error.message];
    complain([element("strong", {}, error.title), ...lines.map((line) => element("span", {}, line))], true);
    if (error.status === 401) {
      trouble.append(keys.element);
      keys.show({ refused: error.keyed });
      keyless = again;
    } else if (error.status === 0 || error.status === 429 || error.status >= 500) {
      if (error.status === 0) offline = again;
      trouble.append(element("button", { type: "button", class: "small", onclick: again }, "Try again"));
    }
  }

  function cancelled(again) {
    dim(true);
    fill(trouble, element("p", {}, "Cancelled. What you typed is as it was."), element("button", { type: "button", class: "small", onclick: again }, "Try again"));
    trouble.hidden = false;
  }

  function complain(words, aloud, more = "") {
    fill(trouble, element("p", {}, words));
    trouble.hidden = false;
    if (aloud) say(`${trouble.textContent} ${more}`);
  }

  /** Dim what is shown, and what is still to come: it answers an earlier question. */
  function stale() {
    passed = turn;
    if (body.hasChildNodes()) dim(true);
  }

  /** Ask nothing for now, and dim what is shown: what is typed is no question yet. */
  function halt() {
    turn += 1; // what runs is not cancelled by the reader
    running.cancel();
    region.removeAttribute("aria-busy");
    trouble.hidden = true;
    stale();
  }

  return { element: region, run, stale, halt };
}

function placed({ pointer, detail }, routes) {
  const fits = routes.filter(([start]) => pointer === start || pointer.startsWith(`${start}/`));
  const best = fits.sort(([one], [other]) => other.length - one.length)[0];
  if (!best) return false;
  const at = pointer.slice(best[0].length).split("/").slice(1);
  best[1].fault(at, detail);
  return true;
}

/** Return {element, show} for typing a key; where the one that was typed here is refused, the focus is there again. */
function keyForm() {
  const key = field("Key of this service", element("input", { type: "password", autocomplete: "current-password" }));
  let typed = false;
  const use = (event) => {
    event.preventDefault();
    key.clear();
    try {
      typed = true;
      useKey(key.control.value);
    } catch (error) {
      if (!(error instanceof NotAKey)) throw error;
      key.fault([], error.message);
      key.focus();
    }
  };
  return {
    element: element("form", { class: "inline goal", onsubmit: use }, key.element, element("button", {}, "Use it")),
    show({ refused }) {
      if (refused && typed) key.control.focus();
      typed = false;
    },
  };
}
