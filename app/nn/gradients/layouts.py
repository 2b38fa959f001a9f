"""How a part may be laid out and penalised in a submission, beside the candidates for its numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..activations.record import Floats
from .candidates import Deviation, Indices, Products, Scalar

TRANSPOSED = Deviation("transposed", "transposed")
RESHAPED = Deviation("reshaped", "not transposed")
COLUMNS_REVERSED = Deviation("order_reversed", "columns")
ROWS_REVERSED = Deviation("order_reversed", "rows")
ZEROS = Deviation("zeros", "zeros")
SIGN = Deviation("sign", "−1", hides=False)
STEP = Deviation("step_for_gradient", "parameter − η·gradient")
REGULARISER = Deviation("regulariser", "another factor")
SHAPE = Deviation("shape", "another shape")


@dataclass(frozen=True, slots=True, eq=False)
class PartCandidates:
    """The right numbers of a part, what may be off by rounding, and everything else that it may equal.

    `noise` is each entry's own, `unit` what the evaluation of a mistake may round by in units of the largest
    of its terms, `term` that of the right formula. `penalty` times `parameter` is what a regulariser adds,
    and `added` other multiples of it that people add; `regulariser` is the code of a multiple that fits.
    `otherwise` are numbers of other kinds, of any shape.
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


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How a submission may be laid out: the place of each right entry in it, and the penalty left in it."""

    deviations: tuple[Deviation, ...]
    index: Indices
    offset: float


def layouts(part: PartCandidates, given: Floats, shape: tuple[int, ...]) -> Iterator[Layout]:
    """Yield the ways in which numbers of `shape` may be laid out in `given`."""
    places = np.arange(given.size).reshape(given.shape)
    penalised = part.penalty and shape == part.right.shape
    own = part.penalty if penalised else 0.0
    matrix = len(shape) >= 2 and shape[-1] > 1 and shape[-2] > 1
    if given.shape == shape:
        yield Layout((), places.ravel(), own)
        if penalised:
            factors = (("left out", 0.0), ("doubled", 2.0), ("halved", 0.5))
            more = (("divided by the rows", 1.0 / part.rows),) if part.rows > 2 else ()
            for way, factor in (*factors, *more):
                yield Layout((Deviation("regulariser", way),), places.ravel(), factor * part.penalty)
            yield Layout((SIGN,), places.ravel(), -own)
        if shape == part.right.shape:
            for deviation, factor in part.added:
                yield Layout((deviation,), places.ravel(), factor)
        if matrix:
            if shape[-1] > 2:  # of two classes each is minus the other, and this would be a sign
                yield Layout((COLUMNS_REVERSED,), places[..., ::-1].ravel(), own)
            if shape[-2] > 2:
                yield Layout((ROWS_REVERSED,), places[..., ::-1, :].ravel(), own)
            if shape[-1] != shape[-2]:
                turned = places.reshape(*shape[:-2], shape[-1], shape[-2]).swapaxes(-1, -2)
                yield Layout((RESHAPED,), turned.ravel(), own)
    if matrix and given.shape == (*shape[:-2], shape[-1], shape[-2]):
        yield Layout((TRANSPOSED,), places.swapaxes(-1, -2).ravel(), own)


def penalty_in(part: PartCandidates, transform: Layout) -> Floats:
    """Return what a regulariser adds to a laid-out part, flat; 0 where there is none."""
    if not transform.offset:
        return np.zeros(len(transform.index))
    parameter: Floats = np.broadcast_to(part.parameter, part.right.shape).ravel()
    return transform.offset * parameter
