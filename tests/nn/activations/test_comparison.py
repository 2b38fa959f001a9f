"""Similarities and differences: what a teacher would accept, and nothing that the functions contradict."""

import math
from itertools import combinations_with_replacement, pairwise

import pytest

from app.nn.activations.catalogue import create, names
from app.nn.activations.comparison import ActivationComparison, compare_activations, constant_parts
from tests.oracles.activations import CASES, Case, label, reference


def properties(comparison: ActivationComparison) -> tuple[dict[str, str], dict[str, str]]:
    similarities = {one.property: one.statement for one in comparison.similarities}
    differences = {one.property: one.statement for one in comparison.differences}
    assert len(similarities) == len(comparison.similarities)
    assert len(differences) == len(comparison.differences)
    return similarities, differences


def test_softplus_and_relu_as_the_sheet_asks() -> None:
    similarities, differences = properties(compare_activations(create("softplus"), create("relu")))
    assert similarities["left asymptote"] == "Both approach the line y = 0 as x → −∞."
    assert similarities["right asymptote"] == "Both approach the line y = x as x → +∞."
    assert similarities["lower bound"] == "Both are bounded below by 0."
    assert similarities["upper bound"] == "Both are unbounded above."
    assert similarities["convexity"] == "Both are convex."
    assert similarities["monotonicity"] == "Both are non-decreasing."
    assert similarities["continuity"] == "Both are continuous."
    assert similarities["distance"].startswith(
        "Their difference tends to 0 at both ends, at most 0.693147 in size"
    )
    assert differences["smoothness"] == "softplus is differentiable everywhere; relu has a kink at x = 0."
    assert differences["lower bound"] == "softplus never attains 0; relu attains 0."
    assert differences["value at 0"] == "softplus is 0.693147 at x = 0; relu is 0 at x = 0."
    assert differences["constant parts"] == (
        "softplus is constant on no interval; relu is constant, with derivative 0, for x < 0."
    )
    assert (
        differences["largest gap"]
        == "softplus is 0.693147 above relu at x = 0: nowhere are they farther apart."
    )


def test_sigmoid_and_heaviside_as_the_sheet_asks() -> None:
    similarities, differences = properties(compare_activations(create("sigmoid"), create("heaviside")))
    assert similarities["left asymptote"] == "Both approach the line y = 0 as x → −∞."
    assert similarities["right asymptote"] == "Both approach the line y = 1 as x → +∞."
    assert similarities["monotonicity"] == "Both are non-decreasing."
    assert "at most 0.5 in size, at x = 0" in similarities["distance"]
    assert differences["continuity"] == "sigmoid is continuous; heaviside jumps at x = 0."
    assert differences["smoothness"] == "sigmoid is differentiable everywhere; heaviside has a jump at x = 0."
    assert differences["values"] == "sigmoid takes every value in (0, 1); heaviside takes 2 values only."
    assert "heaviside is flat wherever it has a derivative" in differences["steepness"]
    assert differences["constant parts"] == (
        "sigmoid is constant on no interval;"
        " heaviside is constant, with derivative 0, for x < 0 and for x > 0."
    )
    assert (
        differences["largest gap"]
        == "sigmoid is 0.5 below heaviside at x = 0: nowhere are they farther apart."
    )


def test_two_that_differ_only_in_size_have_a_difference() -> None:
    _, differences = properties(compare_activations(create("tanh"), create("softsign")))
    assert list(differences) == ["largest gap"]
    assert (
        differences["largest gap"]
        == "tanh is 0.306305 above softsign at x = 1.61614: nowhere are they farther apart."
    )


def test_a_gap_that_is_approached_is_not_said_to_be_there() -> None:
    _, differences = properties(compare_activations(create("relu"), create("threshold", threshold=-1.0)))
    assert (
        differences["largest gap"]
        == "They approach a distance of 1 near x = −1: nowhere are they farther apart."
    )


def middle(low: float, high: float) -> float:
    """A point of an interval, not its middle: there a slope may happen to be 0."""
    if math.isinf(low):
        return high - 0.3 * (abs(high) or 1)
    return low + 0.3 * (abs(low) or 1) if math.isinf(high) else low + 0.3 * (high - low)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_what_is_constant_is_exactly_what_is_said_to_be(case: Case) -> None:
    activation = create(case[0], **case[1])
    slope = reference(case[0], dict(activation.parameters), True)
    parts = constant_parts(activation)
    corners = sorted({*activation.kinks, *(jump.at for jump in activation.jumps)})
    if corners:
        assert parts == [
            part for part in pairwise([-math.inf, *corners, math.inf]) if slope(middle(*part)) == 0
        ]
    else:
        assert not parts
        assert all(slope(x) != 0 for x in (-0.7, 0.3, 1.1))


@pytest.mark.parametrize(("first", "second"), list(combinations_with_replacement(names(), 2)))
def test_every_pair_gets_consistent_sentences(first: str, second: str) -> None:
    one, other = create(first), create(second)
    similarities, differences = properties(compare_activations(one, other))
    for sentence in (*similarities.values(), *differences.values()):
        assert sentence.endswith(".")
        assert "nan" not in sentence
        assert "inf" not in sentence.replace("infinitely", "")
    assert ("convexity" in similarities) == (one.convex == other.convex)
    assert ("monotonicity" in differences) == (one.monotone != other.monotone)
    assert ("left asymptote" in similarities) == (one.left == other.left)
    assert ("right asymptote" in differences) == (one.right != other.right)
    assert ("smoothness" in similarities) == ((one.kinks, one.jumps) == (other.kinks, other.jumps))
    assert ("continuity" in differences) == (one.jumps != other.jumps)
    assert ("steepness" in similarities) == (one.lipschitz == other.lipschitz)
    if first == second:
        assert not differences
        assert similarities["distance"] == "They are the same function."


def test_two_of_one_name_are_told_apart() -> None:
    _, differences = properties(compare_activations(create("elu", alpha=1.0), create("elu", alpha=0.5)))
    assert differences["smoothness"] == (
        "The first is differentiable everywhere; the second has a kink at x = 0."
    )


@pytest.mark.parametrize(
    ("beta", "said"),
    [
        (1.75, "They are the same function."),
        (math.nextafter(1.75, 2.0), "Nowhere do they differ by more than the rounding of their values."),
    ],
)
def test_the_same_function_is_said_of_no_other(beta: float, said: str) -> None:
    similarities, _ = properties(
        compare_activations(create("softplus", beta=1.75), create("softplus", beta=beta))
    )
    assert similarities["distance"] == said
