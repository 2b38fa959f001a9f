"""What is answered about model files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...nn.networks.network import Network
from ...nn.networks.storage import StoredAs
from ...nn.words import plural
from .networks import NoteResult
from .text import weights_in_words


@dataclass(frozen=True, slots=True)
class SourceResult:
    """The file that was read."""

    format: str
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class ReadingResult:
    """The network in a file, what its weight and bias are called there, and what was assumed.

    `stored_as` is the type of its numbers, where the file tells it.
    """

    network: Network
    names: tuple[tuple[str | None, ...], ...]
    notes: tuple[NoteResult, ...]
    source: SourceResult
    stored_as: StoredAs | None = None

    def __str__(self) -> str:
        """Return what was read, all notes, and the network."""
        first = (
            f"{self.source.format}: {plural(len(self.network.layers), 'layer')}, sha256 {self.source.sha256}"
        )
        notes = [f"{one.pointer}: {one.detail}" for one in self.notes]
        return "\n".join([first, *notes, weights_in_words(self.network)])

    def _repr_latex_(self) -> str:
        return self.network._repr_latex_()


@dataclass(frozen=True, slots=True)
class SiteResult:
    """An operator with the activation, and what became of the factor before and after it."""

    graph: str
    node: str
    operator: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileConversionResult:
    """The new file's bytes and SHA-256, what is proven of it, and what was done where."""

    sha256: str
    certificate: dict[str, Any]
    sites: tuple[SiteResult, ...]
    body: bytes = b""

    def save(self, path: str | Path) -> Path:
        """Write the file and return its path."""
        file = Path(path)
        file.write_bytes(self.body)
        return file

    def __repr__(self) -> str:
        """Return what it is: the bytes say nothing to anybody."""
        sites = plural(len(self.sites), "site")
        return f"<an ONNX file of {len(self.body)} bytes, sha256 {self.sha256}, {sites}>"
