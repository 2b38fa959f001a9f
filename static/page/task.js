// Work that may take long: it shows that it goes on, and it can be cancelled.

import { element, fill } from "./element.js";
import { say } from "./notices.js";

const PATIENCE = 400; // milliseconds before anything is shown

/**
 * Return {element, run, cancel}. `run(work)` aborts what ran before; work gets a signal. Once `leaving` is aborted,
 * so is what runs, and nothing more is begun: what is no longer on the page must neither ask nor speak.
 */
export function task(what, leaving) {
  const bar = element("div", { class: "task", hidden: true });
  let current = null;
  leaving.addEventListener("abort", cancel);

  function cancel() {
    current?.abort();
  }

  /** Return what `work(signal)` returns, or undefined if it was cancelled or overtaken. */
  async function run(work) {
    cancel();
    if (leaving.aborted) return undefined;
    const controller = new AbortController();
    current = controller;
    const done = progress(bar, what, controller);
    try {
      const found = await work(controller.signal);
      return controller.signal.aborted ? undefined : found;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    } finally {
      done(current === controller);
    }
  }

  return { element: bar, run, cancel };
}

function progress(bar, what, controller) {
  const start = performance.now();
  const seconds = element("span", { class: "quiet" });
  const stop = element("button", { type: "button", class: "small" }, "Cancel");
  stop.addEventListener("click", () => {
    controller.abort();
    say("Cancelled. What you typed is as it was.");
  });
  let ticking = 0;
  const showing = setTimeout(() => {
    fill(bar, element("progress", { "aria-label": what }), element("span", {}, `${what}…`), seconds, stop);
    bar.hidden = false;
    const tick = () => (seconds.textContent = `${Math.round((performance.now() - start) / 1000)} s`);
    tick();
    ticking = setInterval(tick, 1000);
  }, PATIENCE);
  return (last) => {
    clearTimeout(showing);
    clearInterval(ticking);
    if (last) {
      bar.hidden = true;
      fill(bar);
    }
  };
}
