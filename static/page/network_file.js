// Networks in files, read by the service: the rules by which it reads them are its own.

import { ask } from "./service.js";

/** The files that are read, by their names' ends. */
export const FILES = "application/json,.json,.safetensors,.onnx,.npz,.keras,.h5,.hdf5,.skops,.m,.zip";
const MOST_LAYERS = 16;

/** A file that the editor does not show; its message says why. */
export class NotForTheEditor extends Error {}

/** Tell whether a file begins as ONNX does: all others are read at once. */
export async function mayBeOnnx(file) {
  return new Uint8Array(await file.slice(0, 1).arrayBuffer())[0] === 8;
}

/** Return what the service tells of a model file: its format, sites, whether it reads as layers. Throws Problem. */
export function described(file, signal) {
  return ask({ method: "POST", path: "/v1/models/describe", file }, signal);
}

/** Return {layers, names, storedAs, assumed} of a file: `assumed` says in words what the file does not. Throws Problem, NotForTheEditor. */
export async function networkOf(file, signal) {
  const { network, names, stored_as: storedAs = null, notes } = await ask({ method: "POST", path: "/v1/models/read", file }, signal);
  const { length } = network.layers;
  if (length > MOST_LAYERS) throw new NotForTheEditor(`expected at most ${MOST_LAYERS} layers for the editor, got ${length}`);
  const layers = network.layers.map(({ weight, bias, activation }) => ({ weight, bias: bias ?? Array(weight.length).fill(0), activation }));
  return { layers, names: ownNames(names), storedAs, assumed: sentences(notes) };
}

/** Return the names, or null where no array has one. */
function ownNames(names) {
  return names.flat().some((name) => name !== null) ? names : null;
}

function sentences(notes) {
  return [...new Set(notes.map(({ detail }) => `${detail[0].toUpperCase()}${detail.slice(1)}.`))].join(" ");
}

/** Return the state's entries that keep what a network's arrays are called, and of which type they are. */
export function stateOfNames({ names = null, storedAs = null }) {
  return names === null ? [] : [["names", JSON.stringify(names)], ...(storedAs === null ? [] : [["stored", storedAs]])];
}

/** Return {names, stored_as} for a request about a network of so many layers, or of as many as have names; nothing where the state has none. */
export function namesIn(state, layers = null) {
  if (!state.has("names")) return {};
  try {
    const given = JSON.parse(state.get("names"));
    const names = Array.from({ length: layers ?? given.length }, (_, index) => given[index] ?? [null, null]);
    return { names, stored_as: state.get("stored") ?? "float64" };
  } catch {
    return {}; // a link that was cut off
  }
}
