"""A wrong name's problem says which activation is meant; no such name is an alias."""

import pytest

from app.nn.activations.catalogue import create, names
from app.nn.activations.spelling import _ELSEWHERE, meant, question
from app.nn.errors import UnknownName


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tansig", "tanh"),
        ("logsig", "sigmoid"),
        ("purelin", "identity"),
        ("linear", "identity"),
        ("logistic", "sigmoid"),
        ("swish", "silu"),
        ("Swish", "silu"),
        ("Tanh", "tanh"),
        ("LeakyReLU", "leaky_relu"),
        ("leakyrelu", "leaky_relu"),
        ("Hard Sigmoid", "hard_sigmoid"),
        ("ELU", "elu"),
        ("sigmod", "sigmoid"),
        ("quick_gelu", "silu"),
        ("geluu", "gelu"),
    ],
)
def test_meant_is_the_one_of_other_libraries_or_the_nearest(name: str, expected: str) -> None:
    assert expected in meant(name, names())
    with pytest.raises(UnknownName) as caught:
        create(name)
    assert expected in caught.value.detail
    assert "did you mean" in caught.value.detail


def test_meant_names_are_known_and_unambiguous() -> None:
    """Meant names are known and no known name is another one elsewhere."""
    assert {one for group in _ELSEWHERE.values() for one in group} <= set(names())
    assert not {one.replace("_", "") for one in names()} & set(_ELSEWHERE)
    for one in names():
        assert meant(one.upper().replace("_", ""), names()) == (one,)


def test_question_lists_all_where_nothing_is_near() -> None:
    """Question lists all where nothing is near and echoes nothing."""
    assert question("frobnicate", names()) == f"one of {', '.join(names())}"
    assert question("Shrink", names()) == "did you mean softshrink or hardshrink?"
    for hostile in ("", "x" * 100_000, "<script>", "\ud800", "ﬁ"):
        assert "x" * 100 not in question(hostile, names())
        assert "script" not in question(hostile, names())
