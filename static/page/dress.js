// Before the first paint, and so no module: the theme that the reader chose earlier.

(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("softstep.theme");
  } catch {
    // Cookies are blocked, and this with them.
  }
  document.documentElement.dataset.theme = chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
})();
