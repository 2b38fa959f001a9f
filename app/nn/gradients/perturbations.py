"""Lines through W and Θ along which the loss is differentiated: every coordinate's, or some random ones.

Along a line in one parameter the logits move at a constant speed, whatever its size: it is kept with a power
of two taken out for every row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from .problem import Gradients, Problem
from .targets import Targets, sizes

Exponents = npt.NDArray[np.int64]

DIRECTIONS = 8
"""How many random directions in either parameter stand for its coordinates where those are too many."""

BLOCK_LOGITS = 2**17
"""About how many logits a block of lines has."""

_SMALLEST = 2.0**-1074

# Sums of products of at most 1 that come to less than this may have lost too much to underflow: for what they
# round by they count as this, whose ε-th part is still above what the complex step loses, 2⁻¹⁰⁷⁴/step.
_LEAST_TERMS = 2.0**-900


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """C lines through the parameters, along each of which the logits move at a constant speed.

    It is `speed`·2^`exponent`, (C, N, k) and (C, N), so that none is out of range; `terms` (C, N), in the
    same units, is the size of what it is summed from; `scale` (C,) is the size of the parameters that move.
    `expected`·2^`expected_exponent`, (C,) or (C, N), is the gradient along the line, `expected_terms` (C,)
    the size of what that is summed from and `lost` what underflow may have taken of it.
    """

    speed: Floats
    exponent: Exponents
    terms: Floats
    scale: Floats
    expected: Floats
    expected_exponent: int
    expected_terms: Floats
    lost: float


def coordinates(problem: Problem, targets: Targets, gradients: Gradients) -> Iterator[Lines]:
    """Yield lines along every entry of W, then of Θ, in blocks."""
    (h, d), k = problem.W.shape, problem.classes
    Theta, of_theta = normal(problem.Theta)
    x, of_x = np.frexp(problem.rows.T)
    lost = _lost(problem, targets, problem.Theta)
    count = max(1, BLOCK_LOGITS // (len(problem.rows) * k))
    for start in range(0, h * d, count):
        i, j = np.divmod(np.arange(start, min(start + count, h * d)), d)
        speed = x[j][:, :, np.newaxis] * Theta[i][:, np.newaxis, :]
        yield _alone(
            speed,
            of_x[j] + of_theta[i][:, np.newaxis],
            np.abs(speed).max(axis=2),
            problem.W[i, j],
            gradients.W[..., i, j],
            lost,
        )
    (rows, of_row), (W, of_w) = normal(problem.rows), normal(problem.W)
    hidden, terms = W @ rows.T, np.maximum(np.abs(W) @ np.abs(rows).T, _LEAST_TERMS)
    lost = _lost(problem, targets, problem.W)
    for start in range(0, h * k, count):
        i, j = np.divmod(np.arange(start, min(start + count, h * k)), k)
        speed = np.zeros((len(i), len(rows), k))
        speed[np.arange(len(i)), :, j] = hidden[i]
        yield _alone(
            speed,
            of_row + of_w[i][:, np.newaxis],
            terms[i],
            problem.Theta[i, j],
            gradients.Theta[..., i, j],
            lost,
        )


def directions(
    problem: Problem, targets: Targets, gradients: Gradients, random: np.random.Generator
) -> Iterator[Lines]:
    """Yield lines along random signs, one parameter at a time."""
    rows, of_rows = normal(problem.rows)
    (W, of_w), (Theta, of_theta) = _whole(problem.W), _whole(problem.Theta)
    hidden = rows @ W.T
    by_w = np.abs(rows).sum(axis=1) * np.abs(Theta).sum(axis=0).max()
    by_theta = np.maximum((np.abs(rows) @ np.abs(W).T).sum(axis=1), _LEAST_TERMS)
    for _ in range(DIRECTIONS):
        signs = random.choice([-1.0, 1.0], W.shape)
        lost = W.size * _lost(problem, targets, problem.Theta)
        speed = (rows @ signs.T) @ Theta
        yield _along(speed, of_rows + of_theta, by_w, problem.W, gradients.W, signs, lost)
        signs = random.choice([-1.0, 1.0], Theta.shape)
        lost = Theta.size * _lost(problem, targets, problem.W)
        yield _along(hidden @ signs, of_rows + of_w, by_theta, problem.Theta, gradients.Theta, signs, lost)


def normal(rows: Floats) -> tuple[Floats, Exponents]:
    """Return rows (m, n) with powers of two taken out so that the largest are in [1/2, 1), and these (m,)."""
    exponents: Exponents = np.frexp(np.abs(rows).max(axis=1))[1].astype(np.int64)
    return np.ldexp(rows, -exponents[:, np.newaxis]), exponents


def _alone(
    speed: Floats, exponent: Exponents, terms: Floats, parameters: Floats, expected: Floats, lost: float
) -> Lines:
    sizes_ = np.abs(expected) if expected.ndim == 1 else np.abs(expected).max(axis=0)
    scale = np.maximum(1.0, np.abs(parameters))
    return Lines(speed, exponent, terms, scale, expected.T, 0, sizes_, lost)


def _along(
    speed: Floats,
    exponent: Exponents,
    terms: Floats,
    parameter: Floats,
    gradient: Floats,
    signs: Floats,
    lost: float,
) -> Lines:
    gradient, of_gradient = _whole(gradient)
    return Lines(
        speed[np.newaxis],
        exponent[np.newaxis],
        terms[np.newaxis],
        np.maximum(1.0, np.abs(parameter).max())[np.newaxis],
        np.atleast_1d((gradient * signs).sum(axis=(-2, -1)))[np.newaxis],
        of_gradient,
        np.abs(gradient).sum(axis=(-2, -1)).max()[np.newaxis],
        lost,
    )


def _lost(problem: Problem, targets: Targets, factor: Floats) -> float:
    """Return what underflow may take of a gradient's entry: of g, of its product with x, of that by `factor`.

    Each loses 2⁻¹⁰⁷⁴ and is multiplied by what it has not met yet, or, where all three are scaled into
    range, by the powers of two that were taken out.
    """
    (h, d), k = problem.W.shape, problem.classes
    numbers = 16.0 * len(problem.rows) * (h + d + k + len(problem.rows))
    largest = (1.0 + np.abs(factor).max()) * _SMALLEST * numbers
    return float(largest * (1.0 + np.abs(problem.rows).max()) * (1.0 + sizes(targets).max()))


def _whole(array: Floats) -> tuple[Floats, int]:
    """Return an array with one power of two taken out, and its exponent."""
    exponent = int(np.frexp(np.abs(array).max())[1])
    return np.ldexp(array, -exponent), exponent
