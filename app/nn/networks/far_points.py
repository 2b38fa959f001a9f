"""Inputs far away, between the hyperplanes of two units that are nearly the same."""

from itertools import takewhile

import numpy as np

from ..activations.record import Floats
from .network import Layer, Network

_PAIRS = 8
_COMPOSED = 64
_DISTANCES = (4.0, 40.0)
_NEAR = 2.0**-30


def far_points(first: Network, second: Network) -> Floats:
    """Return inputs (N, d) at which a first-layer unit of one network is far on, and its like far off.

    Where the weights w, w′ of two such units are not parallel there is a wedge in which w·x + β ≤ −s and
    w′·x + β′ ≥ s: x = a·w + c·w′ solves both as equations. However close the two are, their units there
    differ by all of their range. Units are taken in the order in which they stand.
    """
    points = []
    with np.errstate(all="ignore"):
        (one, bias), (other, other_bias) = _first_units(first), _first_units(second)
        for i, j in _pairs(one, other):
            basis = np.stack([one[i], other[j]])
            if not np.isfinite(basis).all():
                continue
            # an orthogonal basis of the plane, so that nearly parallel rows lose no more than they must
            q, r = np.linalg.qr(basis.T)
            if not r[1, 1] or not r[0, 0]:
                continue
            for size in _DISTANCES:
                for sign in (1.0, -1.0):
                    goal = np.array([-sign * size - bias[i], sign * size - other_bias[j]])
                    along = np.array([goal[0] / r[0, 0], 0.0])
                    along[1] = (goal[1] - r[0, 1] * along[0]) / r[1, 1]
                    points.append(q @ along)
    rows = np.array(points).reshape(len(points), first.inputs)
    return np.compress(np.isfinite(rows).all(axis=1), rows, axis=0)


def nearly_parallel(first: Network, second: Network) -> bool:
    """Tell whether first units of the same place have rows that are not the same, but all but the same."""
    with np.errstate(all="ignore"):
        one, other = _first_units(first)[0], _first_units(second)[0]
        count = min(len(one), len(other))
        off, size = np.abs(one[:count] - other[:count]).max(axis=1), np.abs(one[:count]).max(axis=1)
        return first.inputs > 1 and bool(((0 < off) & (off <= _NEAR * size)).any())


def _first_units(network: Network) -> tuple[Floats, Floats]:
    """Return weights and biases of the first units of a network, behind the affine layers before them.

    Of so many units only where there are such layers: a million of them, composed with as many inputs, would
    fill all memory.
    """
    before = list(takewhile(lambda layer: layer.affine, network.layers[:-1]))
    units = network.layers[len(before)]
    weight, bias = units.weight, _bias(units)
    if before:
        weight, bias = weight[:_COMPOSED], bias[:_COMPOSED]
    for layer in reversed(before):
        weight, bias = weight @ layer.weight, weight @ _bias(layer) + bias
    return weight, bias


def _bias(layer: Layer) -> Floats:
    return np.zeros(layer.outputs) if layer.bias is None else layer.bias


def _pairs(mine: Floats, theirs: Floats) -> list[tuple[int, int]]:
    """Return units of the same place whose weights are not the same, the first of them."""
    count = min(len(mine), len(theirs))
    if mine.shape[1] == 1:
        return []
    apart = np.flatnonzero((mine[:count] != theirs[:count]).any(axis=1))
    return [(i, i) for i in apart[:_PAIRS].tolist()]
