"""What work on some of the rows must have in common with work on the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from ..nn.errors import Fault


class StatesDiffer(Fault):
    """Work that does not belong together: of other data, networks or questions, of the same rows twice."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """Model and data as hashes, the question, the number of rows, the arithmetic.

    `seen` are places of the data, as hashes, with the versions of the files that were read there.
    """

    model: str
    data: str
    question: str
    rows: int
    fingerprint: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = (self.model, self.data, self.question, self.fingerprint, *self.seen, *self.seen.values())
        if type(self.rows) is not int or self.rows < 0 or not all(isinstance(one, str) for one in texts):
            raise TypeError("expected texts and a number of rows")

    def joined(self, other: "Belonging") -> "Belonging":
        """Return what work on the rows of both belongs to. Raises `StatesDiffer`."""
        refuse_difference(self, other)
        fingerprint = self.fingerprint or other.fingerprint
        return replace(self, fingerprint=fingerprint, seen={**self.seen, **other.seen})


def refuse_difference(one: Belonging, other: Belonging) -> None:
    """Raise `StatesDiffer` where the two may not be brought together."""
    said = {
        "model": "expected the same network",
        "data": "expected the same data: files of the same names, sizes, numbers of rows and contents",
        "question": "expected the same loss and options",
        "rows": "expected the same number of rows",
    }
    for name, sentence in said.items():
        if getattr(one, name) != getattr(other, name):
            raise StatesDiffer(sentence)
    if any(other.seen.get(place, version) != version for place, version in one.seen.items()):
        raise StatesDiffer("expected data files that have not changed since, nor their permissions or names")
    if one.fingerprint and other.fingerprint and one.fingerprint != other.fingerprint:
        raise StatesDiffer(
            "expected workers that round alike, which need one kind of CPU and one version of NumPy; "
            "gradients of W and Theta with --exact depend on the CPU far less"
        )


def hashed(body: bytes) -> str:
    """Return the SHA-256 of a body, in hexadecimal."""
    return sha256(body).hexdigest()
