"""Sums over all rows: Fractions judge, and neither files nor tasks nor formats show."""

import os
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.batch.blocks import BLOCK_ROWS, empty_sums
from app.batch.gradients import gradients_of
from app.batch.model import LossQuestion, SoftmaxModel, read_model
from app.batch.state import written_state
from app.nn.errors import NotFinite, Overflow
from app.nn.gradients import problem as closed_form
from app.nn.gradients.cross_entropy import losses_and_residuals
from app.nn.gradients.targets import prepare
from app.nn.networks.backpropagation import backpropagate, layer_factors
from tests.batch.work import job_of, layers_file, numbers, saved, softmax_file, state_of

ROWS = 2 * BLOCK_ROWS + 777
FORMS = ("npy", "safetensors", "parquet")


def exactly(left, right):
    """Return leftᵀ·right in Fractions."""
    left, right = (np.vectorize(Fraction, otypes=[object])(one) for one in (left, right))
    return left.T @ right


def quotients(values, count):
    return np.vectorize(lambda one: (one / count).numerator / (one / count).denominator, otypes=[float])(
        values
    )


def answers(job, cuts=()):
    return gradients_of(state_of(job, cuts), job.model)


def equal(one, other):
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


SIZES = st.integers(-60, 60)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 8), SIZES, SIZES, st.booleans(), st.sampled_from(["mean", "sum"]), st.integers(0, 99))
def test_exact_gradients_are_fractions_rounded_once(rows, size, other, cancelling, reduction, seed):
    """The logits too are exact sums rounded once; between, softmax is that of the service."""
    generator = np.random.default_rng(seed)
    W, Theta = generator.standard_normal((2, 3)) * 2.0**size, generator.standard_normal((2, 3)) * 2.0**other
    inputs = generator.standard_normal((rows, 3)) * 2.0 ** generator.integers(-size - 9, -size + 3)
    inputs *= 2.0**-other
    targets = generator.integers(0, 3, rows).astype(float)
    if cancelling:
        inputs = np.concatenate([inputs, -inputs])
        targets = np.concatenate([targets, targets])
    question = LossQuestion(reduction=reduction, exact=True)
    model = read_model(b'{"W": %s, "Theta": %s}' % tuple(str(one.tolist()).encode() for one in (W, Theta)))
    sums = empty_sums(model, question)
    model.add(sums, inputs, targets, question)
    found = model.answer(sums, len(inputs), question)

    logits = quotients(exactly(inputs.T, exactly(W, Theta)), 1)
    rows_of_targets = prepare(targets, inputs.shape, 3)
    _, losses, residuals = losses_and_residuals(logits, rows_of_targets)
    S = exactly(residuals, inputs)
    count = len(inputs) if reduction == "mean" else 1
    assert (found["W"] == quotients(exactly(Theta.T, S), count)).all()
    assert (found["Theta"] == quotients(exactly(W.T, S.T), count)).all()
    assert found["loss"] == quotients(np.array(sum(map(Fraction, losses)), dtype=object), count)


def test_exact_gradients_of_layers_are_fractions_rounded_once(tmp_path):
    matrix = numbers(40)
    job = job_of(saved(tmp_path / "a", matrix), model=layers_file(), exact=True)
    network = read_model(job.model).network
    inputs, targets = matrix[:, :-1].copy(), prepare(matrix[:, -1].copy(), (40, 5), 4)
    losses, factors = layer_factors(network, inputs, targets, "cross_entropy")
    each = backpropagate(network, inputs, targets, "cross_entropy", "none")
    found = answers(job)
    for index, (delta, below) in enumerate(factors):
        assert (delta[:, :, None] * below[:, None, :] == each.layers[index].weight).all()
        assert (found[f"layers.{index}.weight"] == quotients(exactly(delta, below), 40)).all()
    ones = np.ones((40, 1))
    assert (found["layers.0.bias"] == quotients(exactly(factors[0][0], ones), 40)[:, 0]).all()
    assert "layers.1.bias" not in found
    assert (losses == each.loss).all()


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("model", [softmax_file(), layers_file()], ids=["softmax", "layers"])
def test_bits_do_not_depend_on_tasks_files_and_formats(tmp_path, model, exact):
    matrix = numbers(ROWS)
    whole = saved(tmp_path / "whole", matrix)
    first = answers(job_of(whole, model=model, exact=exact))
    assert equal(answers(job_of(whole, model=model, exact=exact), cuts=(1, 2)), first)
    cuts = [0, 1, 777, 4096, 5000, ROWS]
    pieces = [
        saved(tmp_path / f"p{number}", matrix[start:stop], FORMS[number % 3])
        for number, (start, stop) in enumerate(pairwise(cuts))
    ]
    assert equal(answers(job_of(*pieces, model=model, exact=exact), cuts=(1,)), first)
    for form in FORMS[1:]:
        one = saved(tmp_path / "whole", matrix, form)
        assert equal(answers(job_of(one, model=model, exact=exact)), first)


@pytest.mark.parametrize("model", [softmax_file(), layers_file()], ids=["softmax", "layers"])
def test_exact_bits_do_not_depend_on_the_order_of_rows(tmp_path, model):
    matrix = numbers(ROWS)
    shuffled = np.random.default_rng(3).permutation(matrix)
    one, other = saved(tmp_path / "a", matrix), saved(tmp_path / "b", shuffled)
    assert equal(
        answers(job_of(one, model=model, exact=True)), answers(job_of(other, model=model, exact=True))
    )


