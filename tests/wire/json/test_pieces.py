"""Long texts read in pieces: the same answer as in one go, and no more memory than is promised."""

import itertools
import json
import multiprocessing
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.nn.errors import Fault
from app.wire.json import pieces, reader, structure
from app.wire.json.pieces import put_back, take_arrays
from tests.wire.json.test_reader import NESTING, outcome, texts

WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


@pytest.fixture(scope="module")
def tiny() -> Iterator[None]:
    """Make every text a long one, and every piece a few bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LIFTED", 0)
        patch.setattr(reader, "LONG", 8)
        patch.setattr(pieces, "LONG", 8)
        patch.setattr(pieces, "PIECE", 12)
        patch.setattr(pieces, "_SHORTEST", 4)
        for module in (pieces, structure):
            patch.setattr(module, "BLOCK", 70)
        yield


@given(text=texts)
@settings(max_examples=400)
def test_a_text_in_pieces_is_what_it_is_in_one_go(text: str) -> None:
    body = text.encode()
    whole = outcome(body)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            (reader, "LIFTED", 0), (reader, "LONG", 4000), (pieces, "PIECE", 6), (pieces, "_SHORTEST", 2),
            (pieces, "BLOCK", 66), (structure, "BLOCK", 5),
        ):  # fmt: skip
            patch.setattr(module, name, value)
        assert outcome(body) == whole
        taken = take_arrays(body)
        if taken is not None:
            rest, found = taken
            try:
                document = put_back(reader.read(rest, NESTING), found)
            except Fault:
                return  # the text is refused for something beside its arrays
            assert as_lists(document) == as_lists(reader.read(body, NESTING))


def as_lists(value: Any) -> Any:
    """Return a document without arrays; −0 and 0, 1 and 1.0 as the bits that an array of floats has."""
    match value:
        case np.ndarray():
            return as_lists(value.tolist())
        case dict():
            return {key: as_lists(member) for key, member in value.items()}
        case list():
            return [as_lists(item) for item in value]
        case int() | float() if not isinstance(value, bool):
            return repr(float(value))
        case str() if value in WORDS.values():
            return repr(float(value.replace("Infinity", "inf")))
        case _:
            return value


@given(
    array=arrays.arrays(np.float64, arrays.array_shapes(max_dims=4, max_side=9), elements=st.floats()),
    spaces=st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " : ")]),
)
def test_every_number_of_an_array_keeps_its_place(tiny: None, array: Any, spaces: tuple[str, str]) -> None:
    listed = json.loads(json.dumps(array.tolist()), parse_constant=lambda word: WORDS.get(word, word))
    inputs = json.dumps(listed, separators=spaces)
    taken = take_arrays(b'{"derivative": true, "inputs":%b}' % inputs.encode())
    if len(inputs) < 20:
        return
    assert taken is not None
    (found,) = taken[1].values()
    assert found.shape == array.shape
    same = (found == array) | (np.isnan(found) & np.isnan(array))
    assert same.all()


@pytest.mark.parametrize(
    "text",
    [
        b'{"inputs":[[1,2],[3,4],[5,6],[7]]}',
        b'{"inputs":[[1,2],[3,4],[5,6],[7,8],]}',
        b'{"inputs":[[1,2],[3[,4],[5,6]]}',
        b'{"inputs":[1,2,3,4,5,6,7,8],[1,2]}',
        b'{"inputs":[1,2,3,4,5,6,7 8,9,10,11]}',
        b'{"inputs":[1,2,3,4,5,6,true,8,9,10]}',
        b'{"inputs":"[1,2,3,4,5,6,7,8,9,10,11"}',
        b'{"inputs":[1,2,3,4,5,6,7,"NaN ",9,1]}',
    ],
)
def test_what_is_no_regular_array_is_left_to_others(tiny: None, text: bytes) -> None:
    assert take_arrays(text) is None


UNITS = ["".join(unit) for size in (1, 2, 3) for unit in itertools.product('[]{},:"\\1 n', repeat=size)]
MOST_MEMORY, MOST_OBJECTS = 20, 200 << 20
"""What docs/operating.md says: bytes of memory for each byte of a body, and bytes for objects in it."""


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
