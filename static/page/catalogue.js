// The activations as the service describes them, asked once.

import { ask } from "./service.js";

let asked = null;

/** Return the descriptors of all activations with their default parameters. */
export function catalogue() {
  asked ??= ask({ path: "/v1/activations" }).then(({ activations }) => activations, (error) => {
    asked = null; // the next view may try again
    throw error;
  });
  return asked;
}
