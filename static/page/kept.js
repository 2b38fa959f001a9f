// States too long for a URL, kept in this browser (IndexedDB) under a name.

import { tab } from "./memory.js";

const NAME = "softstep";
const STORE = "states";
const MOST = 20; // states; the oldest go first

const NEWEST = "softstep.newest"; // [name, text] in the tab's own store, which is written at once

const fresh = new Map(); // written, perhaps not yet on disk

function store(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "name" });
    opening.onsuccess = () => resolve(opening.result.transaction(STORE, mode).objectStore(STORE));
    opening.onerror = () => reject(opening.error);
  });
}

/** Keep a text; return its name: the same text has the same name. */
export function keep(text) {
  const name = hash(text);
  fresh.set(name, text);
  hold(name, text);
  put(name, text).catch(() => {}); // without a store the state lives as long as the tab
  return name;
}

// The disk takes its time, and a page that is left or loaded anew meanwhile has written nothing.
const hold = (name, text) => tab.set(NEWEST, JSON.stringify([name, text]));

function held(name) {
  const [known, text] = JSON.parse(tab.get(NEWEST)) ?? [];
  return known === name ? text : null;
}

async function put(name, text) {
  (await store("readwrite")).put({ name, text, at: Date.now() });
  const all = await result((await store("readonly")).getAll());
  const old = all.sort((one, other) => other.at - one.at).slice(MOST);
  for (const { name: gone } of old) (await store("readwrite")).delete(gone);
}

/** Return a kept text, or null. */
export async function kept(name) {
  if (fresh.has(name)) return fresh.get(name);
  try {
    return (await result((await store("readonly")).get(name)))?.text ?? held(name);
  } catch {
    return held(name);
  }
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// FNV-1a, 32 bits, from both ends: enough to tell twenty texts apart.
function hash(text) {
  let [forth, back] = [2166136261, 2166136261];
  for (let index = 0; index < text.length; index += 1) {
    forth = Math.imul(forth ^ text.charCodeAt(index), 16777619);
    back = Math.imul(back ^ text.charCodeAt(text.length - 1 - index), 16777619);
  }
  return `${(forth >>> 0).toString(36)}${(back >>> 0).toString(36)}`;
}
