"""The bytes of a connection that are not parsed yet, cut where the parts of a request end."""

import re

from .framing import NotTaken

NO_HTTP = "expected a request of HTTP/1.1"

_LINE = re.compile(rb"[A-Z-]+ [^ \r\n]+ HTTP/1\.[01]\r\n")
_END_OF_HEAD, _END_OF_CHUNKS = b"\r\n\r\n", b"0\r\n\r\n"
_MOST_CUTS = 64  # of a chunked body, at what looks like its end; each costs as much as a kilobyte


class UnparsedBytes:
    """Keeps what has come, and gives it in parts: none reaches into the next request, but after many chunks.

    Whoever parses the parts tells what was found: where a body begins, its pieces, and where a request ends.
    """

    in_head: bool
    """Whether the next part belongs to a head."""
    overhead: int
    """Bytes of a head, or of chunks' sizes and trailers, since a piece of a body was found."""
    asks_for_head: bool
    """Whether the method is HEAD, as far as the request's line has come."""

    def __init__(self) -> None:
        self.asks_for_head = False
        self._bytes = b""
        self._at = 0
        self._tail = b""  # what was given last of a head: its end may come in two parts
        self._body_left: int | None = 0  # bytes; None where chunks tell
        self.begin_head()

    def __len__(self) -> int:
        return len(self._bytes) - self._at

    def add(self, data: bytes) -> None:
        """Keep what has come."""
        self._bytes = self._bytes[self._at :] + data
        self._at = 0

    def clear(self) -> None:
        """Forget all that is kept."""
        self._bytes, self._at = b"", 0

    def next_part(self) -> bytes:
        """Return what to parse next: to a head's end, to a body's, or to what looks like that of chunks.

        Raises `NotTaken` where a request's line ends in it that is not HTTP/1.0 or 1.1.
        """
        end = self._end_of_part()
        part = self._bytes[self._at : end]
        self._at = end
        if self._at >= len(self._bytes):
            self.clear()
        if self.in_head:
            self._look_at_line(part)
            self._tail = (self._tail + part[-3:])[-3:]
        self.overhead += len(part)
        return part

    def begin_head(self) -> None:
        """Begin a request's head, behind the request before."""
        self.in_head = True
        self.overhead = 0
        self._line: bytearray | None = bytearray()
        self._tail = b""
        self._cuts = 0

    def begin_body(self, length: int | None) -> None:
        """Begin a body of so many bytes; None where chunks tell."""
        self.in_head = False
        self.overhead = 0
        self._body_left = length

    def count_body(self, size: int) -> None:
        """Take so many bytes of what was given for the body's."""
        self.overhead = 0
        if self._body_left is not None:
            self._body_left -= size

    def _end_of_part(self) -> int:
        kept, start = self._bytes, self._at
        if self.in_head:
            across = (self._tail + kept[start : start + 3]).find(_END_OF_HEAD)  # begun in the part before
            if across >= 0:
                return start + across + len(_END_OF_HEAD) - len(self._tail)
            found = kept.find(_END_OF_HEAD, start)
            return len(kept) if found < 0 else found + len(_END_OF_HEAD)
        if self._body_left is not None:
            return min(len(kept), start + self._body_left)
        found = kept.find(_END_OF_CHUNKS, start) if self._cuts < _MOST_CUTS else -1
        self._cuts += 1
        return len(kept) if found < 0 else found + len(_END_OF_CHUNKS)

    def _look_at_line(self, data: bytes) -> None:
        """Refuse a request's line that is not HTTP/1.0 or 1.1: the parser takes RTSP and none at all, too."""
        if self._line is None:
            return
        seen = len(self._line)
        self._line += data if seen else data.lstrip(b"\r\n")
        self.asks_for_head = self._line.startswith(b"HEAD ")
        if self._line.find(b"\n", seen) >= 0:
            if not _LINE.match(self._line):
                raise NotTaken(NO_HTTP)
            self._line = None
