"""Zip archives of strangers: members are read by name, never written to a disk, and bounded before."""

import io
import zipfile
import zlib

from ..nn.errors import LimitExceeded
from .errors import MalformedModel, UnsupportedModel
from .limits import limits

_LARGEST_DIRECTORY = 1 << 20
_END, _END_LENGTH, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65535
_LOCATOR_OF_64, _LOCATOR_LENGTH = b"PK\x06\x07", 20
_RECORD_OF_64, _RECORD_LENGTH = b"PK\x06\x06", 56
_IN_THE_RECORD = 0xFFFFFFFF


class Archive:
    """The members of a zip archive."""

    def __init__(self, body: bytes) -> None:
        _inspect(body)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            raise MalformedModel("expected a zip archive that is whole") from None
        self._infos = {info.filename: info for info in self._zip.infolist()}
        self._left = self._most = limits().unpacked_bytes

    @property
    def names(self) -> list[str]:
        """The members' names, in the archive's order."""
        return list(self._infos)

    def read(self, name: str) -> bytes:
        """Return a member's bytes.

        Raises `UnsupportedModel` where it is missing or encrypted, `LimitExceeded` where it is too large,
        `MalformedModel` where it is not what the directory says.
        """
        info = self._infos.get(name)
        if info is None:
            raise UnsupportedModel(f"expected the archive to hold {name}")
        if info.flag_bits & 0x1:
            raise UnsupportedModel("expected an archive without a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsupportedModel("expected an archive that is stored or deflated")
        if info.file_size > self._left:
            detail = f"expected at most {self._most} bytes in the archive, unpacked, got more"
            raise LimitExceeded("model_unpacked_bytes", detail)
        self._left -= info.file_size
        try:
            with self._zip.open(info) as member:
                data = member.read(info.file_size)
                whole = len(data) == info.file_size and not member.read(1)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError):
            raise MalformedModel("expected an archive whose members are whole") from None
        if not whole:
            raise MalformedModel("expected an archive whose members are as long as its directory says")
        return data


def _inspect(body: bytes) -> None:
    """Refuse a directory that is too large: the library makes an object of each of its entries."""
    tail = body[-(_END_LENGTH + _LONGEST_COMMENT) :]
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_LENGTH:
        raise MalformedModel("expected a zip archive that is whole")
    sizes = [int.from_bytes(tail[at + 12 : at + 16], "little")]
    if tail[:at][-_LOCATOR_LENGTH:].startswith(_LOCATOR_OF_64):
        # PyTorch writes the larger kind always: the record stands just before, and tells the size too.
        record = tail[:at][-_LOCATOR_LENGTH - _RECORD_LENGTH : -_LOCATOR_LENGTH]
        if not record.startswith(_RECORD_OF_64):
            raise MalformedModel("expected a zip archive that is whole")
        sizes = [int.from_bytes(record[40:48], "little"), *(one for one in sizes if one != _IN_THE_RECORD)]
    if max(sizes) > _LARGEST_DIRECTORY:
        raise UnsupportedModel(f"expected an archive whose directory has at most {_LARGEST_DIRECTORY} bytes")
