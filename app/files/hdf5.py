"""HDF5 of strangers: hard links only, nothing from other files, each array bounded before it is read."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from ..nn.errors import LimitExceeded
from .errors import MalformedModel, UnsupportedModel
from .hdf5_texts import longest_texts, refuse_endless_heaps
from .limits import limits

MAGIC = b"\x89HDF\r\n\x1a\n"
_MOST_OBJECTS = 2_000
_MOST_LEVELS = 16
_FILTERS = frozenset({"gzip", None})
_OF_BROKEN_FILES = (
    OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, OverflowError, MemoryError
)  # fmt: skip
"""What the library raises of them, seen in files that were mutated."""


class Hdf5:
    """The datasets and attributes of a file, found by walking it from its root."""

    def __init__(self, root: h5py.Group, body: bytes) -> None:
        self._datasets: dict[str, h5py.Dataset] = {}
        self._groups: dict[str, h5py.Group] = {"": root}
        self._objects = 0
        self._body = body
        self._longest: dict[str, int] = {}
        self._left = self._most = limits().unpacked_bytes
        self._walk(root, "", 0)

    @property
    def paths(self) -> list[str]:
        """The paths of all datasets, without a slash before."""
        return list(self._datasets)

    @property
    def groups(self) -> list[str]:
        """The paths of all groups; the root's is empty."""
        return list(self._groups)

    def _walk(self, group: h5py.Group, path: str, level: int) -> None:
        if level > _MOST_LEVELS:
            raise UnsupportedModel(f"expected at most {_MOST_LEVELS} levels of groups")
        for name in group:
            self._objects += 1
            if self._objects > _MOST_OBJECTS:
                raise UnsupportedModel(f"expected at most {_MOST_OBJECTS} objects in the file")
            # A soft or external link may lead out of the file.
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise UnsupportedModel("expected a file of hard links only: others may lead to other files")
            found = group[name]
            inside = f"{path}/{name}".lstrip("/")
            if isinstance(found, h5py.Group):
                self._groups[inside] = found
                self._walk(found, inside, level + 1)
            elif isinstance(found, h5py.Dataset):
                self._datasets[inside] = found

    def array(self, path: str) -> npt.NDArray[Any]:
        """Return the numbers of a dataset. Raises `UnsupportedModel`, and `LimitExceeded` for too many."""
        dataset = self._datasets.get(path)
        if dataset is None:
            raise UnsupportedModel("expected a file that holds the weights of each of its layers")
        if dataset.is_virtual or dataset.external:
            raise UnsupportedModel("expected arrays that lie in the file itself")
        if dataset.dtype.kind not in "fiu" or dataset.dtype.itemsize > 8:
            raise UnsupportedModel("expected arrays of numbers")
        chunk = dataset.chunks or (1,)
        if dataset.compression not in _FILTERS or np.prod(chunk, dtype=object) * 8 > self._most:
            raise UnsupportedModel("expected arrays that are not compressed, or by gzip in small chunks")
        if int(dataset.nbytes) > self._left:
            raise LimitExceeded(
                "model_unpacked_bytes", f"expected at most {self._most} bytes of arrays, got more"
            )
        self._left -= int(dataset.nbytes)
        return np.asarray(dataset[()])

    def text(self, path: str, name: str) -> str | None:
        """Return an attribute of a group that is a text, if it is given."""
        found = self.texts(path, name)
        if len(found) > 1:
            raise UnsupportedModel("expected one text, got several")
        return found[0] if found else None

    def texts(self, path: str, name: str) -> list[str]:
        """Return an attribute of a group that is a list of texts.

        Raises `UnsupportedModel` for others, `LimitExceeded` before too long ones are read.
        """
        group = self._groups.get(path)
        if group is None or name not in group.attrs:
            return []
        kind = group.attrs.get_id(name)
        told = h5py.check_string_dtype(kind.dtype)
        if told is None:
            raise UnsupportedModel("expected attributes that are texts")
        most = limits().text_bytes
        if told.length is not None:
            length = told.length * prod(kind.shape)
        else:
            if name not in self._longest:
                self._longest[name] = longest_texts(self._body, name)
            length = self._longest[name]
        if length > most:
            raise LimitExceeded("model_text_bytes", f"expected at most {most} bytes of texts, got more")
        values = np.asarray(group.attrs[name]).reshape(-1).tolist()
        return [one.decode("utf-8") if isinstance(one, bytes) else str(one) for one in values]


@contextmanager
def opened(body: bytes) -> Iterator[Hdf5]:
    """Open a file that is at hand as a whole; what the library finds wrong is `MalformedModel`."""
    _refuse_other_widths(body)
    refuse_endless_heaps(body)
    try:
        with h5py.File(io.BytesIO(body), "r") as file:
            yield Hdf5(file, body)
    except _OF_BROKEN_FILES:
        raise MalformedModel("expected an HDF5 file that is whole") from None


def _refuse_other_widths(body: bytes) -> None:
    """Refuse a file whose addresses and lengths have not 8 bytes, as all libraries write them."""
    version = body[len(MAGIC) : len(MAGIC) + 1]
    place = 13 if version in (b"\0", b"\1") else 9
    if not body.startswith(MAGIC) or body[place : place + 2] != b"\x08\x08":
        raise MalformedModel("expected an HDF5 file whose addresses and lengths have 8 bytes")
