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
    if (Object.values(document).some(Array.isArray)) return chained(Object.entries(document));
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
const isVector = (value) => Array.isArray(value) && value.length > 0 && !value.some(Array.isArray);

/** Return {layers, assumed} from a safetensors file: our own names, or weights and biases as frameworks name them. */
export function networkInTensors(buffer) {
  const { tensors, metadata } = readSafetensors(buffer);
  const arrays = [...tensors].map(([name, { shape, values }]) => [name, nested(shape, values)]);
  // Such files are written in the order of the alphabet: a model's own is lost, but for the numbers in its names.
  const order = new Intl.Collator("en", { numeric: true }).compare;
  return chained(arrays.sort(([one], [other]) => order(one, other)), activationsIn(metadata));
}

function nested(shape, values) {
  if (shape.length === 0) return values[0];
  if (shape.length === 1) return [...values];
  if (shape.length !== 2) throw new NotANetwork(`expected matrices, vectors and numbers only, got ${shape.length} dimensions`);
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

// A stem, what an array is in its layer, and a number that belongs to the stem: fc1.weight, dense/kernel:0, hiddenW, W₁.
const NAMED = /^(.*?)([Ww]eights?|[Kk]ernel|[Bb]ias(?:es)?|(?<![A-Za-z])[wb]|(?<![A-Z])[WB])([_:]?[\d₀-₉]*)$/;

function read([name, value]) {
  const [, before, part, number] = NAMED.exec(name) ?? [null, name, "", ""];
  return { name, value, stem: before + number, isBias: /^b/i.test(part), isWeight: /^[wk]/i.test(part), isKernel: /^k/i.test(part) };
}

/** Pair weights with the biases of the same stem, in the order in which they come, or else in one in which they chain. */
function chained(entries, activations = null) {
  const given = entries.map(read);
  const weights = given.filter(({ value, isBias, isWeight }) => (isMatrix(value) ? !isBias : isWeight && isVector(value)));
  if (!weights.length) throw new NotANetwork("expected at least one weight, a matrix");
  if (weights.length > MOST_LAYERS) throw new NotANetwork(`expected at most ${MOST_LAYERS} weights, got ${weights.length}`);
  const biases = given.filter(({ isBias, value }) => isBias && value !== null);
  const found = weights.map((one) => {
    const own = biases.filter(({ stem }) => stem === one.stem);
    const rivals = weights.filter(({ stem }) => stem === one.stem);
    if (own.length > 1) throw new NotANetwork(`expected one bias for ${one.name}, got ${names(own)}`);
    if (own.length && rivals.length > 1) throw new NotANetwork(`expected one weight for ${own[0].name}, got ${names(rivals)}`);
    return { ...one, ...layerOf(one, own[0]), own };
  });
  const order = inChain(found) ?? found;
  const layers = order.map(({ weight, bias }, index) => ({
    weight, bias, activation: activations?.[index] ?? (index < order.length - 1 ? "tanh" : "identity"),
  }));
  const used = new Set(found.flatMap(({ name, own }) => [name, ...own.map((bias) => bias.name)]));
  const unused = given.filter(({ name, value, isBias }) => !used.has(name) && !(isBias && value === null));
  return { layers, assumed: assumed(order, unused, activations !== null) };
}

const names = (given) => given.map(({ name }) => name).join(", ");

/** Return {weight, bias} in our shapes, (outputs, inputs) and (outputs,). A vector is the weight of one output. */
function layerOf({ name, value, isKernel }, own) {
  if (!isMatrix(value)) {
    const bias = biasOf(own, 1);
    // As long as its bias it may as well be one column, or what a normalisation multiplies by.
    if (bias.length !== 1) throw new NotANetwork(`expected ${name} to be a matrix, or ${own.name} to have one entry, got ${bias.length}`);
    return { weight: [value], bias };
  }
  const weight = isKernel ? transposed(value) : value;
  return { weight, bias: biasOf(own, weight.length) };
}

/** Return a bias as a vector: it also comes as one column or row, and as a number where there is one output. */
function biasOf(own, outputs) {
  if (own === undefined) return Array(outputs).fill(0);
  const { name, value } = own;
  if (isVector(value)) return value;
  if (isMatrix(value) && (value.length === 1 || value.every((row) => row.length === 1))) return value.flat();
  if (outputs === 1 && ["number", "string"].includes(typeof value)) return [value];
  throw new NotANetwork(`expected ${name} to be a vector, one number for each output`);
}

function transposed(rows) {
  const width = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, j) => rows.map((row) => row[j] ?? ""));
}

function assumed(order, unused, known) {
  const kernels = order.filter(({ isKernel, value }) => isKernel && isMatrix(value));
  const activations = order.length > 1 ? "the activations are tanh, and identity in the last layer" : "the activation is identity";
  return [
    !known && `Weights by name say neither order nor activations. The order taken is ${names(order)}; ${activations}.`,
    kernels.length && `Transposed, as Keras and Flax write kernels as (inputs, outputs): ${names(kernels)}.`,
    unused.length && `Left out of the network: ${names(unused)}.`,
  ].filter(Boolean).join(" ");
}

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
      const fits = left & (1 << index) && (width === null || one.weight[0].length === width);
      const found = fits && rest(left & ~(1 << index), one.weight.length);
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
