"""Problem 3's derivations, each line read from its LaTeX and verified by SymPy in every entry."""

import pytest

from app.nn.identities.gradients import gradient_theta, gradient_w
from app.nn.identities.record import Identity
from tests.oracles.indices import equal, read


def equations(one: Identity) -> list[tuple[str, str]]:
    """The equations between neighbouring lines: "left = right" starts a chain, "= right" goes on."""
    found, before = [], ""
    for step in one.steps:
        left, _, right = step.latex.partition("= ")
        found.append((left.strip() or before, right))
        before = right
    return found


@pytest.mark.parametrize("one", [gradient_theta, gradient_w], ids=lambda one: one.name)
def test_every_line_holds_in_every_entry(one: Identity) -> None:
    for left, right in equations(one):
        assert equal(left, right), f"{left} = {right}"


@pytest.mark.parametrize("one", [gradient_theta, gradient_w], ids=lambda one: one.name)
def test_the_last_chain_is_the_statement(one: Identity) -> None:
    left = [step.latex.split(" = ")[0] for step in one.steps if not step.latex.startswith("= ")][-1]
    assert one.statement == f"{left} {one.steps[-1].latex}"
    assert equal(*one.statement.split(" = "))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (r"\frac{\partial \ell}{\partial a_{i}}", r"p_{i} - y_{i}"),
        (r"\frac{\partial \ell}{\partial \theta_{i}}", r"\left(y_{i} - s p_{i}\right) W x"),
        (r"\frac{\partial a_{j}}{\partial \theta_{i}}", r"W x"),
        (r"\frac{\partial \ell}{\partial W}", r"\Theta \left(p - y\right) x^{\top}"),
        (r"\frac{\partial \ell}{\partial W}", r"\theta_{i} x^{\top}"),
    ],
)
def test_a_false_line_would_be_noticed(left: str, right: str) -> None:
    assert not equal(left, right)


@pytest.mark.parametrize("formula", [r"\ell \ell_{q}", r"W_{u}", r"\cos x", r"p_{i", r"a_{i} ) a_{j}"])
def test_what_is_not_understood_is_refused(formula: str) -> None:
    with pytest.raises(SyntaxError):
        read(formula)


def test_they_have_no_curve_and_nothing_to_compute() -> None:
    for one in (gradient_theta, gradient_w):
        assert (one.curves, one.check, one.checked) == (None, None, "")
