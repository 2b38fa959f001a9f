"""Long texts read in pieces: the same answer as in one go, and no more memory than is promised."""

import itertools
import json
import multiprocessing
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.nn.errors import Fault
from app.wire.faults import InvalidRequest, MalformedDocument
from app.wire.json import pieces, reader, structure
from app.wire.json.pieces import take_arrays
from app.wire.problems import pointer
from tests.wire.json.test_reader import NESTING, Asked, outcome, texts

NO_LIMIT = 1 << 20
WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


@pytest.fixture(scope="module")
def tiny() -> Iterator[None]:
    """Make every text a long one, and every piece a few bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LIFTED", 0)
        patch.setattr(reader, "LONG", 8)
        patch.setattr(pieces, "PIECE", 12)
        patch.setattr(pieces, "_LONGEST_PIECE", 48)
        patch.setattr(pieces, "_SHORTEST", 4)
        patch.setattr(pieces, "_LONGEST_END", 64)
        for module in (pieces, structure):
            patch.setattr(module, "BLOCK", 70)
        yield


@given(text=texts)
@example(text='{"inputs":[0.0,1.0000000000000002e+16]}')
@settings(max_examples=400)
def test_a_text_in_pieces_is_what_it_is_in_one_go(text: str) -> None:
    body = text.encode()
    whole = outcome(body)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            (reader, "LIFTED", 0), (reader, "LONG", 0), (pieces, "PIECE", 6), (pieces, "_SHORTEST", 2),
            # a piece, and one number of 24 letters behind it
            (pieces, "_LONGEST_PIECE", 32), (pieces, "_LONGEST_END", 64),
            (pieces, "BLOCK", 66), (structure, "BLOCK", 5),
        ):  # fmt: skip
            patch.setattr(module, name, value)
        found = outcome(body)
        taken = take_arrays(body, NO_LIMIT)
    assert taken is not None
    if isinstance(whole, tuple):
        assert found == whole or (not whole[1] and taken[1])  # large arrays have numbers in each row
    else:  # what is wrong with a large array is told instead of what else is wrong
        assert not isinstance(found, tuple)
        assert found == whole or taken[1]


@given(
    array=arrays.arrays(np.float64, arrays.array_shapes(max_dims=4, max_side=9), elements=st.floats()),
    spaces=st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " : ")]),
)
def test_every_number_of_an_array_keeps_its_place(tiny: None, array: Any, spaces: tuple[str, str]) -> None:
    listed = json.loads(json.dumps(array.tolist()), parse_constant=lambda word: WORDS.get(word, word))
    inputs = json.dumps(listed, separators=spaces)
    taken = take_arrays(b'{"derivative": true, "inputs":%b}' % inputs.encode(), NO_LIMIT)
    if len(inputs) < 20:
        return
    assert taken is not None
    (found,) = taken[1].values()
    assert found.shape == array.shape
    same = (found == array) | (np.isnan(found) & np.isnan(array))
    assert same.all()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"inputs":[[1,2],[3,4],[5,6],[7]]}', "/inputs/3"),
        (b'{"inputs":[[1,2],[3,4],[5,6],[7],[8]]}', "/inputs/3"),
        (b'{"inputs":[[1,2],[3,4],[5,6],7,8,9,10,11,12]}', "/inputs/3"),
        (b'{"inputs":[[1,2],[3,4],[5,6],[7,"8"]]}', "/inputs/3/1"),
        (b'{"inputs":[1,2,3,4,5,6,true,8,9,10]}', "/inputs/6"),
        (b'{"inputs":[1,2,3,4,5,6,7,8,[9],10]}', "/inputs/8"),
        (b'{"inputs":[1,2,3,4,5,6,7,1e999,9,10]}', "/inputs/7"),
        (b'{"inputs":[1,2,3,4,5,6,7,NaN,9,10]}', "/inputs/7"),
        (b'{"inputs":[[],[],[],[],[],[],[],[],[]]}', "/inputs/0"),
        (b'{"inputs":[[1,2],[3,4],[5,6],[7,8],]}', None),
        (b'{"inputs":[[1,2],[3[,4],[5,6]]}', None),
        (b'{"inputs":[1,2,3,4,5,6,7,8],[1,2]}', None),
        (b'{"inputs":[1,2,3,4,5,6,7 8,9,10,11]}', None),
        (b'{"inputs":[1,2,3,4,5,6,7,8,9,10,]}', None),
        (b'{"inputs":[1,2,3,4,5,"NaN"7,8,9,10]}', None),
    ],
)
def test_what_is_no_regular_array_is_refused_at_its_place(tiny: None, text: bytes, place: str | None) -> None:
    with pytest.raises(MalformedDocument if place is None else InvalidRequest) as refused:
        Asked.of(reader.read(text, NESTING))
    if isinstance(refused.value, InvalidRequest):
        assert pointer(refused.value.findings[0].at) == place


@pytest.mark.parametrize(
    "text",
    [
        b'{"inputs":[1,2,3,4,5,6,7,8,18446744073709551616,9]}',
        b'{"inputs":[[1,2],[3,4],["NaN",6],[7,8]],"name":"NaN"}',
        b'{"name":"[1,2,3,4,5,6,7,8,9,10]","inputs":[1,2,3,4,5,6,7,8,9]}',
        b'{"inputs":[1,2,3,4,5,6,7,8,9],"name":"[[1,2,3,4],[5,6,7,8]]"}',
    ],
)
def test_what_only_the_exact_readers_take_is_taken_in_pieces_too(tiny: None, text: bytes) -> None:
    in_pieces = outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LONG", 1 << 20)
        assert outcome(text) == in_pieces
    assert isinstance(in_pieces, tuple)


UNITS = ["".join(unit) for size in (1, 2, 3) for unit in itertools.product('[]{},:"\\1 n', repeat=size)]
MOST_MEMORY, MOST_OBJECTS = 8, 32 << 20
"""What docs/operating.md says: bytes of memory for each byte of a body, and bytes beside."""


def peaks(units: list[str], size: int, answers: Any) -> None:
    """Read bodies of repeated units; send those that take more memory than is promised, and how much."""
    own = open("/proc/self/status")
    excess = []
    for unit, (before, after) in itertools.product(units, [("", ""), ("[", "]"), ('{"inputs":[', "1]}")]):
        body = f"{before}{unit * (size // len(unit))}{after}".encode()
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")  # the peak begins anew
        at_rest = resident(own)
        try:
            document = reader.read(body, NESTING)
            del document
        except Fault:
            pass
        peak = resident(own) - at_rest
        if peak > MOST_MEMORY * len(body) + MOST_OBJECTS:
            excess.append((before + unit, peak / len(body)))
    answers.send(excess)


def resident(status: Any) -> int:
    status.seek(0)
    (line,) = (line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="only Linux tells a peak of memory")
@pytest.mark.parametrize(
    ("size", "units"),
    [
        pytest.param(1 << 20, ["".join(unit) for unit in itertools.product('[{,:"\\1', repeat=2)], id="1MiB"),
        pytest.param(1 << 24, ['"",', "[],", "{},", "1,", '\\"', "["], id="16MiB"),
        pytest.param(1 << 26, UNITS, id="64MiB", marks=pytest.mark.long),
    ],
)
def test_no_text_takes_more_memory_than_is_promised(size: int, units: list[str]) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=peaks, args=(units, size, there))
    child.start()
    there.close()
    excess = here.recv()
    child.join()
    assert excess == []
