// The reader's place in a view that is drawn anew: what has the focus, and how far the page is scrolled.

const CONTROLS = "a[href], button, input, select, textarea, summary";

/** Remember the place in `main`; return a function that goes back there once the view is drawn. */
export function holdPlace(main) {
  const focused = document.activeElement;
  const section = focused.closest("main section")?.getAttribute("aria-labelledby");
  const within = () => controls(main.querySelector(`[aria-labelledby="${section}"]`) ?? main);
  const index = within().indexOf(focused);
  const name = index < 0 ? null : nameOf(focused);
  const scrolled = scrollY;
  main.style.minHeight = `${main.offsetHeight}px`; // shorter for a moment, the page would scroll up by itself
  return () => {
    freeHeight(main);
    scrollTo({ top: scrolled, behavior: "instant" });
    if (name === null || document.activeElement !== document.body) return;
    const list = within();
    // What is gone itself leaves the focus to what stands in its place: the next curve, the first cell.
    const again = list.find((one) => nameOf(one) === name) ?? list[Math.min(index, list.length - 1)];
    again?.focus({ preventScroll: true });
  };
}

const controls = (part) => [...part.querySelectorAll(CONTROLS)].filter((one) => !one.disabled && one.checkVisibility());

function nameOf(control) {
  const label = control.getAttribute("aria-label") ?? control.labels?.[0]?.textContent ?? control.textContent;
  return `${control.localName} ${label}`;
}

/** Let the page have its own height again as soon as its answers are there. */
function freeHeight(main) {
  const watching = new MutationObserver(() => {
    if (main.querySelector("[aria-busy]")) return;
    watching.disconnect();
    main.style.minHeight = "";
  });
  watching.observe(main, { subtree: true, attributes: true, attributeFilter: ["aria-busy"] });
}
