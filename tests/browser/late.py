"""The service with answers that come late, each kind by its own time: a test that races fails for certain.

`LATE="plot=1200,v1=400,static=40"` are parts of addresses and milliseconds, of which the first that fits
counts: pictures come long after values then, as they do on a loaded machine.
"""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from anyio.from_thread import start_blocking_portal

_ASKED = re.compile(rb"[A-Z]+ (\S+) HTTP/1\.1\r\n")


@contextmanager
def late(base: str, times: str) -> Iterator[str]:
    """Pass what is asked on to `base` after its time; yield the address at which to ask."""
    waits = [
        (part.encode(), float(wait) / 1000) for part, wait in (one.split("=") for one in times.split(","))
    ]
    host, port = base.removeprefix("http://").split(":")

    def seconds(sent: bytes) -> float:
        asked = _ASKED.match(sent)
        return next((wait for part, wait in waits if asked and part in asked[1]), 0.0)

    async def passed(reader: StreamReader, writer: StreamWriter, waiting: bool) -> None:
        try:
            with suppress(ConnectionError):
                while sent := await reader.read(1 << 16):
                    await asyncio.sleep(seconds(sent) if waiting else 0.0)
                    writer.write(sent)
                    await writer.drain()
        finally:
            writer.close()

    async def taken(reader: StreamReader, writer: StreamWriter) -> None:
        answers, asks = await asyncio.open_connection(host, int(port))
        await asyncio.gather(passed(reader, asks, True), passed(answers, writer, False))

    with start_blocking_portal() as portal:
        server = portal.call(partial(asyncio.start_server, taken, "127.0.0.1", 0))
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        portal.call(server.close)
