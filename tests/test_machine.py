"""What a machine lacks is a skipped test to a newcomer and a failed one to CI."""

import sys

import pytest

from tests.machine import program


def test_a_program_that_is_there() -> None:
    assert program(sys.executable) == sys.executable


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_one_that_is_missing(monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="needs softstep-never-installed"):
        program("softstep-never-installed")
