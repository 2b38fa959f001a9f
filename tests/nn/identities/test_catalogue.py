"""The list of identities: the sheet's, and two beyond it."""

import latex2mathml.converter
import pytest
from matplotlib.mathtext import MathTextParser

from app.nn.errors import UnknownName
from app.nn.identities.catalogue import IDENTITIES, identity, names
from app.nn.identities.record import Identity

PROBLEMS = {
    "softplus_derivative": "1a",
    "sigmoid_derivative": "1b",
    "tanh_as_sigmoid": "2a",
    "tanh_network_as_sigmoid_network": "2a",
    "no_step_network": "2b",
    "sigmoid_symmetry": None,
    "softplus_reflection": None,
}


def test_names_and_the_sheet_s_numbers() -> None:
    found = {one.name: one.problem for one in IDENTITIES}
    assert PROBLEMS.items() <= found.items()
    assert set(found) - set(PROBLEMS) <= {"gradient_theta", "gradient_w"}
    assert names() == tuple(found)
    for name in found:
        assert identity(name).name == name


def test_a_name_that_is_none() -> None:
    with pytest.raises(UnknownName, match="expected the name of an identity"):
        identity("pythagoras")


@pytest.mark.parametrize("one", IDENTITIES, ids=lambda one: one.name)
def test_latex2mathml_and_mathtext_read_everything(one: Identity) -> None:
    curves = one.curves or ()
    for written in (one.statement, *(step.latex for step in one.steps), *(curve.latex for curve in curves)):
        assert MathTextParser("path").parse(f"${written}$").width > 0
        mathml = latex2mathml.converter.convert(written)
        assert mathml.startswith("<math")
        assert "\\" not in mathml
