"""What frameworks call the arrays of a layer: one table of rules for whoever reads or writes them.

PyTorch's `fc1.weight` is (outputs, inputs); Keras's and Flax's `dense/kernel` is (inputs, outputs).
"""

import re
from typing import NamedTuple

# A stem, what an array is in its layer, and a number of the stem's: fc1.weight, dense/kernel:0, hiddenW.
_NAMED = re.compile(
    r"^(.*?)([Ww]eights?|[Kk]ernel|[Bb]ias(?:es)?|(?<![A-Za-z])[wb]|(?<![A-Z])[WB])([_:]?[\d₀-₉]*)$", re.S
)
_BIAS_OF = {"weight": "bias", "weights": "biases", "kernel": "bias", "w": "b"}


class ArrayName(NamedTuple):
    """A name in its parts: weight and bias of one layer have the same stem."""

    stem: str
    part: str

    @property
    def is_bias(self) -> bool:
        """Whether it names a bias."""
        return self.part[:1].lower() == "b"

    @property
    def is_weight(self) -> bool:
        """Whether it names a weight, of either shape."""
        return self.part[:1].lower() in ("w", "k")

    @property
    def is_kernel(self) -> bool:
        """Whether it names a weight that is (inputs, outputs)."""
        return self.part[:1].lower() == "k"


def array_name(name: str) -> ArrayName:
    """Return a name in its parts; the part is empty where the name does not say what it is."""
    found = _NAMED.match(name)
    return ArrayName(found[1] + found[3], found[2]) if found else ArrayName(name, "")


def name_of_bias(weight: str) -> str:
    """Return what the bias is called whose weight has that name: fc1.bias of fc1.weight, b2 of W2."""
    found = _NAMED.match(weight)
    if not found or found[2].lower() not in _BIAS_OF:
        return f"{weight}.bias"
    part = _BIAS_OF[found[2].lower()]
    return found[1] + (part.capitalize() if found[2][0].isupper() and len(part) > 1 else part) + found[3]
