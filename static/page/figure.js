// A living figure: axes, curves and handles as SVG, drawn anew at most once a frame.

import { element, freshId } from "./element.js";
import { raised } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const NEAREST = 22; // CSS pixels around a handle that belong to it: 44 across, for a thumb
const [CLOSEST, WIDEST] = [1 / 12, 4]; // of the window at first, by pinching

/** Return a new SVG element. */
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The radius of a spot, in the plot's ems: a lecture's are as large as its letters. */
export const SPOT = 0.38;

/** Return the path of a disc, in pixels. */
export const disc = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

/** Return a function that has `draw` called before the next frame, once however often it is called. */
export function frames(draw) {
  let waiting = 0;
  return () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      draw();
    });
  };
}

/** Return ticks at 1, 2 or 5 times a power of ten, about `count` of them, at least `least` apart. */
export function ticks(low, high, count, least = 0) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(least, [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => [(first + i) * step, ((first + i) * step).toFixed(digits).replace("-", "−").replace(/^−(0\.?0*)$/, "$1")]);
}

/** Return ticks of a log scale: powers of ten, of a short scale their doubles and fives too, of a long one every so many. */
export function logTicks(low, high, count) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.ceil((last - first) / Math.max(1, count));
  const factors = last - first > 2 || low < 0.01 ? [1] : [1, 2, 5];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((power) => power % every === 0);
  return powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((value) => value >= low && value <= high)
    .map((value) => [value, value >= 0.01 && value < 1000 ? String(value) : raised(value.toExponential()).replace("1 × ", "")]);
}

/**
 * Return a plot over x = [low, high] and y = [low, high]. `look` is a class that gives its shape, `changed()` is called
 * when it must be drawn anew: its size or its window has changed. `xName`, `yName` stand at the axes; ticks of x are `least` apart.
 * After `scale(true)` y is on a log scale, and positive.
 */
