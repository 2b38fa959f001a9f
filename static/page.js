// The page: which view the URL names, and what every view shares.

import { element, fill } from "./page/element.js";
import { holdPlace } from "./page/place.js";
import { read, write } from "./page/fragment.js";
import { install } from "./page/theme.js";
import * as activations from "./views/activations.js";
import * as convert from "./views/convert.js";
import * as gradients from "./views/gradients.js";
import * as identities from "./views/identities.js";

const VIEWS = { activations, convert, gradients, identities };
const main = document.getElementById("main");
const links = [...document.querySelectorAll("nav a")];
const LOST = "This link stands for numbers that were too many for a link: they are in the browser where it was made.";
const drafts = new Map(); // view → its state when it was left

let leaving = new AbortController();
let current = null;

/** Show what the URL says. A view that is entered is entered at its heading; one that is redrawn keeps the reader's place. */
async function show({ moved, note = null }) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { view: named, state } = await read();
  if (signal.aborted) return; // something else is to be shown by now
  const name = Object.hasOwn(VIEWS, named) ? named : "activations";
  const view = VIEWS[name];
  const heading = element("h1", { tabindex: "-1" }, view.TITLE);
  const body = element("div", { class: `view ${name}` });
  const returnToPlace = name === current ? holdPlace(main) : null;
  const entered = current !== null && name !== current;
  if (entered) main.style.minHeight = "";
  document.title = `${view.TITLE}: Softstep`;
  current = name;
  if (state) drafts.set(name, new Map(state));
  mark();
  fill(main, element("div", { class: "opening" }, heading, element("p", { class: "lead" }, view.LEAD)),
    state === null && element("p", { class: "trouble", role: "alert" }, LOST), body);
  if (entered) heading.focus({ preventScroll: !moved });
  const page = {
    signal,
    note,
    /** Let the URL say `next`, a Map; `step` makes it one the back button returns from. */
    keep(next, { step = false } = {}) {
      if (signal.aborted) return;
      write(name, next, { step });
      drafts.set(name, new Map(next));
    },
    /** Show the view anew with another state, as a step of the history; `note` is what it may then tell of that once. */
    go(next, note = null) {
      write(name, next, { step: true });
      show({ moved: true, note });
    },
    /** Show the view anew as it is. */
    again: () => show({ moved: false }),
  };
  await view.show(body, state ?? new Map(), page);
  if (!signal.aborted) returnToPlace?.();
}

function mark() {
  for (const link of links) {
    const here = link.getAttribute("href") === `#/${current}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// A view is entered at its heading; one that was left is as it was left.
for (const link of links) {
  link.addEventListener("click", (event) => {
    const name = link.getAttribute("href").slice(2);
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    write(name, drafts.get(name) ?? new Map(), { step: true });
    show({ moved: true });
  });
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

addEventListener("popstate", () => show({ moved: false }));
install(document.getElementById("theme"));
show({ moved: false });
