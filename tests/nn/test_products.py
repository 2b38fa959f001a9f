"""Row independence: the one law of these products, over every kind of shape."""

import tracemalloc
from collections.abc import Callable, Container
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from app.nn import products
from app.nn.products import BLOCK, each_row_times, rows_times

SIDES = st.one_of(st.integers(1, 12), st.sampled_from([16, 31, 64, 65, 100, 128, 257, 300, 385]))


@st.composite
def questions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Return inputs, a weight, and the places where the batch is cut."""
    rows = draw(st.one_of(st.integers(1, 20), st.sampled_from([31, 33, 63, 64, 65, 129, 200, 256, 449, 600])))
    inputs, width = draw(SIDES), draw(SIDES)
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([0, 3, 60]))
    batch = generator.standard_normal((rows, inputs)) * 10.0 ** generator.integers(
        -spread, spread + 1, (rows, inputs)
    )
    weight = generator.standard_normal((width, inputs))
    cuts = draw(st.lists(st.integers(0, rows), max_size=4).map(sorted))
    return batch, weight, [0, *cuts, rows]


def example_of(
    rows: int, inputs: int, width: int, cuts: list[int]
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    generator = np.random.default_rng(rows + inputs + width)
    return generator.standard_normal((rows, inputs)), generator.standard_normal((width, inputs)), cuts


@given(questions())
@example(example_of(70, 1, 1, [0, 1, 70]))
@example(example_of(70, 300, 300, [0, 1, 5, 70]))
@example(example_of(200, 257, 257, [0, 7, 100, 200]))
@example(example_of(70, 1100, 1030, [0, 5, 70]))
@example(example_of(520, 257, 257, [0, 200, 450, 520]))
@example(example_of(300, 1000, 300, [0, 1, 193, 300]))
@example(example_of(65, 10, 1, [0, 64, 65]))
@example(example_of(65, 1, 10, [0, 64, 65]))
@example(example_of(3, 2000, 2, [0, 1, 3]))
@example(example_of(3, 2, 2000, [0, 1, 3]))
@settings(max_examples=60, deadline=None)
def test_any_split_of_a_batch_gives_the_same_bits(question: tuple[np.ndarray, np.ndarray, list[int]]) -> None:
    batch, weight, cuts = question
    whole = rows_times(batch, weight)
    parts = [rows_times(batch[low:high], weight) for low, high in pairwise(cuts)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    alone = [rows_times(batch[i : i + 1], weight) for i in range(min(len(batch), 9))]
    assert np.concatenate(alone).tobytes() == whole[:9].tobytes()
    assert rows_times(batch[::-1], weight)[::-1].tobytes() == whole.tobytes()


@pytest.mark.parametrize("many", products._HEIGHTS)
def test_every_height_that_stands_the_trial_keeps_the_law(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, weight, _ = example_of(150, 20, 7, [])
    monkeypatch.setattr(products, "_HEIGHTS", tuple(one for one in products._HEIGHTS if one <= many))
    monkeypatch.setattr(products, "_heights", products._heights.__wrapped__)
    whole = rows_times(batch, weight)
    for rows in (1, 4, 5, 8, 12, 13, 24, 25, 32, 33, 63, 64, 65):
        assert rows_times(batch[:rows], weight).tobytes() == whole[:rows].tobytes()


# Two threads on two busy cores wait for each other for most of a minute.
@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.long)])
def test_the_law_holds_for_any_number_of_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenBLAS cuts a product by threads too, and then other rows are the last of a kernel's."""
    monkeypatch.setattr(products, "_heights", products._heights.__wrapped__)
    with threadpool_limits(threads, user_api="blas"):
        for inputs, width in [(100, 100), (257, 257), (784, 128)]:
            batch, weight, _ = example_of(130, inputs, width, [])
            whole = rows_times(batch, weight)
            for row in (0, 11, 12, 31, 47, 63, 64, 129):
                assert rows_times(batch[row : row + 1], weight).tobytes() == whole[row].tobytes()


