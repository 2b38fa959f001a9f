"""What the README says: its requests answer so, its picture is the service's, its tables are derived."""

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from app.settings import Settings
from tests.serving import PROJECT, running

README = (PROJECT / "README.md").read_text()
REQUEST = re.compile(r"```sh\n(curl .*?)```.*?```json\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running() as base:
        yield base


def contained(expected: Any, got: Any) -> bool:
    """Tell whether all that is expected is there; "…" stands for any text, and more fields may come."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(
            key in got and contained(value, got[key]) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(contained, expected, got))
    return isinstance(got, str) if expected == "…" else bool(expected == got)


def test_there_are_three_requests() -> None:
    assert len(REQUEST.findall(README)) == 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's requests are pasted into curl")
@pytest.mark.parametrize(("command", "expected"), REQUEST.findall(README), ids=["1", "2", "3"])
def test_a_pasted_request_answers_as_written(base: str, command: str, expected: str) -> None:
    pasted = command.replace("http://127.0.0.1:8000", base)
    answer = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True, timeout=60)
    assert contained(json.loads(expected), json.loads(answer.stdout)), answer.stdout


def test_the_picture_is_the_one_that_the_service_draws(base: str) -> None:
    drawn = httpx.get(f"{base}/v1/activations/softplus/plot.png?derivative=true&scale=2&height=400")
    with (
        Image.open(PROJECT / "static/pictures/softplus.png") as kept,
        Image.open(io.BytesIO(drawn.content)) as fresh,
    ):
        assert kept.size == fresh.size
        off = np.abs(np.asarray(kept.convert("RGB"), int) - np.asarray(fresh.convert("RGB"), int))
    # Another NumPy may move a line by a hundredth of a pixel, not more.
    assert (off > 24).mean() < 1e-3


def table_of_settings() -> str:
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `SOFTSTEP_{name.upper()}` | `{field.default}` | {field.description} |")
    return "\n".join(lines)


def test_the_table_of_settings_is_that_of_the_code() -> None:
    written = re.search(r"<!-- settings -->\n(.*?)\n?<!-- /settings -->", README, re.DOTALL)
    assert written is not None
    assert written.group(1) == table_of_settings(), "print it with: python -m tests.test_readme"


if __name__ == "__main__":
    print(table_of_settings())
