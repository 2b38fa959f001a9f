// The activations that a view is about to offer, asked for before it is shown.

import { catalogue } from "../page/catalogue.js";
import { fill } from "../page/element.js";
import { outcome } from "../page/outcome.js";

/** Return the descriptors of all activations, or null where the view has been left or they cannot be had, `root` saying why. */
export async function knownActivations(root, page) {
  const opening = outcome("Loading", { label: "Loading", signal: page.signal });
  fill(root, opening.element);
  const known = await opening.run(() => catalogue(), () => ({ shown: [] }), [], { again: page.again });
  return page.signal.aborted ? null : known ?? null;
}
