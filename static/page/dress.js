// Before the first paint, and so no module: the theme that was chosen earlier, whether other pages frame this one, and the modules of the view a link leads to.

(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("softstep.theme");
  } catch {
    // Cookies are blocked, and this with them.
  }
  document.documentElement.dataset.theme = chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  if (new URLSearchParams(location.search).has("embed")) document.documentElement.dataset.embed = "";

  const [view] = location.hash.replace(/^#\/?/, "").split("?");
  const listed = [...document.querySelectorAll("meta[name=modules]")].find((one) => one.dataset.view === view);
  for (const name of listed?.content.split(" ") ?? []) {
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = new URL(`../${name}`, document.currentScript.src).href;
    document.head.append(link);
  }
})();
