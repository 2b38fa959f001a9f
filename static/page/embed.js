// The page in another page's frame (`?embed`): one view, whose height the other page is told.

/** Tell whether the page was asked for as a part of another. */
export const embedded = document.documentElement.hasAttribute("data-embed");

/** Tell the page around this one how high the view is, now and whenever that changes. */
export function install() {
  if (!embedded) return;
  document.addEventListener("click", openBeside, true);
  if (parent === window) return;
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    parent.postMessage({ type: "softstep.height", height }, "*"); // a number that the frame's own place shows
  }).observe(document.body);
}

/** Open what leads out of the view in a window of its own: a frame of a few hundred pixels is no place for it. */
function openBeside(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.hasAttribute("download") || link.href.startsWith("blob:")) return;
  const view = (hash) => hash.replace(/^#\/?/, "").split("?")[0];
  const to = new URL(link.href);
  if (to.pathname === location.pathname && view(to.hash) === view(location.hash)) return;
  if (to.pathname === location.pathname) {
    to.search = "";
    link.href = to.href;
  }
  link.target = "_blank";
  link.rel = "noopener";
}
