"""The same function with the other activation: tanh z = 2·s(2z) − 1 (Problem 2a)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..activations.identity import identity
from ..activations.record import Activation, Floats
from ..activations.sigmoid import sigmoid
from ..activations.tanh import tanh
from ..cost import Cost
from ..errors import Overflow, Place, UnsupportedNetwork
from .exact_sum import rounded_sum
from .network import Layer, Network

Squashing = Literal["sigmoid", "tanh"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that whoever asked should know, and the place in the question that it is about."""

    at: Place
    detail: str


@dataclass(frozen=True, slots=True)
class Substitution:
    """How the other activation replaces one: f(z) = scale·g(stretch·z) + shift, all powers of two."""

    replaced: Squashing
    activation: Activation
    stretch: float
    scale: float
    shift: float
    undone: str


SUBSTITUTIONS: dict[Squashing, Substitution] = {
    "sigmoid": Substitution("tanh", sigmoid(), 2.0, 2.0, -1.0, "2y − 1"),
    "tanh": Substitution("sigmoid", tanh(), 0.5, 0.5, 0.5, "½y + ½"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Rewriting:
    """One layer's old and new form, where the layer before now gives g for h = scale·g + shift.

    The new preactivations are stretch·z, but for `remainder` (outputs,), the correctly rounded rest of the
    new bias (exact bias − new bias), and for numbers that could not be halved: `inexact` (outputs,) says
    in which units a weight could not, `bias_inexact` in which the bias alone could not.
    """

    old: Layer
    new: Layer
    stretch: float
    scale: float
    shift: float
    remainder: Floats
    inexact: Mask
    bias_inexact: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """The network that computes the same function, the notes, and how each layer was rewritten.

    `appended` is the substitution that a last affine layer undoes, where the last layer was converted.
    """

    network: Network
    notes: tuple[Note, ...]
    rewritings: tuple[Rewriting, ...]
    appended: Substitution | None


def convert(network: Network, to: Squashing) -> Conversion:
    """Return the network with `to` in place of the other squashing activation, computing the same function.

    tanh z = 2·s(2z) − 1 and s(z) = ½·tanh(z/2) + ½. Every layer's outputs are carried as scale·g + shift, so
    the next layer takes scale·W and b + shift·W·1, and a converted layer stretches its own W and b. For the
    sheet's network W1′ = 2W1, b1′ = 2b1, W2′ = 2W2, b2′ = b2 − W2·1; only b2′ is rounded, and correctly.
    Layers with other activations stay. A converted last layer is followed by an affine one (2I, −1).

    Raises `Overflow` at the entry that cannot be doubled or whose new bias is beyond the largest float64,
    `UnsupportedNetwork` for a softmax. Places are relative to the network. Source: Problem 2a.
    """
    substitution = SUBSTITUTIONS[to]
    notes: list[Note] = []
    rewritings: list[Rewriting] = []
    scale, shift = 1.0, 0.0
    for index, layer in enumerate(network.layers):
        at: Place = ("layers", index)
        if not isinstance(layer.activation, Activation):
            raise UnsupportedNetwork("expected an activation other than softmax", (*at, "activation"))
        converted = layer.activation.name == substitution.replaced
        stretch = substitution.stretch if converted else 1.0
        weight, weight_inexact = _scaled(layer.weight, stretch * scale, (*at, "weight"), notes)
        none = np.zeros(layer.outputs)
        bias, bias_inexact = layer.bias, none.astype(np.bool_)
        if shift:
            bias, remainder = _shifted_bias(layer, stretch, shift, at)
        else:
            remainder = none
            if layer.bias is not None:
                bias, bias_inexact = _scaled(layer.bias, stretch, (*at, "bias"), notes)
        activation = substitution.activation if converted else layer.activation
        rewritings.append(
            Rewriting(
                old=layer,
                new=Layer(weight, bias, activation),
                stretch=stretch,
                scale=scale,
                shift=shift,
                remainder=remainder,
                inexact=np.logical_or.reduce(weight_inexact, axis=1),
                bias_inexact=bias_inexact,
            )
        )
        scale, shift = (substitution.scale, substitution.shift) if converted else (1.0, 0.0)
    layers = [rewriting.new for rewriting in rewritings]
    if shift:
        outputs = network.outputs
        layers.append(Layer(scale * np.eye(outputs), np.full(outputs, shift), identity()))
        detail = (
            f"the last layer is converted too, so an affine layer {substitution.undone} is appended: "
            f"there are {len(layers)} layers now, which counts where their number is limited"
        )
        notes.append(Note(("layers", len(network.layers) - 1, "activation"), detail))
    if all(rewriting.stretch == 1 for rewriting in rewritings):
        notes.append(Note(("layers",), f"no layer's activation is {substitution.replaced}: nothing changes"))
    return Conversion(Network(layers), tuple(notes), tuple(rewritings), substitution if shift else None)


def conversion_cost(network: Network) -> Cost:
    """Return what rewriting takes, from the shapes alone."""
    weights = sum(layer.weight.size + layer.outputs for layer in network.layers)
    appended = network.outputs * (network.outputs + 1)
    return Cost(
        # Summing a row of Python floats exactly, twice: some 100 ns a number.
        multiply_adds=1000 * weights,
        intermediate=4 * max(layer.inputs for layer in network.layers) + weights,
        answer=weights + appended,
    )


def _scaled(array: Floats, factor: float, at: Place, notes: list[Note]) -> tuple[Floats, Mask]:
    """Return factor·array and where that is inexact (noted), for a power of two.

    Raises `Overflow` at the first entry that is beyond the largest float64.
    """
    with np.errstate(over="ignore"):
        scaled = factor * array
    finite = np.isfinite(scaled)
    if not finite.all():
        raise Overflow(
            f"expected an entry whose {factor:.0f}-fold is below 1.8e308 in size, got a larger one",
            (*at, *_first(~finite)),
        )
    # Multiplying back is exact, and for a factor above 1 nothing has been lost.
    inexact = np.asarray(scaled / factor != array)
    if inexact.any():
        count = int(inexact.sum())
        entries = "1 entry is" if count == 1 else f"{count} entries are"
        notes.append(
            Note(
                (*at, *_first(inexact)),
                f"{entries} so near zero (subnormal) that multiplying by {factor:g} rounds: "
                "the difference has a bound, but is not known exactly",
            )
        )
    return scaled, inexact


def _first(mask: Mask) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def _shifted_bias(layer: Layer, stretch: float, shift: float, at: Place) -> tuple[Floats, Floats]:
    """Return stretch·(b + shift·W·1), each entry rounded once, and the rest that each rounding left."""
    old = np.zeros(layer.outputs) if layer.bias is None else layer.bias
    bias, remainder = np.empty(layer.outputs), np.empty(layer.outputs)
    for unit, (offset, weights) in enumerate(zip(old.tolist(), layer.weight.tolist(), strict=True)):
        try:
            if shift == -1:
                bias[unit], remainder[unit] = rounded_sum([offset, *(-w for w in weights)], stretch)
            else:  # b + ½W·1 = ½(b + b + W·1), since half an entry may be no float
                bias[unit], remainder[unit] = rounded_sum([offset, offset, *weights], stretch * shift)
        except OverflowError:
            raise Overflow(
                "expected weights whose sum can be added to the bias within float64, got one beyond 1.8e308",
                (*at, "weight" if layer.bias is None else "bias", unit),
            ) from None
    return bias, remainder
