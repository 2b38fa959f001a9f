// The whole state of the page, in the fragment of its URL: #/convert?to=sigmoid&W1=1.5;-0.5

import { keep, kept } from "./kept.js";

const LONGEST = 30_000; // characters; longer states stay in this browser, under a name in the fragment
const PAUSE = 250; // milliseconds without typing before the URL follows
const REPLACED = "softstep.replaced"; // {before, after}: what the URL said until typing changed it, over a reload
const MOST = 16; // of them

let pending = null;
let timer = 0;

/** Return {view, state} of the URL now; state is a Map of texts, null where it is kept in another browser. */
export async function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  let state = parse(query);
  if (state.has("kept")) {
    const text = await kept(state.get("kept"));
    state = text === null ? null : parse(text);
  }
  return { view: path, state };
}

/** Return the fragment of a state; one too long for a URL is kept, and the fragment names it. */
function fragment(view, state) {
  const query = format(state);
  if (query.length > LONGEST) return `#/${view}?kept=${keep(query)}`;
  return query ? `#/${view}?${query}` : `#/${view}`;
}

/** Make the URL say `state`: at once and as a step of the history, or soon and in place. */
export function write(view, state, { step = false } = {}) {
  const before = pending;
  pending = [view, new Map(state)];
  if (step) {
    // What was typed before the step stays behind it, for the back button.
    if (before) commit(...before, "replaceState");
    flush("pushState");
  } else {
    clearTimeout(timer);
    timer = setTimeout(flush, PAUSE);
  }
}

/** Write what is waiting. */
export function flush(how = "replaceState") {
  clearTimeout(timer);
  if (!pending) return;
  const [view, state] = pending;
  pending = null;
  commit(view, state, how);
}

function commit(view, state, how) {
  const before = location.hash;
  const hash = fragment(view, state);
  if (hash === before) return;
  history[how](null, "", hash);
  if (how === "replaceState") remember(before, hash);
  else forget();
}

// A reload asks for the URL as it was when it began, whatever typing has made of it until the page is gone:
// what it should say waits in the tab's own store.
function remember(before, after) {
  const replaced = [...(remembered()?.before ?? []), before].slice(-MOST);
  try {
    sessionStorage.setItem(REPLACED, JSON.stringify({ before: replaced, after }));
  } catch {
    forget(); // the store is full: the URL itself is right already
  }
}

const remembered = () => JSON.parse(sessionStorage.getItem(REPLACED));
const forget = () => sessionStorage.removeItem(REPLACED);

function arrive() {
  const known = remembered();
  const [{ type } = {}] = performance.getEntriesByType("navigation");
  if (type !== "navigate" && known?.before.includes(location.hash)) history.replaceState(null, "", known.after);
  forget();
}

arrive();
addEventListener("popstate", forget);
addEventListener("pagehide", () => flush());
addEventListener("visibilitychange", () => flush());

function parse(query) {
  const state = new Map();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    state.set(decode(name), decode(value));
  }
  return state;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a link that was cut in the middle of a character
  }
}

function format(state) {
  return [...state].map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}

// Commas, semicolons and the like may stand in a fragment: a link stays readable.
function encode(text) {
  return encodeURIComponent(text).replace(/%(2C|3B|3A|2F)/g, decodeURIComponent);
}
