"""The numbers of an explanation are the problem's, and its formulas read as MathML."""

import re
from fractions import Fraction

import latex2mathml.converter
import numpy as np
import pytest
from hypothesis import given, settings

from app.nn.activations.record import Floats
from app.nn.errors import LimitExceeded, Overflow
from app.nn.gradients.problem import Problem, gradients, penalised
from app.nn.gradients.targets import Labels
from app.nn.identities.explanation import explain, refuse_unreadable
from tests.nn.gradients.problems import SEEDS, extreme_case, random_case

NUMBER = re.compile(r"(-?[\d.]+)(?:\\times 10\^\{(-?\d+)\})?")


def read(text: str) -> float:
    mantissa, exponent = NUMBER.fullmatch(text.strip()).groups()
    return float(f"{mantissa}e{exponent or 0}")


def matrices(latex: str) -> list[Floats]:
    """Return the matrices of a formula, read from its LaTeX."""
    bodies = re.findall(r"\\begin\{pmatrix\} (.*?) \\end\{pmatrix\}", latex)
    return [
        np.array([[read(entry) for entry in row.split("&")] for row in body.split(r"\\")]) for body in bodies
    ]


def close(got: Floats, expected: Floats) -> None:
    np.testing.assert_allclose(got, expected, rtol=6e-6, atol=1e-300)


def test_every_number_is_the_problems():
    for seed in range(60):
        case = random_case(seed, largest=6)
        inputs = case.problem.rows[0]
        problem = Problem(case.problem.W, case.problem.Theta, inputs)
        targets = case.targets[:1]
        found = gradients(problem, targets)
        y = case.rows[0]
        steps = explain(problem, targets)
        hidden, weighted, largest, powers, soft, given, s, log_total, loss, g, by_theta, back, by_w = steps
        h, a = problem.W @ inputs, found.forward.logits
        p = found.forward.probabilities
        e = np.exp(a - a.max())
        for step, expected in (
            (hidden, [problem.W, inputs[:, None], h[:, None]]),
            (weighted, [problem.Theta.T, h[:, None], a[:, None]]),
            (powers, [e[:, None]]),
            (soft, [e[:, None], p[:, None]]),
            (given, [y[:, None]]),
            (g, [p[:, None], y[:, None], found.residuals[0][:, None]]),
            (by_theta, [h[:, None], found.residuals, found.Theta]),
            (
                back,
                [problem.Theta, found.residuals[0][:, None], (problem.Theta @ found.residuals[0])[:, None]],
            ),
            (by_w, [(problem.Theta @ found.residuals[0])[:, None], inputs[None], found.W]),
        ):
            for got, wanted in zip(matrices(step.latex), expected, strict=True):
                close(got, wanted)
        for step, number_ in (
            (largest, a.max()),
            (s, y.sum()),
            (log_total, a.max() + np.log(e.sum())),
            (loss, float(found.loss)),
        ):
            assert last(step.latex) == pytest.approx(number_, rel=6e-6, abs=1e-9)
        # The loss as the student adds it up, from the numbers that are shown.
        shown = re.findall(r"([^ =+]+) \\left\( (\S+) - (\S+) \\right\)", loss.latex)
        assert len(shown) == np.count_nonzero(y)
        total = sum(bare(target) * (bare(level) - bare(logit)) for target, level, logit in shown)
        assert total == pytest.approx(float(found.loss), rel=1e-4, abs=1e-4 * (1 + np.abs(a).max()))


def last(latex: str) -> float:
    return read(re.split(r"=|\\approx", latex)[-1])


def bare(text: str) -> float:
    return read(text.removeprefix(r"\left(").removesuffix(r"\right)"))


def test_rounded_numbers_are_only_approximately_equal():
    problem = Problem(np.array([[1.0, 2.0]]), np.array([[1.0, -1.0]]), np.array([3.0, 0.5]))
    labels = Labels(np.array([0]), np.ones(1))
    steps = explain(problem, labels)
    assert steps[0].latex == (
        r"W x = \begin{pmatrix} 1 & 2 \end{pmatrix} \begin{pmatrix} 3 \\ 0.5 \end{pmatrix}"
        r" = \begin{pmatrix} 4 \end{pmatrix}"
    )
    about = [r"\approx" in step.latex for step in steps]
    assert about == [False] * 3 + [True] * 2 + [False] * 2 + [True] * 6


def test_result_of_rounded_numbers_is_approximate():
    """0.333333 times 3 is not 1."""
    problem = Problem(np.array([[1 / 3]]), np.array([[2.0, 2.0]]), np.array([3.0]))
    labels = Labels(np.array([0]), np.ones(1))
    steps = explain(problem, labels)
    assert steps[0].latex.endswith(r"\approx \begin{pmatrix} 1 \end{pmatrix}")
    # Level logits give halves exactly; a softmax that only underflows to 0 and 1 is none.
    assert steps[4].latex.endswith(r" = \begin{pmatrix} 0.5 \\ 0.5 \end{pmatrix}")
    sure = Problem(np.array([[1.0]]), np.array([[800.0, 0.0]]), np.array([1.0]))
    assert r"\approx" in explain(sure, labels)[4].latex


def decimals(latex: str) -> list[list[list[Fraction]]]:
    """Return the matrices of a formula exactly as they are written."""
    bodies = re.findall(r"\\begin\{pmatrix\} (.*?) \\end\{pmatrix\}", latex)
    plain = [re.sub(r"\\times 10\^\{(-?\d+)\}", r"e\1", body) for body in bodies]
    return [
        [[Fraction(entry.strip()) for entry in row.split("&")] for row in body.split(r"\\")] for body in plain
    ]


