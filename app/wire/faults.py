"""What can be wrong with the bytes of a request, before any mathematics."""

from collections.abc import Sequence
from typing import NamedTuple

from ..nn.errors import Fault, Place


class Finding(NamedTuple):
    """One thing wrong at one place; `kind` is the class of fault it would be alone."""

    at: Place
    detail: str
    kind: type[Fault]


class MalformedDocument(Fault):
    """Bytes that are not JSON at all: empty, truncated, not UTF-8."""


class InvalidRequest(Fault):
    """A document whose fields are not those that were asked for.

    `findings` is never empty; they are reported together, so that one round trip names every place.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].detail, findings[0].at)
        self.findings = tuple(findings)

    def __reduce__(self) -> tuple[type["InvalidRequest"], tuple[object, ...]]:
        """Return how another process makes this fault again."""
        return type(self), (self.findings,)
