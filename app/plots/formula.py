"""The few LaTeX commands of the identities' labels, as plain characters."""

import re

_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def plain(latex: str) -> str:
    r"""Return a label in plain characters: "2 \, s_1(2 x) - 1" is "2 s₁(2x) − 1"."""
    text = re.sub(r"_\{?(\d+)\}?", lambda found: found[1].translate(_LOWERED), latex)
    text = re.sub(r"\\(left|right)", "", text)
    text = re.sub(r"(\d) ([a-z])", r"\1\2", text.replace(r"\, ", "").replace(r"\,", ""))
    return text.replace("\\", "").replace("-", "−").replace("(−x", "(−x").replace("'", "′")
