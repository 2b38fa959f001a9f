"""Faults of the machine: no descriptors, no memory, no room: said in the log, and the rest is served."""

import asyncio
import errno
import logging
import os
import socket
import subprocess
import sys
import threading
import warnings
from contextlib import ExitStack
from types import SimpleNamespace

import httptools
import httpx
import pytest

from app.__main__ import main as command_line
from app.http.connection import Connection
from app.http.unparsed import UnparsedBytes
from app.work.machine import lack, tell_of_loop, tell_of_thread
from tests.http.test_limits import wide
from tests.service import Client, Connect, slug
from tests.serving import PROJECT, started, until

RELU = "/v1/activations/relu"
PICTURE = "/v1/activations/relu/plot.png?low=-3.25"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError(errno.EMFILE, "x"), "no descriptor is free"),
        (OSError(errno.ENFILE, "x"), "no descriptor is free"),
        (OSError(errno.ENOSPC, "x"), "no room is left"),
        (OSError(errno.EFBIG, "x"), "no room is left"),
        (OSError(errno.EROFS, "x"), "cannot be written"),
        (OSError(errno.ENOMEM, "x"), "no memory is free"),
        (MemoryError(), "no memory is free"),
        (RuntimeError("can't start new thread"), "no thread can be started"),
    ],
)
def test_lack_of_the_machine_is_told_to_log_and_caller(
    failure: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "softstep"):
        fault = lack(failure)
    assert fault is not None and said in fault.detail and fault.seconds >= 1
    assert said in caplog.text and "x" not in fault.detail.split()


@pytest.mark.parametrize("failure", [OSError(errno.ENOENT, "x"), ValueError("x"), OSError("x")])
def test_lack_is_no_name_for_our_own_failures(failure: Exception) -> None:
    assert lack(failure) is None


