"""A network: affine maps with an activation behind each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .. import latex
from ..activations.catalogue import create
from ..activations.record import Activation, Floats
from ..arrays import as_array
from ..errors import InvalidValue, ShapeMismatch, UnsupportedNetwork, located
from ..finite import refuse_non_finite
from ..words import plural

Softmax = Literal["softmax"]
SOFTMAX: Softmax = "softmax"


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """x ↦ activation(weight·x + bias): weight (outputs, inputs), bias (outputs,) or None for zero.

    `weight` and `bias` are arrays or nested lists, `activation` an activation or, where its parameters have
    their defaults, its name. A value: equal, and hashed, by its numbers and its activation. No bias is
    another value than one of zeros.

    Raises `ShapeMismatch` for an empty weight or a bias of another length, `NotFinite` for NaN and ±∞,
    `InvalidValue` for what is no number, `UnknownName`.
    """

    weight: Floats
    bias: Floats | None
    activation: Activation | Softmax

    def __init__(
        self, weight: ArrayLike, bias: ArrayLike | None = None, activation: Activation | str = "identity"
    ) -> None:
        with located("weight"):
            object.__setattr__(self, "weight", _own(as_array(weight)))
        with located("bias"):
            object.__setattr__(self, "bias", None if bias is None else _own(as_array(bias)))
        with located("activation"):
            if isinstance(activation, str) and activation != SOFTMAX:
                activation = create(activation)
            object.__setattr__(self, "activation", activation)
        self._check()

    def _check(self) -> None:
        if self.weight.ndim != 2 or self.weight.size == 0:
            raise ShapeMismatch(
                f"expected a weight of shape (outputs, inputs) without empty sides, got {self.weight.shape}",
                ("weight",),
            )
        refuse_non_finite(self.weight, ("weight",))
        if self.bias is None:
            return
        if self.bias.shape != (self.outputs,):
            raise ShapeMismatch(
                f"expected a bias of shape ({self.outputs},), one per row of weight, got {self.bias.shape}",
                ("bias",),
            )
        refuse_non_finite(self.bias, ("bias",))

    def __eq__(self, other: object) -> bool:
        """Tell whether both have the same activation and, number for number, the same weight and bias."""
        if not isinstance(other, Layer):
            return NotImplemented
        if self.activation != other.activation or not np.array_equal(self.weight, other.weight):
            return False
        if self.bias is None or other.bias is None:
            return self.bias is other.bias
        return np.array_equal(self.bias, other.bias)

    def __hash__(self) -> int:
        """Return a hash of the activation and the numbers."""
        bias = None if self.bias is None else _bytes(self.bias)
        return hash((self.activation, self.weight.shape, _bytes(self.weight), bias))

    @property
    def outputs(self) -> int:
        """The number of units."""
        return int(self.weight.shape[0])

    @property
    def inputs(self) -> int:
        """The number of numbers that each unit sees."""
        return int(self.weight.shape[1])

    @property
    def activation_in_words(self) -> str:
        """The name of the activation, with its parameters where it has any: elu(alpha=0.5)."""
        if isinstance(self.activation, Activation):
            return Activation.__repr__(self.activation).removesuffix("()")
        return self.activation

    @property
    def affine(self) -> bool:
        """Whether nothing is applied to weight·x + bias."""
        return isinstance(self.activation, Activation) and self.activation.name == "identity"


@dataclass(frozen=True, slots=True)
class Network:
    """Layers that chain: each sees as many inputs as the one before has outputs. A value, as its layers are.

    Raises `ShapeMismatch` where they do not, `UnsupportedNetwork` for a softmax that is not last, and
    `InvalidValue` for what are no layers; places are relative to the network, as in
    `("layers", 1, "weight")`.
    """

    layers: Sequence[Layer]

    def __post_init__(self) -> None:
        if not isinstance(self.layers, Iterable):
            raise InvalidValue("expected a list of layers", ("layers",))
        object.__setattr__(self, "layers", tuple(self.layers))
        for index, layer in enumerate(self.layers):
            if not isinstance(layer, Layer):
                raise InvalidValue("expected a Layer", ("layers", index))
        if not self.layers:
            raise ShapeMismatch("expected at least one layer, got none", ("layers",))
        for index in range(1, len(self.layers)):
            seen, given = self.layers[index].inputs, self.layers[index - 1].outputs
            if seen != given:
                raise ShapeMismatch(
                    f"expected {plural(given, 'column')}, one for each output of the layer before, "
                    f"got {seen}",
                    ("layers", index, "weight"),
                )
            if self.layers[index - 1].activation == SOFTMAX:
                raise UnsupportedNetwork(
                    "expected softmax in the last layer only", ("layers", index - 1, "activation")
                )

    def __str__(self) -> str:
        """Return a line for each layer: its activation, and how many numbers go in and come out."""
        return "\n".join(
            f"layer {index}: {layer.activation_in_words}, {layer.inputs} → {layer.outputs}"
            for index, layer in enumerate(self.layers)
        )

    def _repr_latex_(self) -> str:
        return latex.displayed(latex.network(self))

    @property
    def inputs(self) -> int:
        """d, the number of inputs."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """m, the number of outputs."""
        return self.layers[-1].outputs


def _own(array: Floats) -> Floats:
    """Return an array that nobody changes: a layer is a value, whatever becomes of what it was made of."""
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def _bytes(array: Floats) -> bytes:
    return (np.asarray(array, dtype=np.float64) + 0.0).tobytes()  # −0.0 equals 0.0
