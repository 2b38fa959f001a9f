"""Points at which a one-hidden-layer function is likely to show what it does."""

from fractions import Fraction

import numpy as np

from ..activations.record import Floats
from .box import Box
from .canonical import CanonicalForm
from .exact_map import nearest_float

# So many units have their transitions looked at; the points drawn at random see the others.
_UNITS = 24
_SEED = 1992
# So many products are taken exactly where float64 does not show how large w·x + β is: about 1 µs each.
_EXACT_PRODUCTS = 20_000
# From such parameters on, one ulp of a coordinate may be all of a transition.
_STEEP = 2.0**40


def probes(form: CanonicalForm, box: Box | None = None) -> Floats:
    """Return points (K, d), the most promising first, in the `box` if there is one.

    Points of several sizes drawn at random, and for some units points near their transition w·x + β = 0
    and about 1 to either side, of steep units as near as float64 lets a point be; in the order of the unit
    that is least saturated there, weighed by its coefficient, for far from all transitions the function is
    constant to hundreds of digits.
    """
    generator = np.random.default_rng(_SEED)
    shape = (12, form.inputs)
    drawn = generator.standard_normal(shape) * 10.0 ** generator.integers(-2, 3, (12, 1))
    rows, coefficients = _as_arrays(form)
    steep = [_steep_transition(row) for row in rows[:_UNITS]]
    candidates = np.concatenate([drawn, *_transitions(rows[:_UNITS], generator), *steep])
    candidates = np.compress(np.isfinite(candidates).all(axis=1), candidates, axis=0)
    if box is not None:
        inside = np.concatenate([np.clip(candidates, box.low, box.high), box.points(len(drawn), _SEED)])
        candidates = np.unique(inside, axis=0)
    return candidates[np.argsort(-_promise(candidates, rows, coefficients), kind="stable")]


def saturation(form: CanonicalForm, point: Floats) -> float:
    """Return about the smallest |w·x + β| of the form's units at a point, infinite if all overflow."""
    rows, _ = _as_arrays(form)
    return float(np.abs(unit_arguments(point[np.newaxis], rows)).min(initial=np.inf))


def unit_arguments(points: Floats, rows: Floats) -> Floats:
    """Return about w·x + β, (K, n): the products are exact where rounding might hide how large it is."""
    with np.errstate(over="ignore", invalid="ignore"):
        sums = points @ rows[:, :-1].T + rows[:, -1]
        largest = np.abs(points) @ np.abs(rows[:, :-1]).T + np.abs(rows[:, -1])
        rounded = largest * (rows.shape[1] + 1) * 2.0**-53
        hidden = (rounded > 0.125) & ~(np.abs(sums) > 4 * rounded)
    for point, unit in np.argwhere(hidden)[: _EXACT_PRODUCTS // rows.shape[1]]:
        sums[point, unit] = nearest_float(_exactly(points[point], rows[unit]))
    return np.where(np.isnan(sums), np.inf, sums)


def _exactly(point: Floats, row: Floats) -> Fraction:
    products = (Fraction(w) * Fraction(x) for w, x in zip(row[:-1].tolist(), point.tolist(), strict=True))
    return sum(products, Fraction(row[-1].item()))


def _as_arrays(form: CanonicalForm) -> tuple[Floats, Floats]:
    """Return the units' (w, β), (n, d + 1), and log₂ of their largest coefficient in quanta, (n,)."""
    units = list(form.units.values())
    rows = np.array([unit.row * (0.5 if unit.halved else 1.0) for unit in units])
    logs = [float(max(abs(c) for c in unit.coefficients).bit_length()) for unit in units]
    return rows.reshape(len(units), form.inputs + 1), np.array(logs)


def _transitions(rows: Floats, generator: np.random.Generator) -> list[Floats]:
    """Return for each unit points where w·x + β is about −1, 0 and 1."""
    points = []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for row in rows:
            weight, bias = row[:-1], row[-1]
            scale = np.abs(weight).max()
            if not scale:
                continue
            direction = weight / scale
            direction /= direction @ direction
            centre = -(bias / scale) * direction
            # No coordinate is left at exactly 0, where the weight behind it would not show.
            around = generator.standard_normal((5, len(weight))) / (scale * np.sqrt(len(weight)))
            along = np.array([[-1.0], [0.0], [1.0], [0.0], [0.0]]) * (direction / scale)
            points.append(centre + along + np.array([[0.1], [0.1], [0.1], [1.0], [1.0]]) * around)
    return points


def _steep_transition(row: Floats) -> Floats:
    """Return points where w·x + β is −1, 0 and 1, (3, d), of a unit that rounding x saturates, else none.

    The largest weight takes x as near as its coordinate can be, the next one what that leaves, and so on.
    """
    order = np.argsort(-np.abs(row[:-1]), kind="stable")
    if not np.abs(row).max(initial=0.0) > _STEEP:
        return np.empty((0, len(order)))
    points = np.zeros((3, len(order)))
    for point, wanted in zip(points, (-1, 0, 1), strict=True):
        left = Fraction(wanted) - Fraction(row[-1].item())
        for at in order:
            if not left or not row[at]:
                break
            weight = Fraction(row[at].item())
            point[at] = nearest_float(left / weight)
            if not np.isfinite(point[at]):
                break
            left -= weight * Fraction(point[at].item())
    return points


def _promise(points: Floats, rows: Floats, coefficients: Floats) -> Floats:
    """Return log₂ of about the largest |c|·sech²(z) at each point, (K,)."""
    sizes = np.minimum(np.abs(unit_arguments(points, rows)), 1e300)
    return np.asarray((coefficients - 2 / np.log(2) * sizes).max(axis=1, initial=-np.inf))
