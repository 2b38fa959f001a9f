// The living sheet: the exercise from 1a to 3b, each part with its question, a figure to take hold of, your answer, the proof.

import { toClipboard } from "../page/clipboard.js";
import { button, element, fill } from "../page/element.js";
import { flush, linkTo } from "../page/fragment.js";
import { numberOrNull } from "../page/numbers.js";
import { HELP } from "../page/service.js";
import { partOf } from "./part.js";
import * as tangent from "./tangent.js";
import { LEAD, PARTS, TITLE } from "./text.js";

export { LEAD, TITLE };

/** What draws each part's figure; all but the first come once the first can be dragged. */
const FIGURES = {
  "1a": () => tangent,
  "1b": () => tangent,
  "1c": () => import("./sharpness.js"),
  "2a": () => import("./rewriting.js"),
  "2b": () => import("./staircase.js"),
  "3a": () => import("./gradient_parts.js"),
  "3b": () => import("./gradient_parts.js"),
};

/** Show the view; the state's names: x1a, x1b, beta, …, and my.1a, … of what somebody has answered. */
export async function show(root, state, page) {
  const { signal } = page;
  const sheet = {
    state, signal, parts: new Map(),
    /** Return the number that the state has under a name, within [low, high], or `otherwise`. */
    number(name, otherwise, low, high) {
      const value = state.has(name) ? numberOrNull(state.get(name)) : null;
      return value === null ? otherwise : Math.min(high, Math.max(low, value));
    },
    keepAll() {
      answered();
      page.keep(state);
    },
    keep(name, value) {
      state.set(name, String(value));
      page.keep(state);
    },
    bench: (id, otherwise) => sheet.benches.get(id)?.() ?? otherwise,
    benches: new Map(),
  };
  const parts = PARTS.map((one) => partOf(HELP === "solution" ? one : { ...one, ...one.checked }, { sheet }));
  for (const part of parts) sheet.parts.set(part.id, part);
  const mine = button("Copy link with my answers", () => copy(state), { class: "small", hidden: true });
  const answered = () => (mine.hidden = ![...state.keys()].some((name) => name.startsWith("my.")));
  const done = element("span", { class: "quiet done", role: "status" });
  const links = element("div", { class: "sheet-links", role: "group", "aria-label": "Share" },
    button("Present", () => present(parts.find(visible)?.id ?? "1a"), { class: "small" }),
    button("Copy link to the problem", () => copy(withoutMine(state)), { class: "small" }),
    mine, done);
  page.opening.append(links);
  answered();
  fill(root, parts.map((one) => one.element));

  async function copy(shared) {
    flush();
    const address = linkTo("sheet", shared);
    if (await toClipboard(address)) done.textContent = "Copied";
    else fill(done, element("input", { value: address, readonly: true, "aria-label": "The link, to be copied" }));
  }

  async function present(id) {
    const { presentation } = await import("./presentation.js");
    if (signal.aborted) return;
    presentation({
      parts, from: id, signal, address: () => linkTo("sheet", withoutMine(state)),
      at(here) {
        state.set("present", here);
        page.keep(state);
      },
      left() {
        state.delete("present");
        page.keep(state);
      },
    });
  }

  const asked = new URLSearchParams(location.search).has("present");
  // What is shared from there is the sheet itself: the question before the fragment goes.
  if (asked) history.replaceState(history.state, "", location.pathname + location.hash);
  for (const part of parts) {
    if (part.id !== "1a") await idle();
    if (signal.aborted) return;
    await figure(part, sheet);
    part.way.hidden = false;
    if (part.id === "1a" && (state.has("present") || asked)) present(state.get("present") || "1a");
  }
}

/** Draw a part's figure; where its module cannot be had, say so: no connection, or a release that is gone. */
async function figure(part, sheet) {
  let module;
  try {
    module = await FIGURES[part.id]();
  } catch {
    part.stage.append(element("p", { class: "trouble" }, "This figure could not be loaded. ", button("Load the page again", () => location.reload(), { class: "small" })));
    return;
  }
  if (!sheet.signal.aborted) await module.show(part, sheet);
}

const visible = ({ element: one }) => one.getBoundingClientRect().bottom > innerHeight / 3;

/** Return a state without what somebody has answered: a shared problem does not share its solution. */
export const withoutMine = (state) => new Map([...state].filter(([name]) => !name.startsWith("my.") && name !== "present"));

const idle = () => new Promise((resolve) => (globalThis.requestIdleCallback ? requestIdleCallback(resolve, { timeout: 300 }) : setTimeout(resolve, 50)));
