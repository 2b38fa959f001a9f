"""What `gradients`, `evaluate` and `merge` share: their options, and files that are never half-written."""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import get_args

from ..batch.data import DataQuestion, found_files
from ..batch.engine import Engine
from ..batch.engines import EngineName, started_engine
from ..batch.model import read_model
from ..batch.whole_file import whole_file
from ..interrupts import ENDING
from ..nn.errors import Fault, InvalidValue
from ._model_file import USAGE, fail

INTERRUPTED = 130
EXIT_CODES = "exit codes: 0 done; 2 wrong use, or data that cannot be worked on; 130 interrupted"


def batch_parser(name: str, description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that all three have."""
    made = argparse.ArgumentParser(f"softstep {name}", description=description, epilog=EXIT_CODES)
    made.add_argument(
        "--network",
        type=Path,
        required=True,
        help="the network: JSON as in the API, safetensors with W and Theta, or any file that "
        "softstep read takes",
    )
    made.add_argument("--out", type=Path, required=True, help="the file to write")
    made.add_argument("--overwrite", action="store_true", help="overwrite it where it exists")
    return made


def add_data(made: argparse.ArgumentParser) -> None:
    """Add the options of a command that reads rows."""
    made.add_argument(
        "--data",
        nargs="+",
        required=True,
        metavar="URL",
        help="files, patterns or folders of .npy, .safetensors or .parquet, whose rows follow each other; "
        "or URLs of such, as s3://bucket/train/",
    )
    made.add_argument(
        "--inputs",
        type=column_names,
        metavar="COLUMNS",
        help="columns of inputs, separated by commas: numbers or ranges in .npy, like 0:784 (default: all "
        "but the last one), names in Parquet and a tensor's name in safetensors (default: inputs)",
    )
    made.add_argument(
        "--workers", type=_positive, help="processes, or tasks at once (default: one for each core)"
    )
    made.add_argument(
        "--engine",
        choices=get_args(EngineName),
        default="local",
        help="what works: processes of this machine, or Ray (default: local)",
    )
    made.add_argument(
        "--address",
        metavar="HOST:PORT",
        help="the Ray cluster to join, auto for the one that this machine is of (default: one is started "
        "here while it works)",
    )
    made.add_argument(
        "--part",
        type=_part,
        default=(1, 1),
        metavar="I/N",
        help="work on the I-th of N parts of the rows only, I from 1",
    )


def engine_of(given: argparse.Namespace, data: DataQuestion) -> AbstractContextManager[Engine]:
    """Return what works. Raises `InvalidValue`, and with it as `started_engine`."""
    if given.engine == "local" and given.address is not None:
        raise InvalidValue("expected --engine ray beside --address")
    return started_engine(given.engine, given.address, given.workers, data)


def question_of(given: argparse.Namespace, *, targets: bool) -> DataQuestion:
    """Return which files and columns are asked for. Raises `UnusableData`."""
    files = found_files(given.data)
    return DataQuestion(files, given.inputs, given.targets if targets else None, targets)


def read_network(given: argparse.Namespace) -> bytes:
    """Return the network's file. Ends the command where it cannot be read, or holds no network."""
    try:
        body = bytes(given.network.read_bytes())
        read_model(body)
    except OSError as error:
        raise fail(f"{given.network}: {error.strerror}", USAGE) from None
    except Fault as fault:
        raise fail(f"{given.network}: {fault}", USAGE) from None
    return body


def refuse_existing(given: argparse.Namespace) -> None:
    """End the command before the work where its file exists, and may not be overwritten, or has no folder.

    A device or a folder of that name is never overwritten: the file would take its place.
    """
    if given.out.exists() and not given.out.is_file():
        raise fail(f"{given.out}: expected the name of a file", USAGE)
    if given.out.exists() and not given.overwrite:
        raise fail(f"{given.out} exists: --overwrite overwrites it", USAGE)
    if not given.out.parent.is_dir():
        raise fail(f"{given.out.parent}: expected a folder that exists", USAGE)


def write_whole(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file that nobody ever sees half of, and that is on the disk when this returns."""
    with whole_file(path) as beside, beside.open("wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def one_sentence(kept: Callable[[], str] = lambda: "") -> Iterator[None]:
    """End the command with a sentence where something is wrong, or it is told to end.

    `kept` returns a sentence about what is left of the work, empty where nothing is.
    """
    if sys.stderr is None:  # closed: else the next file that is opened gets what C libraries say there
        sys.stderr = open(os.devnull, "w")
    with _ending_signals():
        try:
            yield
        except Fault as fault:
            raise fail(_sentences(str(fault), kept()), USAGE) from None
        except OSError as error:
            named = f"{error.filename}: " if error.filename else ""
            said = f"{named}{error.strerror or 'it cannot be read or written'}"
            raise fail(_sentences(said, kept()), USAGE) from None
        except KeyboardInterrupt:
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)  # once is enough
            raise fail(f"interrupted; {kept() or 'nothing was written'}", INTERRUPTED) from None


@contextmanager
def _ending_signals() -> Iterator[None]:
    """Have what ends a process interrupt it, as Ctrl-C does; what is ignored, as by nohup, stays so."""
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, _interrupt)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # not one of C's own
                signal.signal(number, handler)


def go_on(said: str, command: str, arguments: Sequence[str]) -> str:
    """Return what is kept of a run, and the command that goes on from there."""
    return f"{said}; go on with: {shlex.join(['softstep', command, *arguments])}"


def _sentences(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def column_names(text: str) -> tuple[str, ...]:
    """Return names separated by commas."""
    return tuple(one.strip() for one in text.split(","))


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 4096:
        raise argparse.ArgumentTypeError("expected a whole number from 1 to 4096")
    return number


def _part(text: str) -> tuple[int, int]:
    number, slash, parts = text.partition("/")
    if not slash or not number.isdecimal() or not parts.isdecimal() or not 1 <= int(number) <= int(parts):
        raise argparse.ArgumentTypeError("expected I/N with I from 1 to N, like 2/7")
    return int(number), int(parts)
