// What stands under the mouse: the service's values there.

import { axesAt, standAt } from "../page/axes.js";
import { element, fill } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { askFile, Problem } from "../page/service.js";
import { swatch } from "./swatch.js";

const REST = 80; // milliseconds that the mouse rests before the service is asked

/**
 * Show values under the mouse in the place of `drawn`. `read` are two functions of the place {x, y, axes}: `known(at)` returns {x, y?, rows} or null, rows of [name, value, curve?];
 * `ask(at, signal)` gets them, after which they are known. It is for the eyes: what is typed is read aloud.
 */
export function hover({ drawn, read, signal }) {
  const { place } = drawn;
  const line = element("div", { class: "hover-line", hidden: true });
  const words = element("div", { class: "hover", hidden: true, "aria-hidden": "true" });
  let at = null; // where the mouse is, in pixels of the place
  let timer = 0;
  let asking = null;
  place.append(line, words);

  function hide() {
    at = null;
    clearTimeout(timer);
    asking?.abort();
    line.hidden = words.hidden = true;
  }

  async function load(pointed) {
    asking?.abort();
    const own = new AbortController();
    asking = own;
    try {
      await read.ask(pointed, own.signal);
      if (!own.signal.aborted) show();
    } catch (error) {
      if (!(error instanceof Problem) && !own.signal.aborted) throw error; // without values nothing is shown
    }
  }

  function show() {
    const axes = at && axesAt(drawn.axes(), at);
    if (!axes || at[0] < axes.left || at[0] > axes.right) {
      line.hidden = words.hidden = true;
      return;
    }
    const value = (share, [low, high]) => low + share * (high - low);
    const pointed = { axes, x: value((at[0] - axes.left) / (axes.right - axes.left), axes.x), y: value((axes.bottom - at[1]) / (axes.bottom - axes.top), axes.y) };
    const found = read.known(pointed);
    clearTimeout(timer);
    if (!found) {
      line.hidden = words.hidden = true;
      timer = setTimeout(load, REST, pointed);
      return;
    }
    lay(found, axes);
  }

  function lay({ x, y, rows }, axes) {
    const left = standAt(line, axes, x);
    line.hidden ||= y !== undefined; // a map has a place, and no line
    const top = y === undefined ? axes.top : Math.max(0, at[1] - 12);
    fill(words, element("strong", {}, y === undefined ? `x = ${brief(x)}` : `x₁ = ${brief(x)}, x₂ = ${brief(y)}`),
      rows.map(([name, one, curve]) => element("span", {}, curve !== undefined && [swatch(curve), " "], `${name}: ${brief(one)}`)));
    const right = place.clientWidth - left;
    Object.assign(words.style, left < right ? { left: `calc(${left}px + 0.6rem)`, right: "auto" } : { right: `calc(${right}px + 0.6rem)`, left: "auto" }, { top: `${top}px` });
    words.hidden = false;
    const beyond = top + words.offsetHeight - place.clientHeight;
    if (beyond > 0) words.style.top = `${Math.max(0, top - beyond)}px`;
  }

  place.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || event.buttons) return hide();
    const box = place.getBoundingClientRect();
    at = [event.clientX - box.left, event.clientY - box.top];
    return show();
  }, { signal });
  for (const end of ["pointerleave", "pointerdown"]) place.addEventListener(end, hide, { signal });
  drawn.image.addEventListener("load", () => at && show(), { signal });
  signal.addEventListener("abort", hide);
}

/**
 * Return how values are read off the points that the service computed for a picture of curves: `points()` is their request, null while there are none, `labels()` the names of
 * the curves; several columns of one curve are it and its derivative.
 */
export function pointsOf(points, labels) {
  let last = null; // {key, rows} of the points that came last
  const keyOf = (request) => JSON.stringify([request.path, request.query]);
  return {
    known({ x }) {
      const request = points();
      if (!request || last?.key !== keyOf(request)) return null;
      const row = last.rows.reduce((best, one) => (Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best));
      const names = labels();
      const each = (row.length - 1) / names.length;
      return { x: row[0], rows: row.slice(1).map((value, index) => {
        const curve = Math.floor(index / each);
        return [index % each ? names[curve].replace(/^[^,]*/, "$&′") : names[curve], value, names.length > 1 ? curve : undefined];
      }) };
    },
    async ask(_, signal) {
      const request = points();
      if (!request) return;
      const text = await (await askFile(request, signal)).text();
      last = { key: keyOf(request), rows: text.trim().split("\n").slice(1).map((row) => row.split(",").map((value) => Number(value.replace("inf", "Infinity")))) };
    },
  };
}
