"""Values sent to another process in pieces: they come out as they were, and nobody waits for them."""

import pickle
import pickletools
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import pytest

from app.work.in_pieces import InPieces
from app.work.processes import _apart, _called

SIZE = 8 << 20


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (3 << 20) + 5])
def test_in_pieces_every_value_comes_out_as_it_was(size: int) -> None:
    """Arrays of both orders, read-only ones and such without numbers, bytes, and what stands around them."""
    numbers = np.arange(size, dtype=np.float32)
    sealed = numbers.copy()
    sealed.flags.writeable = False
    values = {"a": numbers, "b": [sealed, numbers[::2], 1.5, "x"], "c": np.zeros((2, 3)).T, "d": -0.0}
    sent = pickle.loads(ForkingPickler.dumps(InPieces(values)))
    assert list(sent) == list(values) and sent["b"][2:] == [1.5, "x"] and str(sent["d"]) == "-0.0"
    for before, after in ((numbers, sent["a"]), (sealed, sent["b"][0]), (values["c"], sent["c"])):
        assert isinstance(before, np.ndarray) and after.dtype == before.dtype and after.shape == before.shape
        assert after.flags.writeable == before.flags.writeable and after.tobytes() == before.tobytes()
    for text in (b"ab" * size, bytearray(b"ab" * size)):
        out = pickle.loads(ForkingPickler.dumps(InPieces({"file": _apart(text)})))["file"]
        assert type(out) is bytes and out == text


def test_in_pieces_is_what_a_process_gives_back() -> None:
    (found,) = pickle.loads(ForkingPickler.dumps(_called(np.ones, {"shape": 7})))
    assert found.tolist() == [1.0] * 7


@pytest.mark.parametrize("value", [np.ones(SIZE // 8), _apart(bytes(SIZE))], ids=["array", "bytes"])
def test_in_pieces_nothing_large_is_copied_in_one_go(value: Any) -> None:
    """Each string of bytes is copied with the lock held, and a function of Python runs before the next."""

    def lengths(wrapped: Any) -> Iterator[int]:
        for _, one, _ in pickletools.genops(bytes(ForkingPickler.dumps(wrapped, pickle.HIGHEST_PROTOCOL))):
            if isinstance(one, bytes | bytearray):
                yield len(one)

    assert max(lengths(value)) >= SIZE
    pieces = list(lengths(InPieces(value)))
    assert max(pieces) <= 1 << 20 and sum(pieces) >= SIZE


def test_in_pieces_others_have_their_turn_before_each_piece() -> None:
    taken: list[None] = []
    ForkingPickler.dumps(InPieces({"a": np.ones(SIZE // 8)}, lambda: taken.append(None)))
    assert len(taken) == SIZE >> 20
