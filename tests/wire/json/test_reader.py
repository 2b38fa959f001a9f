"""Bytes → documents: what is refused and where, and one answer by whichever path."""

import json
import math
import time
import tracemalloc
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.errors import Fault, LimitExceeded
from app.wire.arrays import AnyArray
from app.wire.faults import InvalidRequest, MalformedDocument
from app.wire.json import reader
from app.wire.json.fast import lift
from app.wire.json.strict import read_strictly
from app.wire.json.structure import depth, outline, outline_of_array, pairs
from app.wire.problems import pointer
from app.wire.request_models import RequestBody

NESTING = 64
PADDING = b" " * reader.LIFTED  # turns any body into a large one, without changing what it says


class Asked(RequestBody):
    inputs: AnyArray
    name: str | None = None
    count: int | None = None


def outcome(body: bytes) -> Any:
    """Return what a body comes to: the fields, or the kinds and places of what is wrong."""
    try:
        asked = Asked.of(reader.read(body, NESTING))
    except InvalidRequest as refused:
        return {(pointer(one.at), one.detail, one.kind) for one in refused.findings}
    except Fault as fault:
        return type(fault)
    return asked.inputs.shape, asked.inputs.tobytes(), asked.name, asked.count


# Numbers as they may be written, valid and not; text that nests, lies and repeats itself.
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(
        ["-0", "-0.0", "1e999", "-1e999", "1e-999", "NaN", "Infinity", "01", "1.", ".5", "+1", "0x1"]
    ),
)
scalars = st.one_of(
    numbers,
    st.sampled_from(
        ["true", "null", '"NaN"', '"-Infinity"', '"1"', '"[:{"', '"\\""', '"\\ud800"', '"\\\\"', "{}"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + ",".join(items) + "]"),
        st.lists(st.tuples(st.sampled_from("ab"), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)
rectangles = st.tuples(st.integers(0, 3), st.integers(0, 3), st.data())
keys = st.sampled_from(["inputs", "inputs", "name", "count", "other"])
texts = st.lists(st.tuples(keys, values), min_size=1, max_size=3).map(
    lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
)


@given(text=texts)
@settings(max_examples=300, deadline=None)
def test_both_paths_give_the_same_answer(text: str) -> None:
    body = text.encode()
    assert outcome(body) == outcome(body + PADDING)


@given(text=texts, cut=st.integers(0, 60), byte=st.binary(min_size=0, max_size=2))
@settings(max_examples=150, deadline=None)
def test_damaged_bodies_fare_the_same_by_both_paths(text: str, cut: int, byte: bytes) -> None:
    """Damaged bodies fare the same by both paths and never fail otherwise."""
    body = text.encode()
    damaged = body[:cut] + byte + body[cut + 1 :]
    assert outcome(damaged) == outcome(damaged + PADDING)


@given(text=texts)
@settings(max_examples=100, deadline=None)
def test_the_strict_reader_agrees_with_the_standard_library(text: str) -> None:
    try:
        document = read_strictly(text.encode())
    except Fault:
        return
    expected = json.loads(text)
    assert json.dumps(document, sort_keys=True) == json.dumps(_as_floats(expected), sort_keys=True)


def _as_floats(value: Any) -> Any:
    """Write integers beyond 64 bits as the floats that JSON readers make of them."""
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return float(value)
    if isinstance(value, list):
        return [_as_floats(item) for item in value]
    return {key: _as_floats(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_regular_arrays_are_lifted_to_the_same_bits(shape: list[int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    array = generator.standard_normal(shape) * 10.0 ** generator.integers(-300, 300, shape)
    body = orjson.dumps({"inputs": array}, option=orjson.OPT_SERIALIZE_NUMPY)
    lifted = lift(body, outline(body))
    assert isinstance(lifted, dict) and isinstance(lifted["inputs"], np.ndarray)
    np.testing.assert_array_equal(lifted["inputs"], array)
    assert outcome(body) == (tuple(shape), array.tobytes(), None, None)


LIES = [
    b"[[1,[2,3]],[4,[]]]",
    b"[[1,2],[3,[4]]]",
    b"[[1,2],3,[4]]",
    b"[[],[1,2]]",
    b"[1,[2]]",
    b"[[1],[2,3],[]]",
]


@pytest.mark.parametrize("lie", LIES)
def test_nesting_that_lies_about_its_shape_is_not_lifted(lie: bytes) -> None:
    body = b'{"inputs":' + lie + b"}"
    lifted = lift(body, outline(body))
    assert lifted is None or not isinstance(lifted["inputs"], np.ndarray)  # type: ignore[index]


REFUSED = [
    (b'{"inputs": NaN}', "/inputs"),
    (b'{"inputs": [1, -Infinity]}', "/inputs/1"),
    (b'{"inputs": [[1, 2], [3, 1e999]]}', "/inputs/1/1"),
    (b'{"inputs": 1, "inputs": 1}', "/inputs"),
    (b'{"inputs": [1, true]}', "/inputs/1"),
    (b'{"inputs": [1, "2"]}', "/inputs/1"),
    (b'{"inputs": [1, null]}', "/inputs/1"),
    (b'{"inputs": null}', "/inputs"),
    (b'{"inputs": [[1, 2], [3]]}', "/inputs/1"),
    (b'{"inputs": [[1], 2]}', "/inputs/1"),
    (b'{"inputs": 1, "name": "\\ud800"}', "/name"),
    (b'{"inputs": 1, "other": 1}', "/other"),
    (b'{"inputs": 1, "count": 1.5}', "/count"),
    (b'{"inputs": 1, "count": true}', "/count"),
    (b'{"name": "x"}', "/inputs"),
    (b'\xef\xbb\xbf{"inputs": 1}', ""),
    (b"[1]", ""),
    (b"1", ""),
]


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
@pytest.mark.parametrize(("body", "place"), REFUSED)
def test_what_is_refused_is_refused_at_its_place(body: bytes, place: str, padding: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Asked.of(reader.read(body + padding, NESTING))
    assert [pointer(one.at) for one in refused.value.findings] == [place]


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"inputs": [1,', b"\xff", b"{'a': 1}", b"01", b'"\xc3', b"{}{}", b"nul"]
)
def test_what_is_not_json_is_malformed(body: bytes, padding: bytes) -> None:
    with pytest.raises(MalformedDocument):
        reader.read(body + padding, NESTING)


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
def test_nesting_has_a_limit_that_is_named(padding: bytes) -> None:
    at_most = b"[" * NESTING + b"]" * NESTING
    assert reader.read(at_most + padding, NESTING) is not None
    with pytest.raises(LimitExceeded) as refused:
        reader.read(b"[" + at_most + b"]" + padding, NESTING)
    assert refused.value.limit == "nesting"
    for bomb in (b"[" * 10**6, b'{"a":' * 10**6, b'["[[",' + b"[" * 10**5):
        with pytest.raises(LimitExceeded):
            reader.read(bomb, NESTING)


def test_brackets_inside_strings_are_no_brackets() -> None:
    structure = outline(b'{"a": "[[[{{\\"[[", "b": [1, {"c": []}]}')
    assert structure == b"{:,:[,{:[]}]}"
    assert (pairs(structure), depth(structure, NESTING)) == (3, 4)


def outline_by_letter(body: bytes) -> tuple[bytes, bool]:
    """The definition: what is in a string, or escaped in one, is nothing; of the rest the marks stay.

    A backslash outside strings is where every parser stops: whether the outline goes on behind it.
    """
    kept, inside, escaped = bytearray(), False, False
    for letter in body:
        if escaped:
            escaped = False
        elif inside and letter == ord("\\"):
            escaped = True
        elif letter == ord('"'):
            inside = not inside
        elif letter == ord("\\"):
            return bytes(kept), False
        elif not inside and letter in b"[]{}:,":
            kept.append(letter)
    return bytes(kept), True


PIECES = [bytes([letter]) for letter in b'[]{}:,"\\ 1'] + [b"[[" * 50, b"1," * 40_000, b'",[' * 70]


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.booleans())
def test_outline_is_the_marks_outside_strings(pieces: list[bytes], grown: bool) -> None:
    body = b"".join(pieces)
    found = outline(bytearray(body) if grown else body)
    expected, is_whole = outline_by_letter(body)
    assert found == expected if is_whole else found.startswith(expected)


def test_depth_is_the_deepest_nesting() -> None:
    assert depth(b"", 3) == 0
    assert depth(b"[[,],{:[]}]", 3) == 3
    assert depth(b"[[[[]]]]", 3) > 3
    assert depth(b"[[[[", 3) > 3
    assert depth(b"{[", 3) == 2


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (1, 1), (2, 0), (2, 1, 3)])
def test_the_outline_of_a_regular_array_is_that_of_its_text(shape: tuple[int, ...]) -> None:
    assert outline_of_array(shape) == outline(json.dumps(np.zeros(shape).tolist()).encode())


def test_at_most_twenty_places_are_named() -> None:
    body = b'{"inputs": [' + b",".join([b"NaN"] * 10_000) + b"]}"
    with pytest.raises(InvalidRequest) as refused:
        reader.read(body, NESTING)
    assert len(refused.value.findings) == 20


def test_words_for_non_finite_numbers_are_numbers() -> None:
    asked = Asked.of(reader.read(b'{"inputs": [["NaN", 1], ["Infinity", "-Infinity"]]}', NESTING))
    np.testing.assert_array_equal(asked.inputs, [[math.nan, 1], [math.inf, -math.inf]])


def test_a_million_numbers_take_little_more_than_themselves() -> None:
    array = np.random.default_rng(0).standard_normal(200_000)
    body = orjson.dumps({"inputs": array}, option=orjson.OPT_SERIALIZE_NUMPY)
    tracemalloc.start()
    try:
        Asked.of(reader.read(body, NESTING))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # One pass over the bytes makes a copy of them for a moment. simdjson's own tape is not traced (the
    # benchmark measures the process); a Python object for each number, of 32 bytes, must not appear.
    assert peak < 1.3 * len(body)


def test_key_with_nul_is_not_cut_there() -> None:
    """A key that holds NUL is not taken for what stands before it."""
    body = b'{"a":1,"a\\u0000b":2}'
    assert reader.read(body + PADDING, 64) == reader.read(body, 64) == {"a": 1, "a\0b": 2}


def test_brackets_nested_are_read_in_linear_time() -> None:
    """Each was walked down from every level above it: 130 kB took a twelfth of a second."""
    deep = b"[" * 60 + b"]" * 60
    body = b'{"inputs":[' + b",".join([deep] * 300) + b"]}"
    flat = b'{"inputs":[' + b",".join([b"[],[]"] * 9_000) + b"]}"

    def seconds(text: bytes) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.thread_time()
            reader.read(text, 64)
            best = min(best, time.thread_time() - start)
        return best

    assert seconds(body) < 6 * seconds(flat)


def test_what_stands_beside_large_arrays_has_a_limit() -> None:
    array = b"[" + b"[1,2]," * 200_000 + b"[1,2]]"
    body = b'{"inputs":' + array + b',"name":"%s"}'
    assert len(array) > reader.LONG
    assert isinstance(reader.read(body % b"x", NESTING), dict)
    for beside in (b"x" * reader.MOST_IRREGULAR, b'","":"' * 50_000):
        with pytest.raises(LimitExceeded) as refused:
            reader.read(body % beside, NESTING)
        assert refused.value.limit == "irregular"


def test_what_is_read_at_once_has_few_lists_and_objects() -> None:
    """Words among the numbers are read in pieces from so many rows on; what is no array is refused."""
    rows = reader.MOST_CONTAINERS
    body = b'{"inputs":[' + b'["NaN"],' + b"[1]," * rows + b"[2]]}"
    assert len(body) < reader.MOST_IRREGULAR
    document = reader.read(body, NESTING)
    assert isinstance(document, dict) and document["inputs"].shape == (rows + 2, 1)
    assert np.isnan(document["inputs"][0, 0]) and document["inputs"][-1, 0] == 2
    # Between quotes no stretch is as long as an array that is taken out.
    short = b'"x",' + b"[]," * 300
    with pytest.raises(LimitExceeded) as refused:
        reader.read(b'{"inputs":[' + short * (rows // 300 + 1) + b"1]}", NESTING)
    assert refused.value.limit == "irregular"
