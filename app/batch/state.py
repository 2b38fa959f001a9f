"""Sums over some of the rows as a file: safetensors, never pickle, since `merge` reads strangers' files."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from ..files.tensor_archive import read_safetensors
from ..nn.errors import Fault
from ..nn.limbs import LEVELS, LimbSums
from ..wire.tensor_file import serialize
from .model import LossQuestion, Sums

_KIND = "softstep sums 1"
_KEY = "softstep"
_LARGEST = 2**21

Ranges = tuple[tuple[int, int], ...]
"""Rows from the first to before the second, in rising order, none next to or over another."""


class StatesDiffer(Fault):
    """Sums that do not belong together: of other data, networks or questions, of the same rows twice."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """What sums must have in common to be added: model and data as hashes, the question, the arithmetic."""

    model: str
    data: str
    question: str
    rows: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The exact sums over some ranges of rows."""

    belonging: Belonging
    ranges: Ranges
    sums: Sums

    @property
    def done(self) -> int:
        """The number of rows that are in the sums."""
        return sum(stop - start for start, stop in self.ranges)

    def merged(self, other: "State") -> "State":
        """Return the sums over the rows of both, of this one's arrays. Raises `StatesDiffer`."""
        refuse_difference(self.belonging, other.belonging)
        fingerprint = self.belonging.fingerprint or other.belonging.fingerprint
        ranges = _joined([*self.ranges, *other.ranges])
        for name, one in self.sums.items():
            one.merge(other.sums[name])
        return State(replace(self.belonging, fingerprint=fingerprint), ranges, self.sums)


def refuse_difference(one: Belonging, other: Belonging) -> None:
    """Raise `StatesDiffer` where sums of the two may not be added."""
    said = {
        "model": "expected sums of the same network",
        "data": "expected sums over the same data: other names, sizes or numbers of rows",
        "question": "expected sums of the same loss and options",
        "rows": "expected sums over the same number of rows",
    }
    for field, sentence in said.items():
        if getattr(one, field) != getattr(other, field):
            raise StatesDiffer(sentence)
    if one.fingerprint and other.fingerprint and one.fingerprint != other.fingerprint:
        raise StatesDiffer(
            "expected workers that round alike, which need one kind of CPU and one version of NumPy; "
            "with --exact the sums of W and Theta depend on the CPU far less"
        )


def lacking(ranges: Ranges, start: int, stop: int) -> Ranges:
    """Return which rows from `start` to before `stop` are in none of the ranges."""
    found = []
    for first, last in (*ranges, (stop, stop)):
        if start < min(first, stop):
            found.append((start, min(first, stop)))
        start = max(start, last)
    return tuple(found)


def written_question(question: LossQuestion) -> str:
    """Return a question as JSON, always the same letters for the same question."""
    return json.dumps(asdict(question), sort_keys=True)


def read_question(text: str) -> LossQuestion:
    """Return the question in a state. Raises `StatesDiffer`."""
    try:
        fields = json.loads(text)
        weights = fields.pop("class_weights")
        question = LossQuestion(**fields, class_weights=None if weights is None else tuple(weights))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _malformed() from None
    if written_question(question) != text:
        raise _malformed()
    return question


def hashed(body: bytes) -> str:
    """Return the SHA-256 of a body, in hexadecimal."""
    return sha256(body).hexdigest()


def written_state(state: State) -> bytes:
    """Return a state as safetensors: int32 limbs by name and level, the same bytes for equal sums."""
    arrays = {
        f"{name}@{level}": limb.astype(np.int32)
        for name, one in state.sums.items()
        for level, limb in one.limbs.items()
    }
    shapes = {name: one.shape for name, one in state.sums.items()}
    told = {"kind": _KIND, **asdict(state.belonging), "ranges": state.ranges, "shapes": shapes}
    return b"".join(serialize(arrays, {_KEY: json.dumps(told, sort_keys=True)}))


def read_state(body: bytes) -> State:
    """Return a state. Raises `StatesDiffer` for what is none, and what reading safetensors raises."""
    named = read_safetensors(body)
    try:
        told = json.loads(named.metadata[_KEY])
        if told.pop("kind") != _KIND:
            raise _malformed()
        ranges = tuple((int(start), int(stop)) for start, stop in told.pop("ranges"))
        shapes = {str(name): tuple(map(int, shape)) for name, shape in told.pop("shapes").items()}
        belonging = Belonging(**told)
        if not all(0 <= start < stop <= belonging.rows for start, stop in ranges):
            raise _malformed()
        limbs: dict[str, dict[int, Any]] = {name: {} for name in shapes}
        for key, array in named.arrays.items():
            name, _, level = key.rpartition("@")
            if array.dtype != np.int32 or int(level) not in LEVELS or array.shape != shapes[name]:
                raise _malformed()
            if array.size and (array.min() < -_LARGEST or array.max() >= _LARGEST):
                raise _malformed()
            limbs[name][int(level)] = array.astype(np.int64)
        return State(
            belonging, _joined(ranges), {name: LimbSums(shapes[name], limbs[name]) for name in shapes}
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise _malformed() from None


def _malformed() -> StatesDiffer:
    return StatesDiffer("expected sums that softstep gradients --part wrote")


def _joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return ranges in order, those next to each other as one. Raises `StatesDiffer` where two overlap."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if found and start < found[-1][1]:
            raise StatesDiffer(f"expected every row once, got row {start} twice")
        if found and start == found[-1][1]:
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop))
    return tuple(found)
