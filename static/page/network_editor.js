// A network as it is typed: layer by layer, each with its weight, bias and activation.

import { activationChoice, activationState } from "./activation_choice.js";
import { column, packed, written } from "./cells.js";
import { button, element, fill } from "./element.js";
import { matrix, reader } from "./matrix.js";

const BELOW = "₀₁₂₃₄₅₆₇₈₉";
const MOST_LAYERS = 16;

/** Return a letter with its index below: W₁. */
export function indexed(letter, index) {
  return letter + String(index).replace(/\d/g, (digit) => BELOW[digit]);
}

/** Return the state's entries of a network in a document, under `prefix`: W1, b1, a1, W2, … */
export function stateOf({ layers }, prefix = "") {
  return layers.flatMap(({ weight, bias, activation }, index) => [
    [`${prefix}W${index + 1}`, packed(written(weight))],
    [`${prefix}b${index + 1}`, packed([written(column(bias)).map(([cell]) => cell)])],
    [`${prefix}a${index + 1}`, activationState(activation)],
  ]);
}

/** Tell whether a state's name belongs to a network under `prefix`. */
export function belongs(name, prefix = "") {
  return name.startsWith(prefix) && /^[Wba]\d+$/.test(name.slice(prefix.length));
}

/**
 * Return {element, value, entries, sides, routes}; `rebuild(entries)` is asked for other layers. `known` are the activations, `ending` more of them
 * for the last layer alone.
 */
