"""`softstep serve`, or `softstep` alone: start the service."""

import argparse
import logging
import math
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from .. import __version__
from ..interrupts import interrupts_blocked
from ..logs import configuration
from ..settings import Settings
from ..work.machine import ending, lacked, tell_of_thread
from ..work.metrics import take_room
from . import names
from ._environment import PREFIX, keep_strangers_out, settings_of_environment

log = logging.getLogger("softstep")

PACKAGE = __name__.partition(".")[0]
"""What this package is called: `app` in a checkout, `softstep` where it is installed."""
COMMAND_LINE = ("host", "port", "workers")
SHARED = "PROMETHEUS_MULTIPROC_DIR"
CLOSING_SECONDS = 5.0
"""How long a server may take, beyond the time for requests in flight, to end its threads and processes."""
_FIRST_PAUSE, _LONGEST_PAUSE, _QUIET = 1.0, 60.0, 120.0  # seconds between a server's end and the next
_SOCKET = "/pymp-12345678/listener-12345678"  # where multiprocessing puts a socket below TMPDIR
_LONGEST_SOCKET = 103  # bytes of a socket's path: of all systems macOS allows the fewest


def main(arguments: Sequence[str]) -> None:
    """Start the service as the command line and the environment say."""
    options = _parser().parse_args(arguments)
    # Worker processes build their own settings, so what the command line says goes by the environment.
    for name in COMMAND_LINE:
        value = getattr(options, name)
        if value is not None:
            os.environ[f"{PREFIX}{name.upper()}"] = str(value)
    settings = settings_of_environment()
    keep_strangers_out()
    # One thread for each product: several workers must not multiply BLAS threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    logging.captureWarnings(True)
    config = uvicorn.Config(
        f"{PACKAGE}.startup:create_app",
        http=f"{PACKAGE}.http.connection:Connection",
        ws="none",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=configuration(settings.log_level),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.drain_seconds,
        # None: as FORWARDED_ALLOW_IPS says, by which platforms name their own proxies.
        forwarded_allow_ips=list(settings.proxies)
        if "trusted_proxies" in settings.model_fields_set
        else None,
    )
    with _sharing(settings.workers), suppress(KeyboardInterrupt):
        if settings.workers > 1:
            Supervisor(config, sockets=[config.bind_socket()]).run()
            return
        # The server raises again what stopped it. Left to the system, that would end this process before it
        # has removed the files by which it reached its own.
        signal.signal(signal.SIGTERM, _leave)
        threading.excepthook = tell_of_thread
        server = uvicorn.Server(config)
        try:
            server.run()
        except RuntimeError as failure:
            stopped = failure.__context__  # it had, and then the loop found no thread to end in
            if not isinstance(stopped, SystemExit) or lacked(failure) is None:
                raise
            raise stopped from None
        if not server.started:
            raise SystemExit(STARTUP_FAILURE)


class Supervisor(Multiprocess):
    """Starts server processes, and others where these end.

    uvicorn's own keeps the port open until the last of them has stopped: whoever connects meanwhile waits for
    an answer that nobody gives. And it waits for ever for one that does not stop.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._told: set[int | None] = set()
        self._deaths = 0
        self._wait_until = 0.0
        self._last_death = -math.inf

    def init_processes(self) -> None:
        """Start the servers, each to be stopped by this process alone."""
        with interrupts_blocked():
            super().init_processes()

    def keep_subprocess_alive(self) -> None:
        """Say of each server that ended by what, and start another; ever later where they end at once.

        One that answers nothing is ended first.
        """
        now = time.monotonic()
        if now - self._last_death > _QUIET:
            self._deaths = 0
        for one in self.processes:
            if one.exitcode is not None and one.pid not in self._told:
                self._told.add(one.pid)
                pause = min(_FIRST_PAUSE * 2**self._deaths, _LONGEST_PAUSE) if self._deaths else 0.0
                self._deaths += 1
                self._last_death, self._wait_until = now, now + pause
                log.error(
                    "server process %s ended: %s; another one starts in %g s",
                    one.pid,
                    ending(one.exitcode),
                    pause,
                )
        if now < self._wait_until:
            return
        before = tuple(self.processes)
        with interrupts_blocked():
            super().keep_subprocess_alive()
        for one in before:
            if one not in self.processes and one.pid not in self._told:
                log.error(
                    "server process %s did not answer within %g s and was killed; another one is started",
                    one.pid,
                    self.config.timeout_worker_healthcheck,
                )

    def terminate_all(self) -> None:
        """Close the port, then stop the servers."""
        for one in self.sockets:
            one.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait until all servers have stopped; kill those that take longer than they may."""
        allowed = (self.config.timeout_graceful_shutdown or 0) + CLOSING_SECONDS
        deadline = time.monotonic() + allowed
        for one in self.processes:
            one.process.join(max(deadline - time.monotonic(), 0.0))
            if one.exitcode is None:
                log.error("server process %s did not stop within %g s and was killed", one.pid, allowed)
                one.kill()
                one.join()


@contextmanager
def _sharing(workers: int) -> Iterator[None]:
    """Give several server processes a directory, removed after them, where their counters and files are."""
    if workers == 1:
        yield
        return
    try:
        shared = tempfile.TemporaryDirectory(prefix="softstep-")
        take_room(Path(shared.name))  # as each server will, whose own failure would be told again and again
        for file in Path(shared.name).iterdir():
            file.unlink()
    except OSError as error:
        raise SystemExit(
            f"{PREFIX}WORKERS: several servers count together in a temporary folder, and there is no room: "
            f"{error.strerror or error}; free some room, or name another folder in TMPDIR"
        ) from None
    with shared as directory:
        os.environ.setdefault(SHARED, directory)
        if len(os.fsencode(directory)) + len(_SOCKET) <= _LONGEST_SOCKET:
            os.environ["TMPDIR"] = directory
        yield


def _leave(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)  # who is told to stop and has stopped did not fail


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="softstep",
        description="Serve the mathematics of a first neural-networks course over HTTP.",
        epilog="\n".join([*_commands_help(), "", *_settings_help()]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"softstep {__version__}")
    for name in COMMAND_LINE:
        field = Settings.model_fields[name]
        kind = int if field.annotation is int else str
        parser.add_argument(f"--{name}", type=kind, help=f"{field.description} (default: {field.default})")
    return parser


def _commands_help() -> list[str]:
    return [f"commands: {', '.join(names())}; `softstep COMMAND --help` explains one, serve is the default"]


def _settings_help() -> list[str]:
    lines = ["settings, as environment variables:"]
    for name, field in Settings.model_fields.items():
        default = "none" if field.default == "" else field.default
        lines += [f"  {PREFIX}{name.upper()} (default: {default})", f"      {field.description}"]
    return lines
