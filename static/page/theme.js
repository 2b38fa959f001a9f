// Light or dark: as the system says, unless the reader chose.

import { browser } from "./memory.js";

const KEY = "softstep.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const changed = new EventTarget();

/** Return "light" or "dark", what the page wears now. */
export function theme() {
  return browser.get(KEY) ?? (dark.matches ? "dark" : "light");
}

/** Call back when the theme changes, until `signal` is aborted. */
export function onTheme(callback, signal) {
  changed.addEventListener("change", callback, { signal });
}

function wear() {
  document.documentElement.dataset.theme = theme();
  changed.dispatchEvent(new Event("change"));
}

/** Dress the page, and let `button` change the dress. */
export function install(button) {
  const label = () => {
    const other = theme() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
    button.title = `Switch to the ${other} theme`;
  };
  button.addEventListener("click", () => {
    browser.set(KEY, theme() === "dark" ? "light" : "dark");
    wear();
    label();
  });
  dark.addEventListener("change", () => (wear(), label()));
  wear();
  label();
}