@given(questions())
@example(example_of(1, 1, 1, [0, 1]))
@example(example_of(9, 1, 10, [0, 4, 9]))
@example(example_of(9, 785, 128, [0, 1, 5, 9]))
@settings(max_examples=40, deadline=None)
def test_each_row_has_the_same_bits_wherever_it_lies(
    question: tuple[np.ndarray, np.ndarray, list[int]],
) -> None:
    """Wherever in memory, too: what a kernel takes first must not depend on where a cache line begins."""
    batch, weight, cuts = question
    whole = each_row_times(batch, weight)
    np.testing.assert_allclose(whole, rows_times(batch, weight), rtol=0, atol=1e-12 * np.abs(whole).max())
    parts = [each_row_times(batch[low:high], weight) for low, high in pairwise(cuts)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    memory = np.empty(batch.shape[1] + 8)
    for offset in range(8):
        moved = memory[offset : offset + batch.shape[1]]
        moved[:] = batch[0]
        assert each_row_times(moved[np.newaxis], weight).tobytes() == whole[:1].tobytes()


def test_plain_products_would_break_the_law() -> None:
    """Else nothing here is needed: BLAS rounds one row alone differently."""
    differences = 0
    for seed in range(20):
        generator = np.random.default_rng(seed)
        batch, weight = generator.standard_normal((64, 300)), generator.standard_normal((30, 300))
        differences += (batch[:1] @ weight.T).tobytes() != (batch @ weight.T)[:1].tobytes()
    assert differences > 0


Multiply = Callable[[np.ndarray, np.ndarray, np.ndarray, int], None]
SHAPES = [(1, 3), (5, 7), (128, 784), (1, 30), (2, 2), (300, 300)]


def other_order(honest: Multiply, blocks: Container[int], last: int) -> Multiply:
    """Return a product that adds the other way round in the last rows of some blocks, as some BLAS do."""

    def multiply(inputs: np.ndarray, weight: np.ndarray, answer: np.ndarray, block: int) -> None:
        honest(inputs, weight, answer, block)
        if block in blocks:
            other = np.empty_like(answer)
            honest(np.ascontiguousarray(inputs[:, ::-1]), np.ascontiguousarray(weight[:, ::-1]), other, block)
            place = np.arange(len(answer)) % block >= block - last
            answer[place] = other[place]

    return multiply


@pytest.mark.parametrize(("width", "depth"), SHAPES)
def test_few_rows_that_are_added_in_another_order_are_found_out(
    width: int, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where blocks of 4 and 12 rows are summed in another order, few rows take other blocks."""
    monkeypatch.setattr(products, "_multiply_blocks", other_order(products._multiply_blocks, {4, 12}, 12))
    assert min(products._heights.__wrapped__(width, depth)) > 12
    assert products._heights.__wrapped__(4, 1) == (4, 12, 24, 64)  # one product, no order


@pytest.mark.parametrize("last", [1, 4, 17])
@pytest.mark.parametrize(("width", "depth"), SHAPES)
def test_rows_added_in_another_order_are_found_out(
    width: int, depth: int, last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenBLAS does so with AVX-512: a row alone would have other bits than the 61st of a batch."""
    before = products._heights.__wrapped__(width, depth)[-1]
    monkeypatch.setattr(
        products, "_multiply_blocks", other_order(products._multiply_blocks, {64, 48, 32}, last)
    )
    monkeypatch.setattr(products, "_heights", products._heights.__wrapped__)
    assert products._heights(width, depth)[-1] <= min(before, 24)
    batch, weight, _ = example_of(70, depth, width, [])
    whole = rows_times(batch, weight)
    for row in (0, 23, 30, 47, 63, 69):
        assert rows_times(batch[row : row + 1], weight).tobytes() == whole[row].tobytes()


@pytest.mark.parametrize("place", [0, 100, 252, 255])
@pytest.mark.parametrize(("width", "depth"), SHAPES)
def test_tall_blocks_added_in_another_order_are_found_out(
    width: int, depth: int, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row of the 256 is enough: then blocks of 64 are taken."""
    honest = products._multiply_blocks

    def multiply(inputs: np.ndarray, weight: np.ndarray, answer: np.ndarray, block: int) -> None:
        honest(inputs, weight, answer, block)
        if block == products._TALL:
            row, other = inputs[place : place + 1, ::-1], np.empty((1, len(weight)))
            honest(np.ascontiguousarray(row), np.ascontiguousarray(weight[:, ::-1]), other, 1)
            answer[place] = other

    monkeypatch.setattr(products, "_multiply_blocks", multiply)
    assert not products._tall_agrees.__wrapped__(width, depth) or depth < 3
    monkeypatch.setattr(products, "_tall_agrees", products._tall_agrees.__wrapped__)
    batch, weight, _ = example_of(300, depth, width, [])
    whole = rows_times(batch, weight)
    assert rows_times(batch[place : place + 1], weight).tobytes() == whole[place].tobytes()


@given(questions(), st.integers(-40, 40))
@settings(max_examples=40, deadline=None)
def test_a_power_of_two_on_the_weight_is_exact(
    question: tuple[np.ndarray, np.ndarray, list[int]], power: int
) -> None:
    batch, weight, _ = question
    expected = rows_times(batch, weight) * 2.0**power
    assert rows_times(batch, weight * 2.0**power).tobytes() == expected.tobytes()


@given(questions())
@settings(max_examples=20, deadline=None)
def test_entries_are_within_the_error_of_a_sum_in_any_order(
    question: tuple[np.ndarray, np.ndarray, list[int]],
) -> None:
    batch, weight, _ = question
    row, column = len(batch) - 1, len(weight) - 1
    terms = [Fraction(float(x)) * Fraction(float(w)) for x, w in zip(batch[row], weight[column], strict=True)]
    roundings = Fraction(len(terms), 2**53)
    bound = roundings / (1 - roundings) * sum(map(abs, terms))
    got = Fraction(float(rows_times(batch, weight)[row, column]))
    assert abs(got - sum(terms)) <= bound


@pytest.mark.parametrize(("inputs", "width"), [(1, 40_000), (40_000, 1), (33_000, 3)])
def test_long_rows_and_wide_weights_keep_the_law(inputs: int, width: int) -> None:
    """Long rows and wide weights keep the law in little memory."""
    batch, weight, _ = example_of(70, inputs, width, [])
    whole = rows_times(batch, weight)
    for row in (0, 63, 64, 69):
        assert rows_times(batch[row : row + 1], weight).tobytes() == whole[row].tobytes()
    np.testing.assert_allclose(whole, batch @ weight.T, rtol=0, atol=1e-13 * inputs)


@pytest.mark.parametrize(("inputs", "width"), [(1, 500_000), (500_000, 1)])
def test_one_long_row_takes_no_block_of_long_rows(inputs: int, width: int) -> None:
    batch, weight = np.ones((1, inputs)), np.ones((width, inputs))
    tracemalloc.start()
    assert rows_times(batch, weight).tolist() == [[float(inputs)] * width]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 2**20  # 64 rows of 500,000 numbers are 256 MB


def test_inputs_that_are_the_weight_get_the_bits_of_a_copy() -> None:
    """NumPy takes a symmetric product for a matrix times its own transpose."""
    square = np.random.default_rng(3).standard_normal((BLOCK, 200))
    assert rows_times(square, square).tobytes() == rows_times(square.copy(), square).tobytes()
    assert rows_times(square[:5], square).tobytes() == rows_times(square.copy(), square)[:5].tobytes()


def test_layout_in_memory_does_not_matter() -> None:
    batch, weight, _ = example_of(70, 40, 30, [])
    expected = rows_times(batch, weight).tobytes()
    assert rows_times(np.asfortranarray(batch), np.asfortranarray(weight)).tobytes() == expected
    wide = np.zeros((140, 80))
    wide[::2, ::2] = batch
    assert rows_times(wide[::2, ::2], weight).tobytes() == expected


def test_no_rows_give_no_rows() -> None:
    assert rows_times(np.empty((0, 3)), np.ones((2, 3))).shape == (0, 2)


def test_overflow_is_silent_and_stays_in_its_row() -> None:
    batch = np.array([[1e308, 1e308], [1.0, 2.0], [1e308, -1e308]])
    answer = rows_times(batch, np.array([[1.0, 1.0], [10.0, 10.0]]))
    assert answer[0, 0] == np.inf
    assert answer[1].tolist() == [3.0, 30.0]
    assert not np.isfinite(answer[2, 1])  # ∞ or NaN, by the order of the sum
