"""What a machine lacks is a skipped test to a newcomer and a failed one to CI."""

import sys
from pathlib import Path

import pytest

from tests.machine import downloaded, program


def test_a_program_that_is_there() -> None:
    assert program(sys.executable) == sys.executable


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_one_that_is_missing(monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="needs softstep-never-installed"):
        program("softstep-never-installed")


PIP = [sys.executable, "-m", "pip", "--isolated", "download", "-q", "--no-deps", "--retries", "0"]


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_an_index_out_of_reach(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    command = [*PIP, "--index-url", "http://127.0.0.1:9/simple", "softstep-never-released"]
    with pytest.raises(outcome, match="none is in reach"):
        downloaded(command, tmp_path)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ("npm error code ECONNREFUSED", pytest.skip.Exception),
        ("npm error code ETIMEDOUT", pytest.skip.Exception),
        ("npm error code ERR_SOCKET_TIMEOUT", pytest.skip.Exception),
        ("npm error code ETARGET", AssertionError),
        ("npm error code ERESOLVE", AssertionError),
        ("ERROR: Could not find a version that satisfies a==9 (from versions: 1, 2)", AssertionError),
        ("No module named pip", AssertionError),
    ],
)
def test_a_download_that_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, outcome: type[BaseException]
) -> None:
    """No index excuses a skip; a release that is gone, or tools that do not fit, do not."""
    monkeypatch.setenv("CI", "")
    with pytest.raises(outcome, match=told[:20]):
        downloaded([sys.executable, "-c", f"raise SystemExit({told!r})"], tmp_path)
