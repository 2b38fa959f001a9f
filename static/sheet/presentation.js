// Present: one part a screen, in large type, the answers hidden, the address to be scanned.

import { button, element, fill } from "../page/element.js";
import { shape } from "../page/figure.js";
import { say } from "../page/notices.js";
import { generate } from "../vendor/lean-qr.js";

const LONGEST = 1200; // letters that a phone still reads from the back row
const BACK = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1 };

/**
 * Show `parts` one at a time, from the part `from`, until Esc. `address()` is what the code stands for, `at(id)` is told where
 * one is, `left()` that it is over.
 */
export function presentation({ parts, from, address, at, left, signal }) {
  const root = document.documentElement;
  const ending = new AbortController();
  let index = Math.max(0, parts.findIndex(({ id }) => id === from));
  const code = button("", () => enlarge(!code.matches(".large")), { class: "code" });
  const where = element("span", { class: "where" });
  const bar = element("div", { class: "stage-bar", role: "group", "aria-label": "Presentation" },
    button("←", () => go(-1), { "aria-label": "Previous part" }), where, button("→", () => go(1), { "aria-label": "Next part" }),
    button("Leave (Esc)", leave, { class: "small" }), code);

  function go(by) {
    index = Math.min(parts.length - 1, Math.max(0, index + by));
    for (const [i, part] of parts.entries()) part.element.classList.toggle("current", i === index);
    const { id, element: shown } = parts[index];
    where.textContent = `${id} · ${index + 1} of ${parts.length}`;
    scrollTo({ top: 0, behavior: "instant" });
    shown.querySelector("h2").focus({ preventScroll: true });
    at(id);
    draw();
    say(`Part ${id}, ${index + 1} of ${parts.length}`);
  }

  /** Show the code so large that it is scanned from the back row, or small again. */
  function enlarge(large) {
    code.classList.toggle("large", large);
    code.setAttribute("aria-expanded", String(large));
  }

  function draw() {
    const text = address();
    code.hidden = text.length > LONGEST;
    if (code.hidden || code.dataset.address === text) return;
    code.dataset.address = text;
    fill(code, scanned(text));
  }

  function leave() {
    if (ending.signal.aborted) return;
    ending.abort();
    root.classList.remove("presenting");
    bar.remove();
    for (const part of parts) part.element.classList.remove("current");
    left();
    parts[index].element.scrollIntoView({ block: "start", behavior: "instant" });
    parts[index].element.querySelector("h2").focus({ preventScroll: true });
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") (code.matches(".large") ? enlarge(false) : leave());
    // A handle, a number and a choice have the arrows to themselves.
    else if (event.key in BACK && !event.target.closest("[role=slider], input, select, textarea")) {
      event.preventDefault();
      go(BACK[event.key]);
    }
  }, { signal: ending.signal });
  const following = setInterval(draw, 1000); // the state in the address follows the figures
  ending.signal.addEventListener("abort", () => clearInterval(following));
  signal.addEventListener("abort", () => {
    ending.abort();
    root.classList.remove("presenting");
  });
  enlarge(false);
  root.classList.add("presenting");
  document.querySelector("main").append(bar);
  go(0);
}

/** Return the QR code of a text as SVG, dark on white whatever the theme: readers want it so. */
function scanned(text) {
  const found = generate(text);
  const quiet = 3;
  const side = found.size + 2 * quiet;
  let d = "";
  for (let y = 0; y < found.size; y += 1) for (let x = 0; x < found.size; x += 1) if (found.get(x, y)) d += `M${x + quiet} ${y + quiet}h1v1h-1z`;
  return shape("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": "QR code of this page's address, to be enlarged", "shape-rendering": "crispEdges" },
    shape("rect", { class: "white", width: side, height: side }), shape("path", { class: "black", d }));
}
