"""Similarities and differences: what a teacher would accept, and nothing that the functions contradict."""

from itertools import combinations_with_replacement

import pytest

from app.nn.activations.catalogue import create, names
from app.nn.activations.comparison import Comparison, compare


def properties(comparison: Comparison) -> tuple[dict[str, str], dict[str, str]]:
    similarities = {one.property: one.statement for one in comparison.similarities}
    differences = {one.property: one.statement for one in comparison.differences}
    assert len(similarities) == len(comparison.similarities)
    assert len(differences) == len(comparison.differences)
    return similarities, differences


def test_softplus_and_relu_as_the_sheet_asks() -> None:
    similarities, differences = properties(compare(create("softplus"), create("relu")))
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


def test_sigmoid_and_heaviside_as_the_sheet_asks() -> None:
    similarities, differences = properties(compare(create("sigmoid"), create("heaviside")))
    assert similarities["left asymptote"] == "Both approach the line y = 0 as x → −∞."
    assert similarities["right asymptote"] == "Both approach the line y = 1 as x → +∞."
    assert similarities["monotonicity"] == "Both are non-decreasing."
    assert "at most 0.5 in size, at x = 0" in similarities["distance"]
    assert differences["continuity"] == "sigmoid is continuous; heaviside jumps at x = 0."
    assert differences["smoothness"] == "sigmoid is differentiable everywhere; heaviside has a jump at x = 0."
    assert differences["values"] == "sigmoid takes every value in (0, 1); heaviside takes 2 values only."
    assert "heaviside is flat wherever it has a derivative" in differences["steepness"]


@pytest.mark.parametrize(("first", "second"), list(combinations_with_replacement(names(), 2)))
def test_every_pair_gets_consistent_sentences(first: str, second: str) -> None:
    one, other = create(first), create(second)
    similarities, differences = properties(compare(one, other))
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
    _, differences = properties(compare(create("elu", alpha=1.0), create("elu", alpha=0.5)))
    assert differences["smoothness"] == (
        "The first is differentiable everywhere; the second has a kink at x = 0."
    )
