"""Mutated files: each is answered or refused by its name, in time and without growth."""

import resource
import time
import warnings

import numpy as np
import pytest

from app.files.description import describe_file
from app.files.onnx.conversion import convert_file
from app.files.reading import read_file
from app.nn.errors import Fault
from tests.files.test_reading import FILES

from . import models

BODIES = [build(f) for build in models.ALL for f in ("Tanh", "Sigmoid")] + [make() for make in FILES.values()]


def mutated(body, rng):
    changed = bytearray(body)
    for _ in range(int(rng.integers(1, 5))):
        kind, place = rng.integers(0, 5), int(rng.integers(0, len(changed)))
        length = int(rng.integers(1, 12))
        if kind == 0:
            changed[place] = int(rng.integers(0, 256))
        elif kind == 1:
            changed[place] ^= 1 << int(rng.integers(0, 8))
        elif kind == 2:
            del changed[place : place + length]
        elif kind == 3:
            other = BODIES[int(rng.integers(0, len(BODIES)))]
            start = int(rng.integers(0, len(other)))
            changed[place:place] = other[start : start + length]
        else:
            changed[place : place + length] = changed[place : place + length][::-1]
        if not changed:
            return b"\x08"
    return bytes(changed)


def ask(body, seed):
    """Ask all that can be asked of a file; every fault must be one of ours."""
    work = (
        lambda: describe_file(body),
        lambda: convert_file(body, "sigmoid" if seed % 2 else "tanh", "folded" if seed % 3 else "kept"),
        lambda: read_file(body),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in work:
            try:
                one()
            except Fault:
                pass


def run(seeds):
    slowest = 0.0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        body = mutated(BODIES[int(rng.integers(0, len(BODIES)))], rng)
        start = time.process_time()
        try:
            ask(body, seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        slowest = max(slowest, time.process_time() - start)
    return slowest


def test_mutated_files_are_answered_or_refused():
    assert run(range(1_000)) < 5


# A Conv of no such sides behind a function whose types are asked for; biases that fit no product; HDF5 whose
# places are beyond the machine's integers; a product without an output.
@pytest.mark.parametrize("seed", [4104, 4112, 21025, 51120])
def test_what_once_failed_is_refused(seed):
    run([seed])


@pytest.mark.long
def test_a_hundred_thousand_mutated_files():
    run(range(2_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert run(range(2_000, 102_000)) < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + (100 << 10)
