"""Networks whose last activation is injective: what is known of what is before it holds for them too."""

from dataclasses import replace

import mpmath as mp
import numpy as np

from ..activations.identity import identity
from ..activations.record import Activation, Floats
from ..precision import extended_precision
from .assumption import RELATIVE_ERROR
from .atoms import written
from .decision import is_injective
from .enclosed_values import ExactPoint, apart, enclosed
from .extended import LEAST_DIGITS, Enclosure
from .network import Layer, Network
from .normal_form import normal_form
from .propagation import UNDERFLOW, UPWARDS, output_gaps

_BITS = (192, 1024)


def before_output(network: Network) -> Network | None:
    """Return the network with identity as its last activation, None if that is not injective, or identity."""
    last = network.layers[-1]
    if not isinstance(last.activation, Activation):
        return None
    atom = written(last.activation).atom
    if atom is None or not is_injective(atom):
        return None
    return Network([*network.layers[:-1], replace(last, activation=identity())])


def behind_output(network: Network, inner: Network) -> Network:
    """Return a network with the last activation of `network` behind it."""
    last = inner.layers[-1]
    activation = network.layers[-1].activation
    return Network([*inner.layers[:-1], Layer(last.weight, last.bias, activation)])


def gaps_behind_output(network: Network, gaps: Floats) -> Floats:
    """Return a bound on how far outputs are apart whose preactivations are apart by `gaps`."""
    activation = network.layers[-1].activation
    assert isinstance(activation, Activation)
    return output_gaps(activation, np.abs(gaps), np.full(gaps.shape, -np.inf))


def constant_behind_output(network: Network, constant: Floats, off: Floats) -> tuple[Floats, Floats]:
    """Return g(c) for constants c that are `off` by so much at most, and what g(c) is off by at most."""
    activation = network.layers[-1].activation
    assert isinstance(activation, Activation)
    values = activation.evaluate(constant)
    rounding = (RELATIVE_ERROR * np.abs(values) + UNDERFLOW) * UPWARDS
    return values, gaps_behind_output(network, off) + rounding


def values_at(network: Network, inputs: Floats) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the outputs at two inputs (2, d) as decimals that differ, None if that takes too many digits."""
    form = normal_form(network)
    for bits in _BITS:
        try:
            one, other = (enclosed(form, ExactPoint.of(x), bits) for x in inputs)
        except OverflowError:
            return None
        differences = apart(one, other)
        if any(value.nonzero for value in differences):
            pairs = list(zip(one, other, differences, strict=True))
            return (
                tuple(mine.decimal(_digits(mine, by)) for mine, _, by in pairs),
                tuple(theirs.decimal(_digits(theirs, by)) for _, theirs, by in pairs),
            )
    return None


def _digits(value: Enclosure, by: Enclosure) -> int:
    if not by.nonzero:
        return LEAST_DIGITS
    with extended_precision(64):
        size = max(abs(value.value), abs(by.value))
        return max(LEAST_DIGITS, int(mp.ceil(mp.log10(size / abs(by.value)))) + 3)
