"""Which name or path someone may have meant by a path that names nothing."""

import difflib
import re
from collections.abc import Mapping

from ..nn.activations.catalogue import names
from ..nn.activations.spelling import question
from ..nn.errors import InvalidValue, UnknownName
from ..wire.faults import Finding

_OF_AN_ACTIVATION = re.compile(r"/v1/activations/([^/]+)(?:/plot\.\w+)?")
_LONGEST = 100  # letters of a path that may be a misspelt one; comparing takes some milliseconds
_ALIKE = 0.68  # of 1; below it nothing is said


Served = Mapping[str, list[str]]
"""Every path that leads somewhere, with its methods."""


def nearest(path: str, served: Served) -> tuple[Finding, ...]:
    """Return what was expected instead of an unknown path, nothing where it resembles no other."""
    found = _OF_AN_ACTIVATION.fullmatch(path)
    if found is not None and found[1] not in names() and not found[1].startswith("plot."):
        detail = f"expected the name of an activation: {question(found[1], names())}"
        return (Finding((), detail, UnknownName),)
    meant = _meant(path, served) if len(path) <= _LONGEST else None
    if meant is None:
        return ()
    asked = f"{' or '.join(sorted(served[meant]))} {meant}"
    return (Finding((), f"expected a path that is served: did you mean {asked}?", InvalidValue),)


def _meant(path: str, served: Served) -> str | None:
    plain = "/" + "/".join(part for part in path.lower().split("/") if part)
    if plain in served and plain != path:
        return plain
    known = {name for name in names() if f"/{name}" in plain}
    # Of the paths of each activation those count alone whose name is in the path.
    among = [one for one in served if not (own := _activation_in(one)) or own in known]
    return next(iter(difflib.get_close_matches(plain, among, n=1, cutoff=_ALIKE)), None)


def _activation_in(path: str) -> str:
    found = _OF_AN_ACTIVATION.fullmatch(path)
    return found[1] if found is not None and found[1] in names() else ""
