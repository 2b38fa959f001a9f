"""Formulas on the wire."""

import xml.etree.ElementTree as ET

import pytest

from app.wire.formula import formula

MATHML = "{http://www.w3.org/1998/Math/MathML}"


@pytest.mark.parametrize("latex", [r"\frac{1}{1 + e^{-x}}", r"x \;\text{for}\; x > 0", "0"])
def test_mathml_is_well_formed_and_a_block(latex: str) -> None:
    written = formula(latex)
    assert written["latex"] == latex
    root = ET.fromstring(written["mathml"])
    assert root.tag == f"{MATHML}math"
    assert root.get("display") == "block"


def test_a_fraction_is_a_fraction_and_relations_are_escaped() -> None:
    assert ET.fromstring(formula(r"\frac{1}{2}")["mathml"]).find(f".//{MATHML}mfrac") is not None
    text = "".join(ET.fromstring(formula("x < 1")["mathml"]).itertext())
    assert text.replace(" ", "") == "x<1"


def spaces(latex: str) -> int:
    return len(ET.fromstring(formula(latex)["mathml"]).findall(f".//{MATHML}mspace"))


def test_function_stands_apart_from_a_bare_argument():
    """Browsers put nothing between them: it read ln2.16."""
    assert [spaces(one) for one in (r"\ln 2.16", r"\ln p_{j}", r"\ln \frac{1}{2}", r"\tanh x")] == [1] * 4
    assert [spaces(one) for one in (r"\ln(x)", r"\ln \left(1 + x\right)", r"e^{\ln}", r"a b")] == [0] * 4


def test_a_power_of_a_function_keeps_its_two_parts() -> None:
    """A space between them made a third, which no browser draws."""
    for latex in (r"\tanh^{2}\left(x\right)", r"1 - \tanh^{2} x", r"\log_{2} x"):
        parts = ET.fromstring(formula(latex)["mathml"]).iter()
        assert [len(one) for one in parts if one.tag in (f"{MATHML}msup", f"{MATHML}msub")] == [2]


def test_a_bold_number_is_a_letter_of_its_own() -> None:
    """Browsers set <mn mathvariant="bold"> as a plain number: the vector of ones looked like the number 1."""
    assert "<mn>\U0001d7cf</mn>" in formula(r"W_2 \mathbf{1}")["mathml"]
    assert "<mn>\U0001d7cf\U0001d7ce</mn>" in formula(r"\mathbf{10}")["mathml"]
    assert "<mn>1</mn>" in formula("1")["mathml"]
