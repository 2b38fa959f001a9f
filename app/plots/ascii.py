"""Words for a header, which holds ASCII only."""

import re
import unicodedata

LONGEST = 1000

_SPELLED = {
    "−": "-",
    "–": "-",
    "·": "*",
    "×": "x",
    "′": "'",
    "∂": "d",
    "ℓ": "l",
    "Θ": "Theta",
    "θ": "theta",
    "∞": "infinity",
    "±": "+-",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "⁻": "-",
    "…": "...",
}
_RAISED = {one: digit for one, digit in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)}

_OTHERS = re.compile("[^ -~]+")


def in_ascii(words: str) -> str:
    """Return the words in printable ASCII, at most 1,000 characters: "1.5×10⁻⁷" is "1.5x10^-7", "é" is "e".

    What has no such spelling becomes "?"; where words are left out at the end, "..." stands for them.
    """
    plain = " ".join(_OTHERS.sub(_respelled, words).split())
    if len(plain) <= LONGEST:
        return plain
    # With the character after the cut: what ends right there is a whole word.
    kept, _, _ = plain[: LONGEST - 2].rpartition(" ")
    return (kept or plain[: LONGEST - 3]) + "..."


def _respelled(run: re.Match[str]) -> str:
    parts = []
    raised = False
    for one in run[0]:
        now_raised = one in _RAISED or one == "⁻"
        if now_raised and not raised:
            parts.append("^")
        raised = now_raised
        parts.append(_SPELLED.get(one) or _RAISED.get(one) or _spelled(one))
    return "".join(parts)


def _spelled(one: str) -> str:
    decomposed = unicodedata.normalize("NFKD", one).encode("ascii", "ignore").decode()
    return decomposed if decomposed.isprintable() and decomposed else " " if one.isspace() else "?"
