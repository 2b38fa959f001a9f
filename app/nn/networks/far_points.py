"""Inputs far away, between the hyperplanes of two units that are nearly the same."""

import numpy as np

from ..activations.record import Floats
from .network import Network

_PAIRS = 8
_DISTANCES = (4.0, 40.0)


def far_points(first: Network, second: Network) -> Floats:
    """Return inputs (N, d) at which a first-layer unit of one network is far on, and its like far off.

    Where the weights w, w′ of two such units are not parallel there is a wedge in which w·x + β ≤ −s and
    w′·x + β′ ≥ s: x = a·w + c·w′ solves both as equations. However close the two are, their units there
    differ by all of their range. Units are taken in the order in which they stand.
    """
    one, other = first.layers[0], second.layers[0]
    pairs = _pairs(one.weight, other.weight)
    biases = [np.zeros(layer.outputs) if layer.bias is None else layer.bias for layer in (one, other)]
    points = []
    with np.errstate(all="ignore"):
        for i, j in pairs:
            basis = np.stack([one.weight[i], other.weight[j]])
            # an orthogonal basis of the plane, so that nearly parallel rows lose no more than they must
            q, r = np.linalg.qr(basis.T)
            if not r[1, 1] or not r[0, 0]:
                continue
            for size in _DISTANCES:
                for sign in (1.0, -1.0):
                    goal = np.array([-sign * size - biases[0][i], sign * size - biases[1][j]])
                    along = np.array([goal[0] / r[0, 0], 0.0])
                    along[1] = (goal[1] - r[0, 1] * along[0]) / r[1, 1]
                    points.append(q @ along)
    rows = np.array(points).reshape(len(points), first.inputs)
    return np.compress(np.isfinite(rows).all(axis=1), rows, axis=0)


def _pairs(mine: Floats, theirs: Floats) -> list[tuple[int, int]]:
    """Return units of the same place whose weights are not the same, the first of them."""
    count = min(len(mine), len(theirs))
    if mine.shape[1] == 1:
        return []
    apart = np.flatnonzero((mine[:count] != theirs[:count]).any(axis=1))
    return [(i, i) for i in apart[:_PAIRS].tolist()]
