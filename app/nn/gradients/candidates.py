"""The numbers that a part of a gradient may equal: sums over the rows of a column times a row.

Every right gradient is Σₙ left·rightᵀ, as ∂ℓ/∂W = Σ (Θg)·xᵀ; so is what comes of a mistake in either factor.
The factors are kept, each once, and products are worked out at a few places first: of a thousand candidates
hardly one fits there, and only those are worked out in full.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from .codes import Code

Indices = npt.NDArray[np.intp]

Narrow = Literal["", "column", "row"]
"""Whether the one column, or the one row, of a product is written without its axis."""

# Products of up to so many entries are worked out at all of them, larger ones at `_PLACES` first.
_SMALL, _PLACES = 64, 8


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which a formula differs from the right one, and the code of the mistake that this is.

    It shows in `parts`, in all where that is None. What is `common` to all parts, as the number of rows that
    the loss is divided by, cannot be wrong in one part alone. Where `hides` is False it is no mistake of the
    problem's that it gives the right numbers.
    """

    code: Code
    way: str
    parts: tuple[str, ...] | None = None
    common: bool = False
    hides: bool = True

    def shows_in(self, part: str) -> bool:
        """Tell whether the part's numbers are others by it."""
        return self.parts is None or part in self.parts


Key = frozenset[Deviation]
"""The deviations behind some numbers; none for the right ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A factor by which all entries of a part are off."""

    factor: float
    deviations: tuple[Deviation, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Products of one shape: which left and right factor each has, and its deviations."""

    shape: tuple[int, ...]
    lefts: Indices
    rights: Indices
    deviations: tuple[tuple[Deviation, ...], ...]
    counts: Indices


class Products:
    """Left factors (N, a) and right factors (N, b), and which of them are multiplied.

    Where `each`, a product is one matrix for each row, (N, a, b), else their sum (a, b). Only products of the
    shape `wanted` are kept, or of that transposed, where it is given.
    """

    def __init__(self, each: bool, wanted: tuple[int, ...] | None = None) -> None:
        self.each = each
        self._wanted = None if wanted is None else sorted(wanted)
        self._lefts: list[Floats] = []
        self._rights: list[Floats] = []
        self._listed: dict[tuple[int, int, Narrow], list[tuple[int, int, tuple[Deviation, ...]]]] = {}
        self._groups: tuple[Group, ...] = ()
        self._tables: dict[tuple[int, bytes], Floats] = {}

    def left(self, factors: Floats) -> range:
        """Take in left factors (V, N, a); return their numbers."""
        return _appended(self._lefts, factors)

    def right(self, factors: Floats) -> range:
        """Take in right factors (U, N, b); return their numbers."""
        return _appended(self._rights, factors)

    def add(self, left: int, right: int, deviations: Sequence[Deviation] = (), narrow: Narrow = "") -> None:
        """List a product with the deviations behind it."""
        a, b = self._lefts[left].shape[1], self._rights[right].shape[1]
        if not self.wants(a, b, narrow):
            return
        key = a, b, narrow
        self._listed.setdefault(key, []).append((left, right, tuple(deviations)))

    def wants(self, a: int, b: int, narrow: Narrow = "") -> bool:
        """Tell whether products of that shape are kept."""
        shape = {"": (a, b), "column": (a,), "row": (b,)}[narrow]
        lead = self._wanted is not None and self.each and len(self._wanted) > len(shape)
        return self._wanted is None or lead or sorted(shape) == self._wanted

    def groups(self) -> tuple[Group, ...]:
        """Return what is listed, by shape; nothing is listed after that."""
        if not self._groups:
            self._groups = tuple(self._grouped())
        return self._groups

    def _grouped(self) -> Iterator[Group]:
        for (a, b, narrow), listed in self._listed.items():
            lefts, rights, deviations = zip(*listed, strict=True)
            shape = {"": (a, b), "column": (a,), "row": (b,)}[narrow]
            if self.each:
                shape = (len(self._lefts[0]), *shape)
            counts = np.array([len(one) for one in deviations], dtype=np.intp)
            yield Group(shape, np.array(lefts), np.array(rights), deviations, counts)

    def at(self, group: Group, places: Indices) -> Floats:
        """Return every product of a group at some flat places, (products, places)."""
        key = id(group), places.tobytes()
        if key not in self._tables:
            self._tables[key] = self._at(group, places)
        return self._tables[key]

    def _at(self, group: Group, places: Indices) -> Floats:
        rows, i, j = self._unravelled(group, places)
        used_left, which_left = np.unique(group.lefts, return_inverse=True)
        used_right, which_right = np.unique(group.rights, return_inverse=True)
        with np.errstate(over="ignore", invalid="ignore"):
            if rows is not None:
                left = np.array([self._lefts[one][rows, i] for one in used_left])
                right = np.array([self._rights[one][rows, j] for one in used_right])
                chosen: Floats = left[which_left] * right[which_right]
                return chosen
            left = np.array([self._lefts[one][:, i] for one in used_left])
            right = np.array([self._rights[one][:, j] for one in used_right])
            table = left.transpose(2, 0, 1) @ right.transpose(2, 1, 0)
        answer: Floats = table[:, which_left, which_right].T
        return answer

    def whole(self, group: Group, index: int) -> Floats:
        """Return one product of a group, flat."""
        left, right = self._lefts[group.lefts[index]], self._rights[group.rights[index]]
        with np.errstate(over="ignore", invalid="ignore"):
            product: Floats = (
                left[:, :, np.newaxis] * right[:, np.newaxis, :] if self.each else left.T @ right
            )
        return product.ravel()

    def _unravelled(self, group: Group, places: Indices) -> tuple[Indices | None, Indices, Indices]:
        """Return the row of each place where there is a product for each, and its two indices."""
        a = self._lefts[group.lefts[0]].shape[1]
        b = self._rights[group.rights[0]].shape[1]
        row, rest = np.divmod(places, a * b)
        i, j = np.divmod(rest, b)
        return (row if self.each else None), i, j


def telling_places(*arrays: Floats) -> Indices:
    """Return flat places that tell most: all of a small array, else the largest of each and some others."""
    size = arrays[0].size
    if size <= _SMALL:
        return np.arange(size)
    chosen = [np.linspace(0, size - 1, 2).astype(np.intp)]
    most = max(1, (_PLACES - 2) // len(arrays))
    for array in arrays:
        sizes = np.nan_to_num(np.abs(array.ravel()))
        chosen.append(np.argpartition(sizes, size - most)[size - most :])
    return np.unique(np.concatenate(chosen))


def _appended(factors: list[Floats], more: Floats) -> range:
    start = len(factors)
    factors.extend(more)
    return range(start, len(factors))
