// A workbench of gradients: the problem at the left, the check at the right, the solution below.

import { element, fill } from "../page/element.js";
import { examples } from "../page/field.js";
import { linkTo } from "../page/fragment.js";
import { sharing } from "../page/sharing.js";
import { modelChoice } from "./model_choice.js";
import { OWN } from "./solution.js";

/** Fill `root` with the workbench of the view `name`: `problem` are the elements of its problem under `title`, `checking` and `solved` what the two functions return. */
export function fillBench(root, { name, title, list, problem, checking, solved, drawn = null, state, page }) {
  const problemOnly = () => linkTo(name, new Map([...state].filter(([one]) => !OWN.test(one))));
  const everything = () => linkTo(name, state);
  page.opening.append(modelChoice(name, page));
  fill(root,
    examples(list, state, page),
    element("div", { class: "bench" },
      element("section", { class: "panel", "aria-labelledby": "problem" }, element("h2", { id: "problem" }, title), problem),
      element("section", { class: "panel", "aria-labelledby": "mine" },
        checking.element,
        solved.told && drawn?.element,
        sharing({
          links: [["Copy link to the problem", problemOnly], ["Copy link with my answer", everything]],
          request: checking.request, what: "check",
        }))),
    solved.element);
  if (solved.told) solved.run();
  checking.begin({ reveal: Boolean(page.note?.example) });
}
