// 3b: the weights after each step downhill, which the address keeps as rates and how often each was taken: 0.02x5,0.1x3.

import { descended, gradients } from "../page/gradients.js";

const [SLOWEST, FASTEST] = [1e-3, 10 ** 0.5]; // learning rates
const MOST = 500; // steps
const USUAL = 0.02;

/** Return the descent of a classifier, the same for each of its parts, as the address tells it. */
export function descents(model, sheet) {
  model.descents ??= made(model, sheet);
  return model.descents;
}

function made(model, sheet) {
  const { state } = sheet;
  const rates = read(state.get("descent") ?? "");
  const weights = [model.start]; // at the start, and after each step
  for (const rate of rates) weights.push(downhill(rate));
  model.now = weights.at(-1);

  function downhill(rate) {
    const { W, Theta } = weights.at(-1);
    return descended({ W, Theta }, gradients(W, Theta, model.active()), rate);
  }

  function keep() {
    model.now = weights.at(-1);
    if (rates.length) state.set("descent", write(rates));
    else state.delete("descent");
    sheet.keepAll();
  }

  return {
    weights,
    /** The learning rate of the next step. */
    rate: sheet.number("eta", USUAL, SLOWEST, FASTEST),
    get full() { return rates.length >= MOST; },
    step() {
      if (this.full) return;
      weights.push(downhill(this.rate));
      rates.push(this.rate);
      keep();
    },
    back() {
      if (!rates.length) return;
      weights.pop();
      rates.pop();
      keep();
    },
    /** Go back to the start, which may be another one by now. */
    clear() {
      weights.splice(0, weights.length, model.start);
      rates.length = 0;
      keep();
    },
    keepRate() { sheet.keep("eta", this.rate); },
  };
}

function write(rates) {
  const runs = [];
  for (const rate of rates) {
    if (runs.at(-1)?.rate === rate) runs.at(-1).count += 1;
    else runs.push({ rate, count: 1 });
  }
  return runs.map(({ rate, count }) => `${rate}x${count}`).join(",");
}

/** Return the rates of all steps; of a text that is none, none. */
function read(text) {
  const runs = text.split(",").map((run) => run.split("x").map(Number));
  const sound = runs.every(([rate, count]) => rate >= SLOWEST && rate <= FASTEST && Number.isInteger(count) && count > 0 && count <= MOST);
  return sound ? runs.flatMap(([rate, count]) => Array(count).fill(rate)).slice(0, MOST) : [];
}
