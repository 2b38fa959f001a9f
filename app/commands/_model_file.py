"""What the commands on model files share: reading one, writing beside it, saying what goes wrong."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ..files.errors import NothingToConvert
from ..nn.errors import Fault

T = TypeVar("T")

REFUSED, USAGE, NOTHING = 1, 2, 3
EXIT_CODES = (
    "exit codes: 0 done; 1 the file is not taken; 2 wrong use, or a file cannot be read or written; "
    "3 nothing to convert; 130 interrupted"
)
STANDARD = Path("-")
"""Standard input where a file is read, standard output where one is written."""
_QUIET = 1.0  # seconds before a line says that something is going on


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """Return a parser of a command that takes one model file."""
    made = argparse.ArgumentParser(f"softstep {name}", description=description, epilog=EXIT_CODES)
    made.add_argument("model", type=Path, help="the model file; - is standard input")
    made.add_argument("--force", action="store_true", help="overwrite files that exist")
    return made


def work_on(path: Path, doing: str, work: Callable[[bytes], T]) -> T:
    """Return what `work` makes of a file; a line on standard error tells of work above a second.

    Exits with a sentence where the file cannot be read, or is not taken; Ctrl-C ends the process at once.
    """
    name = "standard input" if path == STANDARD else str(path)
    try:
        body = sys.stdin.buffer.read() if path == STANDARD else path.read_bytes()
    except OSError as error:
        raise fail(f"{name}: {error.strerror}", USAGE) from None
    with _told(f"{doing} {Path(name).name}, {len(body) / 1e6:.1f} MB …"), _interruptible():
        try:
            return work(body)
        except NothingToConvert as fault:
            raise fail(f"{name}: {fault.detail}", NOTHING) from None
        except Fault as fault:
            raise fail(f"{name}: {fault.detail}", REFUSED) from None


def write(path: Path, body: bytes, *, force: bool) -> None:
    """Write a file that does not exist yet, or any where it is forced; or to standard output."""
    if path == STANDARD:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(body)
    except FileExistsError:
        raise fail(f"{path} exists: --force overwrites it", USAGE) from None
    except OSError as error:
        raise fail(f"{path}: {error.strerror}", USAGE) from None


def fail(sentence: str, code: int) -> SystemExit:
    """Say on standard error what is wrong; return what ends the command."""
    print(f"softstep: {sentence}", file=sys.stderr)
    return SystemExit(code)


@contextmanager
def _told(line: str) -> Iterator[None]:
    timer = threading.Timer(_QUIET, lambda: print(line, file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the process itself, for a shell by 130: Python's exception waits for libraries in C."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not ours or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
