// What was asked here, for use elsewhere: as a link, as curl, as Python, as an image's address, as files.

import { button, element, fill } from "./element.js";
import { toClipboard } from "./clipboard.js";
import { embeddable, FORMS, languages } from "./copy_as.js";
import { flush } from "./fragment.js";
import { json } from "./numbers.js";
import { say } from "./notices.js";
import { address, askPicture, hasKey } from "./service.js";

const LONGEST = 100_000; // letters that a system takes as one argument of a command
const KEY = "SOFTSTEP_KEY"; // the variable that has the reader's key, which is never copied itself
/** What a picture is for → its form, its size in CSS pixels and its theme: never those of the screen on which it was asked for. */
const USES = {
  pdf: ["for a paper: PDF, 12 cm wide", { width: 460, scale: 1 }], // 345 points, the width of a line in LaTeX: its letters keep their 9 and 9.75
  png: ["for a slide: PNG", { width: 960, scale: 2 }], // 1,920 pixels, letters of 24
  svg: ["for a README: SVG", { width: 760, scale: 1, theme: "auto" }], // which follows its reader's theme,
  csv: ["the numbers: CSV", {}],
  txt: ["the description: text", {}],
};
const LINKED = { width: 760, scale: 2, theme: "light" };

/**
 * Return a row of buttons. `links` are the addresses to copy: [[title, () => address], …]; `request()` is what was asked; `drawn(dress)` the request of its picture
 * in another size or theme, `image(dress)` the GET request of that, null where there is none; `files()` are more to download, [[name, content], …]
 * with functions that return a Blob or the promise of one, or null where there is nothing.
 */
export function sharing({ links = [["Copy link", here]], request, drawn = null, image = drawn, files = () => [], name = "softstep", what = "" }) {
  const done = element("span", { class: "quiet done" });
  const tell = (words) => {
    done.textContent = words;
    say(words);
  };
  const copy = (title, text, otherwise = () => "Nothing to copy yet") => button(title, () => {
    const words = text();
    return words === null ? tell(otherwise()) : copyText(words);
  }, { class: "small" });
  const copyText = async (words) => {
    const copied = await toClipboard(words);
    const here = /[?]kept=/.test(words) ? "; it opens in this browser only, the numbers are too many for a link" : "";
    if (copied) return tell(`Copied${here}`);
    fill(done, element("textarea", { value: words, rows: 4, "aria-label": "To be copied", readonly: true }));
    return say("Copying is not allowed here; the text stands beside the buttons.");
  };
  const ready = (make, turn) => () => (make() ? turn(make()) : null);
  const options = [...files().map(([file]) => [file, file]), ...(drawn ? Object.entries(USES).map(([format, [title]]) => [format, title]) : [])];

  async function save(chosen) {
    const file = files().find(([one]) => one === chosen);
    if (file) {
      const content = await file[1]();
      if (content === null) return tell(`There is nothing that ${chosen} could hold`);
      download(chosen, content);
    } else if (!drawn?.({})) return tell("There is no picture to download");
    else {
      const asked = drawn({ theme: "light", ...USES[chosen][1] });
      const { url } = await askPicture({ ...asked, path: asked.path.replace(/png$/, chosen) });
      download(`${name}.${chosen}`, url);
    }
    return tell("Downloaded");
  }

  const menu = options.length > 0 && element("select", { class: "small", "aria-label": "Download", onchange: async ({ target }) => {
    const { value } = target;
    target.value = "";
    try {
      await save(value);
    } catch (error) {
      tell(error.message);
    }
  } }, element("option", { value: "" }, "Download…"), options.map(([value, title]) => element("option", { value }, title)));

  /** Return the choice of a language in which the picture is copied, with its words. */
  function copyAs() {
    const write = async (chosen) => {
      const request = image(LINKED);
      if (!request) return tell(drawn({}) ? "Too many numbers for a link; the picture can be downloaded" : "There is no picture yet");
      const { words, width, height } = await seen(request);
      return copyText(FORMS[chosen]({ url: address(request), words, width, height, page: embeddable(here()) }));
    };
    return element("select", { class: "small", "aria-label": "Copy as", onchange: async ({ target }) => {
      const { value } = target;
      target.value = "";
      try {
        await write(value);
      } catch (error) {
        tell(error.message);
      }
    } }, element("option", { value: "" }, "Copy as…"), languages().map((name) => element("option", { value: name }, name)));
  }

  return element("div", { class: "sharing", role: "group", "aria-label": what ? `Share the ${what}` : "Share" },
    links.map(([title, address]) => copy(title, address)),
    copy("Copy as curl", ready(request, asCurl)),
    copy("Copy as Python", ready(request, asPython)),
    image && copyAs(),
    image && copy("Copy image link", ready(() => image(LINKED), address),
      () => (drawn({}) ? "Too many numbers for a link; the picture can be downloaded" : "There is no picture yet")),
    menu,
    done);
}

/** Return the address of the page as it is. */
function here() {
  flush();
  return location.href;
}

/** Return a value as a JSON file's content, or null where there is none. */
export function jsonFile(value) {
  return value === null || value === undefined ? null : new Blob([json(value)], { type: "application/json" });
}

/** Return the words of a picture and its size in CSS pixels. */
async function seen(request) {
  const { url, words } = await askPicture(request);
  const image = element("img", { src: url });
  await image.decode();
  URL.revokeObjectURL(url);
  const height = Math.round((LINKED.width * image.naturalHeight) / image.naturalWidth);
  return { words, width: LINKED.width, height };
}

/** Save a Blob, or what stands at its URL, as a file. */
export function download(name, source) {
  const url = typeof source === "string" ? source : URL.createObjectURL(source);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Return a shell command that asks the same. */
export function asCurl(request) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const url = quoted(address(request));
  if (request.body === undefined) return `curl -s ${url}`;
  const command = `curl -s ${url}${hasKey() ? ` -H "X-API-Key: $${KEY}"` : ""} --json`;
  const body = json(request.body);
  return body.length > LONGEST ? `${command} @- <<'JSON'\n${body}\nJSON\n` : `${command} ${quoted(body)}`;
}

/** Return a Python program, of the standard library alone, that asks the same. */
export function asPython(request) {
  const url = JSON.stringify(address(request));
  if (request.body === undefined) {
    const [modules, shown] = /\.csv$/.test(request.path) ? ["urllib.request", "answer.read().decode()"] : ["json, urllib.request", "json.load(answer)"];
    return `import ${modules}\n\nwith urllib.request.urlopen(${url}) as answer:\n    print(${shown})\n`;
  }
  const key = hasKey() ? `, "X-API-Key": os.environ["${KEY}"]` : "";
  return [
    `import json, ${key && "os, "}urllib.request`,
    "",
    `body = ${python(request.body)}`,
    `headers = {"Content-Type": "application/json"${key}}`,
    `request = urllib.request.Request(${url}, json.dumps(body).encode(), headers)`,
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
