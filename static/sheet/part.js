// One part of the sheet: its question, its figure, your answer, its proof.

import { element, fill, reachable } from "../page/element.js";
import { breaking } from "../page/formula.js";
import { prose } from "../page/notation.js";
import { ask, Problem } from "../page/service.js";

/**
 * Return {element, given, stage, place, content, way, unlock, reveal, onUnlock} of a part: `given` is for the numbers of its
 * question, `way` leads to its workbench, `stage` for its figure, `place` for the answer, `content` for what is shown when it is asked for. It is
 * unlocked once the answer has been asked for, or earned.
 */
export function partOf({ id, title, problem, question, todo, proofs, bench }, { sheet }) {
  const heading = `part-${id}`;
  const stage = element("div", { class: "stage" });
  const given = element("div", { class: "given" });
  const place = element("div", { class: "place" });
  const listeners = [];
  const content = element("div", { class: "proof-body" });
  const link = element("a", { href: `#/${bench}` }, "Open in workbench");
  // Whichever way it is followed, in a tab of its own too, it leads to the numbers of that moment.
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, () => (link.href = `#/${sheet.bench(id, bench)}`));
  const way = element("p", { class: "small-print", hidden: true }, link); // until its figure has numbers
  const proof = proofs.length > 0 && element("details", { class: "proof", ontoggle: (event) => event.target.open && unfold() },
    element("summary", {}, "Show the answer and its proof"), content, way);
  const other = !proofs.length && element("details", { class: "proof", ontoggle: (event) => event.target.open && unlock() },
    element("summary", {}, "Show the answer"), content, way);
  let unlocked = false;
  let loaded = false;

  function unlock() {
    if (unlocked) return;
    unlocked = true;
    for (const listener of listeners) listener();
  }

  async function unfold() {
    unlock();
    if (loaded) return;
    loaded = true;
    fill(content, element("p", { class: "quiet" }, "Loading…"));
    try {
      const answers = await Promise.all(proofs.map((name) => ask({ path: `/v1/identities/${name}` }, sheet.signal)));
      fill(content, answers.map((answer) => [
        element("div", { class: "statement-line" }, breaking(answer.statement)),
        element("ol", { class: "reasons" }, answer.steps.map((step) => element("li", {}, breaking(step), element("p", { class: "reason" }, step.reason)))),
      ]));
      for (const one of content.querySelectorAll("div.formula")) {
        // What is too wide for a phone is scrolled, by the keyboard too.
        for (const [name, value] of [["role", "group"], ["aria-label", "Formula"]]) one.setAttribute(name, value);
        reachable(one);
      }
    } catch (error) {
      if (sheet.signal.aborted) return; // the sheet has been left
      if (!(error instanceof Problem)) throw error;
      loaded = false;
      fill(content, element("p", {}, error.message, " ", element("button", { type: "button", class: "small", onclick: unfold }, "Try again")));
    }
  }

  return {
    id, given, stage, place, unlock, content, way,
    get unlocked() { return unlocked; },
    /** Unlock it and show what it has to show. */
    reveal() {
      unlock();
      (proof || other).open = true;
    },
    onUnlock(listener) {
      if (unlocked) listener();
      else listeners.push(listener);
    },
    element: element("section", { class: "part", id: `sheet-${id}`, "data-part": id, "aria-labelledby": heading },
      problem && element("p", { class: "eyebrow" }, problem),
      element("div", { class: "part-body" },
        element("div", { class: "part-words" },
          element("h2", { id: heading, tabindex: "-1" }, element("span", { class: "part-number" }, id), " ", title),
          question.map((text) => element("p", { class: "question" }, prose(text))), given,
          element("p", { class: "todo" }, todo)),
        stage,
        element("div", { class: "part-answer" }, place, proof || other))),
  };
}
