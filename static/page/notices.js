// What is said rather than shown: one polite live region for the whole page.

const region = document.getElementById("spoken");
let timer = 0;

/** Let screen readers say `text` when they are free; the same words twice are said twice. */
export function say(text) {
  clearTimeout(timer);
  region.textContent = "";
  timer = setTimeout(() => (region.textContent = text), 60);
}
