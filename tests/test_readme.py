"""What the README says: its requests answer so, its picture is the service's, its tables are derived."""

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from app.settings import Settings
from tests.machine import program
from tests.serving import PROJECT, running

README = (PROJECT / "README.md").read_text()
TANH = {
    "layers": [
        {"weight": [[3], [-2], [1.5]], "bias": [0.5, 2.5, -3], "activation": "tanh"},
        {"weight": [[1.3, 0.9, 0.7]], "bias": [0.3]},
    ]
}
ROUNDING = slice(610, 653)
"""The rows of pixels where F − G is drawn, from −5 to 5 times 10⁻¹⁵."""
REQUEST = re.compile(r"```sh\n(curl .*?)```.*?```json\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running() as base:
        yield base


def test_the_link_that_is_made_leads_to_a_picture(base: str) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    answer = httpx.get(made.stdout.strip().replace("http://127.0.0.1:8000", base), timeout=60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


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


@pytest.mark.parametrize(("command", "expected"), REQUEST.findall(README), ids=["1", "2", "3"])
def test_a_pasted_request_answers_as_written(base: str, command: str, expected: str) -> None:
    program("curl")
    pasted = command.replace("http://127.0.0.1:8000", base)
    answer = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True, timeout=60)
    assert contained(json.loads(expected), json.loads(answer.stdout)), answer.stdout


def pictures(base: str) -> Iterator[tuple[str, bytes]]:
    """Draw the README's pictures: their names, and PNGs."""
    softplus = "/v1/activations/softplus/plot.png?derivative=true&scale=2&height=400"
    yield "softplus", httpx.get(base + softplus, timeout=60).content
    converted = httpx.post(f"{base}/v1/networks/convert", json={"network": TANH, "to": "sigmoid"}, timeout=60)
    both = [{"network": TANH}, {"network": converted.json()["network"]}]
    asked = json.dumps({"networks": both, "scale": 2, "height": 400})
    q = base64.urlsafe_b64encode(asked.encode()).decode()
    yield "rewritten", httpx.get(f"{base}/v1/networks/plot.png?q={q}", timeout=60).content


def test_every_picture_shown_is_one_of_these(base: str) -> None:
    assert re.findall(r"!\[[^\]]{20,}\]\(static/pictures/(\w+)\.png\)", README) == [
        name for name, _ in pictures(base)
    ]


@pytest.mark.parametrize("name", ["softplus", "rewritten"])
def test_the_pictures_are_those_that_the_service_draws(base: str, name: str) -> None:
    drawn = dict(pictures(base))[name]
    with Image.open(kept_picture(name)) as kept, Image.open(io.BytesIO(drawn)) as fresh:
        assert kept.size == fresh.size
        off = np.abs(np.asarray(kept.convert("RGB"), int) - np.asarray(fresh.convert("RGB"), int))
        dark = np.asarray(fresh.convert("L")) < 60
    if name == "rewritten":
        # What rounding leaves of F − G is each processor's own; it stays in the middle of the proven band.
        off[ROUNDING] = 0
        assert dark[ROUNDING, 130:1240].any(axis=0).all()
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
    assert written.group(1) == table_of_settings(), (
        "print it, and draw the pictures, with: python -m tests.test_readme"
    )


def kept_picture(name: str) -> Path:
    return PROJECT / "static" / "pictures" / f"{name}.png"


if __name__ == "__main__":
    print(table_of_settings())
    with running() as own:
        for title, picture in pictures(own):
            kept_picture(title).write_bytes(picture)