export function plot({ label, x, y, look = "", xName = "x", yName = "", changed, signal, zooms = true, least = 0 }) {
  const id = freshId("plot");
  const window_ = { x: [...x], y: [...y], log: false };
  const clip = shape("rect");
  const grid = shape("g", { class: "lines", "aria-hidden": "true" });
  const inside = shape("g", { "clip-path": `url(#${id})`, "aria-hidden": "true" });
  const words = shape("g", { class: "names", "aria-hidden": "true" });
  const held = shape("g");
  const svg = shape("svg", { class: `plot ${look}`, role: "group", "aria-label": label },
    shape("defs", {}, shape("clipPath", { id }, clip)), grid, inside, words, held);
  const frame = { left: 0, top: 0, width: 0, height: 0 };
  const handles = [];
  let ruled = "";

  const px = (value) => frame.left + ((value - window_.x[0]) / (window_.x[1] - window_.x[0])) * frame.width;
  const level = (value) => (window_.log ? Math.log10(value) : value);
  const py = (value) => frame.top + ((level(window_.y[1]) - level(value)) / (level(window_.y[1]) - level(window_.y[0]))) * frame.height;
  const ux = (value) => window_.x[0] + ((value - frame.left) / frame.width) * (window_.x[1] - window_.x[0]);
  const uy = (value) => window_.y[1] - ((value - frame.top) / frame.height) * (window_.y[1] - window_.y[0]);

  function measure() {
    const { width, height } = svg.getBoundingClientRect();
    if (!width || !height) return;
    const em = parseFloat(getComputedStyle(svg).fontSize);
    const left = (window_.log ? 3.4 : 2.5) * em; // 10⁻¹² is longer than 0.5
    Object.assign(frame, { em, whole: { width, height }, left, top: 0.8 * em, width: width - left - 0.8 * em, height: height - 2.7 * em });
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const [name, value] of [["x", frame.left], ["y", frame.top], ["width", frame.width], ["height", frame.height]]) clip.setAttribute(name, value);
    ruled = "";
    changed();
  }

  function rule() {
    const key = [...window_.x, ...window_.y, window_.log].join();
    if (key === ruled) return;
    ruled = key;
    const { left, top, width, height, em } = frame;
    const [bottom, right] = [top + height, left + width];
    const lines = [];
    for (const [value, text] of ticks(...window_.x, width / (4.2 * em), least)) {
      lines.push(shape("line", { class: value === 0 ? "zero" : null, x1: px(value), x2: px(value), y1: top, y2: bottom }),
        shape("text", { x: px(value), y: bottom + 1.15 * em, "text-anchor": "middle" }, text));
    }
    for (const [value, text] of (window_.log ? logTicks : ticks)(...window_.y, height / (3.2 * em))) {
      lines.push(shape("line", { class: value === 0 ? "zero" : null, x1: left, x2: right, y1: py(value), y2: py(value) }),
        shape("text", { x: left - 0.5 * em, y: py(value) + 0.33 * em, "text-anchor": "end" }, text));
    }
    grid.replaceChildren(...lines,
      shape("text", { class: "axis", x: right, y: bottom - 0.4 * em, "text-anchor": "end" }, xName),
      shape("text", { class: "axis", x: left + 0.4 * em, y: top + 0.7 * em }, yName));
  }

  /** Lay y out on a log scale, or on a linear one. */
  function scale(log) {
    window_.log = log;
    measure();
  }

  /** Rule the axes and put the handles where they belong; the curves are their owner's. */
  function refresh() {
    if (!frame.width) return false;
    rule();
    for (const one of handles) one.place();
    return true;
  }

  /** Return a curve of a class: {graph, line, path, hide}. */
  function curve(kind, parent = inside) {
    const path = shape("path", { class: `curve ${kind}` });
    parent.append(path);
    const set = (d) => path.setAttribute("d", d);
    return {
      element: path,
      /** Draw f over the window, or over [low, high] of it. */
      graph(f, low = window_.x[0], high = window_.x[1]) {
        const [from, to] = [Math.max(low, window_.x[0]), Math.min(high, window_.x[1])];
        const count = Math.max(2, Math.ceil((px(to) - px(from)) / 2));
        let d = "";
        for (let i = 0; i <= count; i += 1) {
          const at = from + ((to - from) * i) / count;
          d += `${i ? "L" : "M"}${round(px(at))} ${round(bounded(py(f(at)), frame))}`;
        }
        set(from <= to ? d : "");
      },
      /** Draw straight lines through points, which may lie outside: bounding one would turn its line. */
      line(points, closed = false) {
        set(points.map(([at, value], i) => `${i ? "L" : "M"}${round(px(at))} ${round(py(value))}`).join("") + (closed ? "Z" : ""));
      },
      hide: () => set(""),
    };
  }

  /** Return a word beside a curve: at(x, y, text). */
  function name(kind, text = "") {
    const made = shape("text", { class: kind }, text);
    words.append(made);
    return {
      element: made,
      at(x_, y_, { text: next = null, dx = 0, dy = 0, anchor = "start" } = {}) {
        made.setAttribute("x", px(x_) + dx * frame.em);
        made.setAttribute("y", Math.min(frame.top + frame.height - 0.3 * frame.em, Math.max(frame.top + 0.9 * frame.em, py(y_) + dy * frame.em)));
        made.setAttribute("text-anchor", anchor);
        if (next !== null && made.textContent !== next) made.textContent = next;
      },
    };
  }

  function handle(options) {
    const made = handleOf({ ...options, px, py, ux, uy, svg, signal });
    held.append(made.element);
    handles.push(made);
    return made;
  }

  function drop(made) {
    handles.splice(handles.indexOf(made), 1);
    made.element.remove();
  }

  const sizes = new ResizeObserver(measure);
  sizes.observe(svg);
  signal.addEventListener("abort", () => sizes.disconnect());
  if (zooms) zooming({ svg, window_, first: { x, y }, ux, uy, changed, signal });

  return { element: svg, svg, inside, words, frame, window: window_, px, py, ux, uy, scale, refresh, curve, name, handle, drop };
}

const round = (value) => Math.round(value * 100) / 100;
// What is far outside is drawn just outside: a path of 1e300 pixels is no path.
const bounded = (value, { top, height }) => Math.min(top + 3 * height, Math.max(top - 2 * height, value));

/**
 * Return a handle {element, place}: at() tells where it stands, `x` and `y` are what its two directions change, each
 * {low, high, step, value(), set(value), from?} or null; `from` gives the value of a place where they differ. text() is what it says, touched() and rested() are told of its moves.
 */
