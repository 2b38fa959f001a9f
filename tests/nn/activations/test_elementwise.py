"""Arrays of every shape and layout, non-finite numbers, silence and memory."""

import math
import tracemalloc
import warnings

import numpy as np
import pytest

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.activations.elementwise import BLOCK
from app.nn.activations.record import Activation
from tests.oracles.activations import CASES, Case, label
from tests.oracles.points import adversarial, unit

DEFAULTS = [pytest.param(factory(), id=factory.__name__) for factory in CATALOGUE]


def both(activation: Activation):
    return activation.evaluate, activation.derivative


@pytest.mark.parametrize("activation", DEFAULTS)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (7,), (3, 4), (2, 3, 4), (BLOCK + 1,), (3, BLOCK)])
def test_any_shape_gives_a_new_array_of_that_shape(activation: Activation, shape: tuple[int, ...]) -> None:
    inputs = np.random.default_rng(0).normal(0, 3, shape)
    inputs = np.asarray(inputs)
    before = inputs.copy()
    for function in both(activation):
        outputs = function(inputs)
        assert isinstance(outputs, np.ndarray)
        assert outputs.shape == shape
        assert outputs.flags.c_contiguous
        assert not np.shares_memory(inputs, outputs)
        np.testing.assert_array_equal(inputs, before)
        alone = [float(function(np.array([one]))[0]) for one in inputs.reshape(-1)[:20]]
        assert outputs.reshape(-1)[:20].tolist() == alone


@pytest.mark.parametrize("activation", DEFAULTS)
def test_layout_does_not_matter(activation: Activation) -> None:
    inputs = np.random.default_rng(1).normal(0, 3, (200, 300))
    for function in both(activation):
        expected = function(inputs)
        for other in (np.asfortranarray(inputs), np.repeat(inputs, 2, axis=1)[:, ::2], inputs[::-1][::-1]):
            np.testing.assert_array_equal(function(other), expected)


@pytest.mark.parametrize("activation", DEFAULTS)
def test_values_and_slopes_together_have_the_bits_of_each(activation: Activation) -> None:
    points = np.concatenate([adversarial(BLOCK // 8, seed=5), [np.nan, np.inf, -np.inf]])
    with np.errstate(over="ignore", under="ignore"):
        single = points.astype(np.float32)
    large = np.random.default_rng(5).normal(0, 3, (2, BLOCK))[:, ::-1]
    for inputs in (points, single, large, points[:0], np.array(0.5)):
        together = activation.evaluate_and_derive(inputs)
        for one, function in zip(together, both(activation), strict=True):
            alone = function(inputs)
            assert one.dtype == alone.dtype
            assert one.shape == alone.shape
            assert one.tobytes() == alone.tobytes()


@pytest.mark.parametrize("case", CASES, ids=label)
def test_the_ends_are_the_limits_and_nan_stays_nan(case: Case) -> None:
    name, parameters = case
    activation = create(name, **parameters)
    inputs = np.array([-np.inf, np.inf, np.nan, 0.5])
    values, slopes = activation.evaluate(inputs), activation.derivative(inputs)
    far = np.array([-1.7e308, 1.7e308])
    for i, (line, x) in enumerate(((activation.left, -math.inf), (activation.right, math.inf))):
        if line is None:
            continue
        assert values[i] == line.limit(x)
        assert slopes[i] == line.slope
        if math.isfinite(line.limit(x)) and unit(parameters) < 1e150:
            assert values[i] == pytest.approx(activation.evaluate(far)[i], abs=1e-300)
    assert np.isnan(values[2])
    assert np.isnan(slopes[2])
    assert values[3] == activation.evaluate(inputs[3:])[0]


def test_a_celu_without_asymptote_falls_ever_more_steeply() -> None:
    celu = create("celu", alpha=-2.0)
    ends = np.array([-np.inf, np.inf])
    assert celu.evaluate(ends).tolist() == [-np.inf, np.inf]
    assert celu.derivative(ends).tolist() == [np.inf, 1.0]
    assert celu.evaluate(np.array([-1e5, 1e5])).tolist() == [-np.inf, 1e5]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_silence_whatever_the_caller_listens_to(case: Case) -> None:
    name, parameters = case
    activation = create(name, **parameters)
    points = np.concatenate([adversarial(2000, seed=2), [np.nan, np.inf, -np.inf]])
    settings = np.geterr()
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in both(activation):
            answers = function(points)
            assert np.isnan(answers[-3])
            assert not np.isnan(answers[:-3]).any()
    assert np.geterr() == settings


@pytest.mark.parametrize("activation", DEFAULTS)
def test_memory_beyond_the_answer_does_not_grow(activation: Activation) -> None:
    inputs = np.random.default_rng(4).normal(0, 3, 2_000_000)
    inputs[::1001] *= 300
    for array in (inputs, inputs.reshape(1000, 2000).T, inputs.astype(np.float32)):
        for function in both(activation):
            tracemalloc.start()
            outputs = function(array)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak <= outputs.nbytes + 8 * 2**20


@pytest.mark.parametrize("case", CASES, ids=label)
def test_zero_keeps_its_sign_where_the_function_is_odd(case: Case) -> None:
    name, parameters = case
    activation = create(name, **parameters)
    if activation.odd:
        at_zero = activation.evaluate(np.array([-0.0, 0.0]))
        assert at_zero.tolist() == [0.0, 0.0]
        assert np.signbit(at_zero).tolist() == [True, False]
