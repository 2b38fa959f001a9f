// Before the first paint, and so no module: the theme that the reader chose earlier.

document.documentElement.dataset.theme =
  localStorage.getItem("softstep.theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
