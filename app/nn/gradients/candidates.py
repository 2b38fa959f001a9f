"""The numbers that a part of a gradient may equal: sums over the rows of a column times a row.

Every right gradient is Σₙ left·rightᵀ, as ∂ℓ/∂W = Σ (Θg)·xᵀ; so is what comes of a mistake in either factor.
The factors are kept, each once, and products are worked out at a few places first: of a thousand candidates
hardly one fits there, and only those are worked out in full.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from .codes import Code

Indices = npt.NDArray[np.intp]

Narrow = Literal["", "column", "row"]
"""Whether the one column, or the one row, of a product is written without its axis."""

# Products of up to so many entries are worked out at all of them, larger ones at `_PLACES` first.
SMALL, _PLACES = 64, 8

# So many numbers of factors are laid out at once, 256 KiB: large blocks go back to the system as soon as they
# are free, as does a heap's end of 8 MiB, and faulting them in takes as long as the work on them.
_AT_ONCE = 2**15


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


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Factors (V, N, a) of products: `base`, or what `through` (c, a) makes of a base (V, N, c).

    Columns are looked at, so many factors are quickest where each of their columns lies in one stretch.
    """

    base: Floats
    through: Floats | None = None

    @property
    def rows(self) -> int:
        """N."""
        return int(self.base.shape[1])

    @property
    def width(self) -> int:
        """The numbers of a row, a."""
        return int((self.base if self.through is None else self.through).shape[-1])

    def write_columns(self, members: Indices, columns: Indices, found: Floats) -> None:
        """Write some columns of some members to `found` (columns, members, N), whose rows are contiguous."""
        base = self.base if len(members) == len(self.base) else self.base[members]
        by_column = base.transpose(2, 0, 1)
        if self.through is None:
            found[:] = by_column[columns]
        else:
            flat = by_column.reshape(len(by_column), -1)
            np.matmul(self.through[:, columns].T, flat, out=found.reshape(len(columns), -1))

    def at(self, members: Indices, rows: Indices, columns: Indices) -> Floats:
        """Return one number of each of some members for each row and column, (members, places)."""
        if self.through is None:
            found: Floats = self.base[members][:, rows, columns]
        else:
            found = np.einsum("vpc,cp->vp", self.base[members][:, rows], self.through[:, columns])
        return found

    def one(self, member: int) -> Floats:
        """Return one member, (N, a)."""
        found: Floats = self.base[member]
        return found if self.through is None else found @ self.through


