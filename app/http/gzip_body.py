"""Bodies that come compressed: gzip (RFC 1952), undone piece by piece."""

import zlib

from ..wire.faults import MalformedDocument
from .errors import UnsupportedCoding

CODING = "gzip"
_NAMES = ("gzip", "x-gzip")  # RFC 9110 §8.4.1.3: the second is the first
_WINDOW = (
    1 << 12
)  # bytes that zlib is shown at once: what it leaves of them is copied, at the end of each member
_GZIP = 31  # zlib's window of 32 kB, with gzip's own head and check sum


def is_compressed(content_encoding: str) -> bool:
    """Tell whether a body came compressed, by its Content-Encoding. Raises `UnsupportedCoding`."""
    coding = content_encoding.strip().lower()
    if coding in ("", "identity"):
        return False
    if coding not in _NAMES:  # several, one around the other, neither
        raise UnsupportedCoding(f"expected a body compressed as {CODING}, or not at all")
    return True


class GzipDecoder:
    """Undoes gzip: what is fed in pieces is read in pieces, each no larger than asked for.

    Beyond what was fed last it keeps 32 kB, whatever that becomes. Several members may follow each other.
    """

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._fed = b""
        self._done = 0

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next bytes of the body; those before must have been read."""
        self._fed = self._fed[self._done :] + data
        self._done = 0

    def read(self, most: int) -> bytes:
        """Return at most so many bytes; fewer only where no more can be told from what was fed.

        Raises `MalformedDocument` for what is no gzip.
        """
        parts: list[bytes] = []
        while most > 0:
            window = self._fed[self._done : self._done + _WINDOW]
            if self._member.eof:
                if not window:
                    break
                self._member = zlib.decompressobj(_GZIP)
            try:
                part = self._member.decompress(window, most)
            except zlib.error:
                raise MalformedDocument("expected gzip (RFC 1952), got something else") from None
            left = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            self._done += len(window) - len(left)
            most -= len(part)
            parts.append(part)
            if not (part or window):
                break
        return b"".join(parts)

    def end(self) -> None:
        """Check that the body is whole. Raises `MalformedDocument` where its end is missing."""
        if not self._member.eof:
            raise MalformedDocument("expected gzip up to its end, got a part of it")
