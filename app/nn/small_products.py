"""Products of a matrix with a narrow one, in pieces that BLAS multiplies where they lie.

OpenBLAS copies the matrices of a product before it begins, which for a narrow one takes about as long as the
multiplying; with AVX-512 it leaves that out where few numbers are multiplied. So Θᵀ·W of (784, 128, 10)
takes 39 µs in two pieces, 59 at once. With AVX2 both take the same time.
"""

from collections.abc import Iterator

import numpy as np

from .error_free import Floats

# So many multiply-adds make a piece. OpenBLAS leaves the copy out up to twice as many.
_MULTIPLY_ADDS = 2**19

# Pieces of fewer rows cost more in calls, and in adding them up, than they save.
_FEWEST_ROWS = 32

# So many float64 make a cache line.
_LINE = 8


def sum_of_products(left: Floats, right: Floats) -> Floats:
    """Return leftᵀ·right (m, n), for `left` (N, m) and `right` (N, n): Σ of a column times a row.

    Begun at the last piece: who went through the rows before has that in the processor's cache.
    """
    *before, last = _pieces(len(left), left.shape[1] * right.shape[1])
    total: Floats = left[last].T @ right[last]
    for rows in reversed(before):
        total += left[rows].T @ right[rows]
    return total


def product(left: Floats, right: Floats) -> Floats:
    """Return left·right (N, n), for `left` (N, m) and `right` (m, n)."""
    answer = empty_matrix(len(left), right.shape[1])
    for rows in _pieces(len(left), right.size):
        np.matmul(left[rows], right, out=answer[rows])
    return answer


def column_times_row(column: Floats, row: Floats) -> Floats:
    """Return the product (m, n) of a column (m, 1) and a row (1, n).

    `@` would not ask BLAS for it, and takes four times as long.
    """
    return np.dot(column, row, out=empty_matrix(len(column), row.shape[1]))


def empty_matrix(rows: int, columns: int) -> Floats:
    """Return an (m, n) matrix of any numbers, whose memory begins at a cache line.

    A column times a row of 100,000 numbers, all writing, takes 49 µs there, 72 elsewhere.
    """
    room = np.empty(rows * columns + _LINE - 1)
    start = -room.__array_interface__["data"][0] // room.itemsize % _LINE
    return room[start : start + rows * columns].reshape(rows, columns)


def _pieces(rows: int, each: int) -> Iterator[slice]:
    """Yield slices of rows, `each` of which takes so many multiply-adds."""
    height = _MULTIPLY_ADDS // each
    if height < _FEWEST_ROWS:
        height = rows
    return (slice(start, start + height) for start in range(0, rows, height))
