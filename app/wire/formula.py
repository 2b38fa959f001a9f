"""Formulas on the wire: LaTeX as the mathematics writes it, and MathML that a browser draws by itself."""

import re
from functools import lru_cache

import latex2mathml.converter
from typing_extensions import TypedDict

# A function's name and its argument without brackets: TeX sets them apart, browsers write "ln2". Of a power,
# tanh², the exponent is no argument.
_APPLIED = re.compile(
    r"(?<!<msup>)(?<!<msub>)(?<!<msubsup>)(<mi>[a-z]{2,}</mi>)(?=<(?!/|mo|mrow><mo|mspace))"
)
_THIN_SPACE = r'\1<mspace width="0.167em"/>'


class Formula(TypedDict):
    """One formula, twice."""

    latex: str
    mathml: str


def formula(latex: str) -> Formula:
    """Return the formula in both forms."""
    return {"latex": latex, "mathml": mathml(latex)}


@lru_cache(maxsize=1024)
def mathml(latex: str) -> str:
    """Return the MathML of a formula, displayed as a block."""
    converted: str = latex2mathml.converter.convert(latex, display="block")
    return _APPLIED.sub(_THIN_SPACE, converted)
