"""The examples for teachers, called as those tools call them."""

import doctest
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import app
from tests.serving import PROJECT

PAGE = (PROJECT / "docs" / "teaching.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^## (\w+)\n.*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))
SHEET: Any = ([[1.0, 0.0], [0.0, 1.0]], [[1.0, -1.0], [0.0, 2.0]], [1.0, 2.0], 1)
_FOUND = app.gradients(*SHEET).gradients
assert _FOUND is not None
RIGHT = {"W": _FOUND.W.round(3).tolist(), "Theta": _FOUND.Theta.round(3).tolist()}
SIGN = {"W": RIGHT["W"], "Theta": (-_FOUND.Theta).tolist()}


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Call the package what it is called where it is installed."""
    monkeypatch.setitem(sys.modules, "softstep", app)
    yield


def test_there_is_an_example_for_each_tool() -> None:
    assert set(EXAMPLES) == {"nbgrader", "otter", "PrairieLearn", "Gradescope"}


def test_the_nbgrader_cell_passes_what_is_right_alone() -> None:
    exec(EXAMPLES["nbgrader"], {"dW": RIGHT["W"], "dTheta": RIGHT["Theta"]})
    with pytest.raises(AssertionError, match="The sign is reversed"):
        exec(EXAMPLES["nbgrader"], {"dW": SIGN["W"], "dTheta": SIGN["Theta"]})


@pytest.mark.parametrize(("answer", "failures"), [(RIGHT, 0), (SIGN, 1)])
def test_the_otter_case_passes_what_is_right_alone(answer: dict[str, Any], failures: int) -> None:
    file: dict[str, Any] = {}
    exec(EXAMPLES["otter"], file)
    (suite,) = file["test"]["suites"]
    student = {"dW": answer["W"], "dTheta": answer["Theta"]}
    for case in suite["cases"]:
        told: list[str] = []
        parsed = doctest.DocTestParser().get_doctest(case["code"], student, "q3", "q3.py", 0)
        assert doctest.DocTestRunner().run(parsed, out=told.append).failed == failures
        assert ("The sign is reversed" in "".join(told)) == bool(failures)


def test_prairielearn_question_grades_each_part() -> None:
    """The prairielearn question grades each part of own numbers."""
    server: dict[str, Any] = {}
    exec(EXAMPLES["PrairieLearn"], server)
    drawn = []
    for seed in (7, 8):
        data: dict[str, Any] = {"variant_seed": seed, "params": {}, "partial_scores": {}}
        server["generate"](data)
        drawn.append(json.dumps(data["params"]))
        asked = data["params"]
        found = app.gradients(asked["W"], asked["Theta"], asked["x"], asked["y"]).gradients
        assert found is not None
        data["submitted_answers"] = {
            "dW": {"_type": "ndarray", "_value": found.W.round(3).tolist()},
            "dTheta": {"_type": "ndarray", "_value": (-found.Theta).tolist()},
        }
        server["grade"](data)
        assert data["score"] == 0.5
        assert data["partial_scores"]["dW"] == {"score": 1.0, "feedback": ""}
        assert "sign" in data["partial_scores"]["dTheta"]["feedback"]
    assert drawn[0] != drawn[1]


@pytest.mark.parametrize(
    ("answer", "score"),
    [(RIGHT, 10), (SIGN, 5), ({"W": "?"}, 0), (None, 0)],
    ids=["right", "sign", "?", "none"],
)
def test_the_gradescope_script_writes_results(tmp_path: Path, answer: Any, score: int) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "softstep").symlink_to(PROJECT / "app")
    (tmp_path / "submission").mkdir()
    (tmp_path / "results").mkdir()
    if answer is not None:
        (tmp_path / "submission" / "answer.json").write_text(json.dumps(answer))
    code = EXAMPLES["Gradescope"].replace("/autograder", tmp_path.as_posix())
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "packages")}
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, check=True, timeout=300)
    written = json.loads((tmp_path / "results" / "results.json").read_text())
    assert written["score"] == score
    assert ("The sign is reversed" in json.dumps(written)) == (answer is SIGN)
