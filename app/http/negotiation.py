"""What a caller wants to get: the Accept header (RFC 9110 §12.5.1)."""

import re

_MOST = 64  # media types, and parameters of each; what comes after them is not looked at
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def prefers(accept: str, kind: str, other: str) -> bool:
    """Tell whether an Accept header prefers one media type to another, both in lower case.

    At the same quality the one that is named beats the one that a wildcard lets in, and `other` a tie.
    """
    if kind not in accept.lower():
        return False
    wanted = {kind: (0.0, 0), other: (0.0, 0)}
    for part in accept.lower().split(",", _MOST)[:_MOST]:
        pattern, *parameters = (piece.strip() for piece in part.split(";", _MOST)[:_MOST])
        for one, (_, known) in wanted.items():
            precise = {one: 3, one.partition("/")[0] + "/*": 2, "*/*": 1}.get(pattern, 0)
            if precise > known:
                wanted[one] = (quality(parameters), precise)
    return wanted[kind] > max(wanted[other], (0.0, 3))


def quality(parameters: list[str]) -> float:
    """Return how welcome something is, from 0 to 1, by what stands behind it."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q" and _QUALITY.fullmatch(value.strip()):
            return float(value)
    return 1.0