@settings(max_examples=200)
@given(SEEDS)
def test_products_follow_from_what_is_written(seed):
    """Products follow from what is written and are equal only then."""
    case = extreme_case(seed)
    problem = Problem(case.problem.W, case.problem.Theta, case.problem.rows[0])
    targets = case.targets[:1]
    try:
        steps = explain(problem, targets)
    except Overflow:
        return
    assert not any(word in step.latex for step in steps for word in ("inf", "nan", "E+"))
    for index in (0, 1, 10, 11, 12):
        latex = steps[index].latex
        left, right, value = (np.array(one, dtype=object) for one in decimals(latex))
        product, size = left @ right, abs(left) @ abs(right)
        assert (abs(product - value) <= Fraction(1, 50_000) * size).all()
        if r"\approx" not in latex:
            assert (product == value).all()


@pytest.mark.parametrize(
    ("W", "Theta", "x", "label", "starts"),
    [
        ([1e16, 1.0, -1e16], [1.0, 2.0], [1.0, 1.0, 1.0], 0, ["= ( 1 )", r"= ( 1 \\ 2 )"]),
        ([1e200], [1e-300, 0.0], [1e200], 0, [r"= ( 1\times 10^{400} )", r"= ( 1\times 10^{100} \\ 0 )"]),
        ([1e-200], [1e300, 0.0], [1e-200], 1, [r"= ( 1\times 10^{-400} )", r"= ( 1\times 10^{-100} \\ 0 )"]),
        ([0.1, 0.2], [1.0, 1.0], [3.0, 1.0], 0, ["= ( 0.5 )", r"= ( 0.5 \\ 0.5 )"]),
    ],
)
def test_sums_and_products_are_exact_at_any_magnitude(W, Theta, x, label, starts):
    problem = Problem(np.array([W]), np.array([Theta]), np.array(x))
    steps = explain(problem, Labels(np.array([label]), np.ones(1)))
    for step, end in zip(steps, starts, strict=False):
        assert step.latex.replace(r"\begin{pmatrix}", "(").replace(r"\end{pmatrix}", ")").endswith(end)


def test_what_comes_of_a_softmax_that_underflowed_is_approximate():
    problem = Problem(np.array([[1.0]]), np.array([[800.0, 0.0]]), np.array([1.0]))
    steps = explain(problem, Labels(np.array([0]), np.ones(1)))
    assert all(r"\approx" in step.latex for step in steps[7:])


def test_logits_beyond_float64_are_refused():
    problem = Problem(np.array([[1e200]]), np.array([[1e200, 0.0]]), np.array([1e200]))
    with pytest.raises(Overflow) as caught:
        explain(problem, Labels(np.array([0]), np.ones(1)))
    assert caught.value.at == ("inputs",)


def test_a_confident_loss_is_explained_as_itself():
    problem = Problem(np.array([[1.0]]), np.array([[600.0, 0.0]]), np.array([1.0]))
    labels = Labels(np.array([0]), np.ones(1))
    loss = explain(problem, labels)[8]
    assert loss.latex.endswith(r"= 1 \left( 600 - 600 \right) \approx 2.6504\times 10^{-261}")


def test_every_step_reads_as_mathml():
    case = random_case(11)
    problem = Problem(case.problem.W, case.problem.Theta, case.problem.rows[0])
    for step in explain(problem, case.targets[:1]):
        mathml = latex2mathml.converter.convert(step.latex, display="block")
        assert mathml.startswith("<math")
        assert "\\" not in mathml
        assert step.reason


@pytest.mark.parametrize(
    ("W", "Theta", "inputs", "at"),
    [
        ((7, 2), (7, 2), (2,), ("W",)),
        ((2, 7), (2, 2), (7,), ("W",)),
        ((2, 2), (2, 7), (2,), ("Theta",)),
        ((2, 2), (2, 2), (2, 2), ("inputs",)),
    ],
)
def test_what_cannot_be_read_is_refused(W, Theta, inputs, at):
    with pytest.raises(LimitExceeded) as caught:
        refuse_unreadable(W, Theta, inputs)
    assert (caught.value.limit, caught.value.at) == ("explain", at)


def test_six_of_everything_is_explained():
    refuse_unreadable((6, 6), (6, 6), (1, 6))
    steps = list(explain(Problem(np.eye(6), np.eye(6), np.ones((1, 6))), np.eye(6)[:1]))
    assert steps and all(step.latex and step.reason for step in steps)


def test_rounding_of_equal_columns_is_written_as_nothing() -> None:
    """What rounding leaves of equal columns is written as nothing."""
    problem = Problem(
        np.array([[1.0, 2.0], [0.0, 1.0]]),
        np.array([[2.0, 2.0, 2.0], [-2.0, -2.0, 1.0]]),
        np.array([2.0, 1.0]),
    )
    steps = explain(problem, Labels(np.array([0]), np.ones(1)))
    assert steps[-2].latex.endswith(r"\approx \begin{pmatrix} 0 \\ 2.72833 \end{pmatrix}")
    assert r"10^{-" not in steps[-1].latex


def test_the_lines_of_a_penalty_end_in_its_gradients():
    for seed in range(12):
        case = random_case(seed)
        problem = Problem(case.problem.W, case.problem.Theta, case.problem.rows[0])
        targets = case.targets[:1]
        whole = penalised(problem, gradients(problem, targets), 0.3)
        plain, steps = explain(problem, targets), explain(problem, targets, 0.3)
        assert steps[: len(plain)] == plain
        loss, by_w, by_theta = steps[len(plain) :]
        assert last(loss.latex) == pytest.approx(float(whole.loss), rel=6e-6)
        close(matrices(by_w.latex)[-1], whole.W)
        close(matrices(by_theta.latex)[-1], whole.Theta)
        assert all(r"\mathrm" not in latex2mathml.converter.convert(one.latex) for one in steps)
