"""The formulas say what the functions compute, and every reader understands them."""

import latex2mathml.converter
import pytest
from matplotlib.mathtext import MathTextParser
from mpmath import mp, mpf

from app.nn.activations import formula
from app.nn.activations.catalogue import create
from tests.oracles import latex
from tests.oracles.activations import CASES, Case, label, reference
from tests.oracles.points import unit

POINTS = (
    -7.5,
    -6.0,
    -3.0,
    -2.0,
    -1.7,
    -1.0,
    -0.5,
    -0.3,
    0.0,
    0.2,
    0.5,
    1.0,
    1.5,
    1.7,
    2.0,
    3.0,
    3.5,
    4.0,
    6.0,
    8.0,
)


@pytest.mark.parametrize("derivative", [False, True], ids=["value", "derivative"])
@pytest.mark.parametrize("case", CASES, ids=label)
def test_the_formula_says_what_the_function_computes(case: Case, derivative: bool) -> None:
    name, parameters = case
    activation = create(name, **parameters)
    written = activation.derivative_latex if derivative else activation.latex
    with mp.workprec(240):
        exact = reference(name, dict(activation.parameters), derivative)
        for point in POINTS:
            x = point * min(unit(parameters), 1e300)
            read = latex.evaluate(written, mpf(x))
            # Decimals of the formula stand for doubles (0.01), and selu's are rounded.
            assert abs(read - exact(x)) <= mpf(2) ** -45 * max(abs(read), abs(exact(x)) * 2) + mpf(2) ** -1070


@pytest.mark.parametrize("case", CASES, ids=label)
def test_latex2mathml_and_mathtext_read_them(case: Case) -> None:
    name, parameters = case
    activation = create(name, **parameters)
    for written in (activation.latex, activation.derivative_latex):
        assert MathTextParser("path").parse(f"${written}$").width > 0
        mathml = latex2mathml.converter.convert(written)
        assert mathml.startswith("<math")
        assert "\\" not in mathml


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.01, "0.01"),
        (1e-5, "10^{-5}"),
        (-1e-5, "-10^{-5}"),
        (1.5e-7, r"1.5 \times 10^{-7}"),
        (1e300, "10^{300}"),
        (123456.0, "123456"),
        (5e-324, r"5 \times 10^{-324}"),
    ],
)
def test_numbers_are_written_without_e_notation(value: float, written: str) -> None:
    assert formula.number(value) == written
    assert latex.evaluate(written, mpf(0)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "parameters", "places"),
    [
        ("threshold", {"threshold": -1.23456789}, "the jump −1.23456789 is"),
        ("threshold", {"threshold": 2.0, "value": 2.0}, "the kink 2 is"),
        ("hard_tanh", {}, "the kinks −1 and 1 is"),
        ("hard_tanh", {"min_val": -0.0, "max_val": 1e-9}, "the kinks 0 and 1×10⁻⁹ is"),
        ("softshrink", {"lambd": 0.1234567890123}, "the kinks ±0.1234567890123 is"),
        ("hardshrink", {"lambd": 1234567.0}, "the jumps ±1234567 is"),
    ],
)
def test_conventions_name_the_places_to_the_last_digit(
    name: str, parameters: dict[str, float], places: str
) -> None:
    assert places in create(name, **parameters).conventions


def test_multiples_leave_one_unwritten() -> None:
    assert [formula.multiple(value, "x") for value in (1.0, -1.0, 0.0, 2.5)] == ["x", "-x", "0", r"2.5 \, x"]


@pytest.mark.parametrize(
    ("name", "parameters", "formula"),
    [
        ("softplus", {"beta": -1.0}, r"-\ln\left(1 + e^{-x}\right)"),
        ("softplus", {"beta": -2.0}, r"-\frac{1}{2} \ln\left(1 + e^{-2 \, x}\right)"),
        ("celu", {"alpha": -1.0}, r"-\left(e^{-x} - 1\right)"),
        ("celu", {"alpha": -1.5}, r"-1.5 \, \left(e^{-\frac{x}{1.5}} - 1\right)"),
    ],
)
def test_no_sign_stands_under_a_fraction_s_bar(name: str, parameters: dict[str, float], formula: str) -> None:
    assert formula in create(name, **parameters).latex
