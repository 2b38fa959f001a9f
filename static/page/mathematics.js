// The functions of the sheet, as the browser draws them while a hand moves. The service has the last word.

const SPLITTER = 134_217_729; // 2²⁷ + 1 parts a double's digits in two halves (Veltkamp)

/** Return [p, e] with p + e = x·y exactly, where nothing overflows (Dekker's product). */
function product(x, y) {
  const p = x * y;
  if (!(Math.abs(x) < 1e150 && Math.abs(y) < 1e150 && Math.abs(p) > 1e-250)) return [p, 0];
  const high = (value) => value * SPLITTER - (value * SPLITTER - value);
  const [a, c] = [high(x), high(y)];
  const [b, d] = [x - a, y - c];
  return [p, b * d - (p - a * c - b * c - a * d)];
}

/** Return exp(−|βx|), the rounding of βx made good. */
function decay(x, beta) {
  const [p, e] = product(beta, x);
  return Math.exp(-Math.abs(p)) * (p < 0 ? 1 + e : 1 - e);
}

/** The sigmoid s1(βx) = 1/(1 + exp(−βx)). */
export function sigmoid(x, beta = 1) {
  const t = decay(x, beta);
  return beta * x < 0 ? t / (1 + t) : 1 / (1 + t);
}

/** The slope of s1 at x: s1(x)·(1 − s1(x)), exact in the tails too. */
export function sigmoidSlope(x) {
  const t = Math.exp(-Math.abs(x));
  return t / ((1 + t) * (1 + t));
}

/** The softplus ln(1 + exp(βx))/β, β > 0. */
export function softplus(x, beta = 1) {
  return Math.max(x, 0) + Math.log1p(decay(x, beta)) / beta;
}

export const relu = (x) => Math.max(x, 0);

/** The step H, with H(0) = 1 as on the sheet. */
export const heaviside = (x) => (x < 0 ? 0 : 1);

export const { tanh } = Math;

const ACTIVATIONS = { tanh, sigmoid: (z) => sigmoid(z), heaviside, identity: (z) => z };

/** Return the value of Σⱼ out[j]·h(weight[j]·x + bias[j]) + shift, a network of one output, at the vector x. */
export function forward({ weight, bias, out, shift, activation = "tanh" }, x) {
  const h = ACTIVATIONS[activation];
  let sum = 0;
  for (let j = 0; j < out.length; j += 1) sum += out[j] * h(dot(weight[j], x) + bias[j]);
  return sum + shift;
}

/** Return the same function with sigmoid units: 2W1, 2b1, 2W2, and b2 − Σ W2 correctly rounded. */
export function asSigmoid({ weight, bias, out, shift }) {
  return {
    weight: weight.map((row) => row.map((entry) => 2 * entry)), bias: bias.map((entry) => 2 * entry),
    out: out.map((entry) => 2 * entry), shift: sum([shift, ...out.map((entry) => -entry)]), activation: "sigmoid",
  };
}

/** Return the correctly rounded sum of floats (Shewchuk's partial sums, which do not overlap). */
export function sum(values) {
  const partials = [];
  for (const value of values) {
    let x = value;
    let kept = 0;
    for (let y of partials) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low) partials[kept++] = low;
      x = high;
    }
    partials.length = kept;
    partials.push(x);
  }
  let total = partials.pop() ?? 0;
  while (partials.length) {
    const before = total;
    const next = partials.pop();
    total = before + next;
    const low = next - (total - before);
    if (!low) continue;
    // Half-way cases go where the rest of the partial sums points.
    const rest = partials.at(-1) ?? 0;
    if ((low < 0 && rest < 0) || (low > 0 && rest > 0)) {
      const twice = low * 2;
      if (twice === total + twice - total) total += twice;
    }
    break;
  }
  return total;
}

export function dot(one, other) {
  let total = 0;
  for (let i = 0; i < one.length; i += 1) total += one[i] * other[i];
  return total;
}

/** Return a = ΘᵀWx; Θ has a column per class. */
export function logits(W, Theta, x) {
  const hidden = W.map((row) => dot(row, x));
  return Theta[0].map((_, i) => Theta.reduce((total, row, j) => total + row[i] * hidden[j], 0));
}

/** Return softmax(a): exp(aᵢ)/Σ exp(aⱼ), the largest logit taken from all. */
export function softmax(a) {
  const largest = Math.max(...a);
  const powers = a.map((value) => Math.exp(value - largest));
  const total = powers.reduce((one, other) => one + other, 0);
  return powers.map((power) => power / total);
}

/** Return the cross-entropy −ln p of the class `target`, a small one to all its digits. */
export function crossEntropy(a, target) {
  const top = a.indexOf(Math.max(...a));
  const rest = a.reduce((total, value, i) => (i === top ? total : total + Math.exp(value - a[top])), 0);
  return a[top] - a[target] + Math.log1p(rest);
}

/** Return the mean loss of points [{x, y}], y a class. */
export function loss(W, Theta, points) {
  return points.reduce((total, { x, y }) => total + crossEntropy(logits(W, Theta, x), y), 0) / points.length;
}