function handleOf({ label, kind = "", at, x = null, y = null, text, touched, rested, px, py, ux, uy, svg, signal }) {
  const main = x ?? y;
  const knob = shape("g", {
    class: `handle ${kind} ${x && y ? "both" : x ? "sideways" : "updown"}`, role: "slider", tabindex: "0", "aria-label": label,
    "aria-valuemin": main.low, "aria-valuemax": main.high, "aria-orientation": x ? "horizontal" : "vertical",
  }, shape("circle", { class: "reach", r: NEAREST }), shape("circle", { class: "ring", r: 13 }), shape("circle", { class: "knob", r: 8 }));
  let grip = null; // {dx, dy, next}: where in the handle it is held, and where it is to go
  let timer = 0;

  const place = () => {
    const [one, other] = at();
    knob.setAttribute("transform", `translate(${round(px(one))} ${round(py(other))})`);
    knob.setAttribute("aria-valuenow", main.value());
    const said = text();
    if (knob.getAttribute("aria-valuetext") !== said) knob.setAttribute("aria-valuetext", said);
  };
  const from = (way, value) => (way.from ? way.from(value) : value);
  const put = (way, value) => way.set(Math.min(way.high, Math.max(way.low, snapped(value, way.step))));
  const follow = frames(() => {
    if (!grip?.next) return;
    const [left, top] = grip.next;
    grip.next = null;
    if (x) put(x, from(x, ux(left)));
    if (y) put(y, from(y, uy(top)));
    touched();
  });

  // touch-action of what stands inside an SVG is not heeded: a finger that went up or down scrolled the page, and the handle was lost.
  knob.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  knob.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    knob.focus({ preventScroll: true });
    knob.setPointerCapture(event.pointerId);
    const box = svg.getBoundingClientRect();
    const [one, other] = at();
    grip = { dx: px(one) - (event.clientX - box.left), dy: py(other) - (event.clientY - box.top), next: null };
    knob.classList.add("held");
  });
  knob.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const box = svg.getBoundingClientRect();
    grip.next = [event.clientX - box.left + grip.dx, event.clientY - box.top + grip.dy];
    follow();
  });
  const release = () => {
    if (!grip) return;
    knob.classList.remove("held");
    requestAnimationFrame(() => {
      grip = null;
      rested();
    });
  };
  knob.addEventListener("pointerup", release);
  knob.addEventListener("pointercancel", release);

  knob.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [x ?? y, -1], ArrowRight: [x ?? y, 1], ArrowDown: [y ?? x, -1], ArrowUp: [y ?? x, 1], PageDown: [main, -10], PageUp: [main, 10] };
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Home" || event.key === "End") main.set(event.key === "Home" ? main.low : main.high);
    else if (event.key in moves) {
      const [way, count] = moves[event.key];
      put(way, way.value() + count * (event.shiftKey ? 10 : 1) * way.step);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    touched();
    clearTimeout(timer);
    timer = setTimeout(settle, 250);
  });
  const settle = () => {
    clearTimeout(timer);
    if (timer) rested();
    timer = 0;
  };
  knob.addEventListener("blur", settle); // who goes on to another control has done with this one
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { element: knob, place };
}

/** Return the multiple of `step` next to a value, as the decimal that it is: 0.3, not 0.30000000000000004. */
export const snapped = (value, step) => Number((Math.round(value / step) * step).toPrecision(12));

// Two fingers, or Ctrl and the wheel, zoom the figure and not the page; two clicks put it back.
function zooming({ svg, window_, first, ux, uy, changed, signal }) {
  const fingers = new Map();
  const options = { signal };
  const zoom = (factor, clientX, clientY) => {
    const box = svg.getBoundingClientRect();
    const centre = { x: ux(clientX - box.left), y: uy(clientY - box.top) };
    const size = ((window_.x[1] - window_.x[0]) * factor) / (first.x[1] - first.x[0]);
    if (size < CLOSEST || size > WIDEST) return;
    for (const way of ["x", "y"]) window_[way] = window_[way].map((end) => centre[way] + (end - centre[way]) * factor);
    changed();
  };
  const spread = () => {
    const [one, other] = [...fingers.values()];
    return { size: Math.hypot(one.x - other.x, one.y - other.y), x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }, options);
  svg.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.size === 2 ? spread() : null;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (!before) return;
    const after = spread();
    if (after.size > 20 && before.size > 20) zoom(before.size / after.size, after.x, after.y);
  }, options);
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) svg.addEventListener(end, (event) => fingers.delete(event.pointerId), options);
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(event.deltaY / 300), event.clientX, event.clientY);
  }, { passive: false, signal });
  svg.addEventListener("dblclick", () => {
    Object.assign(window_, { x: [...first.x], y: [...first.y] });
    changed();
  }, options);
}

/** Return a labelled range input {element, control, show} whose value is said in words. */
export function slider({ label, low, high, step, value, text, set, touched, rested }) {
  const control = element("input", { type: "range", min: low, max: high, step, value: value(), "aria-label": label });
  const said = element("output", {});
  const show = () => {
    control.value = value();
    control.setAttribute("aria-valuetext", text());
    said.textContent = text();
  };
  let moved = false;
  control.addEventListener("input", () => {
    moved = true;
    set(Number(control.value));
    show();
    touched();
  });
  // A hand that comes back to where it began changes nothing for the browser, and has come to rest all the same.
  for (const end of ["change", "pointerup", "pointercancel", "keyup", "blur"]) {
    control.addEventListener(end, () => {
      if (moved) rested();
      moved = false;
    });
  }
  show();
  return { element: element("label", { class: "slide" }, element("span", { "aria-hidden": "true" }, label), control, said), control, show };
}
