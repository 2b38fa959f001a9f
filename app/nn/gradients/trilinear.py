"""The products of three matrices behind the closed form, in the cheaper order, at any scale.

The network is linear up to the softmax, so M = ΘᵀW can stand for both: A = X·Mᵀ, and with S = Gᵀ·X
∂Θ = W·Sᵀ, ∂W = Θ·S. Or through the hidden values H = X·Wᵀ: A = H·Θ, ∂Θ = Hᵀ·G, ∂W = (G·Θᵀ)ᵀ·X.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..products import BLOCK, rows_times
from ..small_products import column_times_row, product, sum_of_products

# Answers below this may have lost digits to underflow on the way; above it, what underflowed was too small
# to show beside the largest entry, unless factors beyond 2^±_MODERATE met.
_SMALL = 2.0**-500
_MODERATE = 450

Product = Callable[[Floats, Floats, Floats], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Logits:
    """The map from inputs (N, d) to logits (N, k) for one W (h, d) and Θ (h, k).

    `mixed` is M = ΘᵀW where that order is taken, else None. The choice depends on (h, d, k) alone, as if
    every batch were one block of rows: chosen by N, a row would have other bits alone than in a batch.
    """

    W: Floats
    Theta: Floats
    mixed: Floats | None

    @classmethod
    def of(cls, W: Floats, Theta: Floats) -> "Logits":
        """Return the map, its order chosen."""
        (h, d), k = W.shape, Theta.shape[1]
        if not mixes(h, d, k):
            return cls(W, Theta, None)
        with np.errstate(over="ignore", invalid="ignore"):
            return cls(W, Theta, sum_of_products(Theta, W))

    def __call__(self, rows: Floats) -> tuple[Floats, Floats | None]:
        """Return A = X·Wᵀ·Θ (N, k), and H = X·Wᵀ (N, h) where A was reached through it.

        A row's bits depend on that row alone. Entries beyond the largest float64 are ±∞.
        """
        if self.mixed is None:
            hidden = rows_times(rows, self.W)
            logits = rows_times(hidden, self.Theta.T)
        else:
            hidden = None
            logits = rows_times(rows, self.mixed)
        if not _beyond_doubt(logits) or (hidden is not None and not _beyond_doubt(hidden)):
            again = doubtful(logits[:, np.newaxis])
            if hidden is not None:  # of which digits may be lost that a large Θ would have shown
                again |= doubtful(hidden[:, np.newaxis])
            if again.any():
                columns = np.ascontiguousarray(self.Theta.T)
                logits[again] = rescaled(_logits, logits[again], rows[again], self.W, columns)
        return logits, hidden


def mixes(h: int, d: int, k: int) -> bool:
    """Tell whether logits go through M = ΘᵀW: cheaper for one block of rows."""
    return h * k * d + BLOCK * k * d < BLOCK * h * (d + k)


def gathers(h: int, d: int, k: int, rows: int) -> bool:
    """Tell whether the gradients of `rows` inputs go through S = Gᵀ·X: fewer multiply-adds."""
    through_hidden = rows * (2 * h * k + h * d) + (rows * h * d if mixes(h, d, k) else 0)
    return rows * k * d + 2 * h * k * d < through_hidden


class Gathering:
    """∂ℓ/∂W and ∂ℓ/∂Θ gathered over blocks of rows, in the order with fewer multiply-adds.

    Overflow gives ±∞ or NaN, with NumPy's warning if that is not ignored.
    """

    def __init__(self, W: Floats, Theta: Floats, rows: int) -> None:
        self._W, self._Theta = W, Theta
        (h, d), k = W.shape, Theta.shape[1]
        self._sums = gathers(h, d, k, rows)
        self._one = rows == 1
        self._first: Floats | None = None  # S where that order is taken, else ∂W
        self._second: Floats | None = None  # ∂Θ
        self._factors: tuple[Floats, Floats] | None = None  # of ∂W, where they are narrow

    def add(self, rows: Floats, hidden: Floats | None, g: Floats) -> None:
        """Take in inputs X (N, d) with ∂ℓ/∂a = G (N, k), and H = X·Wᵀ (N, h) if it is at hand."""
        if self._sums:
            self._first = _plus(self._first, sum_of_products(g, rows))
            return
        if hidden is None:
            hidden = rows @ self._W.T
        if self._one:
            column = np.dot(self._Theta, g.T)
            self._factors = column, rows
            self._first, self._second = column_times_row(column, rows), column_times_row(hidden.T, g)
        else:
            self._first = _plus(self._first, (g @ self._Theta.T).T @ rows)
            self._second = _plus(self._second, hidden.T @ g)

    def result(self) -> tuple[tuple[Floats, bool], tuple[Floats, bool]]:
        """Return ∂ℓ/∂W (h, d) and ∂ℓ/∂Θ (h, k), each with whether it is `in_range`, else it may be wrong."""
        first, second = self._first, self._second
        assert first is not None, "rows are added before the result is asked for"
        if self._sums:
            self._factors = self._Theta, first
            second, first = product(self._W, first.T), product(self._Theta, first)
        assert second is not None
        W_in_range = product_in_range(*self._factors) if self._factors else in_range(first)
        return (first, W_in_range), (second, in_range(second))


def doubtful(answer: Floats) -> npt.NDArray[np.bool_]:
    """Tell for each matrix (..., m, n) whether something on the way to it may have been out of range."""
    largest = np.maximum(answer.max(axis=(-2, -1)), -answer.min(axis=(-2, -1)))
    in_range: npt.NDArray[np.bool_] = (largest >= _SMALL) & (largest < np.inf)
    return ~in_range


def doubtful_outer(columns: Floats, rows: Floats) -> npt.NDArray[np.bool_]:
    """Tell what `doubtful` does of N matrices, each a column (N, m) times a row (N, n): by these alone.

    The largest entry of such a product is that of the column times that of the row, rounded like any other.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        largest = np.abs(columns).max(axis=1) * np.abs(rows).max(axis=1)
    in_range: npt.NDArray[np.bool_] = (largest >= _SMALL) & (largest < np.inf)
    return ~in_range


