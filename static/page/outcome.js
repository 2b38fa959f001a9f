// Where an answer appears, or the reason why there is none: a region that says what changed.

import { element, fill } from "./element.js";
import { Unfinished } from "./matrix.js";
import { say } from "./notices.js";
import { Problem, useKey } from "./service.js";
import { task } from "./task.js";

/**
 * Return {element, run}, at work until `signal` is aborted. `run(work, show, routes)` shows what `work(signal)` answers by `show`, which returns
 * {shown, spoken}; a problem goes to the fields that `routes` names: [[pointer's beginning, field], …].
 */
export function outcome(what, { label, signal }) {
  const running = task(what, signal);
  const trouble = element("div", { class: "trouble", hidden: true });
  const body = element("div", { class: "outcome-body" });
  const region = element("div", { class: "outcome", role: "group", "aria-label": label }, running.element, trouble, body);

  async function run(work, show, routes = [], { asked = false } = {}) {
    trouble.hidden = true;
    for (const [, field] of routes) field.clear?.();
    region.setAttribute("aria-busy", "true");
    try {
      const answer = await running.run(work);
      if (answer === undefined) return undefined;
      const { shown, spoken } = show(answer);
      fill(body, shown);
      body.classList.remove("stale");
      if (spoken) say(spoken);
      return answer;
    } catch (error) {
      failed(error, routes, asked, () => run(work, show, routes, { asked }));
      return undefined;
    } finally {
      region.removeAttribute("aria-busy");
    }
  }

  function failed(error, routes, asked, again) {
    body.classList.add("stale");
    if (error instanceof Unfinished) {
      complain("Some cells hold no number yet; they are marked.", asked);
      if (asked) routes.some(([, field]) => field.focus?.());
      return;
    }
    if (!(error instanceof Problem)) throw error;
    const homeless = error.errors.filter((one) => !placed(one, routes));
    const touched = homeless.length < error.errors.length;
    const words = homeless.map((one) => `${one.detail}${one.pointer ? ` (${one.pointer})` : ""}`);
    complain([element("strong", {}, error.title), ...(words.length ? words : touched ? [] : [error.message]).map((line) => element("span", {}, line))], true);
    if (error.status === 401) trouble.append(keyForm(again));
    if (asked && touched) routes.some(([, field]) => field.focus?.());
  }

  function complain(words, aloud) {
    fill(trouble, element("p", {}, words));
    trouble.hidden = false;
    if (aloud) say(trouble.textContent);
  }

  /** Dim what is shown: it answers an earlier question. */
  function stale() {
    if (body.hasChildNodes()) body.classList.add("stale");
  }

  return { element: region, run, stale, cancel: running.cancel };
}

function placed({ pointer, detail }, routes) {
  const fits = routes.filter(([start]) => pointer === start || pointer.startsWith(`${start}/`));
  const best = fits.sort(([one], [other]) => other.length - one.length)[0];
  if (!best) return false;
  const at = pointer.slice(best[0].length).split("/").slice(1);
  best[1].fault(at, detail);
  return true;
}

function keyForm(again) {
  const field = element("input", { type: "password", autocomplete: "current-password", id: "service-key" });
  return element("form", { class: "inline", onsubmit: (event) => { event.preventDefault(); useKey(field.value); again(); } },
    element("label", { for: "service-key" }, "Key of this service"), field, element("button", {}, "Try again"));
}
