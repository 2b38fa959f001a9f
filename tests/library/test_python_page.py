"""docs/python.md: every example answers as written."""

import doctest
import re
import sys
from pathlib import Path

import pytest

import app
from tests.serving import PROJECT, running

PAGE = (PROJECT / "docs" / "python.md").read_text(encoding="utf-8")


def test_every_example_answers_as_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "softstep", app)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    told: list[str] = []
    with running() as base:
        monkeypatch.chdir(tmp_path)
        parsed = doctest.DocTestParser().get_doctest(
            code.replace("http://127.0.0.1:8000", base), {}, "python.md", "docs/python.md", 0
        )
        result = doctest.DocTestRunner().run(parsed, out=told.append)
    assert result.failed == 0, "".join(told)
    assert result.attempted > 20


def test_every_function_stands_on_the_page() -> None:
    assert [name for name in app._HOMES["library.verbs"] if name not in PAGE] == []
