"""float32 over its whole range: every binade here, every number in the long run."""

import numpy as np
import pytest

from app.nn.activations.catalogue import names
from tests.exhaustive.float32 import CHUNKS, Tally, advance, chunk, near_the_middle


def tried(name: str, derivative: bool, stride: int) -> Tally:
    tally = Tally(name, derivative)
    while tally.done < CHUNKS:
        advance(tally, stride)
    return tally


def test_chunks_hold_every_float32_once() -> None:
    bits = np.concatenate([chunk(number, 2**20).view(np.uint32) for number in range(CHUNKS)])
    assert np.array_equal(bits, np.arange(0, 2**32, 2**20, dtype=np.uint32))


def test_near_the_middle_is_found_among_all_numbers() -> None:
    """Near the middle is found among normal and subnormal numbers."""
    one = np.float32(1.0)
    middle = np.array([1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-51, 1 + 2.0**-25, 1.0, 3 * 2.0**-150, 2.0**-149])
    expected = [True, True, False, False, True, False]
    assert near_the_middle(middle, middle.astype(np.float32)).tolist() == expected
    assert one.dtype == np.float32


@pytest.mark.parametrize("derivative", [False, True], ids=["value", "derivative"])
@pytest.mark.parametrize("name", ["sigmoid", "gelu", "mish", "squareplus"])
def test_a_sample_of_every_binade_is_rounded_once(name: str, derivative: bool) -> None:
    tally = tried(name, derivative, 2**17 - 1)
    assert tally.not_rounded_once == 0
    assert tally.largest <= 0.5000001


@pytest.mark.long
@pytest.mark.parametrize("derivative", [False, True], ids=["value", "derivative"])
@pytest.mark.parametrize("name", names())
def test_every_hundredth_float32_is_rounded_once(name: str, derivative: bool) -> None:
    tally = tried(name, derivative, 101)
    assert tally.not_rounded_once == 0
    assert tally.largest <= 0.5001
