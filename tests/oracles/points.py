"""Where functions go wrong: every exponent, the subnormals, both sides of switches, saturation edges."""

from collections.abc import Sequence

import numpy as np

from app.nn.activations.record import Floats

MAX = float(np.finfo(np.float64).max)

# Switches of the forms in app/nn/activations, ends of exp's range, places of extrema, and their like.
MARKS = (
    *(
        0.125,
        0.25,
        0.5,
        0.75,
        1.0,
        1.5,
        2.0,
        3.0,
        4.0,
        6.0,
        9.0,
        12.0,
        20.0,
        22.0,
        30.0,
        36.7,
        37.4,
        38.5,
        38.9,
        39.0,
        40.0,
    ),
    *(
        0.5158,
        0.7517915246935645,
        0.7524614220710163,
        1.1924312145154952,
        1.2784645427610738,
        1.41421356,
        2.39935,
    ),
    *(
        0.6931471805599453,
        5.17,
        100.0,
        350.0,
        354.2,
        372.57,
        690.0,
        700.0,
        708.3964185322641,
        709.782712893384,
    ),
    *(744.44, 745.1332191019411, 745.14, 750.0, 760.0, 800.0, 1000.0, 1454.9, 1600.0, 1e154, 1.35e154, 1e200),
    # the edges of the eight segments of Mills' ratio: z = 3(1 + t)/(1 − t)
    *(0.42857142857142855, 1.0, 1.8, 3.0, 5.0, 9.0, 21.0),
)


def adversarial(count: int, scale: float = 1.0, seed: int = 0) -> Floats:
    """About `count` finite points, ±0 and the ends of the range among them; marks count in `scale`."""
    with np.errstate(over="ignore"):
        return _adversarial(count, scale, seed)


def _adversarial(count: int, scale: float, seed: int) -> Floats:
    random = np.random.default_rng(seed)
    share = count // 8
    exponents = np.ldexp(random.uniform(1, 2, share), random.integers(-1074, 1024, share))
    near_one = np.ldexp(random.uniform(1, 2, share), random.integers(-60, 11, share))
    marks = np.array(MARKS) * np.float64(scale)
    marks = marks[marks < MAX / 2]
    steps = random.integers(-8, 9, share // 2)
    chosen = random.choice(marks, share // 2)
    neighbours = chosen + steps * np.spacing(chosen)
    around = random.choice(marks, share // 2) * (1 + random.normal(0, 1e-3, share // 2))
    zeros = random.choice([0.7517915, 0.7524614, 1.1924312, 1.2784645], share // 2)
    near_zeros = zeros + random.uniform(-0.13, 0.13, share // 2)
    positive = np.concatenate(
        [
            exponents,
            near_one * scale,
            marks,
            neighbours,
            around,
            near_zeros,
            np.abs(random.normal(0, 3, share)) * scale,
            random.uniform(0, 45, share) * scale,
            random.uniform(690, 760, share) * scale,
            random.uniform(0, 1600, share // 2) * scale,
            [0.0, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, MAX, 1e308],
        ]
    )
    points = np.concatenate([positive, -positive])
    points = np.unique(points[np.isfinite(points)])
    kept = points if points.size <= count else random.choice(points, count, replace=False)
    return np.concatenate([kept, [0.0, -0.0, MAX, -MAX, 5e-324, -5e-324], marks, -marks])


def unit(parameters: dict[str, float]) -> float:
    """The unit in which a case's switches lie: 1/β for softplus and silu, alpha for celu, √b/2, else 1."""
    if set(parameters) == {"beta"}:
        return min(1 / abs(parameters["beta"]), MAX)
    if set(parameters) == {"alpha"}:
        return abs(parameters["alpha"]) or 1.0
    if set(parameters) == {"alpha", "beta"}:
        return 0.7 / parameters["alpha"]
    if "b" in parameters:
        return float(np.sqrt(parameters["b"])) / 2
    return 1.0


def plus(points: Floats, extra: Sequence[float]) -> Floats:
    """The points, and each of `extra` with its two neighbours."""
    more = np.array(extra, dtype=np.float64)
    return np.concatenate([points, more, np.nextafter(more, np.inf), np.nextafter(more, -np.inf)])