@pytest.mark.parametrize("target", ["/static/page.css", RELU])
def test_lack_of_descriptors_is_503_wherever_it_is_met(
    client: Client, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("app.http.files.StaticFiles.get_response", fail)
    monkeypatch.setattr("app.http.route.read_question", fail)
    body = {"json": {"inputs": 1}} if target == RELU else {}
    answer = client.request("POST" if body else "GET", target, **body)
    assert (answer.status_code, slug(answer)) == (503, "busy")
    assert int(answer.headers["retry-after"]) >= 1


def limited(limits: str) -> list[str]:
    return ["sh", "-c", f"{limits}; exec {sys.executable} -m app"]


def test_lack_of_threads_is_503_and_keeps_no_place(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each such request kept its place for ever: of two threads' none was left."""
    service = connect(threads=1, max_waiting_seconds=5)
    headers = {"Content-Type": "application/json"}

    def ask() -> httpx.Response:
        return service.post("/v1/networks/evaluate", content=wide(1000, 1100), headers=headers)

    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("app.work.executor.ThreadPoolExecutor.submit", fail)
        answer = ask()
        assert answer.status_code == 503 and "no thread" in answer.json()["detail"]
    assert ask().status_code == 200


def test_lack_of_memory_while_it_parses_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was told to be no request of HTTP."""
    connection = Connection.__new__(Connection)
    connection._unparsed = UnparsedBytes()
    connection._unparsed.add(b"GET")
    connection._deaf, connection.cycle = False, None  # type: ignore[assignment]  # as before a request
    connection.transport = SimpleNamespace(is_closing=lambda: False)  # type: ignore[assignment]  # all of it
    refused: list[int] = []

    def parse(_: bytes) -> None:
        try:
            raise MemoryError
        except MemoryError:
            raise httptools.HttpParserCallbackError("a callback failed")  # noqa: B904  # as the parser does

    def cut(_: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(connection, "_refuse", lambda status, _: refused.append(status))
    for fails in (parse, cut):
        connection._unparsed.add(b"GET")
        monkeypatch.setattr(connection, "_feed", fails)
        connection._read_on()
    assert refused == [503, 503]


def test_lack_of_threads_is_503_for_what_is_to_be_compressed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was an answer of 500, in plain text."""

    async def fail(*_: object) -> bytes:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("app.http.compression.off_the_loop", fail)
    many = {"inputs": [0.1 * one for one in range(4_000)]}
    answer = client.post("/v1/activations/relu", json=many, headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, slug(answer)) == (503, "busy")


def test_lack_of_memory_in_loop_or_thread_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """Both were tracebacks; what is no lack still is one."""
    loop = asyncio.new_event_loop()
    for failure in (MemoryError(), ValueError("x")):
        tell_of_loop(loop, {"message": "Fatal error", "exception": failure})
        tell_of_thread(threading.ExceptHookArgs((type(failure), failure, None, None)))
    loop.close()
    lacking, lacking_too, *others = caplog.records
    for one in (lacking, lacking_too):
        assert "no memory is free; allow" in one.getMessage() and not one.exc_info
    assert len(others) == 2 and all(one.exc_info for one in others)


def test_lack_of_threads_is_a_sentence_where_processes_start(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log had a traceback beside it; of what nobody expected it still has."""
    failures: list[Exception] = [RuntimeError("can't start new thread"), ValueError("x")]

    def fail() -> bool:
        if failures:
            raise failures.pop()
        return True

    monkeypatch.setattr("app.work.executor.assumption.holds", fail)
    monkeypatch.setattr("app.work.executor._FIRST_PAUSE", 0.01)
    service = connect()
    until(lambda: service.get("/readyz").status_code == 200)
    unknown, lacking = (one for one in caplog.records if "did not start" in one.getMessage())
    assert "x; again in" in unknown.getMessage() and unknown.exc_info
    assert "no thread can be started" in lacking.getMessage() and not lacking.exc_info


def test_idle_connections_never_take_the_last_descriptors() -> None:
    with started(limited("ulimit -n 64"), PROJECT, {}) as base, ExitStack() as held:
        address = ("127.0.0.1", int(base.rpartition(":")[2]))
        client = held.enter_context(httpx.Client(base_url=base, timeout=60))
        assert client.post(RELU, json={"inputs": 1}).status_code == 200
        for _ in range(100):
            held.enter_context(socket.create_connection(address, timeout=10))
        for target in ("/", "/static/page.css", PICTURE, "/v1/identities/sigmoid_symmetry"):
            assert client.get(target).status_code == 200, target


@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_room_for_files_stops_nobody(workers: str) -> None:
    """A full temporary folder, as far as one process can have that for itself: no file may grow."""
    settings = {"SOFTSTEP_WORKERS": workers, "SOFTSTEP_LOG_LEVEL": "error"}
    with started(limited("ulimit -f 5000"), PROJECT, settings) as base:
        with httpx.Client(base_url=base, timeout=60) as client:
            for _ in range(3):
                assert client.post(RELU, json={"inputs": 1}).status_code == 200
                assert client.get(PICTURE).status_code in (200, 503)


@pytest.mark.parametrize("kibibytes", [100_000, 150_000, 250_000])
def test_address_space_too_small_to_start_is_one_sentence(kibibytes: int) -> None:
    """Libraries ended otherwise: with a traceback, and by an abort of OpenBLAS behind "startup complete"."""
    ended = subprocess.run(
        limited(f"ulimit -v {kibibytes}"),
        cwd=PROJECT,
        env={**os.environ, "SOFTSTEP_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1 and f"limited to {kibibytes * 1024 / 1e6:.0f} MB" in ended.stderr


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (MemoryError(), True),
        (ImportError("x.so: failed to map segment from shared object"), True),
        (ImportError("No module named 'uvicorn'"), False),
        (SystemError("error return without exception set"), False),
    ],
    ids=str,
)
def test_memory_that_lacks_while_starting_is_a_sentence(
    failure: Exception, told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lacks anything else is told in full. Without a limit of memory nothing is lost either."""

    def fail(name: str) -> None:
        raise failure

    monkeypatch.setattr("app.__main__.import_module", fail)
    monkeypatch.setattr("app.commands._address_space._allowed", lambda: None)
    with pytest.raises(SystemExit if told else type(failure)):
        command_line([])
    assert ("no memory is free" in capsys.readouterr().err) is told


def test_no_thread_is_needed_to_say_that_nothing_is_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starlette calls a handler that is a plain function in a thread; there was a traceback without one."""

    def none(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("anyio.to_thread.run_sync", none)
    assert slug(client.get("/v1/nothing")) == "not-found"


def test_counters_without_room_are_one_sentence() -> None:
    """No room for the counters of several servers is one sentence."""
    asked = subprocess.run(
        limited("ulimit -f 100"),
        cwd=PROJECT,
        env={**os.environ, "SOFTSTEP_WORKERS": "2", "SOFTSTEP_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert asked.returncode == 1
    assert asked.stderr.count("\n") == 1 and "no room" in asked.stderr and "TMPDIR" in asked.stderr


def test_little_memory_refuses_what_is_large_and_serves_the_rest() -> None:
    large = b'{"inputs":[' + b"0.125," * 5_000_000 + b"1]}"
    headers = {"content-type": "application/json"}
    # Addresses, not memory: numbers are read and written in pieces of their own size.
    with started(limited("ulimit -v 1600000"), PROJECT, {"SOFTSTEP_PROCESSES": "0"}) as base:
        with httpx.Client(base_url=base, timeout=120) as client:
            for _ in range(3):
                assert client.post(RELU, content=large, headers=headers).status_code in (200, 503)
                assert client.post(RELU, json={"inputs": 1}).status_code == 200


def warned() -> str:
    warnings.warn("seen by nobody", RuntimeWarning, stacklevel=1)
    return "done"


WARNING = """
import asyncio
from app.work.processes import WorkerProcesses
from tests.work.test_executor import with_processes
from tests.work.test_machine import warned
async def test(processes):
    assert await processes.run(warned, {}) == "done"
if __name__ == "__main__":
    with_processes(test, deadline=60.0)
"""


def test_warnings_in_a_process_are_lines_of_the_log() -> None:
    """A fork server of another test would write to where that one listened, so a new process asks."""
    done = subprocess.run(
        [sys.executable, "-c", WARNING], cwd=PROJECT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if "seen by nobody" in line]
    assert told and all(line.startswith("{") and '"level":"warning"' in line for line in told)
