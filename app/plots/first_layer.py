"""Where the units of the first layer of a network of one input have their kinks, jumps and bends."""

import numpy as np
import numpy.typing as npt

from ..nn.activations.record import Activation, Floats
from ..nn.networks.network import Network
from .budget import points_allowed
from .extremes import straight
from .windows import reach

# Points with which a curve begins, twice as many after its first halving. Of deeper layers nobody knows where
# they bend, and many units bend beside each other: they are seen at every pixel of an ordinary picture.
_COARSE, _FINE = 33, 257
_FEW = 32  # units

_INTERVALS = 4  # a unit that needs more of them to bend shows itself without points of its own
_BESIDE = 4.0  # roundings: so far from a jump as worked out, the float64 sum has surely passed it

# The points of a bend: where it has arrived on either side, the middle, and between.
_BEND = np.linspace(0.0, 1.0, 5)

# Corners of one layer, at most, and points of bends times units: each point is evaluated, with some around
# it, and 2²² values of the slowest activations take a fifth of a second. Wide networks have fewer: `budget`.
_MOST, _MOST_EVALUATED, _FEWEST = 8192, 2**22, 256


def kinks(network: Network) -> Floats:
    """Return where the first layer's units have a kink, as nearly as floats can."""
    first = network.layers[0].activation
    return _places(network, first.kinks) if isinstance(first, Activation) else np.empty(0)


def jumps(network: Network) -> Floats:
    """Return two floats for each jump of the first layer's units, (N, 2), around it; sorted."""
    first = network.layers[0].activation
    found = [_sides(network, jump.at) for jump in first.jumps] if isinstance(first, Activation) else []
    sides = np.concatenate([np.empty((0, 2)), *found])
    ordered: Floats = sides[sides[:, 0].argsort()]
    return ordered


def start(network: Network) -> int:
    """Return with how many points a curve of the network begins, beside `places`."""
    few = network.layers[0].outputs <= _FEW or not _bends(network)
    return _COARSE if few and tells_all(network) else _FINE


def places(network: Network, low: float, high: float, panels: int = 1) -> Floats:
    """Return points of (low, high) between which no unit of the first layer does anything unseen, sorted.

    They are its kinks, both sides of its jumps, and for units that bend within a few intervals of the
    beginning, the points of their bends: (z − b)/w, z in the reach of the activation. Of too many every
    second, third, … is taken: of a jump both sides or none, or there were one between any two points.
    """
    first = network.layers[0]
    if not isinstance(first.activation, Activation):
        return np.empty(0)
    most = _most_corners(network, panels)
    bend = _bends(network)
    wide = 2 * _INTERVALS * ((high / 2 - low / 2) / (start(network) - 1))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
        narrow = np.flatnonzero(
            (max(bend, default=0.0) - min(bend, default=0.0)) / np.abs(first.weight[:, 0]) < wide
        )
    bends = _places(network, bend, narrow)
    found = [
        _thinned(kinks(network)[:, np.newaxis], low, high, most),
        _thinned(jumps(network), low, high, most // 2),
        _thinned(bends[:, np.newaxis], low, high, _most_bends(network)),
    ]
    together = np.unique(np.concatenate(found))
    inside: Floats = together[(together > low) & (together < high)]
    return inside


def tells_all(network: Network, panels: int = 1) -> bool:
    """Tell whether `places` are all that the network has: only sums stand behind its first layer."""
    first = network.layers[0].activation
    if not isinstance(first, Activation):
        return False
    units = network.layers[0].outputs
    return (
        all(getattr(layer.activation, "name", "") == "identity" for layer in network.layers[1:])
        and (len(first.kinks) + 2 * len(first.jumps)) * units <= _most_corners(network, panels)
        and len(_bends(network)) * units <= _most_bends(network)
    )


def bends(network: Network) -> bool:
    """Tell whether some unit of the first layer does more than run straight between its corners."""
    first = network.layers[0].activation
    return isinstance(first, Activation) and not straight(first)


def _bends(network: Network) -> tuple[float, ...]:
    """Return the sums along which a unit of the first layer bends; none where it only has corners."""
    first = network.layers[0].activation
    if not isinstance(first, Activation):
        return ()
    left, right = reach(first)
    return tuple(left * (1 - _BEND) + right * _BEND) if left < right else ()


def _most_bends(network: Network) -> int:
    return max(_FEWEST, _MOST_EVALUATED // network.layers[0].outputs)


def _most_corners(network: Network, panels: int) -> int:
    """Return how many corners leave room for as many points between them."""
    return min(_MOST, points_allowed(network, panels) // 2)


def _thinned(groups: Floats, low: float, high: float, most: int) -> Floats:
    """Return the points of at most so many of the groups (N, points) that reach into the window."""
    inside = groups[((groups > low) & (groups < high)).any(axis=1)]
    if len(inside) > most:
        inside = np.unique(inside, axis=0)
    return np.ravel(inside[:: max(1, -(-len(inside) // most))])


def _bias(network: Network) -> Floats:
    first = network.layers[0]
    return np.zeros(first.outputs) if first.bias is None else first.bias


def _places(
    network: Network, sums: tuple[float, ...], units: npt.NDArray[np.intp] | slice = slice(None)
) -> Floats:
    """Return the x at which w·x + b is one of `sums`, for each of the units that has such an x."""
    weight, bias = network.layers[0].weight[units, 0], _bias(network)[units]
    with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
        found = (np.array(sums).reshape(-1, 1) - bias) / weight
    return found[np.isfinite(found)]


def _sides(network: Network, at: float) -> Floats:
    """Return two floats for each unit, (N, 2), between which its float64 sum passes `at`."""
    weight, bias = network.layers[0].weight[:, 0], _bias(network)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore", under="ignore"):
        found = (at - bias) / weight
        apart = np.spacing(np.abs(found)) + np.spacing(np.abs(at) + np.abs(bias)) / np.abs(weight)
        sides: Floats = np.column_stack([found - _BESIDE * apart, found + _BESIDE * apart])
    finite: Floats = sides[np.isfinite(sides).all(axis=1)]
    return finite
