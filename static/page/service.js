// The service as the page asks it. A request is a plain record {method, path, query, body}, or with a `file` in place of the body.

import { tab } from "./memory.js";
import { json } from "./numbers.js";

/** An answer of 400 and above: its problem document; `keyed` tells whether a key was sent. */
export class Problem extends Error {
  constructor({ title, status, detail, type, errors, keyed = false }) {
    super(detail || title);
    Object.assign(this, { title, status, slug: String(type).split("/").at(-1), errors: errors ?? [], keyed });
  }
}

/** How far the help of this service goes: "solution" tells gradients, all below it only check them. */
export const HELP = document.querySelector("meta[name=help]").content;
/** The relative tolerance of this service's own checks. */
export const TOLERANCE = Number(document.querySelector("meta[name=tolerance]").content);

const KEY = "softstep.key";

const keyed = new EventTarget();

const PRINTABLE = /^[\x20-\x7e]+$/;

/** What is no key; its message says what was expected. */
export class NotAKey extends Error {}

/**
 * Remember the key of a service that asks for one, until the tab is closed; all that waits for one tries again.
 * Throws NotAKey of what no header can carry, such as the unseen signs that come along from a PDF.
 */
export function useKey(text) {
  const key = text.trim();
  if (key === "") throw new NotAKey("expected a key");
  const strange = [...key].findIndex((letter) => !PRINTABLE.test(letter));
  if (strange >= 0) {
    const code = [...key][strange].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    throw new NotAKey(`expected printable ASCII only, got U+${code} as letter ${strange + 1}`);
  }
  tab.set(KEY, key);
  keyed.dispatchEvent(new Event("change"));
}

/** Return the key that is remembered, or null. */
function knownKey() {
  const key = tab.get(KEY);
  return key && PRINTABLE.test(key) ? key : null;
}

/** Tell whether a key is remembered. */
export const hasKey = () => knownKey() !== null;

/** Call back when a key is given, until `signal` is aborted. */
export function onKey(callback, signal) {
  keyed.addEventListener("change", callback, { signal });
}

/** Return the absolute URL of a request. */
export function address({ path, query }) {
  const url = new URL(path.replace(/^\//, ""), document.baseURI);
  for (const [name, value] of query ?? []) url.searchParams.append(name, value);
  return url.href;
}

const TRIES = 5; // of a request that the service has no room for
const LONGEST_WAIT = 20; // seconds

/** Send a request; where the service is busy, wait as long as it asks for, and a little more by chance: others wait too. */
async function send(request, signal) {
  for (let tries = 1; ; tries += 1) {
    const answer = await sendOnce(request, signal);
    if (answer.ok) return answer;
    const wait = Number(answer.headers.get("Retry-After"));
    const busy = [429, 503].includes(answer.status) && wait > 0 && wait <= LONGEST_WAIT;
    if (!busy || tries === TRIES) throw await problemOf(answer, answer.keyed);
    await pause(1000 * wait * (1 + Math.random() / 2), signal);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

async function sendOnce(request, signal) {
  const { method = "GET", body, file, accept, cache } = request;
  const headers = {};
  const key = knownKey();
  if (key) headers["X-API-Key"] = key;
  if (accept) headers.Accept = accept;
  if (body !== undefined || file) headers["Content-Type"] = file ? "application/octet-stream" : "application/json";
  const content = body === undefined ? file : json(body);
  let answer;
  try {
    answer = await fetch(address(request), { method, headers, body: content, cache, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: "No connection", status: 0, detail: "The service cannot be reached. Nothing you typed is lost." });
  }
  answer.keyed = key !== null;
  if (answer.status === 401 && key === tab.get(KEY)) tab.drop(KEY); // unless another has been typed meanwhile
  return answer;
}

async function problemOf(answer, keyed) {
  const fallback = { title: "The service failed", status: answer.status, detail: `The service answered ${answer.status}.`, keyed };
  try {
    return new Problem({ ...fallback, ...(await answer.json()) });
  } catch {
    return new Problem(fallback);
  }
}

/** Return the answer to a request. Throws Problem, and AbortError where `signal` says so. */
export async function ask(request, signal) {
  return (await send(request, signal)).json();
}

/** Return the answer to a request as a Blob: a file. Throws what `ask` throws. */
export async function askFile(request, signal) {
  return (await send(request, signal)).blob();
}

/** Return a picture {url, words, axes}: its address, to be released, its words, and where its axes are. */
export async function askPicture(request, signal) {
  let answer = await send(request, signal);
  // A browser keeps pictures for a day: one of an older release says nothing of its axes.
  if (!answer.headers.has("X-Axes")) answer = await send({ ...request, cache: "reload" }, signal);
  const blob = await answer.blob();
  const words = answer.headers.get("X-Alt-Text") ?? "";
  const axes = JSON.parse(answer.headers.get("X-Axes"));
  return { url: URL.createObjectURL(blob), words, axes };
}
