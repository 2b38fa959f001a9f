"""Points at which a one-hidden-layer function is likely to show what it does."""

import numpy as np

from ..activations.record import Floats
from .box import Box
from .canonical import CanonicalForm

# So many units have their transitions looked at; the points drawn at random see the others.
_UNITS = 24
_SEED = 1992


def probes(form: CanonicalForm, box: Box | None = None) -> Floats:
    """Return points (K, d), the most promising first, in the `box` if there is one.

    Points of several sizes drawn at random, and for some units points near their transition w·x + β = 0
    and about 1 to either side; in the order of the unit that is least saturated there, weighed by its
    coefficient, for far from all transitions the function is constant to hundreds of digits.
    """
    generator = np.random.default_rng(_SEED)
    shape = (12, form.inputs)
    drawn = generator.standard_normal(shape) * 10.0 ** generator.integers(-2, 3, (12, 1))
    rows, coefficients = _as_arrays(form)
    candidates = np.concatenate([drawn, *_transitions(rows[:_UNITS], generator)])
    candidates = np.compress(np.isfinite(candidates).all(axis=1), candidates, axis=0)
    if box is not None:
        inside = np.concatenate([np.clip(candidates, box.low, box.high), box.points(len(drawn), _SEED)])
        candidates = np.unique(inside, axis=0)
    return candidates[np.argsort(-_promise(candidates, rows, coefficients), kind="stable")]


def saturation(form: CanonicalForm, point: Floats) -> float:
    """Return about the smallest |w·x + β| of the form's units at a point, infinite if all overflow."""
    rows, _ = _as_arrays(form)
    sizes = _preactivation_sizes(point[np.newaxis], rows)
    return float(sizes.min(initial=np.inf))


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


def _promise(points: Floats, rows: Floats, coefficients: Floats) -> Floats:
    """Return log₂ of about the largest |c|·sech²(z) at each point, (K,)."""
    sizes = np.minimum(_preactivation_sizes(points, rows), 1e300)
    return np.asarray((coefficients - 2 / np.log(2) * sizes).max(axis=1, initial=-np.inf))


def _preactivation_sizes(points: Floats, rows: Floats) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.abs(points @ rows[:, :-1].T + rows[:, -1])
    return np.where(np.isnan(sizes), np.inf, sizes)
