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
# Browsers hear of mathvariant on names only, not on numbers: a bold one is a letter of its own.
_BOLD = re.compile(r'<mn mathvariant="bold">(\d+)</mn>')
_BOLD_ZERO = 0x1D7CE
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
    return _APPLIED.sub(_THIN_SPACE, _BOLD.sub(_bold, converted))


def _bold(number: re.Match[str]) -> str:
    digits = "".join(chr(_BOLD_ZERO + int(digit)) for digit in number[1])
    return f"<mn>{digits}</mn>"
