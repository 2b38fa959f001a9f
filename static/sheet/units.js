// 2a: a network of tanh units, each with handles for its centre, its steepness and its height; and the sigmoid network beside it.

import { button, element, fill } from "../page/element.js";
import { frames, plot, slider } from "../page/figure.js";
import { asSigmoid, forward, tanh } from "../page/mathematics.js";
import { brief } from "../page/numbers.js";
import { scrubbed } from "./scrub.js";
import { seal } from "./seal.js";

const WINDOW = [-5, 5];
const HEIGHT = 3;
const MOST = 4; // units
const CHECKED = [-4, -2.5, -1, -0.25, 0, 0.5, 1.5, 3, 4.5];
const SHOULDER = tanh(1);
const STEEP = 8;

/** Return the network that the sheet's parts share: {weight, bias, out, shift}, as in F. */
export function sharedNetwork(sheet) {
  const list = (name, otherwise) => {
    const texts = (sheet.state.get(name) ?? "").split(/[,;]/).filter(Boolean);
    const found = texts.map(Number);
    return texts.length && texts.length <= MOST && found.every(Number.isFinite) ? found : otherwise;
  };
  const network = { weight: list("W1", [2, 1.5]).map((entry) => [entry]), bias: list("b1", [3, -2.25]), out: list("W2", [1, 0.5]), shift: list("b2", [0.25])[0] };
  const whole = network.bias.length === network.weight.length && network.out.length === network.weight.length;
  const changed = new EventTarget();
  return Object.assign(whole ? network : { weight: [[2], [1.5]], bias: [3, -2.25], out: [1, 0.5], shift: 0.25 }, {
    keep() {
      for (const [name, values] of [["W1", this.weight.flat()], ["b1", this.bias], ["W2", this.out], ["b2", [this.shift]]]) sheet.state.set(name, values.join(name === "W1" ? ";" : ","));
      sheet.keepAll();
      changed.dispatchEvent(new Event("change"));
    },
    onChange: (listener) => changed.addEventListener("change", listener),
    /** Return it as the service takes it. */
    body: () => body(network_(), "tanh"),
  });

  function network_() { return sheet.network; }
}

/** Return a network of one hidden layer as the service takes it. */
export const body = ({ weight, bias, out, shift }, activation) => ({ layers: [{ weight, bias, activation }, { weight: [out], bias: [shift] }] });

const tidy = (value, digits = 4) => Number(value.toPrecision(digits)) + 0;