export function networkEditor({ known, ending = [], state, prefix = "", name = "F", changed, submit, rebuild }) {
  let count = 0;
  while (state.has(`${prefix}W${count + 1}`)) count += 1;
  count = Math.max(1, count);
  const unitTools = Array.from({ length: count }, () => element("span", { class: "stepper" }));
  const heads = Array.from({ length: count }, () => element("span", { class: "equation" }));

  let layers = null; // until all are there, no side of one can be held against another
  /** Tell whether a weight does not take what the layer before gives, or has no entry of the bias for each row. */
  const misfit = (index) => layers !== null && index > 0 && layers[index].weight.rows[0].length !== layers[index - 1].weight.rows.length;
  const short = (index) => layers !== null && layers[index].bias.rows.length !== layers[index].weight.rows.length;

  layers = Array.from({ length: count }, (_, index) => layerEditor(index));

  function layerEditor(index) {
    const number = index + 1;
    const of = (letter) => state.get(`${prefix}${letter}${number}`);
    const [W, b] = [indexed("W", number), indexed("b", number)];
    const shared = { changed: followed, submit, empty: "0" };
    return {
      weight: matrix({ ...shared, label: W, state: of("W") ?? "", sides: () => (index === 0 || misfit(index) ? ["column"] : []) }),
      bias: matrix({ ...shared, label: b, shape: "column", state: of("b") ?? "", sides: () => (short(index) ? ["row"] : []) }),
      activation: activationChoice({
        known: number === count ? [...known, ...ending] : known, label: `Activation of layer ${number} of ${name}`, state: of("a") ?? "identity",
        changed(options) {
          head();
          changed(options);
        },
      }),
    };
  }

  function followed(options) {
    if (layers === null) return;
    drawUnits();
    for (const { weight, bias } of layers) for (const one of [weight, bias]) if (!one.element.contains(document.activeElement)) one.refresh();
    changed(options);
  }

  function entries() {
    return layers.flatMap(({ weight, bias, activation }, index) => [
      [`${prefix}W${index + 1}`, weight.state], [`${prefix}b${index + 1}`, bias.state], [`${prefix}a${index + 1}`, activation.state],
    ]);
  }

  /** Give a layer one unit more, whose weights are 0 so that nothing else changes, or one fewer: a row of its weight and bias, a column of the next weight. */
  function units(index, by) {
    const { weight, bias } = layers[index];
    const next = layers[index + 1]?.weight;
    weight.resize(weight.rows.length + by, weight.rows[0].length, "0");
    bias.resize(bias.rows.length + by, 1, "0");
    next?.resize(next.rows.length, next.rows[0].length + by, "0");
    followed({ step: true });
  }

  /** Add a layer that changes nothing: its weight is the identity. */
  function addLayer() {
    const outputs = layers.at(-1).weight.rows.length;
    const weight = Array.from({ length: outputs }, (_, i) => Array.from({ length: outputs }, (_, j) => (i === j ? "1" : "0")));
    const bias = [Array(outputs).fill("0")];
    const named = (letter) => `${prefix}${letter}${count + 1}`;
    rebuild([...entries(), [named("W"), packed(weight)], [named("b"), packed(bias)], [named("a"), "identity"]]);
  }

  const removeLayer = () => rebuild(entries().slice(0, -3));

  function drawUnits() {
    layers.forEach(({ weight }, index) => {
      const size = weight.rows.length;
      const what = index < count - 1 ? "unit" : "output";
      const where = `layer ${index + 1} of ${name}`;
      const focused = unitTools[index].contains(document.activeElement) ? document.activeElement.textContent : null;
      fill(unitTools[index],
        button("−", () => units(index, -1), { class: "small", disabled: size <= 1, "aria-label": `One ${what} fewer in ${where}` }),
        element("span", {}, `${size} ${what}${size === 1 ? "" : "s"}`),
        button("+", () => units(index, 1), { class: "small", "aria-label": `One ${what} more in ${where}` }));
      if (focused === null) return;
      const [less, more] = unitTools[index].querySelectorAll("button");
      (focused === less.textContent && !less.disabled ? less : more).focus(); // the last one can only be joined by more
    });
  }

  function head() {
    layers.forEach(({ activation }, index) => {
      const inside = `${indexed("W", index + 1)} ${index ? indexed("h", index) : "x"} + ${indexed("b", index + 1)}`;
      const outside = activation.name === "identity" ? inside : `${activation.name}(${inside})`;
      heads[index].textContent = `${index < count - 1 ? indexed("h", index + 1) : `${name}(x)`} = ${outside}`;
    });
  }

  /** Return the network as the service takes it. Throws Unfinished, with every broken cell marked. */
  function value() {
    const { read, finish } = reader();
    const found = layers.map(({ weight, bias, activation }) => ({
      weight: read(weight.values),
      bias: read(bias.values),
      activation: read(activation.value),
    }));
    finish();
    return { layers: found };
  }

  drawUnits();
  head();
  for (const { weight, bias } of layers) for (const one of [weight, bias]) one.refresh();
  return {
    element: element("div", { class: "network" },
      element("div", { class: "layers" }, layers.map(({ weight, bias, activation }, index) =>
        element("div", { class: "layer", role: "group", "aria-label": `Layer ${index + 1} of ${name}` },
          element("div", { class: "layer-head" }, heads[index], activation.element, unitTools[index]),
          element("div", { class: "layer-body" }, weight.element, bias.element)))),
      element("div", { class: "inline" },
        element("button", { type: "button", class: "small", disabled: count >= MOST_LAYERS, onclick: addLayer }, "Add a layer"),
        element("button", { type: "button", class: "small", disabled: count <= 1, onclick: removeLayer }, "Remove the last layer"))),
    value,
    entries,
    /** The [rows, columns] of each weight, and how many entries its bias has. */
    get sides() { return layers.map(({ weight, bias }) => ({ weight: [weight.rows.length, weight.rows[0].length], bias: bias.rows.length })); },
    /** Return [[pointer's beginning, field], …] for the network at `start` of a request. */
    routes: (start) => layers.flatMap(({ weight, bias, activation }, index) =>
      [["weight", weight], ["bias", bias], ["activation", activation]].map(([part, field]) => [`${start}/layers/${index}/${part}`, field])),
  };
}
