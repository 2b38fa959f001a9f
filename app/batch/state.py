"""Sums over some of the rows as a file: safetensors, never pickle, since `merge` reads strangers' files."""

import json
from dataclasses import asdict, dataclass
from typing import Any, get_args

import numpy as np

from ..files.tensor_archive import read_safetensors
from ..nn.errors import InvalidValue
from ..nn.limbs import LEVELS, LimbSums
from ..nn.networks.backpropagation import Loss
from ..wire.tensor_file import serialize
from .belonging import Belonging, StatesDiffer
from .model import LossQuestion, SumReduction, Sums
from .ranges import Ranges, joined_ranges, rows_in

_KIND = "softstep sums 2"
_KEY = "softstep"
_LARGEST = 2**21


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The exact sums over some ranges of rows."""

    belonging: Belonging
    ranges: Ranges
    sums: Sums

    @property
    def done(self) -> int:
        """The number of rows that are in the sums."""
        return rows_in(self.ranges)

    def merged(self, other: "State") -> "State":
        """Return the sums over the rows of both, of this one's arrays. Raises `StatesDiffer`."""
        belonging = self.belonging.joined(other.belonging)
        if any(
            name not in other.sums or other.sums[name].shape != one.shape for name, one in self.sums.items()
        ):
            raise _malformed()
        ranges = joined_ranges([*self.ranges, *other.ranges])
        for name, one in self.sums.items():
            one.merge(other.sums[name])
        return State(belonging, ranges, self.sums)


def written_question(question: LossQuestion) -> str:
    """Return a question as JSON, always the same letters for the same question."""
    return json.dumps(asdict(question), sort_keys=True)


def read_question(text: str) -> LossQuestion:
    """Return the question in a state. Raises `StatesDiffer`."""
    try:
        fields = json.loads(text)
        weights = fields.pop("class_weights")
        question = LossQuestion(**fields, class_weights=None if weights is None else tuple(weights))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, InvalidValue):
        raise _malformed() from None
    numbers = (question.l2, question.label_smoothing, *(question.class_weights or ()))
    known = question.loss in get_args(Loss) and question.reduction in get_args(SumReduction)
    if not known or not all(type(one) is float for one in numbers) or type(question.exact) is not bool:
        raise _malformed()
    if written_question(question) != text:
        raise _malformed()
    return question


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
    """Return a state. Raises `StatesDiffer` for other bytes, and what reading safetensors raises."""
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
            belonging, joined_ranges(ranges), {name: LimbSums(shapes[name], limbs[name]) for name in shapes}
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise _malformed() from None


def _malformed() -> StatesDiffer:
    return StatesDiffer("expected sums that softstep gradients --part wrote")
