"""Arrays and networks as text, for `print`."""

import numpy as np
import numpy.typing as npt

from ...nn.networks.network import Network


def named(name: str, array: npt.NDArray[np.generic]) -> str:
    """Return a name and a number beside it, or an array below it, large ones shortened."""
    if array.ndim == 0:
        return f"{name} {array:.6g}"
    return f"{name}\n  " + np.array2string(array, prefix="  ", threshold=60, edgeitems=3)


def weights_in_words(network: Network) -> str:
    """Return the line of each layer with its numbers below it, large arrays shortened."""
    lines = []
    for index, (line, layer) in enumerate(zip(str(network).splitlines(), network.layers, strict=True)):
        lines += [line, named(f"layers.{index}.weight", layer.weight)]
        if layer.bias is not None:
            lines.append(named(f"layers.{index}.bias", layer.bias))
    return "\n".join(lines)
