// The loss of a network, its outputs and every gradient, and backpropagation with the numbers put in.

import { element } from "../page/element.js";
import { indexed } from "../page/network_editor.js";
import { brief } from "../page/numbers.js";
import { shares, showNumbers } from "../page/show_numbers.js";
import { shownNumber } from "../page/shown_number.js";
import { derivationShown, named } from "./gradient_answer.js";

/** Return {shown, spoken} for the answer of /v1/networks/gradients. */
export function backpropagationShown({ loss, outputs, gradients, steps }, _, options) {
  const tinted = (name, values, label) => named(name, showNumbers(values, { label, tint: shares(values) }));
  return {
    shown: [
      element("p", { class: "loss" }, element("span", { class: "quiet" }, "ℓ = "), element("strong", {}, shownNumber(loss))),
      named("f(x)", showNumbers(Array.isArray(outputs[0]) ? outputs : [outputs], { label: "Outputs", vector: false })),
      gradients.layers.map(({ weight, bias }, index) => {
        const [W, b] = [indexed("W", index + 1), indexed("b", index + 1)];
        return element("div", { class: "layer-body", role: "group", "aria-label": `Layer ${index + 1}` },
          tinted(`∂ℓ/∂${W}`, weight, `Gradient with respect to ${W}`), bias && tinted(`∂ℓ/∂${b}`, bias, `Gradient with respect to ${b}`));
      }),
      element("div", { class: "layer-body" }, tinted("∂ℓ/∂x", Array.isArray(gradients.inputs[0]) ? gradients.inputs : [gradients.inputs], "Gradient with respect to x")),
      steps && derivationShown(steps, options),
    ],
    spoken: `The loss is ${brief(loss, 6)}. Every gradient is shown.`,
  };
}