def test_blocks_are_near_the_exact_sum(tmp_path):
    """Within γ₄₀₉₆·Σ|g||x|, doubled for the two factors behind, and what the logits' own rounding moves."""
    matrix = numbers(ROWS)
    name = saved(tmp_path / "a", matrix)
    blocks = answers(job_of(name, reduction="sum"))
    exact = answers(job_of(name, reduction="sum", exact=True))
    model = read_model(softmax_file())
    sizes = np.abs(matrix[:, :-1]).sum(axis=0)
    gamma = 4096 * 2.0**-53 / (1 - 4096 * 2.0**-53)
    bound = 4 * gamma * np.abs(model.Theta).sum(axis=1)[:, None] * sizes
    assert (np.abs(blocks["W"] - exact["W"]) <= bound).all()
    assert blocks["W"].tobytes() != exact["W"].tobytes()
    assert blocks["loss"] == pytest.approx(float(exact["loss"]), rel=1e-12)


@pytest.mark.parametrize("exact", [False, True])
def test_options_are_those_of_the_service(tmp_path, exact):
    matrix = numbers(300)
    weights = (0.5, 1.0, 2.0, 0.0)
    question = {"label_smoothing": 0.1, "class_weights": weights, "l2": 0.25, "reduction": "mean"}
    found = answers(job_of(saved(tmp_path / "a", matrix), exact=exact, **question))
    model = read_model(softmax_file())
    inputs = matrix[:, :-1].copy()
    targets = prepare(
        matrix[:, -1].copy(), inputs.shape, 4, label_smoothing=0.1, class_weights=np.array(weights)
    )
    problem = closed_form.Problem(model.W, model.Theta, inputs)
    expected = closed_form.penalised(problem, closed_form.gradients(problem, targets), 0.25)
    np.testing.assert_allclose(found["loss"], expected.loss, rtol=1e-13)
    np.testing.assert_allclose(found["W"], expected.W, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found["Theta"], expected.Theta, rtol=1e-12, atol=1e-14)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6), st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([np.nan, np.inf, -np.inf])
)
def test_a_number_that_is_not_finite_is_always_found(d, k, seed, number):
    """Blocks look at the logits alone: such a number shows there whatever it is multiplied by, zero too."""
    generator = np.random.default_rng(seed)
    W, Theta = generator.integers(-1, 2, (2, d)) * 1.5, generator.integers(-1, 2, (2, k)) * 2.0
    inputs = generator.standard_normal((generator.integers(1, 200), d)) * 10.0 ** generator.integers(
        -200, 200
    )
    row, column = int(generator.integers(len(inputs))), int(generator.integers(d))
    inputs[row, column] = number
    model = SoftmaxModel(W, Theta)
    for exact in (False, True):
        question = LossQuestion(exact=exact)
        with pytest.raises(NotFinite) as caught:
            model.add(empty_sums(model, question), inputs, np.zeros(len(inputs)), question)
        assert caught.value.at == ("inputs", row, column)


def test_squared_error_takes_one_column_as_numbers(tmp_path):
    generator = np.random.default_rng(0)
    matrix = generator.standard_normal((50, 3))
    model = b'{"layers": [{"weight": [[1.5, -0.25]], "activation": "identity"}]}'
    found = answers(job_of(saved(tmp_path / "a", matrix), model=model, loss="squared_error", exact=True))
    error = matrix[:, :2] @ [1.5, -0.25] - matrix[:, 2]
    np.testing.assert_allclose(found["layers.0.weight"][0], error @ matrix[:, :2] / 50, rtol=1e-12)


def test_a_sum_beyond_the_largest_float_is_told(tmp_path):
    matrix = np.column_stack([np.full((4, 2), 1e308), np.zeros(4)])
    model = b'{"W": [[1e-308, 0]], "Theta": [[0.0, 1.0]]}'
    name = saved(tmp_path / "a", matrix)
    mean = answers(job_of(name, model=model, exact=True))
    assert np.isfinite(mean["W"]).all() and np.abs(mean["W"]).max() > 1e307
    with pytest.raises(Overflow):
        answers(job_of(name, model=model, exact=True, reduction="sum"))


def test_exact_gradients_do_not_depend_on_the_kernel_of_blas(tmp_path):
    """Six runs in processes of their own, since the kernel is chosen when NumPy is imported.

    A processor that knows none of these kernels takes its own each time.
    """
    name = saved(tmp_path / "a", numbers(500, d=40))
    script = (
        "import sys; from hashlib import sha256; from app.batch.gradients import gradients_of\n"
        "from tests.batch.work import job_of, softmax_file, state_of\n"
        "for exact in (True, False):\n"
        "    job = job_of(sys.argv[1], model=softmax_file(d=40), exact=exact)\n"
        "    state = state_of(job); found = gradients_of(state, job.model)\n"
        "    told = found['W'].tobytes() + found['Theta'].tobytes()\n"
        "    print(sha256(told).hexdigest(), state.belonging.fingerprint)\n"
    )
    told = []
    for kernel in ("Haswell", "Sandybridge", "Prescott"):
        environment = {**os.environ, "OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": "1"}
        ran = subprocess.run(
            [sys.executable, "-c", script, name], env=environment, capture_output=True, text=True, check=True
        )
        told.append([line.split() for line in ran.stdout.splitlines()])
    assert len({exact for (exact, _), _ in told}) == 1
    assert len({mark for (_, mark), _ in told}) == 1
    # Different bits of blocks always show in the fingerprint.
    blocks = {tuple(block) for _, block in told}
    assert len(blocks) == len({mark for _, mark in blocks})


def test_equal_sums_are_equal_files(tmp_path):
    name = saved(tmp_path / "a", numbers(ROWS))
    one, other = (written_state(state_of(job_of(name), cuts)) for cuts in ((), (1, 2)))
    assert one == other
