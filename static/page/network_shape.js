// A network as a document ↔ what an editor holds; and every form in which networks come as files.

import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** What holds no network. */
export class NotANetwork extends Error {}

const MOST_LAYERS = 16;

/**
 * Return {layers, assumed} from a parsed JSON document: a network, a request, an answer, or weights by name.
 * `assumed` says in words what the document does not say itself.
 */
export function networkIn(document) {
  if (Array.isArray(document?.layers)) {
    if (!document.layers.length) throw new NotANetwork("expected at least one layer");
    return { layers: document.layers.map(layer), assumed: "" };
  }
  for (const name of ["network", "first", "second"]) if (document?.[name]?.layers) return networkIn(document[name]);
  if (document !== null && typeof document === "object" && !Array.isArray(document)) {
    const arrays = Object.entries(document).filter(([, value]) => Array.isArray(value));
    if (arrays.length) return chained(arrays);
  }
  throw new NotANetwork("expected a network: an object with layers, or weights by name");
}

function layer(given, index) {
  if (!isMatrix(given?.weight)) throw new NotANetwork(`expected layer ${index} to have a weight, rows of numbers`);
  const bias = given.bias ?? Array(given.weight.length).fill(0);
  if (!Array.isArray(bias)) throw new NotANetwork(`expected the bias of layer ${index} to be numbers, or null`);
  return { weight: given.weight, bias, activation: activationOf(given, index) };
}

function activationOf({ activation }, index) {
  const chosen = activation ?? "identity";
  if (typeof (chosen.name ?? chosen) === "string") return chosen;
  throw new NotANetwork(`expected the activation of layer ${index} to be a name, or an object with one`);
}

const isMatrix = (value) => Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row) && row.length > 0);

/** Return {layers, assumed} from a safetensors file: our own names, or weights and biases as frameworks name them. */
export function networkInTensors(buffer) {
  const { tensors, metadata } = readSafetensors(buffer);
  const arrays = [...tensors].map(([name, { shape, values }]) => [name, nested(shape, values)]);
  // Such files are written in the order of the alphabet: a model's own is lost, but for the numbers in its names.
  const order = new Intl.Collator("en", { numeric: true }).compare;
  return chained(arrays.sort(([one], [other]) => order(one, other)), activationsIn(metadata));
}

function nested(shape, values) {
  if (shape.length === 1) return [...values];
  if (shape.length !== 2) throw new NotANetwork(`expected matrices and vectors only, got ${shape.length} dimensions`);
  const [rows, columns] = shape;
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
}

function activationsIn(metadata) {
  try {
    const { network } = JSON.parse(metadata.request ?? metadata.response ?? "{}");
    return network?.layers?.map(activationOf) ?? null;
  } catch {
    return null;
  }
}

/** Pair weights with the biases of the same stem, in the order in which they come, or else in one in which they chain. */
function chained(arrays, activations = null) {
  const weights = arrays.filter(([, value]) => isMatrix(value));
  if (!weights.length) throw new NotANetwork("expected at least one weight, a matrix");
  if (weights.length > MOST_LAYERS) throw new NotANetwork(`expected at most ${MOST_LAYERS} weights, got ${weights.length}`);
  const biases = new Map(arrays.filter(([, value]) => !isMatrix(value)).map(([name, value]) => [stem(name), [name, value]]));
  const found = inChain(weights) ?? weights;
  const layers = found.map(([name, weight], index) => ({
    weight,
    bias: biases.get(stem(name))?.[1] ?? Array(weight.length).fill(0),
    activation: activations?.[index] ?? (index < found.length - 1 ? "tanh" : "identity"),
  }));
  for (const [name] of found) biases.delete(stem(name));
  return { layers, assumed: activations ? "" : assumed(found.map(([name]) => name), [...biases.values()].map(([name]) => name)) };
}

function assumed(order, unused) {
  return [
    `Weights by name say neither order nor activations. The order taken is ${order.join(", ")}`,
    order.length > 1 ? "; the activations are tanh, and identity in the last layer." : "; the activation is identity.",
    unused.length ? ` Left out, for want of a weight of its name: ${unused.join(", ")}.` : "",
  ].join("");
}

const stem = (name) => name.replace(/(weights?|kernel|bias(es)?|[WwBb])(_?\d*)$/, "$3");

/**
 * Return the weights in the first order in which each takes what the one before gives, or null. What is left to take
 * and the width it continues say all about the rest, so each of these is tried once: 2¹⁶ sets, not 16! orders.
 */
function inChain(weights) {
  const futile = new Set();

  function rest(left, width) {
    if (left === 0) return [];
    const key = `${left} ${width}`;
    if (futile.has(key)) return null;
    for (const [index, one] of weights.entries()) {
      const fits = left & (1 << index) && (width === null || one[1][0].length === width);
      const found = fits && rest(left & ~(1 << index), one[1].length);
      if (found) return [one, ...found];
    }
    futile.add(key);
    return null;
  }

  return rest((1 << weights.length) - 1, null);
}

/** Return a network as a safetensors file, as this service reads it. */
export function networkTensors(network) {
  const tensors = network.layers.flatMap(({ weight, bias }, index) => [
    [`network.layers.${index}.weight`, [weight.length, weight[0].length], weight.flat()],
    ...(bias ? [[`network.layers.${index}.bias`, [bias.length], bias]] : []),
  ]);
  const plain = { network: { layers: network.layers.map(({ activation }) => ({ activation })) } };
  return writeSafetensors(tensors, { request: JSON.stringify(plain) });
}
