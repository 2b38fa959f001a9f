"""A network as files tell it: one map behind the other, each kept as it is stored."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation, Floats
from ..nn.errors import Fault, LimitExceeded
from ..nn.networks.conversion import Note
from ..nn.networks.network import SOFTMAX, Layer, Network, Softmax
from ..nn.words import plural
from .errors import UnsupportedModel
from .limits import limits

Array = npt.NDArray[Any]
Names = tuple[str | None, str | None]
"""What a file calls a layer's weight and bias; None for one that it does not have."""


def vector(numbers: Array) -> Floats:
    """Return numbers as float64. Raises `LimitExceeded` for too many: of one byte each becomes eight."""
    most = limits().numbers
    if numbers.size > most:
        raise LimitExceeded("model_numbers", f"expected at most {most} numbers in a file, got more")
    return np.asarray(numbers, np.float64)


def shared_slope(slopes: Array) -> float:
    """Return the slope of a PReLU whose units share one. Raises `UnsupportedModel` for more than one."""
    if not slopes.size or (slopes != slopes.flat[0]).any():
        raise UnsupportedModel(
            "expected a PReLU with one slope for all units, which is leaky_relu, got one for each"
        )
    return float(slopes.flat[0])


@dataclass(frozen=True, slots=True, eq=False)
class ReadNetwork:
    """A network that stood in a file, what its arrays are called there, and what was assumed."""

    network: Network
    names: tuple[Names, ...]
    notes: tuple[Note, ...]


@dataclass(eq=False, slots=True)
class Chain:
    """Layers in the making: an affine map waits for its bias and its activation.

    `width` is how many numbers come out so far, None before the first weight tells it.
    """

    width: int | None = None
    notes: list[Note] = field(default_factory=list)
    _layers: list[Layer] = field(default_factory=list)
    _names: list[Names] = field(default_factory=list)
    _weight: Floats | None = None
    _bias: Floats | None = None
    _called: Names = (None, None)
    _numbers: int = 0

    @property
    def position(self) -> int:
        """The index of the layer that is in the making, or comes next."""
        return len(self._layers)

    def affine(self, weight: Array, bias: Array | None, called: Names) -> None:
        """Add x ↦ weight·x + bias, weight (outputs, inputs); of any type, float64 from here on."""
        self._close()
        if weight.ndim != 2 or weight.size == 0:
            raise UnsupportedModel("expected weights that are matrices, got one of other sides")
        if self.width is not None and weight.shape[1] != self.width:
            taken, given = plural(weight.shape[1], "input"), plural(self.width, "output")
            raise UnsupportedModel(f"expected weights that chain, got {taken} behind {given}")
        self._count(weight.size)
        self._weight = np.ascontiguousarray(weight, np.float64)
        self._bias = None
        self.width = int(weight.shape[0])
        self._called = called
        if bias is not None:
            self.add(bias, called[1])

    def add(self, summand: Array, name: str | None) -> None:
        """Add a constant: the bias of the map before where it has none, else a layer of its own."""
        if self._weight is None or self._bias is not None:
            self._scale_by(np.ones(max(summand.size, 1)), None)
        self._bias = self._spread(summand)
        self._called = (self._called[0], name)

    def scale(self, factor: Floats, name: str | None) -> None:
        """Multiply each number, as a layer of its own: nothing is multiplied into a weight."""
        self._close()
        self._scale_by(factor, name)

    def activate(self, activation: Activation | Softmax) -> None:
        """End the layer with an activation."""
        if self._weight is None:
            self._scale_by(np.ones(1), None)
        self._close(activation)

    def note(self, detail: str, *at: str | int) -> None:
        """Say what was assumed or left out, of the layer in the making where no place is given."""
        self.notes.append(Note(at or ("layers", self.position), detail))

    def finish(self) -> ReadNetwork:
        """Return the network. Raises `UnsupportedModel` where there is none."""
        self._close()
        if not self._layers:
            raise UnsupportedModel("expected a model with weights, got none")
        last = len(self._layers) - 1
        if any(layer.activation == SOFTMAX for layer in self._layers[:last]):
            raise UnsupportedModel("expected softmax in the last layer only")
        try:
            network = Network(tuple(self._layers))
        except Fault as fault:
            raise UnsupportedModel(fault.detail, fault.at) from None
        return ReadNetwork(network, tuple(self._names), tuple(self.notes))

    def _scale_by(self, factor: Floats, name: str | None) -> None:
        self._close()
        if self.width is None and factor.size > 1:
            self.width = factor.size
        if self.width is None:
            raise UnsupportedModel(
                "expected a model that says how many inputs it has, or begins with a weight"
            )
        if 4 * self.width**2 > limits().numbers:
            most = int((limits().numbers / 4) ** 0.5)
            raise LimitExceeded("model_numbers", f"expected at most {most} numbers that are scaled, got more")
        self._count(self.width**2)
        self._weight = np.diag(self._spread(factor))
        self._bias = None
        self._called = (name, None)

    def _spread(self, numbers: Array) -> Floats:
        """Return one number for each output."""
        assert self.width is not None
        if numbers.size not in (1, self.width):
            raise UnsupportedModel(
                f"expected {plural(self.width, 'number')}, one for each output, got {numbers.size}"
            )
        flat = np.asarray(numbers, np.float64).reshape(-1)
        return np.array(np.broadcast_to(flat, (self.width,)))

    def _count(self, numbers: int) -> None:
        self._numbers += numbers
        most = limits()
        if self._numbers > most.numbers:
            detail = f"expected at most {most.numbers} numbers in all weights of a file, got more"
            raise LimitExceeded("model_numbers", detail)
        if len(self._layers) >= most.layers:
            raise LimitExceeded("model_layers", f"expected at most {most.layers} layers in a file, got more")

    def _close(self, activation: Activation | Softmax | None = None) -> None:
        if self._weight is None:
            return
        try:
            layer = Layer(self._weight, self._bias, activation or create("identity"))
        except Fault as fault:
            raise UnsupportedModel(fault.detail, ("layers", self.position, *fault.at)) from None
        self._layers.append(layer)
        self._names.append(self._called)
        self._weight = self._bias = None