class Products:
    """Left factors (N, a) and right factors (N, b), and which of them are multiplied.

    Where `each`, a product is one matrix for each row, (N, a, b), else their sum (a, b). Only products of the
    shape `wanted` are kept, or of that transposed, where it is given.
    """

    def __init__(self, each: bool, wanted: tuple[int, ...] | None = None) -> None:
        self.each = each
        self._wanted = None if wanted is None else sorted(wanted)
        self._lefts, self._rights = _Side(), _Side()
        self._listed: dict[tuple[int, int, Narrow], list[tuple[int, int, tuple[Deviation, ...]]]] = {}
        self._groups: tuple[Group, ...] = ()
        self._tables: dict[tuple[int, bytes], Floats] = {}

    def left(self, factors: Floats, through: Floats | None = None) -> range:
        """Take in left factors (V, N, a), or what `through` makes of them; return their numbers."""
        return self._lefts.append(Factors(factors, through))

    def right(self, factors: Floats, through: Floats | None = None) -> range:
        """Take in right factors (U, N, b), or what `through` makes of them; return their numbers."""
        return self._rights.append(Factors(factors, through))

    def add(self, left: int, right: int, deviations: Sequence[Deviation] = (), narrow: Narrow = "") -> None:
        """List a product with the deviations behind it."""
        self.add_each((left,), right, (tuple(deviations),), narrow)

    def add_each(
        self,
        lefts: Sequence[int],
        rights: Sequence[int] | int,
        deviations: Iterable[tuple[Deviation, ...]],
        narrow: Narrow = "",
    ) -> None:
        """List products of factors of one width on each side; a right one alone is everybody's."""
        if isinstance(rights, int):
            rights = [rights] * len(lefts)
        elif len(lefts) == 1:
            lefts = [lefts[0]] * len(rights)
        a, b = self._lefts.widths[lefts[0]], self._rights.widths[rights[0]]
        if self.wants(a, b, narrow):
            listed = self._listed.setdefault((a, b, narrow), [])
            listed.extend(zip(lefts, rights, deviations, strict=True))

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
                shape = (self._lefts.rows, *shape)
            counts = np.array([len(one) for one in deviations], dtype=np.intp)
            yield Group(shape, np.array(lefts), np.array(rights), deviations, counts)

    def at_each(self, group: Group, several: Sequence[Indices]) -> list[Floats]:
        """Return what `at` does for several places as many, all of them worked out together."""
        tables = self.at(group, np.concatenate(several))
        return np.split(tables, len(several), axis=1)

    def at(self, group: Group, places: Indices) -> Floats:
        """Return every product of a group at some flat places, (products, places)."""
        size = int(np.prod(group.shape))
        if size <= SMALL:  # all of them, once
            key = id(group), b""
            if key not in self._tables:
                self._tables[key] = self._at(group, np.arange(size))
            return self._tables[key][:, places]
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
                left, right = self._lefts.at(used_left, rows, i), self._rights.at(used_right, rows, j)
                chosen: Floats = left[which_left] * right[which_right]
                return chosen
            table = np.empty((len(places), len(used_left), len(used_right)))
            height = max(1, _AT_ONCE // (self._lefts.rows * (len(used_left) + len(used_right))))
            for start in range(0, len(places), height):
                some = slice(start, start + height)
                left = self._lefts.columns(used_left, i[some])
                right = self._rights.columns(used_right, j[some])
                np.matmul(left, right.transpose(0, 2, 1), out=table[some])
        flat = np.ascontiguousarray(table.reshape(len(places), -1).T)
        answer: Floats = flat[which_left * len(used_right) + which_right]
        return answer

    def whole(self, group: Group, index: int) -> Floats:
        """Return one product of a group, flat."""
        (left, one), (right, other) = (
            self._lefts.find(group.lefts[index]),
            self._rights.find(group.rights[index]),
        )
        with np.errstate(over="ignore", invalid="ignore"):
            if self.each:
                product: Floats = left.one(one)[:, :, np.newaxis] * right.one(other)[:, np.newaxis, :]
            elif left.through is None:
                product = left.one(one).T @ right.one(other)
            else:  # far fewer multiply-adds where few numbers are made into many
                product = left.through.T @ (left.base[one].T @ right.one(other))
        return product.ravel()

    def _unravelled(self, group: Group, places: Indices) -> tuple[Indices | None, Indices, Indices]:
        """Return the row of each place where there is a product for each, and its two indices."""
        a, b = self._lefts.widths[group.lefts[0]], self._rights.widths[group.rights[0]]
        row, rest = np.divmod(places, a * b)
        i, j = np.divmod(rest, b)
        return (row if self.each else None), i, j


class _Side:
    """All left, or all right, factors, numbered in the order in which they came."""

    def __init__(self) -> None:
        self._stacks: list[Factors] = []
        self._starts: list[int] = []
        self.widths: list[int] = []

    @property
    def rows(self) -> int:
        return self._stacks[0].rows

    def append(self, factors: Factors) -> range:
        start = len(self.widths)
        self._starts.append(start)
        self._stacks.append(factors)
        self.widths += [factors.width] * len(factors.base)
        return range(start, len(self.widths))

    def find(self, number: int) -> tuple[Factors, int]:
        """Return the stack in which a factor is, and its place there."""
        index = bisect_right(self._starts, number) - 1
        return self._stacks[index], int(number - self._starts[index])

    def columns(self, used: Indices, columns: Indices) -> Floats:
        found = np.empty((len(columns), len(used), self.rows))
        for some, stack, members in self._split(used):
            stack.write_columns(members, columns, found[:, some])
        return found

    def at(self, used: Indices, rows: Indices, columns: Indices) -> Floats:
        return np.concatenate([stack.at(members, rows, columns) for _, stack, members in self._split(used)])

    def _split(self, used: Indices) -> Iterator[tuple[slice, Factors, Indices]]:
        """Yield slices of `used`, which are in order, each with its stack and the members there."""
        bounds = np.searchsorted(used, [*self._starts, len(self.widths)]).tolist()
        for stack, start, low, high in zip(self._stacks, self._starts, bounds, bounds[1:], strict=False):
            if high > low:
                yield slice(low, high), stack, used[low:high] - start


def telling_places(*arrays: Floats) -> Indices:
    """Return flat places that tell most, the first most of all.

    All of a small array, else the largest of a few stretches of each array in turn, and two others.
    """
    size = arrays[0].size
    if size <= SMALL:
        return np.arange(size)
    most = max(1, (_PLACES - 2) // len(arrays))
    largest = []
    for array in arrays:
        flat = array.ravel()
        ends = np.linspace(0, size, most + 1).astype(int).tolist()
        places = np.array([start + np.abs(flat[start:end]).argmax() for start, end in pairwise(ends)])
        largest.append(places[np.argsort(-np.abs(flat[places]))])
    chosen = [*np.stack(largest, axis=1).ravel().tolist(), 0, size - 1]
    return np.array(list(dict.fromkeys(chosen)))
