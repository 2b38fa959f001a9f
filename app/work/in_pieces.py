"""Values sent to another process in pieces, so that no thread of either process waits for long."""

import pickle
from collections.abc import Callable
from typing import Any

_PIECE = 1 << 20
"""Bytes that are copied in one go: pickling holds Python's lock, for 64 MiB at once 33 ms."""


def _none() -> None:
    """Let nobody have a turn: in a process that does one thing at a time."""


class InPieces:
    """A value to be pickled: on the other side it comes out as the value itself.

    Arrays of any size, and what is wrapped as a `pickle.PickleBuffer`, do not keep other threads waiting:
    before each piece `turn` is called, which returns when these have had theirs.
    """

    def __init__(self, value: Any, turn: Callable[[], None] = _none) -> None:
        self._value = value
        self._turn = turn

    def forget(self) -> None:
        """Let go of the value: it has been sent, or never will be."""
        self._value = None

    def __reduce__(self) -> tuple[Any, ...]:
        buffers: list[pickle.PickleBuffer] = []
        rest = pickle.dumps(self._value, pickle.HIGHEST_PROTOCOL, buffer_callback=buffers.append)
        return _loaded, (rest, [_Buffer(one.raw(), self._turn) for one in buffers])


class _Buffer:
    def __init__(self, view: memoryview, turn: Callable[[], None]) -> None:
        self._view = view
        self._turn = turn

    def __reduce__(self) -> tuple[Any, ...]:
        starts = range(0, len(self._view), _PIECE)
        pieces = [_Piece(self._view[start : start + _PIECE], self._turn) for start in starts]
        return _joined, (pieces, self._view.readonly)


class _Piece:
    """Pickled and made again by functions of Python, before each of which another thread may run."""

    def __init__(self, view: memoryview, turn: Callable[[], None]) -> None:
        self._view = view
        self._turn = turn

    def __reduce__(self) -> tuple[Any, ...]:
        self._turn()
        return _same, (bytes(self._view),)


def _same(piece: bytes) -> bytes:
    return piece


def _joined(pieces: list[bytes], readonly: bool) -> bytes | bytearray:
    return (b"" if readonly else bytearray()).join(pieces)  # without the lock


def _loaded(rest: bytes, buffers: list[bytes | bytearray]) -> Any:
    return pickle.loads(rest, buffers=buffers)
