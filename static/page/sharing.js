// What was asked here, for use elsewhere: as a link, as curl, as Python, as an image's address, as files.

import { element, fill } from "./element.js";
import { json } from "./numbers.js";
import { say } from "./notices.js";
import { address } from "./service.js";

/**
 * Return a row of buttons. `request()` is what was asked; `image()` the GET request of its picture, or null;
 * `files()` are [[name, Blob or URL], …] to download.
 */
export function sharing({ request, image = () => null, files = () => [] }) {
  const done = element("span", { class: "quiet done" });
  const copy = (title, text) => element("button", { type: "button", class: "small", onclick: async () => {
    const words = text();
    const copied = words !== null && (await toClipboard(words));
    done.textContent = words === null ? "Nothing to copy yet" : copied ? "Copied" : "";
    if (words !== null && !copied) show(words);
    say(done.textContent);
  } }, title);
  const show = (words) => fill(done, element("textarea", { value: words, rows: 4, "aria-label": "To be copied", readonly: true }));
  const ready = (make, turn) => () => (make() ? turn(make()) : null);
  return element("div", { class: "sharing", role: "group", "aria-label": "Take it with you" },
    copy("Copy link", () => (dispatchEvent(new Event("pagehide")), location.href)),
    copy("Copy as curl", ready(request, asCurl)),
    copy("Copy as Python", ready(request, asPython)),
    image() !== undefined && copy("Copy image link", ready(image, address)),
    element("button", { type: "button", class: "small", onclick: async () => {
      const list = await files();
      for (const [name, source] of list) download(name, source);
      done.textContent = list.length ? "Downloaded" : "Nothing to download yet";
      say(done.textContent);
    } }, "Download"),
    done);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not allowed, or the page is not served securely
  }
}

/** Save `source`, a Blob or a URL, as a file. */
export function download(name, source) {
  const url = typeof source === "string" ? source : URL.createObjectURL(source);
  const link = element("a", { href: url, download: name });
  link.click();
  if (url !== source) setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Return a shell command that asks the same. */
export function asCurl(request) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const url = quoted(address(request));
  return request.body === undefined ? `curl -s ${url}` : `curl -s ${url} --json ${quoted(json(request.body))}`;
}

/** Return a Python program, of the standard library alone, that asks the same. */
export function asPython(request) {
  const url = JSON.stringify(address(request));
  if (request.body === undefined) {
    return `import json, urllib.request\n\nwith urllib.request.urlopen(${url}) as answer:\n    print(json.load(answer))\n`;
  }
  return [
    "import json, urllib.request",
    "",
    `body = ${python(request.body)}`,
    `request = urllib.request.Request(${url}, json.dumps(body).encode(), {"Content-Type": "application/json"})`,
    "with urllib.request.urlopen(request) as answer:",
    "    print(json.load(answer))",
    "",
  ].join("\n");
}

function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}: ${python(member)}`).join(", ")}}`;
  }
  return json(value);
}
