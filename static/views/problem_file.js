// A problem as a document or as named tensors → the state that shows it.

import { packed, written } from "../page/cells.js";
import { readSafetensors } from "../page/safetensors.js";

/** What holds no problem of gradients. */
export class NotAProblem extends Error {}

const isMatrix = (value) => Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row) && row.length > 0);
const rows = (value) => (isMatrix(value) ? value : [value]);
const PARTS = ["W", "Theta"];
const LEVELS = ["verdict", "mistakes", "entries", "diagnosis", "solution"];

/** Return the state of a request's body: W, Theta, inputs, targets, somebody's own gradients and what else it holds. */
export function stateIn(document) {
  const { W, Theta, inputs, targets } = document ?? {};
  if (!isMatrix(W) || !isMatrix(Theta)) throw new NotAProblem("expected an object with matrices W and Theta");
  if (!Array.isArray(inputs)) throw new NotAProblem("expected inputs: a row of numbers, or rows");
  const state = new Map([["W", packed(written(W))], ["Theta", packed(written(Theta))], ["x", packed(written(rows(inputs)))]]);
  const several = Array.isArray(inputs[0]);
  if (targets === undefined || targets === null) state.set("y", rows(inputs).map(() => "").join(","));
  else if (isMatrix(targets) || (Array.isArray(targets) && !several)) {
    state.set("targets", "rows");
    state.set("Y", packed(written(rows(targets))));
  } else state.set("y", packed(written([Array.isArray(targets) ? targets : [targets]])));
  if (document.reduction) state.set("reduction", String(document.reduction));
  if (document.label_smoothing) state.set("smoothing", String(document.label_smoothing));
  if (document.l2) state.set("l2", String(document.l2));
  const weights = document.class_weights ?? null;
  if (weights !== null && !(Array.isArray(weights) && weights.length)) throw new NotAProblem("expected class_weights: a row of numbers, or null");
  if (weights) state.set("weights", packed(written([weights])));
  for (const [name, value] of checkIn(document)) state.set(name, value);
  return state;
}

/** Return [[name, text], …] of what a body says of the check of somebody's own gradients. */
function checkIn({ submission = null, tolerance = null, absolute_tolerance: absolute = null, rounding = null, feedback = null }) {
  const parts = Object.entries(submission ?? {}).filter(([, values]) => values !== null);
  const known = ([part, values]) => PARTS.includes(part) && isMatrix(values);
  if (submission !== null && !(parts.length && parts.every(known))) throw new NotAProblem("expected a submission: an object with a matrix W, a matrix Theta, or both");
  if (feedback !== null && !LEVELS.includes(feedback)) throw new NotAProblem(`expected feedback: one of ${LEVELS.join(", ")}`);
  return [
    ...parts.map(([part, values]) => [`my.${part}`, packed(written(values))]),
    ...(parts.length ? [["check", "1"]] : []),
    ...(tolerance === null ? [] : [["tolerance", String(tolerance)]]),
    ...(absolute === null ? [] : [["absolute_tolerance", String(absolute)]]),
    ...(rounding === false ? [["rounding", "false"]] : []),
    ...(feedback === null ? [] : [["feedback", feedback]]),
  ];
}

/** Return the state of a safetensors file with tensors W, Theta, inputs and targets. */
export function stateInTensors(buffer) {
  const { tensors, metadata } = readSafetensors(buffer, { whole: true }); // classes are whole
  const document = { ...requestIn(metadata) };
  for (const [name, { shape, values }] of tensors) {
    if (shape.length > 2) throw new NotAProblem(`expected at most two dimensions in ${name}, got ${shape.length}`);
    const columns = shape.at(-1) ?? 1;
    const array = shape.length < 2 ? (shape.length ? [...values] : values[0])
      : Array.from({ length: shape[0] }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
    const [whole, part] = name.split("."); // submission.W
    if (part === undefined) document[name] = array;
    else document[whole] = { ...document[whole], [part]: array };
  }
  return stateIn(document);
}

function requestIn(metadata) {
  try {
    return JSON.parse(metadata.request ?? "{}");
  } catch {
    return {};
  }
}
