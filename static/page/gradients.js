// The gradients of softmax cross-entropy. Loaded only where the service itself tells them.

import { dot, logits, softmax } from "./mathematics.js";

/** Return {W, Theta}: the gradients of the mean loss of points [{x, y}], y a class. */
export function gradients(W, Theta, points) {
  const found = { W: zeros(W), Theta: zeros(Theta) };
  for (const { x, y } of points) {
    const hidden = W.map((row) => dot(row, x));
    const slope = byLogits(softmax(logits(W, Theta, x)), y);
    Theta.forEach((row, j) => {
      const back = dot(row, slope);
      row.forEach((_, i) => (found.Theta[j][i] += (hidden[j] * slope[i]) / points.length));
      x.forEach((entry, m) => (found.W[j][m] += (back * entry) / points.length));
    });
  }
  return found;
}

/** Return p − y, at the class itself as minus the sum of the others: near p = 1 nothing cancels. */
function byLogits(p, target) {
  const others = p.reduce((total, value, i) => (i === target ? total : total + value), 0);
  return p.map((value, i) => (i === target ? -others : value));
}

/** Return {W, Theta} after one step of gradient descent at `rate`; a part without a gradient stays. */
export function descended({ W, Theta }, by, rate) {
  const step = (rows, slopes) => (slopes ? rows.map((row, i) => row.map((entry, j) => entry - rate * slopes[i][j])) : rows);
  return { W: step(W, by.W), Theta: step(Theta, by.Theta) };
}

const zeros = (rows) => rows.map((row) => row.map(() => 0));
