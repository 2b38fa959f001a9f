"""Answers → bytes: every finite number reads back as the same bits, everything else as its word."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.nn.arrays import NON_FINITE, from_lists
from app.wire import answers
from app.wire.answers import encode, encode_in_pieces

shapes = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@given(array=arrays.arrays(np.float64, shapes))
def test_arrays_come_back_to_the_bit(array: np.ndarray) -> None:
    again = from_lists(json.loads(encode({"outputs": array}))["outputs"])
    # An empty array has lost the sides behind its first empty one.
    assert again.size == array.size
    if array.size:
        assert again.shape == array.shape
        same = (again == array) & (np.signbit(again) == np.signbit(array)) | (
            np.isnan(again) & np.isnan(array)
        )
        assert same.all()


@given(number=st.floats())
def test_scalars_come_back_too(number: float) -> None:
    (again,) = json.loads(encode([number]))
    again = NON_FINITE.get(again, again) if isinstance(again, str) else again
    assert math.isnan(again) if math.isnan(number) else again == number


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_bare_word_and_no_null_ever_leaves(value: float) -> None:
    for answer in (
        value,
        np.float64(value),
        np.array(value),
        np.full((2, 2), value),
        {"a": [value]},
        (value,),
    ):
        text = encode(answer)
        parsed = json.loads(text, parse_constant=lambda name: pytest.fail(name))
        assert "null" not in text.decode()
        assert parsed is not None


@pytest.mark.parametrize(
    "array", [np.arange(12.0).reshape(3, 4).T, np.arange(10.0)[::2], np.ones((2, 3), order="F")]
)
def test_any_layout_of_memory_is_written(array: np.ndarray) -> None:
    np.testing.assert_array_equal(json.loads(encode(array)), array)


@given(
    array=arrays.arrays(np.float64, arrays.array_shapes(min_dims=1, max_dims=3, max_side=9)),
    piece=st.integers(1, 20),
    at_once=st.integers(1, 20),
)
def test_pieces_together_are_the_whole(array: np.ndarray, piece: int, at_once: int) -> None:
    answer = {"a": array, "b": [1.5, {"c": array.T, "d": "text"}], "e": np.ones(2)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "PIECE", piece)
        patch.setattr(answers, "_AT_ONCE", at_once)
        parts = encode_in_pieces(answer)
    assert b"".join(parts) == encode(answer)
    assert len(parts) > 3 or array.size <= piece


@pytest.mark.parametrize("shape", [(100_000,), (50, 2000), (3, 40_000), (20, 10_000), (2, 3, 9000)], ids=str)
def test_few_numbers_are_written_in_one_go(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """While orjson writes, no other thread runs: 32,768 numbers took 1.4 ms of each small request's time."""
    written: list[int] = []

    def counted(answer: object) -> bytes:
        written.append(sum(one.size for one in [answer] if isinstance(one, np.ndarray)))
        return encode(answer)

    monkeypatch.setattr(answers, "encode", counted)
    array = np.linspace(-1, 1, math.prod(shape)).reshape(shape)
    parts = encode_in_pieces({"outputs": array})
    assert sum(written) == array.size and max(written) <= 4096
    np.testing.assert_array_equal(json.loads(b"".join(parts))["outputs"], array)
