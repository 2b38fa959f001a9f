// The loss, p, both gradients, the laws they obey, and the derivation with the numbers put in.

import { element } from "../page/element.js";
import { formula } from "../page/formula.js";
import { brief } from "../page/numbers.js";
import { facts, shares, showNumbers } from "../page/show_numbers.js";
import { shownNumber } from "../page/shown_number.js";

const LAWS = {
  sum_of_theta_gradients: "Σᵢ ∂ℓ/∂θᵢ = 0",
  theta_times_its_gradient: "Θ (∂ℓ/∂Θ)ᵀ = (∂ℓ/∂W) Wᵀ",
};
const MOST_ROWS = 12; // of the gradients row by row

/** Return {shown, spoken} for the answer of /v1/gradients. */
export function answerShown(answer, body, options) {
  const { loss, probabilities, logits, gradients, identities = [], conventions, steps } = answer;
  const losses = Array.isArray(loss);
  return {
    shown: [
      losses
        ? named("ℓ, row by row", showNumbers(loss, { label: "Losses" }))
        : element("p", { class: "loss" }, element("span", { class: "quiet" }, "ℓ = "), element("strong", {}, shownNumber(loss))),
      element("div", { class: "layer-body" },
        named("p", showNumbers(rows(probabilities), { label: "Probabilities", vector: false })),
        named("logits a", showNumbers(rows(logits), { label: "Logits", vector: false }))),
      ...perRow(gradients, losses && Array.isArray(body.inputs[0])),
      identities.length > 0 && lawsTable(identities),
      steps && derivationShown(steps, options),
      conventions && element("details", {}, element("summary", {}, "Conventions"), element("p", { class: "quiet" }, conventions)),
    ],
    spoken: losses ? `${loss.length} losses and pairs of gradients.` : `The loss is ${brief(loss, 6)}. Both gradients are shown.`,
  };
}

const rows = (value) => (Array.isArray(value[0]) ? value : [value]);

function perRow({ W, Theta }, several) {
  const pair = (w, theta, note) => element("div", { class: "layer-body" },
    named(`∂ℓ/∂W${note}`, showNumbers(w, { label: `Gradient with respect to W${note}`, tint: shares(w) })),
    named(`∂ℓ/∂Θ${note}`, showNumbers(theta, { label: `Gradient with respect to Theta${note}`, tint: shares(theta) })));
  if (!several) return [pair(W, Theta, "")];
  const shown = W.slice(0, MOST_ROWS).map((w, index) => pair(w, Theta[index], `, row ${index + 1}`));
  if (W.length > MOST_ROWS) shown.push(element("p", { class: "quiet" }, `The first ${MOST_ROWS} of ${W.length} rows; the download has all.`));
  return shown;
}

/** Return the derivation, folded unless it is to be `open`; `toggled(open)` is told. */
export function derivationShown(steps, { open, toggled }) {
  return element("details", { class: "derivation-box", open, ontoggle: (event) => toggled(event.target.open) },
    element("summary", {}, "The derivation with these numbers"), derivation(steps));
}

/** Return numbers under their name. */
export function named(name, content) {
  return element("div", { class: "panel tight" }, element("strong", {}, name), content);
}

function lawsTable(identities) {
  return element("div", { class: "panel tight" }, element("h3", {}, "Two checks every correct gradient passes"),
    facts("Laws", ["check", "difference", "allowed for rounding"], identities.map(({ name, residual, bound }) =>
      [LAWS[name] ?? name, brief(residual, 3), `${brief(bound, 3)} ${residual <= bound ? "✓" : "✗"}`])));
}

/** Return a derivation's lines, each with its reason. */
export function derivation(steps, shown = steps.length) {
  return element("ol", { class: "derivation" }, steps.slice(0, shown).map((step) =>
    element("li", {}, formula(step), element("p", { class: "reason" }, step.reason))));
}
