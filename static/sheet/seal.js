// The seal of a figure: what the browser has drawn is a preview until the service has computed the same.

import { element } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { say } from "../page/notices.js";
import { ask, Problem } from "../page/service.js";

const REST = 120; // milliseconds that a hand rests before the service is asked
const PAUSES = [1, 2, 2, 4, 8, 15]; // seconds before it is tried again, where the service names none
const ULP = 2 ** -52;

/** Numbers that may differ by 4 units in the last place. */
export const last = (value) => Math.max(4 * ULP * Math.abs(value), 5e-324 * 4);

/**
 * Return {element, touch, rest} of a seal. `claims()` tells what is to be compared now: each
 * {request, read(answer), drawn, allowed(value, index)}: `read` gives the service's numbers, `drawn` are the browser's.
 * Asked is what is on the screen alone: a figure that nobody has seen yet waits.
 */
export function seal(claims, signal) {
  const words = element("span", {});
  const made = element("p", { class: "seal", "data-sealed": "false" }, element("span", { class: "stamp", "aria-hidden": "true" }), words);
  let timer = 0;
  let asking = null;
  let failures = 0;
  let seen = false;
  let wanted = false;

  function show(state, text) {
    made.dataset.sealed = state;
    words.textContent = text;
  }

  function stop() {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
  }

  /** The hand moves: nothing is asked. */
  function touch() {
    stop();
    wanted = false;
    seen = true; // whoever moves it looks at it
    if (made.dataset.sealed !== "false" || failures) show("false", "preview");
  }

  /** The hand rests: let the service answer. */
  function rest(pause = REST) {
    stop();
    wanted = true;
    if (!seen || signal.aborted) return;
    timer = setTimeout(compare, pause);
  }

  async function compare() {
    wanted = false;
    const own = new AbortController();
    asking = own;
    const list = claims();
    try {
      const answers = await Promise.all(list.map(({ request }) => ask(request, own.signal)));
      if (own.signal.aborted) return;
      failures = 0;
      judge(list, answers);
    } catch (error) {
      if (own.signal.aborted || signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      failed(error);
    }
  }

  function judge(list, answers) {
    let largest = 0;
    let broken = false;
    list.forEach(({ read, drawn, allowed = last }, k) => {
      const told = read(answers[k]).map(Number);
      broken ||= told.length !== drawn.length;
      told.forEach((value, i) => {
        if (value === drawn[i]) return;
        const apart = Math.abs(value - drawn[i]);
        if (apart > largest) largest = apart;
        if (!(apart <= allowed(value, i))) broken = true;
      });
    });
    if (broken) {
      show("broken", `The service says otherwise: by ${brief(largest, 2)}. Do not trust this drawing.`);
      say(words.textContent);
    } else show("true", largest ? `✓ service, within ${brief(largest, 1)}` : "✓ service, the same to the last digit");
  }

  function failed(error) {
    const again = error.status === 0 || error.status === 429 || error.status >= 500;
    const why = error.status === 0 ? "no connection" : error.status === 401 ? "this service asks for a key" : again ? "the service is busy" : error.message;
    show("false", `not sealed: ${why}`);
    if (!again) return;
    const pause = error.retryAfter ?? PAUSES[Math.min(failures, PAUSES.length - 1)];
    failures += 1;
    timer = setTimeout(compare, pause * 1000 * (1 + Math.random() / 4)); // a class does not come back as one
  }

  const watching = new IntersectionObserver(([{ isIntersecting }]) => {
    if (seen || !isIntersecting) return;
    seen = true;
    watching.disconnect();
    if (wanted) rest(0);
  });
  watching.observe(made);
  addEventListener("online", () => failures && rest(0), { signal });
  signal.addEventListener("abort", () => {
    stop();
    watching.disconnect();
  });
  show("false", "preview");
  return { element: made, touch, rest };
}
