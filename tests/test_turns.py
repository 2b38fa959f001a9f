"""Giving way: the event loop has its turn between any two steps of what works beside it."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from app import turns
from app.nn.errors import Fault
from app.settings import Settings
from app.turns import give_way, giving_way
from app.wire.answers import encode_in_pieces
from app.wire.json import pieces, reader, structure
from app.work import loop_turn
from app.work.admission import Admission, Queue
from app.work.executor import Executor
from app.work.metrics import Metrics

MIB = 1 << 20
NESTING = 64


def repeated(unit: bytes, size: int) -> bytes:
    return b'{"inputs":[' + unit * (size // len(unit)) + b"1]}"


LARGE = np.linspace(-1, 1, 1 << 18).reshape(64, -1)
SHORT, LONG = MIB // 2, 2 * MIB
STEPS: dict[str, tuple[int, Callable[[], Any]]] = {
    "numbers": (LONG, lambda: reader.read(repeated(b"0.125,", LONG), NESTING)),
    "fewer numbers": (SHORT, lambda: reader.read(repeated(b"0.125,", SHORT), NESTING)),
    "rows": (LONG, lambda: reader.read(repeated(b"[0.25,0.5],", LONG)[:-4] + b"]}", NESTING)),
    "words": (LONG, lambda: reader.read(repeated(b'"NaN",', LONG), NESTING)),
    "no number at the end": (LONG, lambda: reader.read(repeated(b"0.125,", LONG)[:-4] + b",NaN]}", NESTING)),
    "marks around numbers": (LONG, lambda: pieces._marks_around(repeated(b"0.125,", LONG))),
    "rows of rows": (LONG, lambda: pieces._most_closings(repeated(b"[[0.25],[0.5]],", LONG), 0, LONG)),
    "spaces": (LONG, lambda: reader.read(repeated(b" ", LONG), NESTING)),
    "nothing but spaces": (LONG, lambda: reader.read(b" " * LONG, NESTING)),
    "quotes": (LONG, lambda: reader.read(repeated(b'"",', LONG), NESTING)),
    "escapes": (SHORT, lambda: structure.outline(b'{"inputs":"' + b"\\n" * (SHORT // 2) + b'"}')),
    "braces": (SHORT, lambda: structure.outline(repeated(b"{},", SHORT))),
    "an answer": (8 * LARGE.size, lambda: encode_in_pieces({"values": LARGE})),
    "an answer of words": (8 * LARGE.size, lambda: encode_in_pieces({"values": LARGE * np.inf})),
}


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every call of `give_way` a turn, however short the work was, and wait as long as that takes."""
    monkeypatch.setattr(turns, "_EVERY", 0.0)
    monkeypatch.setattr(loop_turn, "_LONGEST", 60.0)


@pytest.mark.parametrize("name", STEPS)
def test_large_texts_give_way_every_128_kb(name: str, eager: None) -> None:
    size, work = STEPS[name]
    taken: list[None] = []
    with giving_way(lambda: taken.append(None)), suppress(Fault):
        work()
    assert len(taken) >= size // pieces._LONGEST_PIECE


@pytest.mark.parametrize("way", ["read", "run"])
def test_loop_has_its_turn_between_any_two_steps(way: str, eager: None) -> None:
    """The loop has its turn between any two steps, and what a callback asked it for meanwhile is done too."""

    def work(loop: asyncio.AbstractEventLoop) -> list[int]:
        done: list[int] = []
        for step in range(50):
            loop.call_soon_threadsafe(loop.call_soon, done.append, step)
            give_way()
            assert done == list(range(step + 1))
        return done

    async def ask() -> list[int]:
        settings = Settings(processes=0)
        own = Executor(settings, Admission(settings, Metrics()))
        loop = asyncio.get_running_loop()
        try:
            if way == "read":
                return await own.read(lambda: work(loop))
            return await own.run(work, {"loop": loop}, Queue.THREADS)
        finally:
            await asyncio.to_thread(own.close)

    assert len(asyncio.run(ask())) == 50


def test_loop_that_has_ended_keeps_nobody_waiting(eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(loop_turn, "_LONGEST", 0.0)
    loop_turn.await_turn(loop)
    loop.close()
    monkeypatch.setattr(loop_turn, "_LONGEST", 60.0)
    loop_turn.await_turn(loop)


def test_give_way_gives_none_elsewhere(eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has a turn in another thread, after the work, or within a millisecond of the last turn."""
    taken: list[None] = []
    with giving_way(lambda: taken.append(None)):
        other = threading.Thread(target=give_way)
        other.start()
        other.join()
        monkeypatch.setattr(turns, "_EVERY", 3600.0)
        give_way()
    monkeypatch.setattr(turns, "_EVERY", 0.0)
    give_way()
    assert not taken