/** Return the elements {figure, numbers} of the network. */
export function units(part, sheet) {
  const { network, signal } = sheet;
  let apart = 0;
  const redraw = frames(draw);
  const drawn = plot({ label: "F and its units", x: WINDOW, y: [-HEIGHT, HEIGHT], look: "wide", yName: "F(x)", changed: redraw, signal });
  const whole = drawn.curve("whole");
  const other = drawn.curve("other");
  const [wholeName, otherName] = [drawn.name("whole-name", "F"), drawn.name("other-name")];
  const readout = element("p", { class: "readout" });
  const table = element("div", { class: "weights" });
  const tools = element("div", { class: "inline tools" });
  let live = []; // what shows each number anew
  let own = []; // per unit {curve, centre, shoulder}

  const touched = () => { sealed.touch(); redraw(); };
  const rested = () => {
    network.keep();
    sealed.rest();
  };
  const centre = (j) => -network.bias[j] / network.weight[j][0];
  const inside = (x) => Math.min(WINDOW[1], Math.max(WINDOW[0], x));
  const unitWords = (j) => `unit ${j + 1}: centre ${brief(centre(j), 3)}, steepness ${brief(network.weight[j][0], 3)}, height ${brief(network.out[j], 3)}`;

  function handles(j) {
    const curve = drawn.curve(`unit unit-${j + 1}`);
    const middle = drawn.handle({
      label: `Centre of unit ${j + 1}`, kind: `unit-${j + 1}`, at: () => [inside(centre(j)), 0], text: () => unitWords(j), touched, rested,
      x: { low: WINDOW[0], high: WINDOW[1], step: 0.05, value: () => tidy(centre(j)), set(value) { network.bias[j] = tidy(-network.weight[j][0] * value); } },
    });
    const shoulder = drawn.handle({
      label: `Steepness and height of unit ${j + 1}`, kind: `unit-${j + 1} small`, text: () => unitWords(j), touched, rested,
      at: () => [inside(centre(j) + 1 / network.weight[j][0]), network.out[j] * SHOULDER],
      x: {
        low: -STEEP, high: STEEP, step: 0.1, value: () => network.weight[j][0],
        from: (x) => (Math.abs(x - centre(j)) < 1 / STEEP ? Math.sign(network.weight[j][0]) * STEEP : 1 / (x - centre(j))),
        set(value) {
          const at = centre(j);
          const steep = value === 0 ? -0.1 * Math.sign(network.weight[j][0]) : value; // an arrow goes through 0 to the mirror
          network.weight[j][0] = tidy(steep);
          network.bias[j] = tidy(-steep * at);
        },
      },
      y: { low: -3, high: 3, step: 0.05, value: () => network.out[j], set(value) { network.out[j] = tidy(value); }, from: (y) => y / SHOULDER },
    });
    return { curve, middle, shoulder };
  }

  drawn.handle({
    label: "b₂, the height of the whole", kind: "whole", at: () => [WINDOW[0] + 0.3, Math.min(HEIGHT, Math.max(-HEIGHT, forward(network, [WINDOW[0] + 0.3])))],
    text: () => `b₂ = ${brief(network.shift)}`, touched, rested,
    y: { low: -3, high: 3, step: 0.05, value: () => network.shift, set(value) { network.shift = tidy(value); }, from: (y) => y - forward(network, [WINDOW[0] + 0.3]) + network.shift },
  });

  function resize() {
    for (const { curve, middle, shoulder } of own.splice(0)) {
      curve.element.remove();
      drawn.drop(middle);
      drawn.drop(shoulder);
    }
    own = network.out.map((_, j) => handles(j));
    fill(tools,
      button("+ unit", () => change(() => {
        network.weight.push([1]);
        network.bias.push(0);
        network.out.push(0); // F stays as it is, until its height is pulled
      }), { class: "small", disabled: network.out.length >= MOST }),
      network.out.length > 2 && button("− unit", () => change(() => [network.weight, network.bias, network.out].forEach((list) => list.pop())), { class: "small" }));
  }

  function change(how) {
    how();
    resize();
    lay();
    touched();
    rested();
  }

  /** Lay the numbers out: of F, each to be dragged, and beside them those of G once they are known. */
  function lay() {
    live = [];
    const number = (read, put, kind = "") => {
      const made = scrubbed({ read, put, kind, touched, rested });
      live.push(made.show);
      return made.element;
    };
    const entries = (list) => list.map((_, j) => number(() => list[j], (value) => { list[j] = value; }, `unit-${j + 1}`));
    const told = (read) => {
      const made = element("span", { class: "number told" });
      const show = () => {
        const value = read(asSigmoid(network));
        made.dataset.value = value;
        made.textContent = brief(value, 6);
      };
      live.push(show);
      show();
      return made;
    };
    const rows = [
      ["W₁", network.weight.map((row, j) => number(() => row[0], (value) => { row[0] = value || 0.05; }, `unit-${j + 1}`)), "W₁′ = 2W₁", ({ weight }, j) => weight[j][0]],
      ["b₁", entries(network.bias), "b₁′ = 2b₁", ({ bias }, j) => bias[j]],
      ["W₂", entries(network.out), "W₂′ = 2W₂", ({ out }, j) => out[j]],
      ["b₂", [number(() => network.shift, (value) => { network.shift = value; })], "b₂′ = b₂ − Σ W₂", ({ shift }) => shift],
    ];
    const head = (text) => element("th", { scope: "col" }, text);
    fill(table, element("table", { class: "weights-table" },
      element("thead", {}, element("tr", {}, head("F"), head("tanh units"), part.unlocked && [head("G"), head("sigmoid units")])),
      element("tbody", {}, rows.map(([name, values, name2, read]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, values),
        part.unlocked && [element("th", { scope: "row" }, name2), element("td", {}, values.map((_, j) => told((found) => read(found, j))))])))));
  }

  function draw() {
    if (!drawn.refresh()) return;
    const told = part.unlocked ? asSigmoid(network) : null;
    whole.graph((x) => forward(network, [x]));
    own.forEach(({ curve }, j) => curve.graph((x) => network.out[j] * tanh(network.weight[j][0] * x + network.bias[j])));
    if (told) other.graph((x) => forward(told, [x]) + apart);
    wholeName.at(WINDOW[1], forward(network, [WINDOW[1]]), { dx: -0.5, dy: told && apart ? 1.3 : -0.5, anchor: "end", text: told && !apart ? "F and G" : "F" });
    otherName.at(WINDOW[1], forward(network, [WINDOW[1]]) + apart, { dx: -0.5, dy: -0.5, anchor: "end", text: told && apart ? "G" : "" });
    for (const show of live) show();
    readout.textContent = network.out.map((height, j) => `${j && height >= 0 ? "+ " : height < 0 ? "− " : ""}${brief(Math.abs(height), 3)}·tanh(${brief(network.weight[j][0], 3)}x ${network.bias[j] < 0 ? "−" : "+"} ${brief(Math.abs(network.bias[j]), 3)})`).join(" ")
      + ` ${network.shift < 0 ? "−" : "+"} ${brief(Math.abs(network.shift), 3)}`;
  }

  const inputs = CHECKED.map((x) => [x]);
  const allowed = () => (network.out.length + 6) * 2 ** -52 * (Math.abs(network.shift) + 2 * network.out.reduce((total, one) => total + Math.abs(one), 0));
  const sealed = seal(() => {
    const claims = [{
      request: { method: "POST", path: "/v1/networks/evaluate", body: { network: body(network, "tanh"), inputs } },
      read: ({ outputs }) => outputs.flat(), drawn: inputs.map((x) => forward(network, x)), allowed,
    }];
    if (!part.unlocked) return claims;
    const told = asSigmoid(network);
    return [...claims, {
      request: { method: "POST", path: "/v1/networks/convert", body: { network: body(network, "tanh"), to: "sigmoid" } },
      read: ({ network: { layers: [first, second] } }) => [...first.weight.flat(), ...first.bias, ...second.weight.flat(), ...second.bias],
      drawn: [...told.weight.flat(), ...told.bias, ...told.out, told.shift], allowed: () => 0,
    }];
  }, signal);

  const pull = element("div", { class: "pull", hidden: true });
  const pulled = slider({
    label: "Pull G apart", low: 0, high: 1.5, step: 0.05, value: () => apart, text: () => (apart ? `G is drawn ${brief(apart)} too high` : "G lies on F"),
    set(value) { apart = value; }, touched: redraw, rested: () => {},
  });
  pull.append(pulled.element);
  part.onUnlock(() => {
    pull.hidden = false;
    apart = 0.75;
    pulled.show();
    lay();
    sealed.rest();
    redraw();
  });
  resize();
  lay();
  redraw();
  sealed.rest();
  return { figure: [drawn.element, element("div", { class: "caption" }, readout, sealed.element), pull], numbers: [table, tools] };
}
