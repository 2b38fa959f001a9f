"""What networks answer: against mpmath, alone and in batches, finite or refused."""

import tracemalloc

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nn.activations.catalogue import create, names
from app.nn.errors import Overflow, ShapeMismatch
from app.nn.networks import evaluation
from app.nn.networks.evaluation import cost, evaluate, trace
from app.nn.networks.network import SOFTMAX, Layer, Network
from tests.oracles.networks import layer, random_network, two_layers, values_at


def test_the_sheets_network_by_hand() -> None:
    network = two_layers([[1.0, -1.0]], [0.5], [[2.0]], [1.0])
    assert evaluate(network, np.array([0.25, 0.75])).tolist() == [1.0]
    assert evaluate(network, np.array([[0.25, 0.75]] * 2)).tolist() == [[1.0], [1.0]]


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.sampled_from(["tanh", "sigmoid", "identity"]),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=30, deadline=None)
def test_values_agree_with_extended_precision(widths: list[int], kind: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, widths, [kind] * (len(widths) - 1))
    point = generator.standard_normal(widths[0])
    for got, exact in zip(evaluate(network, point), values_at(network, point), strict=True):
        assert abs(mp.mpf(float(got)) - exact) <= 1e-12 * (1 + abs(exact))


@pytest.mark.parametrize("name", [*names(), SOFTMAX])
def test_a_row_alone_has_the_bits_it_has_in_any_batch(name: str) -> None:
    generator = np.random.default_rng(len(name))
    hidden = create(name) if name != SOFTMAX else create("tanh")
    last = Layer(generator.standard_normal((5, 37)), None, create(name) if name != SOFTMAX else SOFTMAX)
    network = Network(
        [layer(generator.standard_normal((37, 11)), generator.standard_normal(37), hidden), last]
    )
    rows = generator.standard_normal((200, 11)) * 10.0 ** generator.integers(-3, 3, (200, 1))
    if name == "exponential":  # e^(e^x) overflows early
        rows *= 1e-4
    whole = evaluate(network, rows)
    for row in (0, 1, 63, 64, 130, 199):
        assert evaluate(network, rows[row]).tobytes() == whole[row].tobytes()
    assert (
        np.concatenate([evaluate(network, rows[:77]), evaluate(network, rows[77:])]).tobytes()
        == whole.tobytes()
    )


def test_rows_are_answered_in_blocks_of_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(np.random.default_rng(1), (3, 50, 2), ["tanh", "identity"])
    rows = np.random.default_rng(2).standard_normal((1000, 3))
    whole = evaluate(network, rows)
    for numbers in (50, 50 * 64, 50 * 200):
        monkeypatch.setattr(evaluation, "_NUMBERS_PER_BLOCK", numbers)
        assert evaluate(network, rows).tobytes() == whole.tobytes()


def test_wide_layers_need_no_memory_for_all_rows_at_once() -> None:
    network = two_layers(np.ones((100_000, 1)), None, np.ones((1, 100_000)), None, create("identity"))
    rows = np.ones((300, 1))  # the whole hidden layer would be 240 MB
    stated = cost(network, 300)
    tracemalloc.start()
    assert (evaluate(network, rows) == 1e5).all()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6
    assert stated.intermediate * 8 <= 16e6


def test_the_trace_goes_through_the_same_bits() -> None:
    network = random_network(np.random.default_rng(3), (4, 6, 5, 2), ["tanh", create("relu"), "sigmoid"])
    rows = np.random.default_rng(4).standard_normal((70, 4))
    steps = trace(network, rows)
    assert [step.preactivations.shape for step in steps] == [(70, 6), (70, 5), (70, 2)]
    assert steps[-1].activations.tobytes() == evaluate(network, rows).tobytes()
    alone = trace(network, rows[7])
    assert [step.activations.shape for step in alone] == [(6,), (5,), (2,)]
    for step, whole in zip(alone, steps, strict=True):
        assert step.preactivations.tobytes() == whole.preactivations[7].tobytes()


@pytest.mark.parametrize(
    ("inputs", "place"),
    [
        (np.array([1.0, 1e300]), ("inputs",)),
        (np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 1e300]]), ("inputs", 2)),
    ],
)
@pytest.mark.parametrize("ask", [evaluate, trace])
def test_overflow_names_the_row(ask: object, inputs: np.ndarray, place: tuple[object, ...]) -> None:
    network = two_layers([[1.0, 1e10]], [0.0], [[1.0]], [0.0])
    with pytest.raises(Overflow) as caught:
        ask(network, inputs)  # type: ignore[operator]  # either of the two
    assert caught.value.at == place
    assert "layer 0, unit 0" in caught.value.detail


def test_overflow_in_a_later_block_names_its_row() -> None:
    network = two_layers(np.ones((100_000, 1)), None, np.full((1, 100_000), 1e303), None, create("identity"))
    rows = np.zeros((40, 1))
    rows[33] = 1.0
    assert evaluation._block_height(network) < 33
    evaluate(network, rows)  # 1e5·1e303 is still within
    rows[33] = 2.0
    with pytest.raises(Overflow) as caught:
        evaluate(network, rows)
    assert caught.value.at == ("inputs", 33)


def test_non_finite_inputs_go_through_and_stay_in_their_row() -> None:
    network = two_layers([[1.0, 2.0]], [0.0], [[3.0]], [1.0])
    rows = np.array([[np.nan, 1.0], [np.inf, 1.0], [0.0, 0.0], [-np.inf, 0.0]])
    np.testing.assert_array_equal(evaluate(network, rows), [[np.nan], [4.0], [1.0], [-2.0]])


@pytest.mark.parametrize(
    "inputs", [np.ones(3), np.ones((2, 3)), np.ones((1, 2, 2)), np.array(1.0), np.empty((0, 2)), np.empty(0)]
)
@pytest.mark.parametrize("ask", [evaluate, trace])
def test_inputs_of_another_shape_are_refused(ask: object, inputs: np.ndarray) -> None:
    with pytest.raises(ShapeMismatch) as caught:
        ask(two_layers([[1.0, 1.0]], None, [[1.0]], None), inputs)  # type: ignore[operator]  # either of the two
    assert caught.value.at == ("inputs",)


def test_the_cost_is_stated_from_the_shapes() -> None:
    network = random_network(np.random.default_rng(0), (784, 128, 10), ["tanh", "identity"])
    stated = cost(network, 6400)
    assert stated.multiply_adds == 6400 * (784 * 128 + 128 * 10) + 30 * 6400 * 138
    assert stated.answer == 64_000
    assert stated.intermediate <= 2**20
    assert cost(network, 1).multiply_adds >= 64 * 784 * 128  # a row alone is filled up to a block
    traced = cost(network, 6400, traced=True)
    assert traced.intermediate == 6400 * 128
    assert traced.answer == 6400 * 10 + 2 * 6400 * 138
    expensive = two_layers(np.ones((10**6, 1)), None, np.ones((1, 10**6)), None)
    assert cost(expensive, 10**6).multiply_adds > 10**12
