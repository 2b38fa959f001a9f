"""How a part may be laid out and penalised in a submission, beside the candidates for its numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from .candidates import Deviation, Indices, Products, Scalar

TRANSPOSED = Deviation("transposed", "transposed")
RESHAPED = Deviation("reshaped", "not transposed")
COLUMNS_REVERSED = Deviation("order_reversed", "columns")
ROWS_REVERSED = Deviation("order_reversed", "rows")
ALL_REVERSED = Deviation("order_reversed", "rows and columns")
ZEROS = Deviation("zeros", "zeros")
SIGN = Deviation("sign", "−1", hides=False)
STEP = Deviation("step_for_gradient", "parameter − η·gradient")
SUBTRACTED = Deviation("regulariser", "subtracted", hides=False)
REGULARISER = Deviation("regulariser", "another factor")
ROUNDED_OTHERWISE = Deviation("rounded_otherwise", "as far as it is written", hides=False)
SHAPE = Deviation("shape", "another shape")

# Of the largest entry: what is left of numbers that are minus one another.
_SAME = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Numbers Σ left·rightᵀ of `left` (N, a) and `right` (N, b), a multiple of which a deviation adds."""

    deviation: Deviation
    left: Floats
    right: Floats

    def at(self, places: Indices) -> Floats:
        """Return the numbers at some flat places."""
        i, j = np.divmod(places, self.right.shape[1])
        numbers: Floats = (self.left[:, i] * self.right[:, j]).sum(axis=0)
        return numbers

    def whole(self) -> Floats:
        """Return all numbers, flat."""
        numbers: Floats = (self.left.T @ self.right).ravel()
        return numbers


@dataclass(frozen=True, slots=True, eq=False)
class PartCandidates:
    """The right numbers of a part, what may be off by rounding, and everything else that it may equal.

    `noise` is each entry's own, `unit` what the evaluation of a mistake may round by in units of the largest
    of its terms, `term` that of the right formula. `penalty` times `parameter` is what a regulariser adds,
    and `added` other multiples of it that people add; `regulariser` is the code of a multiple that fits.
    `otherwise` are numbers of other kinds, of any shape; `drifts`, of the right one, are added with minus a
    step's width that nobody knows.
    """

    name: str
    right: Floats
    noise: Floats
    unit: float
    term: float
    products: Products
    scalars: tuple[Scalar, ...]
    parameter: Floats
    penalty: float
    rows: int
    added: tuple[tuple[Deviation, float], ...] = ()
    regulariser: Deviation = REGULARISER
    otherwise: tuple[tuple[Deviation, Floats], ...] = ()
    drifts: tuple[Drift, ...] = ()


@dataclass(frozen=True, eq=False)  # no slots: the index is kept
class Layout:
    """How a submission may be laid out, and the penalty left in it.

    Read in the shape `read`, its columns, its rows or both are reversed, or it is turned.
    """

    deviations: tuple[Deviation, ...]
    read: tuple[int, ...]
    moved: Literal["", "columns", "rows", "both", "turned"]
    offset: float

    @cached_property
    def index(self) -> Indices:
        """The flat place in the submission of each right entry."""
        places = np.arange(int(np.prod(self.read))).reshape(self.read)
        return self._moved(places).ravel()

    def entries_at(self, places: Indices) -> Indices:
        """Return the flat places of the right entries that stand at flat `places` of the submission."""
        if not self.moved:
            return places
        at = list(np.unravel_index(places, self.read))
        shape = self.read
        if self.moved == "turned":
            at[-1], at[-2] = at[-2], at[-1]
            shape = (*shape[:-2], shape[-1], shape[-2])
        if self.moved in ("columns", "both"):
            at[-1] = shape[-1] - 1 - at[-1]
        if self.moved in ("rows", "both"):
            at[-2] = shape[-2] - 1 - at[-2]
        found: Indices = np.ravel_multi_index(tuple(at), shape)
        return found

    def _moved(self, array: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        if self.moved == "turned":
            return array.swapaxes(-1, -2)
        if self.moved in ("columns", "both"):
            array = array[..., ::-1]
        return array[..., ::-1, :] if self.moved in ("rows", "both") else array


def layouts(part: PartCandidates, given: Floats, shape: tuple[int, ...]) -> Iterator[Layout]:
    """Yield the ways in which numbers of `shape` may be laid out in `given`."""
    penalised = part.penalty and shape == part.right.shape
    own = part.penalty if penalised else 0.0
    matrix = len(shape) >= 2 and shape[-1] > 1 and shape[-2] > 1
    if given.shape == shape:
        yield Layout((), shape, "", own)
        if penalised:
            factors = (("left out", 0.0), ("doubled", 2.0), ("halved", 0.5))
            more = (("divided by the rows", 1.0 / part.rows),) if part.rows > 2 else ()
            for way, factor in (*factors, *more):
                yield Layout((Deviation("regulariser", way),), shape, "", factor * part.penalty)
            yield Layout((SUBTRACTED,), shape, "", -own)
        if shape == part.right.shape:
            for deviation, factor in part.added:
                yield Layout((deviation,), shape, "", factor)
        columns = bool(shape) and _is_another(part, shape, -1)
        rows = len(shape) >= 2 and _is_another(part, shape, -2)
        if columns:
            yield Layout((COLUMNS_REVERSED,), shape, "columns", own)
        if rows:
            yield Layout((ROWS_REVERSED,), shape, "rows", own)
        if columns and rows:
            yield Layout((ALL_REVERSED,), shape, "both", own)
        if matrix and shape[-1] != shape[-2]:
            yield Layout((RESHAPED,), (*shape[:-2], shape[-1], shape[-2]), "turned", own)
    if matrix and given.shape == (*shape[:-2], shape[-1], shape[-2]):
        yield Layout((TRANSPOSED,), given.shape, "turned", own)


def _is_another(part: PartCandidates, shape: tuple[int, ...], axis: int) -> bool:
    """Tell whether an axis in reverse is neither the same nor, as of two classes, a sign."""
    if shape[axis] != 2:
        return shape[axis] > 2
    if shape != part.right.shape:
        return False
    left = np.abs(np.flip(part.right, axis) + part.right)
    return bool((left > _SAME * np.abs(part.right).max()).any())


def penalty_in(part: PartCandidates, layout: Layout, entries: Indices | slice = slice(None)) -> Floats:
    """Return what a regulariser adds to a laid-out part's flat entries; 0 where there is none."""
    if not layout.offset:
        return np.zeros(1)
    parameter: Floats = np.broadcast_to(part.parameter, part.right.shape).ravel()
    return layout.offset * parameter[entries]
