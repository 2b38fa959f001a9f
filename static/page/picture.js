// A picture drawn by the service, at the size and the sharpness of the place where it stands.

import { button, element, fill, scrolled } from "./element.js";
import { askPicture, onKey, Problem } from "./service.js";
import { task } from "./task.js";
import { onTheme, theme } from "./theme.js";

const PAUSE = 200; // milliseconds after the last change of size
const REST = 1500; // milliseconds after a dark picture, before the light one for paper is fetched
const BREATH = 120; // milliseconds between two pictures while a hand moves
const STEP = 20; // CSS pixels: sizes in between use the same picture, which is then in the cache
const [NARROWEST, WIDEST] = [240, 1280];

/**
 * Return {element, draw, redraw, axes}; the style sheet says its shape (`look` is a class), `draw(make)` takes make(dress) → request, null while there is none.
 * Its image is told of by "load" once `axes()` are those of what is shown.
 */
export function picture({ look = "", label = "Picture", signal }) {
  const image = element("img", { alt: "", hidden: true });
  const onPaper = element("img", { class: "on-paper", alt: "" }); // light, while a dark one is shown
  const running = task("Drawing", signal);
  const place = element("div", { class: `picture-place ${look}` }, image);
  const words = element("p", {});
  const described = element("details", { class: "words", hidden: true }, element("summary", {}, "The picture in words"), words);
  const trouble = element("p", { class: "trouble", hidden: true });
  const framed = look === "maps" ? scrolled(label, place) : place;
  const figure = element("figure", { class: "picture", "aria-label": label }, framed, running.element, trouble, described);
  let make = null;
  let shown = null;
  let width = 0;
  let turn = 0; // of drawing: one that was overtaken by the next neither ends nor shows
  let passed = 0; // the turn whose question has changed since
  let timer = 0;
  let soon = 0; // the timer of the next picture while a hand moves
  let paper = 0; // the timer of the light picture
  let drawing = false; // a picture that a moving hand waits for
  let moved = false; // whether the hand has moved since that was asked for

  function dress() {
    const sharp = Math.min(width > 800 ? 2 : 4, Math.max(1, Math.ceil(devicePixelRatio || 1)));
    const height = Math.max(200, Math.round((width * place.clientHeight) / place.clientWidth));
    return { width, height, scale: sharp, theme: theme() };
  }

  async function redraw() {
    if (!make || !width) return;
    const request = make(dress());
    const own = (turn += 1);
    const drawnWide = width;
    if (request === null) {
      drawing = false;
      running.cancel();
      place.removeAttribute("aria-busy");
      outdate("Correct the highlighted fields to update the picture.");
      return;
    }
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await running.run((signal) => askPicture(request, signal));
      if (answer && own === turn) await show({ ...answer, width: drawnWide }, own);
      else if (!answer && own === turn && !signal.aborted) outdate("Drawing was cancelled.", redraw);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      outdate(error.message, error.status === 422 ? null : redraw);
      if (error.status === 0) addEventListener("online", redraw, { once: true, signal });
    } finally {
      if (own === turn) {
        place.removeAttribute("aria-busy");
        drawing = false;
        if (moved) soon ||= setTimeout(follow, BREATH);
      }
    }
  }

  /** Draw the newest of what a hand has moved to; what lies between two pictures is left out. */
  function follow() {
    soon = 0;
    moved = false;
    drawing = true;
    redraw();
  }

  /** Dim what is shown, as it answers an earlier question, and say so; `again` is what can be tried. */
  function outdate(words, again = null) {
    image.classList.add("stale");
    fill(trouble, words, again && [" ", button("Try again", again, { class: "small" })]);
    trouble.hidden = false;
  }

  async function show(answer, own) {
    const old = shown;
    shown = answer;
    image.src = answer.url;
    await image.decode().catch(() => {}); // overtaken by the next
    if (old) URL.revokeObjectURL(old.url);
    if (shown !== answer) return;
    image.alt = answer.words;
    words.textContent = answer.words;
    described.hidden = image.hidden = false;
    // While it was decoded another may have been asked for, or none: then it is still of an earlier question.
    if (own === turn && passed !== own) {
      trouble.hidden = true;
      image.classList.remove("stale");
    }
    clearTimeout(paper);
    onPaper.remove();
    if (theme() === "dark") paper = setTimeout(prepareForPaper, REST, answer);
  }

  /** Fetch the light picture while nothing else is to be done: when a page is printed it is too late to ask. */
  async function prepareForPaper(answer) {
    const request = make?.({ ...dress(), theme: "light" });
    if (!request || shown !== answer) return;
    const light = await askPicture(request, signal).catch(() => null); // the dark one is printed, then
    if (!light || shown !== answer) return;
    onPaper.src = light.url;
    place.append(onPaper);
    onPaper.alt = light.words;
  }

  const sizes = new ResizeObserver(([{ contentRect }]) => {
    const next = Math.min(WIDEST, Math.max(NARROWEST, Math.floor(contentRect.width / STEP) * STEP));
    if (next === width || contentRect.width === 0) return;
    const first = width === 0;
    width = next;
    clearTimeout(timer);
    timer = setTimeout(redraw, first ? 0 : PAUSE);
  });
  sizes.observe(place);
  onTheme(redraw, signal);
  onKey(() => !trouble.hidden && redraw(), signal);
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    for (const one of [timer, soon, paper]) clearTimeout(one);
    for (const url of [shown?.url, onPaper.src]) if (url) URL.revokeObjectURL(url);
  });

  return {
    element: figure, place, image, redraw,
    /** Return where each pair of axes stands that is shown, in pixels of the place: [{left, top, right, bottom, x, y}], `x` and `y` their windows. */
    axes() {
      if (!shown) return [];
      const scale = place.clientWidth / shown.width;
      return shown.axes.map(({ left, top, right, bottom, x, y }) => ({ left: scale * left, top: scale * top, right: scale * right, bottom: scale * bottom, x, y }));
    },
    /** Say that the picture is of an earlier question, until it is drawn anew. */
    stale() {
      passed = turn;
      if (!image.hidden) outdate("This picture shows the numbers before your last change.");
    },
    draw(next) {
      make = next;
      clearTimeout(timer);
      clearTimeout(soon);
      soon = 0;
      moved = false;
      return redraw();
    },
    /** Draw while a hand moves: one picture after the other, never a second one before the first has come. */
    drawMoving(next) {
      make = next;
      moved = true;
      if (!drawing && width) soon ||= setTimeout(follow, BREATH); // the next move does not put it off
    },
    /** Return the request of the picture as it is shown now, or in the size and the theme of `other`; null where there is none. */
    request(other = {}) {
      if (!make || !width) return null;
      const own = dress();
      const size = other.width ? { height: Math.max(200, Math.round((other.width * own.height) / own.width)) } : {};
      return make({ ...own, ...size, ...other });
    },
    clear() {
      if (shown) URL.revokeObjectURL(shown.url);
      make = shown = null;
      turn += 1;
      running.cancel();
      place.removeAttribute("aria-busy");
      trouble.hidden = true;
      image.hidden = described.hidden = true;
    },
  };
}
