// A network as a document ↔ what an editor holds; and every form in which networks come as files.

import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** What holds no network. */
export class NotANetwork extends Error {}

const MOST_LAYERS = 16;

/** Return {layers} from a parsed JSON document: a network, a request, an answer, or weights by name. */
export function networkIn(document) {
  if (Array.isArray(document?.layers)) return { layers: document.layers.map(layer) };
  for (const name of ["network", "first", "second"]) if (document?.[name]?.layers) return networkIn(document[name]);
  if (document !== null && typeof document === "object" && !Array.isArray(document)) {
    const arrays = Object.entries(document).filter(([, value]) => Array.isArray(value));
    if (arrays.length) return chained(arrays.map(([name, value]) => [name, value]));
  }
  throw new NotANetwork("expected a network: an object with layers, or weights by name");
}

function layer(given, index) {
  if (!isMatrix(given?.weight)) throw new NotANetwork(`expected layer ${index} to have a weight, rows of numbers`);
  const bias = given.bias ?? Array(given.weight.length).fill(0);
  if (!Array.isArray(bias)) throw new NotANetwork(`expected the bias of layer ${index} to be numbers, or null`);
  return { weight: given.weight, bias, activation: given.activation ?? "identity" };
}

const isMatrix = (value) => Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row) && row.length > 0);

/** Return {network, names} from a safetensors file: our own names, or weights and biases as frameworks name them. */
export function networkInTensors(buffer) {
  const { tensors, metadata } = readSafetensors(buffer);
  const arrays = [...tensors].map(([name, { shape, values }]) => [name, nested(shape, values)]);
  return chained(arrays, activationsIn(metadata));
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
    return network?.layers?.map((one) => one.activation) ?? null;
  } catch {
    return null;
  }
}

/** Pair weights with the biases of the same stem, and order them as they chain. */
function chained(arrays, activations = null) {
  const order = new Intl.Collator("en", { numeric: true }).compare;
  const weights = arrays.filter(([, value]) => isMatrix(value)).sort(([one], [other]) => order(one, other));
  if (!weights.length) throw new NotANetwork("expected at least one weight, a matrix");
  if (weights.length > MOST_LAYERS) throw new NotANetwork(`expected at most ${MOST_LAYERS} weights, got ${weights.length}`);
  const biases = new Map(arrays.filter(([, value]) => !isMatrix(value)).map(([name, value]) => [stem(name), value]));
  const found = inChain(weights) ?? weights;
  return {
    layers: found.map(([name, weight], index) => ({
      weight,
      bias: biases.get(stem(name)) ?? Array(weight.length).fill(0),
      activation: activations?.[index] ?? (index < found.length - 1 ? "tanh" : "identity"),
    })),
  };
}

const stem = (name) => name.replace(/(weights?|kernel|bias(es)?|[WwBb])(_?\d*)$/, "$3");

/** Return the weights in an order in which each takes what the one before gives: the given one, if it does. */
function inChain(weights, taken = []) {
  if (taken.length === weights.length) return taken;
  for (const one of weights) {
    if (taken.includes(one)) continue;
    if (taken.length && one[1][0].length !== taken.at(-1)[1].length) continue;
    const found = inChain(weights, [...taken, one]);
    if (found) return found;
  }
  return null;
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
