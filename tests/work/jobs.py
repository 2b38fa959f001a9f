"""Work for the processes of a processes, which must find it by its name."""

import os
import time

from app.nn.errors import LimitExceeded, ShapeMismatch
from app.wire.faults import Finding, InvalidRequest


def identify() -> int:
    return os.getpid()


def niceness() -> int:
    return os.nice(0)


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def large(size: int) -> bytes:
    return bytes(size)


def die() -> None:
    os._exit(1)


def fail(kind: str) -> None:
    faults = {
        "shape": ShapeMismatch("expected 3, got 2", ("network", 0)),
        "limit": LimitExceeded("layers", "expected fewer", ("layers",)),
        "several": InvalidRequest(
            [Finding(("a",), "first", ShapeMismatch), Finding(("b", 1), "second", ShapeMismatch)]
        ),
    }
    raise faults[kind]
