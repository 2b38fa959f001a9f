// 2a: the hint and the network, one above the other, and the check of somebody's own sigmoid network.

import { element } from "../page/element.js";
import { brief } from "../page/numbers.js";
import { ask } from "../page/service.js";
import { answer, NotAnAnswer } from "./answer.js";
import { stretch } from "./stretch.js";
import { typedFormula } from "./typed_formula.js";
import { body, sharedNetwork, units } from "./units.js";

/** Return the numbers of a list as it is typed: 3, −1 or [3; −1]; each may be a formula. */
export function listed(text, field) {
  const parts = text.replace(/^\s*\[|\]\s*$/g, "").split(/[,;]|\s{2,}/).map((one) => one.trim()).filter(Boolean);
  try {
    return parts.map((one) => {
      const value = typedFormula(one, [])({});
      if (!Number.isFinite(value)) throw new NotAnAnswer("expected finite numbers");
      return value;
    });
  } catch (error) {
    throw Object.assign(error, { field });
  }
}

/** Show the figures of 2a. */
export function show(part, sheet) {
  const { signal, state } = sheet;
  sheet.network ??= sharedNetwork(sheet);
  const { network } = sheet;
  const { figure, numbers } = units(part, sheet);
  part.stage.append(element("div", { class: "block" }, stretch(sheet)),
    element("div", { class: "block network-block" },
      element("p", { class: "todo" }, "The network: each unit has a handle for its centre, and one for its steepness and its height. F is their sum."), figure),
    element("div", { class: "block numbers-block" }, numbers));
  const two = element("details", { class: "two-inputs", ontoggle: async () => {
    if (!two.open || two.childElementCount > 1) return;
    const { hyperplanes } = await import("./hyperplanes.js");
    if (!signal.aborted && two.childElementCount === 1) two.append(...hyperplanes(part, sheet));
  } }, element("summary", {}, "The same with two inputs"));
  part.stage.append(two);
  sheet.benches.set("2a", () => `convert?to=sigmoid&${benchQuery(network)}`);
  const names = { W1: "W₁′", b1: "b₁′", W2: "W₂′", b2: "b₂′" };
  const own = answer({
    part: part.id, fields: Object.entries(names).map(([name, label]) => ({ name: `2a.${name}`, label: `${label} =`, example: name === "b2" ? "a number" : "a, b" })),
    state, keep: sheet.keepAll, signal, earned: part.unlock,
    async check(texts, asking) {
      const [W1, b1, W2, b2] = Object.keys(names).map((name) => {
        const found = listed(texts[`2a.${name}`], `2a.${name}`);
        const wanted = name === "b2" ? 1 : null;
        if (!found.length || (wanted && found.length !== wanted)) throw Object.assign(new NotAnAnswer(`${names[name]}: expected ${wanted ? "one number" : "a number for each unit"}`), { field: `2a.${name}` });
        return found;
      });
      for (const [name, list] of [["b1", b1], ["W2", W2]]) {
        if (list.length !== W1.length) throw Object.assign(new NotAnAnswer(`${names[name]}: expected ${W1.length} numbers, as many as W₁′ has`), { field: `2a.${name}` });
      }
      const second = body({ weight: W1.map((entry) => [entry]), bias: b1, out: W2, shift: b2[0] }, "sigmoid");
      const { equal, rounding_only: rounding, difference, witness } = await ask({ method: "POST", path: "/v1/networks/compare", body: { first: body(network, "tanh"), second } }, asking);
      if (equal || rounding) return { right: true, words: `Right: ${equal ? "it is the same function, exactly" : "the same function but for rounding"}, decided for every x.` };
      const far = Number(difference.lower);
      const seen = witness && ` At x = ${brief(witness.input[0], 3)} F is ${brief(Number(witness.first), 4)}, and yours is ${brief(Number(witness.second), 4)}.`;
      return { right: false, words: `Not the same function: somewhere they differ by ${Number.isFinite(far) ? brief(far, 2) : "any amount"}${Number.isFinite(far) ? " or more" : ""}.${seen ?? ""}` };
    },
  });
  part.place.append(own.element);
  network.onChange(own.withdraw);
}

/** Return a network as the workbench's state. */
export const benchQuery = ({ weight, bias, out, shift }) => `W1=${weight.flat().join(";")}&b1=${bias.join(",")}&a1=tanh&W2=${out.join(",")}&b2=${shift}&a2=identity`;
