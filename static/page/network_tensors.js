// A network as a safetensors file, as this service reads it.

import { writeSafetensors } from "./safetensors.js";

/** Return a network as the bytes of a file: each array by its path, the activations beside them. */
export function networkTensors(network) {
  const tensors = network.layers.flatMap(({ weight, bias }, index) => [
    [`network.layers.${index}.weight`, [weight.length, weight[0].length], weight.flat()],
    ...(bias ? [[`network.layers.${index}.bias`, [bias.length], bias]] : []),
  ]);
  const plain = { network: { layers: network.layers.map(({ activation }) => ({ activation })) } };
  return writeSafetensors(tensors, { request: JSON.stringify(plain) });
}
