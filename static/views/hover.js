// What stands under the mouse: every curve's value at the nearest of the points that the service computed for the picture.

import { element, fill } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { askFile, Problem } from "../page/service.js";
import { swatch } from "./swatch.js";

const REST = 80; // milliseconds that the mouse rests before the points are asked for

/**
 * Show values under the mouse in the place of `drawn`. `points()` is the request of the points of what is drawn, null while there are none; `axis` is its window, `labels()` the names of the curves. It is for the eyes: what is typed into "Value at x" is read aloud.
 */
export function hover({ drawn, axis, points, labels, signal }) {
  const { place } = drawn;
  const line = element("div", { class: "hover-line", hidden: true });
  const words = element("div", { class: "hover", hidden: true, "aria-hidden": "true" });
  let known = null; // {key, rows} of the points that came last
  let at = null; // the mouse's clientX, null while it is elsewhere
  let timer = 0;
  place.append(line, words);

  function hide() {
    at = null;
    clearTimeout(timer);
    line.hidden = words.hidden = true;
  }

  async function load(request, key) {
    try {
      const text = await (await askFile(request, signal)).text();
      known = { key, rows: text.trim().split("\n").slice(1).map((row) => row.split(",").map((value) => Number(value.replace("inf", "Infinity")))) };
      show();
    } catch (error) {
      if (!(error instanceof Problem) && !signal.aborted) throw error; // without points nothing is shown
    }
  }

  function show() {
    const request = at === null ? null : points();
    if (request === null || !axis.valid) return hide();
    const key = JSON.stringify(request.query);
    if (known?.key !== key) {
      line.hidden = words.hidden = true;
      clearTimeout(timer);
      timer = setTimeout(load, REST, request, key);
      return undefined;
    }
    const x = axis.at(at);
    const row = known.rows.reduce((best, one) => (Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best));
    const share = axis.place(row[0]);
    if (share === null || x < axis.low || x > axis.high) {
      line.hidden = words.hidden = true;
      return undefined;
    }
    const names = labels();
    const each = (row.length - 1) / names.length; // a curve, or a curve and its derivative
    fill(words, element("strong", {}, `x = ${brief(row[0])}`), row.slice(1).map((value, index) => {
      const curve = Math.floor(index / each);
      return element("span", {}, names.length > 1 && [swatch(curve), " "], `${index % each ? names[curve].replace(/^[^,]*/, "$&′") : names[curve]}: ${brief(value)}`);
    }));
    line.style.left = `${100 * share}%`;
    words.style.left = words.style.right = "auto";
    if (share < 0.5) words.style.left = `calc(${100 * share}% + 0.6rem)`;
    else words.style.right = `calc(${100 * (1 - share)}% + 0.6rem)`;
    line.style.top = words.style.top = `${axis.top(row.slice(1).map((_, index) => names[Math.floor(index / each)]))}px`;
    line.hidden = words.hidden = false;
    return undefined;
  }

  place.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || event.buttons) return hide();
    at = event.clientX;
    return show();
  }, { signal });
  for (const end of ["pointerleave", "pointerdown"]) place.addEventListener(end, hide, { signal });
}
