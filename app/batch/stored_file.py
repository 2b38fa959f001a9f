"""Files where they lie: on a disk of this machine, or behind a URL."""

import os
import platform
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..files.errors import MalformedModel
from .remote import UnreachableFile, has_suffix, is_url, listed, reached, url_path

_PIECE = 4096
_PIECES = 16

# What storage says of a file that tells its contents from others; else what changes when it is written.
_CONTENTS = ("ETag", "etag", "e_tag", "md5Hash", "content_md5", "Content-MD5", "crc32c", "Digest", "sha256")
_TIMES = ("generation", "LastModified", "Last-Modified", "last_modified", "mtime", "updated", "created")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file by its absolute path or its URL."""

    address: str

    @property
    def is_here(self) -> bool:
        """Whether it has a path on this machine."""
        return not is_url(self.address)

    @property
    def name(self) -> str:
        """The last part of the path, without what a URL asks."""
        return Path(self.address).name if self.is_here else url_path(self.address).name

    @property
    def suffix(self) -> str:
        """The end of the name, as .npy."""
        return Path(self.name).suffix

    def size(self) -> int:
        """Return the number of bytes. Raises `UnreachableFile`, or `OSError` for a path."""
        if self.is_here:
            found = os.stat(self.address)
            if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for who writes it
                raise UnreachableFile("expected a file whose bytes have places, got a device, pipe or folder")
            return found.st_size
        size = self._told().get("size")
        if not isinstance(size, int):
            raise UnreachableFile("expected a server that says how many bytes the file has")
        return size

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to before `stop`.

        Raises `MalformedModel` where the file ends before, `UnreachableFile`, or `OSError` for a path.
        """
        return self.numbers(np.dtype(np.uint8), stop - start, [start]).tobytes()

    def numbers(self, dtype: np.dtype[Any], count: int, offsets: Sequence[int]) -> npt.NDArray[Any]:
        """Return so many numbers from each offset on, (offsets, count). Raises as `read`."""
        bytes_each = count * dtype.itemsize
        if not self.is_here:
            parts = self._ranges([(offset, offset + bytes_each) for offset in offsets])
            if any(len(part) != bytes_each for part in parts):
                raise MalformedModel(
                    "expected a file that stays as it is, on a server that sends ranges of bytes"
                )
            return np.frombuffer(b"".join(parts), dtype).reshape(len(offsets), count)
        found = np.empty((len(offsets), count), dtype)
        with open(self.address, "rb") as file:
            for row, offset in zip(found, offsets, strict=True):
                file.seek(offset)
                if file.readinto(row.view(np.uint8).data) != bytes_each:
                    raise MalformedModel("expected a file that stays as it is, got its end too early")
        return found

    def source(self) -> Any:
        """Return what libraries open: the path, or an open file. Raises as `size`."""
        self.size()
        return self.address if self.is_here else reached(self.address, lambda fs, path: fs.open(path, "rb"))

    def version(self) -> str:
        """Return what changes with every change of the file, though size and time were set back.

        On this machine that is its number and when its entry was changed, which programs cannot choose; a
        bucket's is its hash of the contents, or else its time.
        """
        if self.is_here:
            found = os.stat(self.address)
            return repr((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
        told = self._told()
        keys = [key for key in _CONTENTS if told.get(key)] or [key for key in _TIMES if told.get(key)]
        return repr([(key, str(told[key])) for key in keys])

    def sample(self, pieces: int = _PIECES) -> str:
        """Return a hash of pieces of the contents, 4,096 bytes each, from its beginning to its end.

        Of a file in a bucket that knows a hash of all of it, that.
        """
        if not self.is_here:
            told = self._told()
            for key in _CONTENTS:
                if told.get(key):
                    return f"{key} {told[key]}"
        size = self.size()
        if size <= pieces * _PIECE:
            return sha256(self.read(0, size)).hexdigest()
        offsets = [(size - _PIECE) * piece // (pieces - 1) for piece in range(pieces)]
        return sha256(self.numbers(np.dtype(np.uint8), _PIECE, offsets).tobytes()).hexdigest()

    def _told(self) -> dict[str, Any]:
        def ask(fs: Any, path: str) -> dict[str, Any]:
            fs.invalidate_cache()  # what a listing said a while ago may be no longer so
            return dict(fs.info(path))

        return reached(self.address, ask)

    def _ranges(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        def read(fs: Any, path: str) -> list[bytes]:
            if len(ranges) == 1:
                start, stop = ranges[0]
                return [fs.cat_file(path, start=start, end=stop)]  # by name: s3fs has a version before them
            starts, stops = zip(*ranges, strict=True)
            return list(fs.cat_ranges([path] * len(ranges), list(starts), list(stops), on_error="raise"))

        return reached(self.address, read) if ranges else []


def place_of(files: Sequence[StoredFile]) -> str:
    """Return a hash of where files lie: of their URLs, and this machine's name with their paths."""
    return _hash([(platform.node() if file.is_here else "", file.address) for file in files])


def version_of(files: Sequence[StoredFile]) -> str:
    """Return a hash of all files' versions."""
    return _hash([file.version() for file in files])


def addresses(asked: Sequence[str], suffixes: Sequence[str]) -> list[str]:
    """Return the files that names, patterns and folders, or URLs of such, stand for.

    Those of a pattern or a folder come by name; of a folder those with one of the suffixes. Raises
    `UnreachableFile` where there is none.
    """
    found: list[str] = []
    for one in asked:
        name = one.removeprefix("file://")
        some = listed(name, suffixes) if is_url(name) else _here(name, suffixes)
        if not some:
            raise UnreachableFile(f"{one}: expected a file, a pattern or a folder with {', '.join(suffixes)}")
        found += some
    return found


def _here(name: str, suffixes: Sequence[str]) -> list[str]:
    path = Path(name)
    if path.is_dir():
        some = sorted(str(one) for one in path.iterdir() if has_suffix(one.name, suffixes))
    else:
        some = [name] if path.exists() else sorted(glob(name, recursive=True))
    return [str(Path(one).absolute()) for one in some]


def _hash(told: object) -> str:
    return sha256(repr(told).encode()).hexdigest()
