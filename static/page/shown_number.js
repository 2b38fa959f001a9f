// Numbers of an answer: five digits are shown; all of them on demand, under the mouse, and where they are copied.

import { button, element } from "./element.js";
import { browser } from "./memory.js";
import { say } from "./notices.js";
import { digits, short } from "./numbers.js";

const KEY = "softstep.digits";
const all = () => browser.get(KEY) === "all";

const few = new WeakMap(); // element → its number in few digits

/** Return a number, or its text, as <data>: its value has every digit, what is shown five, or all where the reader wants them. */
export function shownNumber(value, shortened = null) {
  const exact = digits(value);
  const made = element("data", { class: "digits" });
  made.setAttribute("value", exact);
  few.set(made, (shortened ?? (Number.isNaN(Number(exact)) ? exact : short(Number(exact)))).replace("-", "−"));
  write(made);
  return made;
}

/** Write in `made` as many digits as are wanted; those that are left out stand in its title. */
function write(made) {
  const exact = made.getAttribute("value");
  made.textContent = all() ? exact.replace("-", "−") : few.get(made);
  if (made.textContent === exact.replace("-", "−")) made.removeAttribute("title");
  else made.title = exact;
}

/** Return a button that shows all digits of every number on the page, or five again. */
export function allDigits() {
  const turn = () => {
    browser.set(KEY, all() ? "five" : "all");
    for (const one of document.querySelectorAll("data.digits")) write(one);
    for (const one of document.querySelectorAll("button.all-digits")) one.setAttribute("aria-pressed", String(all()));
    say(all() ? "All digits are shown." : "Five digits are shown.");
  };
  return button("All digits", turn, { class: "small all-digits", "aria-pressed": String(all()) });
}

/** Copy what is selected with every digit, whatever is shown. Part of a single number is copied as it stands. */
document.addEventListener("copy", (event) => {
  const chosen = getSelection();
  if (chosen.isCollapsed || event.target.closest?.("input, textarea")) return;
  const range = chosen.getRangeAt(0);
  const within = range.commonAncestorContainer;
  const root = within.nodeType === Node.ELEMENT_NODE ? within : within.parentElement;
  const rounded = [...root.querySelectorAll("data.digits")].filter((one) => range.intersectsNode(one));
  if (!rounded.length) return;
  const before = rounded.map((one) => one.textContent);
  if (rounded[0].contains(range.startContainer)) range.setStartBefore(rounded[0]);
  if (rounded.at(-1).contains(range.endContainer)) range.setEndAfter(rounded.at(-1));
  for (const one of rounded) one.textContent = one.getAttribute("value");
  event.clipboardData.setData("text/plain", chosen.toString());
  event.preventDefault();
  rounded.forEach((one, index) => (one.textContent = before[index]));
});
