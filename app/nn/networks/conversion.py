"""The same function with the other activation: tanh z = 2·s(2z) − 1 (Problem 2a)."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..activations.identity import identity
from ..activations.record import Activation, Floats
from ..activations.sigmoid import sigmoid
from ..activations.tanh import tanh
from ..cost import Cost
from ..errors import Overflow, Place
from ..finite import first_true
from ..words import short
from .exact_map import exact_map
from .exact_sum import rounded_sum
from .network import Layer, Network
from .storage import STORAGES, Storage, StoredAs

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
    new bias (exact bias − new bias), and for weights that could not be halved, or were rounded to be stored:
    `lost` (outputs, inputs) bounds what rounding each of them cost. `bias_inexact` (outputs,) says in which
    units the bias could not be halved.
    """

    old: Layer
    new: Layer
    stretch: float
    scale: float
    shift: float
    remainder: Floats
    lost: Floats
    bias_inexact: Mask

    @property
    def inexact(self) -> Mask:
        """In which units a weight is not what it should be, (outputs,)."""
        return np.asarray(np.logical_or.reduce(self.lost != 0, axis=1), dtype=np.bool_)

    @property
    def rounded(self) -> Mask:
        """In which units any number is not what it should be, (outputs,)."""
        return np.asarray(self.inexact | self.bias_inexact | (self.remainder != 0), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """The network that computes the same function, the notes, and how each given layer was rewritten.

    `appended` is the substitution that a last affine layer undoes, where the last layer was converted. A
    layer that came to y itself is in `rewritings` alone.
    """

    network: Network
    notes: tuple[Note, ...]
    rewritings: tuple[Rewriting, ...]
    appended: Substitution | None


def convert(network: Network, to: Squashing, stored_as: StoredAs = "float64") -> Conversion:
    """Return the network with `to` in place of the other squashing activation, computing the same function.

    tanh z = 2·s(2z) − 1 and s(z) = ½·tanh(z/2) + ½. Every layer's outputs are carried as scale·g + shift, so
    the next layer takes scale·W and b + shift·W·1, and a converted layer stretches its own W and b. For the
    sheet's network W1′ = 2W1, b1′ = 2b1, W2′ = 2W2, b2′ = b2 − W2·1; only b2′ is rounded, and correctly.
    Layers with other activations stay, a last softmax too. A converted last layer is followed by an affine
    one (2I, −1), and on the way back, where that one comes to (I, 0), it is left out. With `stored_as` every
    number of the answer is one of that type, rounded once.

    Raises `Overflow` at the entry that cannot be doubled or whose new bias is beyond the largest number of
    the type. Places are relative to the network. Source: Problem 2a.
    """
    substitution, storage = SUBSTITUTIONS[to], STORAGES[stored_as]
    notes: list[Note] = []
    rewritings: list[Rewriting] = []
    scale, shift = 1.0, 0.0
    for index, layer in enumerate(network.layers):
        at: Place = ("layers", index)
        activation = layer.activation
        converted = isinstance(activation, Activation) and activation.name == substitution.replaced
        stretch = substitution.stretch if converted else 1.0
        weight, halved = _scaled(layer.weight, stretch * scale, (*at, "weight"), notes)
        weight, lost = stored(weight, storage, (*at, "weight"), notes)
        lost = np.where(halved, lost + 2.0**-1074, lost)
        none = np.zeros(layer.outputs)
        bias, bias_inexact = layer.bias, none.astype(np.bool_)
        if shift:
            bias, remainder = _shifted_bias(layer, stretch, shift, at)
            if storage.name != "float64":
                bias, remainder = _shifted_and_stored(layer, stretch, shift, at, storage, notes)
        else:
            remainder = none
            if layer.bias is not None:
                scaled, bias_inexact = _scaled(layer.bias, stretch, (*at, "bias"), notes)
                bias, _ = stored(scaled, storage, (*at, "bias"), notes)
                remainder = scaled - bias
        if converted:
            activation = substitution.activation
        rewritings.append(
            Rewriting(
                old=layer,
                new=Layer(weight, bias, activation),
                stretch=stretch,
                scale=scale,
                shift=shift,
                remainder=remainder,
                lost=lost,
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
    elif len(rewritings) > 1 and rewritings[-1].shift and _is_nothing(layers[-1]):
        layers.pop()
        detail = "this layer undid an earlier conversion; now it would come to y itself, so it is left out"
        notes.append(Note(("layers", len(layers)), detail))
    if all(rewriting.stretch == 1 for rewriting in rewritings):
        notes.append(Note(("layers",), f"no layer's activation is {substitution.replaced}: nothing changes"))
    return Conversion(Network(layers), tuple(notes), tuple(rewritings), substitution if shift else None)


def _is_nothing(layer: Layer) -> bool:
    """Tell whether a layer is y ↦ y."""
    return (
        layer.affine
        and np.array_equal(layer.weight, np.eye(*layer.weight.shape))
        and (layer.bias is None or not layer.bias.any())
        and layer.inputs == layer.outputs
    )


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
            f"expected an entry whose {factor:.0f}-fold is below 1.8×10³⁰⁸ in size, got a larger one",
            (*at, *first_true(~finite)),
        )
    # Multiplying back is exact, and for a factor above 1 nothing has been lost.
    inexact = np.asarray(scaled / factor != array)
    if inexact.any():
        count = int(inexact.sum())
        entries = "1 entry is" if count == 1 else f"{count} entries are"
        notes.append(
            Note(
                (*at, *first_true(inexact)),
                f"{entries} so near zero (subnormal) that multiplying by {short(factor)} rounds: "
                "the difference has a bound, but is not known exactly",
            )
        )
    return scaled, inexact


def stored(array: Floats, storage: Storage, at: Place, notes: list[Note]) -> tuple[Floats, Floats]:
    """Return the array as numbers of the type, and a bound on what rounding each cost; noted where it did.

    Raises `Overflow` at the first entry that is beyond its largest number.
    """
    rounded = storage.rounded(array)
    finite = np.isfinite(rounded)
    if not finite.all():
        raise Overflow(_beyond(storage), (*at, *first_true(~finite)))
    lost = np.nextafter(np.abs(array - rounded), np.inf) * (rounded != array)
    if lost.any():
        count, gone = int(np.count_nonzero(lost)), int(np.count_nonzero((rounded == 0) & (array != 0)))
        entries = "1 entry has" if count == 1 else f"{count} entries have"
        text = f"{entries} more digits than {storage.name} holds and {'is' if count == 1 else 'are'} rounded"
        if gone:
            text += f", {gone} of them to 0"
        notes.append(Note((*at, *first_true(lost != 0)), f"{text}: `difference` is of the numbers as stored"))
    return rounded, lost


def _beyond(storage: Storage) -> str:
    largest = f"up to {short(storage.largest, 3)} in size"
    return f"expected a number that {storage.name} holds, {largest}, got a larger one"


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
                "expected weights whose sum can be added to the bias below 1.8×10³⁰⁸, got a larger one",
                (*at, "weight" if layer.bias is None else "bias", unit),
            ) from None
    return bias, remainder


def _shifted_and_stored(
    layer: Layer, stretch: float, shift: float, at: Place, storage: Storage, notes: list[Note]
) -> tuple[Floats, Floats]:
    """Return stretch·(b + shift·W·1), rounded once to the type, and the rest that each rounding left."""
    rows = exact_map(layer)
    sums = rows.applied([Fraction(shift)] * layer.inputs)
    bias, remainder = np.empty(layer.outputs), np.empty(layer.outputs)
    for unit, (offset, moved) in enumerate(zip(rows.bias, sums, strict=True)):
        exact = Fraction(stretch) * (offset + moved)
        try:
            bias[unit] = storage.rounded_fraction(exact)
        except OverflowError:
            name = "weight" if layer.bias is None else "bias"
            raise Overflow(_beyond(storage), (*at, name, unit)) from None
        rest = exact - Fraction(bias[unit])
        remainder[unit] = float(rest) or (math.copysign(2.0**-1074, rest) if rest else 0.0)
    if remainder.any():
        notes.append(
            Note(
                (*at, "weight" if layer.bias is None else "bias", *first_true(remainder != 0)),
                f"the new bias has more digits than {storage.name} holds and is rounded once: "
                "`difference` is of the numbers as stored",
            )
        )
    return bias, remainder
