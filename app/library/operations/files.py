"""Operations on model files. onnx and h5py are loaded when the first file is read here, not before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from ...nn.errors import pointer
from ...nn.networks.conversion import Squashing
from ..results.files import FileConversionResult, ReadingResult, SiteResult, SourceResult
from ..results.networks import NoteResult
from .operation import Operation

File = str | PathLike[str] | bytes | bytearray | memoryview
"""A path, or what stands in a file."""


def bytes_of(file: File) -> bytes:
    """Return what stands in a file. Raises `OSError` where there is none."""
    return Path(file).read_bytes() if isinstance(file, str | PathLike) else bytes(file)


@contextmanager
def _needed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        raise ImportError(
            f"model files need {missing.name}, which is not installed: pip install onnx h5py"
        ) from missing


@dataclass(frozen=True, slots=True, eq=False)
class ReadOperation(Operation[ReadingResult]):
    """The network in a model file."""

    file: bytes
    activations: tuple[str, ...] | None = None

    path = "models/read"
    result = ReadingResult

    def parameters(self) -> Any:
        """Return the URL's parameters."""
        return {} if self.activations is None else {"activations": ",".join(self.activations)}

    def answer(self) -> ReadingResult:
        """Return the network.

        Raises `MalformedModel`, `UnsupportedModel` or `InvalidValue`, and `ImportError` without onnx.
        """
        with _needed():
            from ...files.reading import read_file
        found = read_file(self.file, self.activations)
        return ReadingResult(
            found.read.network,
            tuple(tuple(pair) for pair in found.read.names),
            tuple(NoteResult(pointer(("network", *one.at)), one.detail) for one in found.read.notes),
            SourceResult(found.format, sha256(self.file).hexdigest()),
            found.stored_as,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ConvertFileOperation(Operation[FileConversionResult]):
    """The ONNX file in which one activation stands for the other."""

    file: bytes
    to: Squashing
    shift: Literal["kept", "folded"] = "kept"

    path = "models/convert"
    result = FileConversionResult

    def parameters(self) -> Any:
        """Return the URL's parameters."""
        return {"to": self.to, "shift": self.shift}

    def answer(self) -> FileConversionResult:
        """Return the file.

        Raises `MalformedModel`, `UnsupportedModel`, `LimitExceeded` or `NothingToConvert`, and `ImportError`
        without onnx.
        """
        with _needed():
            from ...files.onnx.conversion import convert_file
        made = convert_file(self.file, self.to, self.shift)
        sites = tuple(SiteResult(**one) for one in made.report["sites"])
        certificate: dict[str, Any] = dict(made.report["certificate"])
        return FileConversionResult(made.report["sha256"], certificate, sites, made.body)
