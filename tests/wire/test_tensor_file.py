"""The safetensors format: what is read is what the library wrote, and what is broken is refused."""

import json
import struct
from typing import Any

import numpy as np
import pytest
import safetensors
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import load, save

from app.nn.errors import Fault, LimitExceeded
from app.nn.networks.storage import STORAGES, StoredAs
from app.wire.faults import InvalidRequest, MalformedDocument
from app.wire.tensor_file import parse, serialize, serialize_stored

MOST = 10_000

names = st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda name: name != "__metadata__")
tensors = st.dictionaries(
    names,
    st.sampled_from(["<f8", "<f4", "<f2", "<i8", "<i4"]).flatmap(
        lambda dtype: arrays.arrays(
            dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
        )
    ),
    max_size=4,
)
# The library itself writes no JSON for no tensors and no metadata.
words = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.text(st.characters(codec="utf-8")),
    min_size=1,
    max_size=3,
)


def same(one: Any, other: Any) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


@settings(max_examples=60)
@given(tensors=tensors, metadata=words)
def test_what_the_library_wrote_is_read_to_the_bit(tensors: dict[str, Any], metadata: dict[str, str]) -> None:
    file = parse(save(tensors, metadata=metadata), MOST)
    assert file.metadata == metadata
    assert file.arrays.keys() == tensors.keys()
    assert all(same(file.arrays[name], tensors[name]) for name in tensors)


@settings(max_examples=60)
@given(tensors=tensors, metadata=words)
def test_the_library_reads_what_is_written(tensors: dict[str, Any], metadata: dict[str, str]) -> None:
    again = load(b"".join(serialize(tensors, metadata)))
    assert again.keys() == tensors.keys()
    assert all(same(again[name], tensors[name]) for name in tensors)


@settings(max_examples=60)
@given(tensors=tensors, word=words)
def test_what_is_written_is_what_the_library_writes(tensors: dict[str, Any], word: dict[str, str]) -> None:
    one = dict(list(word.items())[:1])  # of several it takes any order
    assert b"".join(serialize(tensors, one)) == save(tensors, metadata=one)


@settings(max_examples=60)
@given(tensors=tensors, cut=st.integers(0, 400), byte=st.binary(max_size=2))
def test_damage_that_the_library_refuses_is_refused(tensors: dict[str, Any], cut: int, byte: bytes) -> None:
    """Damage that the library refuses is refused and nothing else happens."""
    body = save(tensors)
    damaged = body[:cut] + byte + body[cut + 1 :]
    try:
        found = parse(damaged, MOST).arrays
    except Fault:
        return
    # What is still taken is what the library reads from the same bytes.
    expected = load(damaged)
    assert found.keys() == expected.keys()
    assert all(same(found[name], expected[name]) for name in found)


