// The page: which view the URL names, and what every view shares.

import { button, element, fill } from "./page/element.js";
import { install as installFrame } from "./page/embed.js";
import { holdPlace } from "./page/place.js";
import { read, write } from "./page/fragment.js";
import { install as installAddress } from "./page/printing.js";
import { install } from "./page/theme.js";

// Each is loaded when it is shown first: who comes for the sheet waits for nothing else.
const VIEWS = {
  sheet: () => import("./sheet/sheet.js"),
  activations: () => import("./views/activations.js"),
  convert: () => import("./views/convert.js"),
  gradients: () => import("./views/gradients.js"),
  backpropagation: () => import("./views/backpropagation.js"),
  identities: () => import("./views/identities.js"),
};
const LANDING = "sheet";
const BELONGS = { backpropagation: "gradients" }; // a view without a link of its own above → the one whose link it stands below
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
  const name = Object.hasOwn(VIEWS, named) ? named : LANDING;
  const view = await loaded(name);
  if (signal.aborted || !view) return;
  const heading = element("h1", { tabindex: "-1" }, view.TITLE);
  const body = element("div", { class: `view ${name}` });
  const returnToPlace = name === current ? holdPlace(main) : null;
  const entered = current !== null && name !== current;
  if (entered) main.style.minHeight = "";
  document.title = `${view.TITLE}: Softstep`;
  current = name;
  if (state) drafts.set(name, new Map(state));
  mark();
  const opening = element("div", { class: `opening of-${name}` }, heading, element("p", { class: "lead" }, view.LEAD));
  fill(main, opening,
    state === null && element("p", { class: "trouble", role: "alert" }, LOST), body);
  if (entered) heading.focus({ preventScroll: !moved });
  const page = {
    signal, note, opening,
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
    /** Enter another view, as it was left. */
    visit: enter,
  };
  await view.show(body, state ?? new Map(), page);
  if (!signal.aborted) returnToPlace?.();
}

/** Return a view's module, or null, the page saying why: no connection, or a release that is gone. */
async function loaded(name) {
  try {
    return await VIEWS[name]();
  } catch {
    fill(main, element("p", { class: "trouble", role: "alert" }, "This part of the page could not be loaded. ",
      button("Load the page again", () => location.reload(), { class: "small" })));
    return null;
  }
}

function mark() {
  for (const link of links) {
    const name = link.getAttribute("href").slice(2);
    if (name === current) link.setAttribute("aria-current", "page");
    else if (name === BELONGS[current]) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Show another view, at its heading; one that was left is as it was left. */
function enter(name) {
  write(name, drafts.get(name) ?? new Map(), { step: true });
  show({ moved: true });
}

for (const link of links) {
  link.addEventListener("click", (event) => {
    const name = link.getAttribute("href").slice(2);
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    enter(name);
  });
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

addEventListener("popstate", () => show({ moved: false }));
install(document.getElementById("theme"));
installAddress();
installFrame();
show({ moved: false });
