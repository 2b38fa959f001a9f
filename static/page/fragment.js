// The whole state of the page, in the fragment of its URL: #/convert?to=sigmoid&W1=1.5;-0.5

import { keep, kept } from "./kept.js";
import { tab } from "./memory.js";

const LONGEST = 30_000; // characters; longer states stay in this browser, under a name in the fragment
const PAUSE = 250; // milliseconds without typing before the URL follows
const REPLACED = "softstep.replaced"; // {before, after}: what the URL said until typing changed it, over a reload
const MOST = 16; // of them

let pending = null; // {view, state, entry}: what the URL does not say yet, and of which entry of the history
let timer = 0;
const late = new Map(); // entry → what was typed there just before the back button

/** Return {view, state} of the URL now; state is a Map of texts, null where it is kept in another browser. */
export async function read() {
  const unsaid = late.get(entry());
  if (unsaid) {
    late.delete(entry());
    commit(unsaid, "replaceState");
  }
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

/** Return the address of a view in a state. */
export const linkTo = (view, state) => new URL(fragment(view, state), location.href).href;

const changes = new EventTarget();

/** Call back with each state that the URL is to say, until `signal` is aborted. */
export function onWrite(callback, signal) {
  changes.addEventListener("write", ({ detail }) => callback(detail), { signal });
}

/** Make the URL say `state`: at once and as a step of the history, or soon and in place. */
export function write(view, state, { step = false } = {}) {
  const before = pending;
  pending = { view, state: new Map(state), entry: entry() };
  changes.dispatchEvent(new CustomEvent("write", { detail: pending.state }));
  if (step) {
    // What was typed before the step stays behind it, for the back button.
    if (before) commit(before, "replaceState");
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
  const waiting = pending;
  pending = null;
  commit(waiting, how);
}

function commit({ view, state }, how) {
  const before = location.hash;
  const hash = fragment(view, state);
  if (hash === before) return;
  history[how](how === "pushState" ? { entry: fresh() } : history.state, "", hash);
  if (how === "replaceState") remember(before, hash);
  else forget();
}

// Each entry of the history has a name: what is typed belongs to the one where it was typed.
let count = 0;
const fresh = () => `${performance.timeOrigin} ${(count += 1)}`;

function entry() {
  if (!history.state?.entry) history.replaceState({ entry: fresh() }, "", location.href);
  return history.state.entry;
}

/** Leave what is waiting to its entry, if the reader has gone to another. */
function passed() {
  forget();
  if (!pending || pending.entry === entry()) return;
  clearTimeout(timer);
  late.set(pending.entry, pending);
  pending = null;
}

// A reload asks for the URL as it was when it began, whatever typing has made of it until the page is gone:
// what it should say waits in the tab's own store.
function remember(before, after) {
  const replaced = [...(remembered()?.before ?? []), before].slice(-MOST);
  if (!tab.set(REPLACED, JSON.stringify({ before: replaced, after }))) forget(); // the URL itself is right already
}

const remembered = () => JSON.parse(tab.get(REPLACED));
const forget = () => tab.drop(REPLACED);

function arrive() {
  const known = remembered();
  const [{ type } = {}] = performance.getEntriesByType("navigation");
  if (type !== "navigate" && known?.before.includes(location.hash)) history.replaceState(history.state, "", known.after);
  forget();
}

arrive();
addEventListener("popstate", passed);
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
