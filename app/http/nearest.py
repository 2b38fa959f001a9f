"""Which name someone may have meant by a path that names nothing."""

import re

from ..nn.activations.catalogue import names
from ..nn.activations.spelling import question
from ..nn.errors import UnknownName
from ..wire.faults import Finding

_OF_AN_ACTIVATION = re.compile(r"/v1/activations/([^/]+)(?:/plot\.\w+)?")


def nearest(path: str) -> tuple[Finding, ...]:
    """Return what was expected instead of a name that is none, nothing where that is not what is wrong."""
    found = _OF_AN_ACTIVATION.fullmatch(path)
    if found is None or found[1] in names() or found[1].startswith("plot."):
        return ()
    return (Finding((), f"expected the name of an activation: {question(found[1], names())}", UnknownName),)