def in_range(matrix: Floats) -> bool:
    """Tell whether one matrix is beyond doubt, by one pass: its sum of squares is neither 0 nor ∞."""
    return _SMALL**2 <= float(np.vdot(matrix, matrix)) < np.inf


def product_in_range(left: Floats, right: Floats) -> bool:
    """Tell what `in_range` does of L·R, for narrow L (m, k) and R (k, n), by these alone.

    Its sum of squares is that of the products LᵀL and RRᵀ, entry by entry.
    """
    if left.shape[1] == 1:
        squares = float(np.vdot(left, left)) * float(np.vdot(right, right))
    else:
        squares = float(np.vdot(np.dot(left.T, left), np.dot(right, right.T)))
    return _SMALL**2 <= squares < np.inf


def _beyond_doubt(logits: Floats) -> bool:
    """Tell quickly whether no row (N, k) is doubtful: a sum of squares so large has one that is not small."""
    least: float = 2 * logits.shape[1] * _SMALL**2
    if len(logits) == 1:
        return least <= float(np.vdot(logits, logits)) < np.inf
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(logits, logits)
    return bool(squares.min() >= least and squares.max() < np.inf)


def w_gradient(Theta: Floats, G: Floats, X: Floats, answer: Floats) -> Floats:
    """Return Θ·Gᵀ·X (h, d) for Θ (h, k), G (N, k), X (N, d), of which `answer` is doubtful."""
    return rescaled(lambda t, g, x: _product(t, g.T, x.T), answer, Theta, G, X.T)


def theta_gradient(W: Floats, G: Floats, X: Floats, answer: Floats) -> Floats:
    """Return W·Xᵀ·G (h, k) for W (h, d), G (N, k), X (N, d), of which `answer` is doubtful."""
    return rescaled(lambda w, x, g: _product(w, x.T, g.T), answer, W, X, G.T)


def rescaled(product: Product, answer: Floats, left: Floats, middle: Floats, right: Floats) -> Floats:
    """Return product(left, middle, right), (m, n), with nothing on the way too large or too small.

    `left` is (m, ·) and `right` (n, ·); entry (i, j) of the product is linear in row i of `left`, in
    `middle` and in row j of `right`, so powers of two can be taken out of each and put back. Entries of the
    plain product's `answer` that are finite and not small stay where all these powers are moderate; those
    beyond the largest float64 are ±∞.
    """
    of_left = _exponents(left)
    of_middle = int(np.frexp(np.abs(middle).max())[1])
    of_right = _exponents(right)
    scaled = product(np.ldexp(left, -of_left), np.ldexp(middle, -of_middle), np.ldexp(right, -of_right))
    with np.errstate(over="ignore"):
        scaled = np.ldexp(scaled, of_left + of_middle + of_right.T)
    stays = np.isfinite(answer) & (np.abs(answer) >= _SMALL)
    for exponents in (of_left, of_middle, of_right.T):
        stays &= np.abs(exponents) <= _MODERATE
    return np.where(stays, answer, scaled)


def _logits(rows: Floats, W: Floats, columns: Floats) -> Floats:
    return rows_times(rows_times(rows, W), columns)


def _product(left: Floats, middle: Floats, right: Floats) -> Floats:
    """Return left·middle·right in the order whose product on the way is the smaller: it is never blocked."""
    if len(left) * middle.shape[1] <= len(middle) * right.shape[1]:
        return (left @ middle) @ right
    return left @ (middle @ right)


def _plus(total: Floats | None, part: Floats) -> Floats:
    return part if total is None else np.add(total, part, out=total)


def _exponents(rows: Floats) -> Floats:
    """Return e (m, 1) with every row's largest entry in [2^(e−1), 2^e)."""
    exponents: Floats = np.frexp(np.abs(rows).max(axis=1, keepdims=True))[1]
    return exponents
