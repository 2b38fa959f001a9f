"""The command `softstep`: what it says of itself, and what it does with a setting that cannot be used."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from app import __version__
from app.settings import Settings
from tests.serving import PROJECT, command_of, started


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def help_text() -> str:
    answer = run("--help")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_help_lists_every_setting_with_what_it_means(help_text: str, name: str) -> None:
    description = Settings.model_fields[name].description
    assert f"SOFTSTEP_{name.upper()}" in help_text
    assert description is not None and description in help_text


@pytest.mark.parametrize("option", ["--host", "--port", "--workers"])
def test_help_lists_the_options(help_text: str, option: str) -> None:
    assert option in help_text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("HELP", "everything"),
        ("HOST", ""),  # it would be every interface
        ("CLIENT_TIMEOUT_SECONDS", "inf"),
        ("API_KEY_HASHES", ","),
        ("API_KEY", "0" * 64),  # a slip that would let everybody in
        ("PRIVATE", "true"),  # without keys, everybody again
        ("CORS_ORIGINS", "https://a.example/"),
        ("CORS_ORIGINS", "a.example"),
    ],
)
def test_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    """A setting that cannot be used is named and nothing starts."""
    answer = run(**{f"SOFTSTEP_{name}": value})
    assert answer.returncode == 1
    assert f"SOFTSTEP_{name}" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_option_is_refused() -> None:
    assert run("--speed").returncode == 2


def test_an_unknown_command_is_refused_and_the_known_are_named() -> None:
    answer = run("swerve")
    assert answer.returncode == 2
    assert "serve" in answer.stderr.replace("swerve", "") and "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", [(), ("serve",)])
def test_the_default_command_is_serve(command: tuple[str, ...]) -> None:
    assert run(*command, "--version").stdout == f"softstep {__version__}\n"
    assert run(*command, "--port", "http").returncode == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_that_has_stopped_leaves_no_files(workers: str) -> None:
    with tempfile.TemporaryDirectory() as directory:  # not pytest's: its path is too long for a socket's
        settings = {"TMPDIR": directory, "SOFTSTEP_WORKERS": workers}
        with started([sys.executable, "-m", "app"], PROJECT, settings):
            assert os.listdir(directory)  # its processes reach each other by files
        assert not os.listdir(directory)


def test_long_temporary_directory_keeps_nothing_from_starting() -> None:
    """Several workers' files lie one level deeper, and the path of a socket has 107 bytes at most."""
    with tempfile.TemporaryDirectory() as directory:
        long = os.path.join(directory, "x" * (60 - len(directory)))
        os.mkdir(long)
        with started(
            [sys.executable, "-m", "app"], PROJECT, {"TMPDIR": long, "SOFTSTEP_WORKERS": "2"}
        ) as base:
            assert httpx.get(base + "/v1/activations/relu/plot.svg", timeout=60).status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_while_processes_start_is_no_traceback(workers: str) -> None:
    """It reaches all processes of a terminal, ours also before they could ignore it."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app"],
            cwd=PROJECT,
            env={**os.environ, "SOFTSTEP_PORT": "0", "SOFTSTEP_WORKERS": workers},
            stderr=log,
            start_new_session=True,
        )
        try:
            while not any("forkserver" in one for one in _commands(process.pid)):
                assert process.poll() is None
                time.sleep(0.02)
            time.sleep(0.5)  # the middle of its imports
        finally:
            os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 0
        log.seek(0)
        said = log.read()
    assert "Traceback" not in said and "KeyboardInterrupt" not in said, said


def _commands(process: int) -> Iterator[str]:
    """The command lines of a process's descendants."""
    yield from map(command_of, psutil.Process(process).children(recursive=True))
