// A number that is dragged sideways: what the handles of a figure change, to be changed where it stands.

import { element } from "../page/element.js";
import { snapped } from "../page/figure.js";
import { brief } from "../page/numbers.js";

const [STEP, PIXELS] = [0.05, 4]; // a step of the number for so many CSS pixels

/** Return {element, show} of a number; the keyboard has the figure's handles. */
export function scrubbed({ read, put, kind = "", touched, rested }) {
  let grip = null;
  const made = element("span", { class: `number scrub ${kind}`, title: "Drag sideways to change it" });
  const show = () => {
    const text = brief(read(), 6);
    if (made.textContent !== text) made.textContent = text;
  };
  made.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    made.setPointerCapture(event.pointerId);
    grip = { from: read(), at: event.clientX };
  });
  made.addEventListener("pointermove", (event) => {
    if (!grip) return;
    put(snapped(grip.from + Math.round((event.clientX - grip.at) / PIXELS) * STEP, STEP));
    touched();
  });
  const release = () => {
    if (!grip) return;
    grip = null;
    rested();
  };
  made.addEventListener("pointerup", release);
  made.addEventListener("pointercancel", release);
  show();
  return { element: made, show };
}