def file(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(shape: Any = (1,), dtype: Any = "F64", offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


EIGHT = bytes(8)
BROKEN = {
    "nothing": b"",
    "seven bytes": b"1234567",
    "a header that is cut off": file({"x": tensor()})[:20],
    "a header that is no JSON": file(b"hello"),
    "a header that is no UTF-8": file(b'{"\xff": 1}'),
    "a header that is a list": file([]),
    "an empty header": file(b""),
    "a header of depth": file(b"[" * 5000),
    "data cut off": file({"x": tensor()}, EIGHT[:7]),
    "data behind the last tensor": file({"x": tensor()}, EIGHT + b"0"),
    "data of no tensor": file({}, b"0"),
    "a hole": file({"x": tensor(offsets=(1, 9))}, EIGHT + b"0"),
    "an overlap": file({"x": tensor(), "y": tensor()}, EIGHT),
    "offsets reversed": file({"x": tensor(offsets=(8, 0))}, EIGHT),
    "negative offsets": file({"x": tensor(offsets=(-8, 0))}, EIGHT),
    "offsets of floats": file({"x": tensor(offsets=(0.0, 8.0))}, EIGHT),
    "one offset": file({"x": tensor(offsets=(8,))}, EIGHT),
    "a shape of more": file({"x": tensor(shape=(2,))}, EIGHT),
    "a shape of less": file({"x": tensor(shape=(0,))}, EIGHT),
    "a shape that overflows": file({"x": tensor(shape=(2**63, 2))}, EIGHT),
    "a shape of booleans": file({"x": tensor(shape=(True,))}, EIGHT),
    "a negative shape": file({"x": tensor(shape=(-1, -1))}, EIGHT),
    "a type that is a number": file({"x": tensor(dtype=8)}, EIGHT),
    "a tensor that is a number": file({"x": 1}),
    "a tensor without a type": file({"x": {"shape": [1], "data_offsets": [0, 8]}}, EIGHT),
    "a tensor with something else": file({"x": {**tensor(), "extra": 1}}, EIGHT),
    "metadata of numbers": file({"__metadata__": {"request": 1}}),
    "metadata that is a list": file({"__metadata__": []}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_malformed(what: str) -> None:
    with pytest.raises(MalformedDocument):
        parse(BROKEN[what], MOST)


# These are not for the library to refuse: it has no such types, or takes the last of two names.
@pytest.mark.parametrize("what", sorted(BROKEN.keys() - {"a tensor with something else"}))
def test_what_is_called_broken_is_broken_for_the_library_too(what: str) -> None:
    with pytest.raises(safetensors.SafetensorError):
        load(BROKEN[what])


@pytest.mark.parametrize("dtype", ["U8", "BOOL", "C64", "F8_E4M3", ""])
def test_other_types_are_refused_at_their_tensor(dtype: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse(file({"x": tensor(dtype=dtype)}, EIGHT), MOST)
    assert [one.at for one in refused.value.findings] == [("x",)]


def test_a_name_that_comes_twice_is_refused() -> None:
    one = json.dumps(tensor())
    with pytest.raises(InvalidRequest) as refused:
        parse(file(f'{{"x": {one}, "x": {one}}}'.encode(), EIGHT), MOST)
    assert [one.at for one in refused.value.findings] == [("x",)]


def test_a_header_has_a_limit_whatever_length_it_claims() -> None:
    for body in (
        file(b"{" + b" " * MOST + b"}"),
        struct.pack("<Q", 2**64 - 1),
        struct.pack("<Q", MOST + 1) + EIGHT,
    ):
        with pytest.raises(LimitExceeded) as refused:
            parse(body, MOST)
        assert refused.value.limit == "header"


@pytest.mark.parametrize("shape", [(0, 2**40), (0, 2**31, 2**31, 2**31), (1,) * 65, (0,) * 65])
def test_shapes_that_no_array_has_are_refused(shape: tuple[int, ...]) -> None:
    size = 8 if all(shape) else 0
    with pytest.raises(InvalidRequest):
        parse(file({"x": tensor(shape=shape, offsets=(0, size))}, bytes(size)), MOST)


def test_tensors_that_are_not_aligned_are_read_too() -> None:
    header = {"a": tensor(dtype="F32", offsets=(0, 4)), "b": tensor(offsets=(4, 12))}
    found = parse(file(header, struct.pack("<fd", 1.5, -2.5)), MOST).arrays
    assert (found["a"].tolist(), found["b"].tolist()) == ([1.5], [-2.5])
    assert found["b"].flags.aligned


def test_no_number_is_copied() -> None:
    body = save({"x": np.arange(1000.0)})
    array = parse(body, MOST).arrays["x"]
    assert np.shares_memory(array, np.frombuffer(body, np.uint8))
    assert not array.flags.writeable


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16"])
@settings(max_examples=30)
@given(data=st.data())
def test_stored_numbers_come_back_as_they_were(kind: StoredAs, data: st.DataObject) -> None:
    given = {
        name: STORAGES[kind].rounded(
            data.draw(arrays.arrays(np.float64, (2, 3), elements=st.floats(-6e4, 6e4)))
        )
        for name in ("z", "a", "fc1.weight")
    }
    body = b"".join(serialize_stored(given, kind, {"word": "x"}))
    found = parse(body, MOST).arrays
    assert list(found) == list(given)
    for name, array in given.items():
        assert found[name].astype(np.float64).tobytes() == array.tobytes()
    told = dict(safetensors.deserialize(body))
    code = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"}[kind]
    assert {one["dtype"] for one in told.values()} == {code}


def test_every_bfloat16_is_read_as_its_float32() -> None:
    halves = np.arange(2**16, dtype="<u2")
    found = parse(file({"x": tensor((2**16,), "BF16", (0, 2**17))}, halves.tobytes()), MOST).arrays["x"]
    with np.errstate(invalid="ignore"):
        expected = (halves.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    np.testing.assert_array_equal(found, expected)
    assert not found.flags.writeable
