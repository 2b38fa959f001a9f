// Problem 3's numbers, which 3a and 3b share: W, Θ, the points with their classes, and the weights after some steps downhill.

import { logits, loss, softmax } from "../page/mathematics.js";

const DEFAULT = { W: "1,0.5;-0.5,1", Theta: "1,-1,0.5;0,2,-1", points: "1,2;-2,1;0.5,-2", classes: "1,0,2" };
export const REACH = 3; // of the plane, from the origin

/** Return the classifier of a sheet, the same for each of its parts. */
export function classifier(sheet) {
  sheet.classifier ??= made(sheet);
  return sheet.classifier;
}

function made(sheet) {
  const { state } = sheet;
  const rows = (name) => {
    const parse = (text) => text.split(";").map((row) => row.split(",").map(Number));
    const wanted = parse(DEFAULT[name]);
    const found = parse(state.get(name) ?? "");
    const fits = found.length === wanted.length && found.every((row, i) => row.length === wanted[i].length && row.every(Number.isFinite));
    return fits ? found : wanted;
  };
  const start = { W: rows("W"), Theta: rows("Theta") };
  const [classes] = rows("classes");
  const points = rows("points").map((x, i) => ({ x: x.map((value) => Math.min(REACH, Math.max(-REACH, value))), y: [0, 1, 2].includes(classes[i]) ? classes[i] : 0 }));
  const changed = new EventTarget();
  return {
    start, points,
    /** The weights as they are drawn: at the start, or after steps downhill. */
    now: start,
    all: state.get("all") === "true",
    /** Return the points that the loss is of. */
    active() { return this.all ? points : points.slice(0, 1); },
    probabilities(x) { return softmax(logits(this.now.W, this.now.Theta, x)); },
    loss({ W, Theta } = this.now) { return loss(W, Theta, this.active()); },
    /** Return the problem as the service takes it. */
    body({ W, Theta } = this.now) {
      const active = this.active();
      return this.all ? { W, Theta, inputs: active.map(({ x }) => x), targets: active.map(({ y }) => y), reduction: "mean" } : { W, Theta, inputs: active[0].x, targets: active[0].y };
    },
    /** Tell that something has changed: "moving" while a hand moves, "rested" after. */
    tell: (what) => changed.dispatchEvent(new Event(what)),
    on: (what, listener) => changed.addEventListener(what, listener),
    keep() {
      state.set("points", points.map(({ x }) => x.join(",")).join(";"));
      if (this.all) state.set("all", "true");
      else state.delete("all");
      sheet.keepAll();
    },
    bench() {
      const write = (list) => list.map((row) => row.join(",")).join(";");
      return `gradients?W=${write(start.W)}&Theta=${write(start.Theta)}&x=${write(this.active().map(({ x }) => x))}&y=${this.active().map(({ y }) => y).join(",")}`;
    },
  };
}
