"""Random problems of the closed form, and the strategies that draw them."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from app.nn.activations.record import Floats
from app.nn.errors import Overflow
from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.reduction import Reduction
from app.nn.gradients.targets import Labels, Targets, prepare

REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "none")


@dataclass(frozen=True)
class Case:
    problem: Problem
    targets: Targets
    reduction: Reduction

    @property
    def rows(self) -> Floats:
        """The targets written out."""
        return (
            self.targets if isinstance(self.targets, np.ndarray) else self.targets.dense(self.problem.classes)
        )

    @property
    def divisor(self) -> int:
        return len(self.problem.rows) if self.reduction == "mean" else 1


def random_case(seed: int, *, largest: int = 6, reductions: tuple[Reduction, ...] = REDUCTIONS) -> Case:
    """Draw shapes, scale, reduction, kind of targets, smoothing and weights."""
    random = np.random.default_rng(seed)
    h, d, n = (int(size) for size in random.integers(1, largest + 1, 3))
    k = int(random.integers(2, largest + 1))
    single = bool(random.integers(4) == 0)
    shape = (d,) if single else (n, d)
    scale = float(10.0 ** random.uniform(-1, 1))
    problem = Problem(
        random.normal(size=(h, d)), scale * random.normal(size=(h, k)), random.normal(size=shape)
    )
    kind = random.integers(4)
    if kind == 0:
        raw = random.integers(0, k, shape[:-1]).astype(float)
    elif kind == 1:
        raw = random.dirichlet(np.ones(k), None if single else n)
    elif kind == 2:
        raw = random.uniform(0, 2, (*shape[:-1], k))
    else:
        raw = random.integers(0, 2, (*shape[:-1], k)).astype(float)
    targets = prepare(
        raw,
        shape,
        k,
        label_smoothing=float(random.choice([0.0, 0.1])),
        class_weights=random.uniform(0.2, 3, k) if random.integers(3) == 0 else None,
    )
    return Case(problem, targets, reductions[int(random.integers(len(reductions)))])


SEEDS = st.integers(0, 2**32 - 1)


def big(h: int, d: int, k: int, n: int) -> tuple[Problem, Labels]:
    """Draw a problem of that shape with weighted labels."""
    random = np.random.default_rng(h + d + k + n)
    problem = Problem(
        random.normal(size=(h, d)) / d**0.5, random.normal(size=(h, k)), random.normal(size=(n, d))
    )
    return problem, Labels(random.integers(0, k, n), random.uniform(0.5, 2, n))


def extreme_case(seed: int) -> Case:
    """Draw a problem anywhere among the float64 that has gradients, its targets as wild as itself."""
    random = np.random.default_rng(seed)
    while True:
        h, d, k, n = (int(size) for size in random.integers(1, 4, 4))
        shape = (d,) if random.integers(3) == 0 else (n, d)
        raw = (
            _wild(random, (*shape[:-1], k))
            if random.integers(2)
            else random.integers(0, k, shape[:-1]).astype(float)
        )
        weights = random.choice([1.0, 2.0, 0.0, 0.3, 1e-200, -1.0], k) if random.integers(2) else None
        reduction = REDUCTIONS[int(random.integers(len(REDUCTIONS)))]
        problem = Problem(_wild(random, (h, d)), _wild(random, (h, k)), _wild(random, shape))
        try:
            targets = prepare(
                raw, shape, k, label_smoothing=float(random.choice([0.0, 0.1, 0.9])), class_weights=weights
            )
            gradients(problem, targets, reduction)
        except Overflow:
            continue
        return Case(problem, targets, reduction)


def _wild(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return normal numbers times a power of ten, which each of them or all together have."""
    kind = int(random.integers(3))
    if kind == 0:
        exponents = np.array(random.choice([0, 0, 2, -3, -20, 20, -100, 100, -150, 150]))
    else:
        exponents = random.uniform(-320, 305, shape if kind == 1 else ())
    return np.array(random.normal(size=shape) * 10.0**exponents)
