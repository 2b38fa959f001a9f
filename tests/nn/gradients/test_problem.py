"""The closed form against mpmath at 50 digits, its orders of products, and its edges."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from mpmath import mpf

from app.nn.errors import InvalidValue, NotFinite, Overflow, ShapeMismatch
from app.nn.gradients.problem import Problem, cost, forward, gradients
from app.nn.gradients.targets import Labels, prepare, sizes
from app.nn.gradients.trilinear import gathers, mixes
from tests.nn.gradients.problems import REDUCTIONS, SEEDS, Case, big, random_case
from tests.oracles import gradients as oracle


def demand_the_accuracy(case: Case) -> None:
    """10⁻¹⁴·(1 + max|a|) relative to the larger of the largest entry and the size of the factors."""
    problem, got = case.problem, gradients(case.problem, case.targets, case.reduction)
    logits = got.forward.logits
    allowed = 1e-14 * (1 + np.abs(logits).max())
    rows, y, k = problem.rows, case.rows, problem.classes
    if got.W.ndim == 3:
        parts = [
            (got.loss[n], got.W[n], got.Theta[n], rows[n : n + 1], y[n : n + 1]) for n in range(len(rows))
        ]
    else:
        parts = [(got.loss, got.W, got.Theta, rows, y)]
    for loss, W, Theta, x, t in parts:
        exact_loss, exact_w, exact_theta = oracle.closed_form(problem.W, problem.Theta, x, t, case.divisor)
        size = float(sizes(t).max())
        hidden = float(np.abs(x @ problem.W.T).max())
        assert abs(mpf(float(loss)) - exact_loss) <= allowed * max(abs(exact_loss), mpf(1e-300))
        for array, exact, factor in (
            (W, exact_w, size * np.abs(problem.Theta).max() * np.abs(x).max()),
            (Theta, exact_theta, size * hidden),
        ):
            largest = max(max(abs(entry) for entry in row) for row in exact)
            error = max(
                abs(mpf(float(value)) - entry)
                for values, entries in zip(array, exact, strict=True)
                for value, entry in zip(values, entries, strict=True)
            )
            assert error <= allowed * max(largest, mpf(float(factor)))
    assert got.residuals.shape == (len(rows), k)


@settings(max_examples=60)
@given(SEEDS)
def test_agrees_with_fifty_digits(seed):
    demand_the_accuracy(random_case(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000))
def test_agrees_with_fifty_digits_on_many(seed):
    demand_the_accuracy(random_case(seed, largest=12))


def test_a_confident_row_keeps_its_loss_and_its_gradient():
    problem = Problem(np.eye(2), np.diag([600.0, 1.0]), np.array([1.0, 0.0]))
    got = gradients(problem, prepare(np.array(0.0), (2,), 2))
    tiny = 2.6503965530043107e-261
    assert float(got.loss) == pytest.approx(tiny, rel=1e-15, abs=0)
    np.testing.assert_allclose(got.Theta, [[-tiny, tiny], [0, 0]], rtol=1e-15, atol=0)
    np.testing.assert_allclose(got.W, [[-600 * tiny, 0], [tiny, 0]], rtol=1e-15, atol=0)


# One shape for every pair of orders that the costs can choose.
ORDERS = [(40, 90, 5, 3), (40, 90, 5, 100), (100, 100, 100, 20), (100, 100, 100, 130), (7, 5, 60, 200)]


@pytest.mark.parametrize("shape", ORDERS)
def test_every_order_of_the_products_gives_the_textbook_form(shape):
    problem, targets = big(*shape)
    got = gradients(problem, targets, "mean")
    hidden = problem.rows @ problem.W.T
    logits = hidden @ problem.Theta
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    y = targets.dense(problem.classes)
    g = (y.sum(axis=1, keepdims=True) * p - y) / len(y)
    for part, expected in ((got.W, problem.Theta @ g.T @ problem.rows), (got.Theta, hidden.T @ g)):
        np.testing.assert_allclose(part, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_the_shapes_above_take_every_order():
    taken = {(mixes(h, d, k), gathers(h, d, k, n)) for h, d, k, n in ORDERS}
    assert taken == {(False, False), (False, True), (True, False), (True, True)}


@pytest.mark.parametrize("shape", ORDERS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_row_has_the_same_bits_alone_and_in_any_batch(shape, reduction):
    problem, targets = big(*shape)
    whole = forward(problem)
    each = gradients(problem, targets, "none")
    batch = gradients(problem, targets, reduction) if reduction != "none" else each
    if batch is not None:
        assert batch.forward.logits.tobytes() == whole.logits.tobytes()
        assert batch.forward.probabilities.tobytes() == whole.probabilities.tobytes()
    for row in (0, 1, len(targets.classes) - 1):
        for inputs in (
            problem.rows[row],
            problem.rows[row : row + 1],
            problem.rows[max(row - 1, 0) : row + 1],
        ):
            alone = forward(Problem(problem.W, problem.Theta, inputs))
            assert np.atleast_2d(alone.logits)[-1].tobytes() == whole.logits[row].tobytes()
            assert np.atleast_2d(alone.probabilities)[-1].tobytes() == whole.probabilities[row].tobytes()
        if each is not None:
            one = Problem(problem.W, problem.Theta, problem.rows[row : row + 1])
            lone = gradients(one, targets[row : row + 1], "none")
            assert lone.loss[0] == each.loss[row]
            assert lone.W[0].tobytes() == each.W[row].tobytes()
            assert lone.Theta[0].tobytes() == each.Theta[row].tobytes()


def test_rows_beyond_one_block_are_gathered():
    random = np.random.default_rng(2)
    problem = Problem(
        random.normal(size=(600, 6)), random.normal(size=(600, 5)), random.normal(size=(5000, 6))
    )
    targets = random.dirichlet(np.ones(5), 5000)
    got = gradients(problem, targets, "sum")
    parts = [
        gradients(Problem(problem.W, problem.Theta, problem.rows[rows]), targets[rows], "sum")
        for rows in (slice(0, 1234), slice(1234, 5000))
    ]
    assert float(got.loss) == pytest.approx(float(parts[0].loss + parts[1].loss), rel=1e-15)
    np.testing.assert_allclose(got.W, parts[0].W + parts[1].W, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.Theta, parts[0].Theta + parts[1].Theta, rtol=1e-9, atol=1e-9)


def test_one_input_and_a_batch_of_one_agree():
    problem, targets = big(4, 5, 3, 1)
    lone = Problem(problem.W, problem.Theta, problem.inputs[0])
    for reduction in REDUCTIONS:
        one, many = gradients(lone, targets, reduction), gradients(problem, targets, reduction)
        assert one.loss.shape == () and one.W.shape == (4, 5) and one.forward.logits.shape == (3,)
        assert many.loss.shape == ((1,) if reduction == "none" else ())
        np.testing.assert_allclose(np.reshape(many.W, (4, 5)), one.W, rtol=1e-15)
        np.testing.assert_allclose(np.reshape(many.Theta, (4, 3)), one.Theta, rtol=1e-15)


@pytest.mark.parametrize("shape", [(3, 4, 2, 5), (40, 90, 5, 100), (100, 100, 100, 20), (2, 2, 2, 1)])
@pytest.mark.parametrize(
    ("w", "theta", "x", "y"),
    [
        (900, 200, -1000, 0),
        (600, -1000, 500, -300),
        (0, 600, -700, 600),
        (600, -500, 600, -600),
        (0, 0, 0, 900),
    ],
)
def test_only_answers_overflow_never_what_is_on_the_way(shape, w, theta, x, y):
    problem, labels = big(*shape)
    moved = Problem(np.ldexp(problem.W, w), np.ldexp(problem.Theta, theta), np.ldexp(problem.inputs, x))
    plain = Problem(problem.W, np.ldexp(problem.Theta, w + theta + x), problem.inputs)
    logits = forward(plain).logits
    np.testing.assert_allclose(forward(moved).logits, logits, rtol=0, atol=1e-13 * np.abs(logits).max())
    for reduction in REDUCTIONS:
        got = gradients(moved, Labels(labels.classes, np.ldexp(labels.weights, y)), reduction)
        expected = gradients(plain, labels, reduction)
        np.testing.assert_allclose(got.loss, np.ldexp(expected.loss, y), rtol=1e-12)
        for part, other, power in ((got.W, expected.W, y - w), (got.Theta, expected.Theta, y + w + x)):
            other = np.ldexp(other, power)
            np.testing.assert_allclose(part, other, rtol=0, atol=1e-13 * np.abs(other).max())


def test_overflow_says_where():
    ones = np.ones((1, 1))
    with pytest.raises(Overflow) as caught:
        forward(Problem(1e200 * ones, 1e200 * ones, np.array([[1e-200], [1.0], [2.0]])))
    assert caught.value.at == ("inputs", 1)
    with pytest.raises(Overflow) as caught:
        forward(Problem(1e200 * ones, 1e200 * ones, np.array([1.0])))
    assert caught.value.at == ("inputs",)
    # Logits 0, gradients too large.
    W, Theta = 2.0**990 * np.array([[1.0, -1.0]]), np.array([[2.0**40, 0.0]])
    with pytest.raises(Overflow) as caught:
        gradients(Problem(W, Theta, np.full(2, 2.0**990)), Labels(np.array([1]), np.ones(1)))
    assert caught.value.at == ("W",)
    # A loss too large: the logits 1e308 and -1e308 are as far apart as no float64 tells.
    with pytest.raises(Overflow) as caught:
        gradients(
            Problem(ones, np.array([[1e308, -1e308]]), np.array([[0.0], [1.0]])),
            Labels(np.array([1, 1]), np.ones(2)),
        )
    assert caught.value.at == ("targets", 1)


def test_losses_that_only_together_are_too_large_have_a_mean():
    problem = Problem(np.ones((1, 1)), np.array([[1e308, 0.0]]), np.ones((4, 1)))
    labels = Labels(np.array([1, 1, 1, 1]), np.ones(4))
    assert gradients(problem, labels, "mean").loss == 1e308
    with pytest.raises(Overflow):
        gradients(problem, labels, "sum")


EYE = np.eye(2)


@pytest.mark.parametrize(
    ("arguments", "fault", "at"),
    [
        ((np.ones((2, 3)), np.ones((3, 2)), np.ones(3)), ShapeMismatch, ("Theta",)),
        ((np.ones((2, 3)), np.ones((2, 2)), np.ones(2)), ShapeMismatch, ("inputs",)),
        ((np.ones((2, 3)), np.ones((2, 2)), np.ones((0, 3))), ShapeMismatch, ("inputs",)),
        ((np.ones((2, 0)), np.ones((2, 2)), np.ones((1, 0))), ShapeMismatch, ("W",)),
        ((np.ones(2), np.ones((2, 2)), np.ones(2)), ShapeMismatch, ("W",)),
        ((EYE, EYE, np.array([[0.0, 1.0], [np.nan, 1.0]])), NotFinite, ("inputs", 1, 0)),
        ((EYE, np.array([[0.0, np.inf], [0.0, 0.0]]), np.ones(2)), NotFinite, ("Theta", 0, 1)),
    ],
)
def test_problems_that_do_not_fit_are_refused(arguments, fault, at):
    with pytest.raises(fault) as caught:
        Problem(*arguments)
    assert caught.value.at == at


@pytest.mark.parametrize(
    ("targets", "options", "fault", "at"),
    [
        (np.array([0.0, 3.0]), {}, InvalidValue, ("targets", 1)),
        (np.array([0.0, -1.0]), {}, InvalidValue, ("targets", 1)),
        (np.array([0.5, 1.0]), {}, InvalidValue, ("targets", 0)),
        (np.ones(3), {}, ShapeMismatch, ("targets",)),
        (np.ones((2, 2)), {}, ShapeMismatch, ("targets",)),
        (np.array(1.0), {}, ShapeMismatch, ("targets",)),
        (np.array([[1, 0, 0], [0, np.nan, 0]]), {}, NotFinite, ("targets", 1, 1)),
        (np.zeros(2), {"label_smoothing": 1.0}, InvalidValue, ("label_smoothing",)),
        (np.zeros(2), {"label_smoothing": -0.1}, InvalidValue, ("label_smoothing",)),
        (np.zeros(2), {"label_smoothing": np.nan}, InvalidValue, ("label_smoothing",)),
        (np.zeros(2), {"class_weights": np.ones(2)}, ShapeMismatch, ("class_weights",)),
        (np.zeros(2), {"class_weights": np.array([1, np.inf, 1])}, NotFinite, ("class_weights", 1)),
        (np.full((2, 3), 1e200), {"class_weights": np.array([1, 1e200, 1])}, Overflow, ("class_weights", 1)),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets, options, fault, at):
    with pytest.raises(fault) as caught:
        prepare(targets, (2, 5), 3, **options)
    assert caught.value.at == at


def test_cost_covers_what_is_made():
    for h, d, k, n in ORDERS:
        for reduction in (*REDUCTIONS, None):
            stated = cost((h, d), k, n, reduction)
            if reduction is None:
                answer = 2 * n * k
            else:
                pairs = n if reduction == "none" else 1
                answer = pairs * (h * (d + k) + 1) + 2 * n * k
            assert stated.answer == answer
            assert stated.intermediate >= n * k
            assert stated.multiply_adds >= n * k
    # Bodies of a million numbers that would need terabytes show it.
    assert cost((10**6, 1), 1, 10**6, "none").answer > 10**12


def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradients(Problem(EYE, 1e4 * EYE, np.array([[1.0, -1.0]])), np.array([[0.0, 0.0]]))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_one_input_has_the_bits_of_the_same_row_in_a_batch(reduction: str) -> None:
    """605 of 800 parts differed in their last bits, and in −0 against 0."""
    generator = np.random.default_rng(23)
    for shape in ((1, 1, 2), (3, 2, 4), (2, 40, 3), (5, 5, 1)):
        (h, d, k), rows = shape, 9
        W, Theta = generator.standard_normal((h, d)), generator.standard_normal((h, k))
        inputs = generator.standard_normal((rows, d)) * (generator.random((rows, d)) < 0.7)
        labels = generator.integers(0, k, rows).astype(float)
        each = gradients(Problem(W, Theta, inputs), prepare(labels, inputs.shape, k), "none")
        for row in range(rows):
            target = prepare(np.array(labels[row]), inputs[row].shape, k)
            alone = gradients(Problem(W, Theta, inputs[row]), target, reduction)  # type: ignore[arg-type]  # one
            assert alone.loss.shape == () and alone.loss.tobytes() == each.loss[row].tobytes()
            assert alone.W.tobytes() == each.W[row].tobytes()
            assert alone.Theta.tobytes() == each.Theta[row].tobytes()
            assert alone.forward.logits.tobytes() == each.forward.logits[row].tobytes()
