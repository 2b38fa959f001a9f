"""What README and docs say: requests answer so, tables are derived, no route or setting is missing."""

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import numpy as np
import pytest
from PIL import Image

from app.http.problem_types import BY_SLUG
from app.main import create_app
from app.nn.activations.catalogue import names
from app.nn.gradients.codes import Code
from app.nn.identities import catalogue as identities
from app.settings import Settings
from tests.machine import program
from tests.serving import PROJECT, running

PAGES = {
    path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        *sorted((PROJECT / "docs").rglob("*.md")),
    )
}
API = PAGES["docs/api.md"]
TANH = {
    "layers": [
        {"weight": [[3], [-2], [1.5]], "bias": [0.5, 2.5, -3], "activation": "tanh"},
        {"weight": [[1.3, 0.9, 0.7]], "bias": [0.3]},
    ]
}
ROUNDING = slice(610, 653)
"""The rows of pixels where F − G is drawn, from −5 to 5 times 10⁻¹⁵."""
REQUEST = re.compile(r"```sh\n(curl .*?)```.*?```json\n(.*?)```", re.DOTALL)
REQUESTS = [
    pytest.param(command, expected, id=f"{page}:{number}")
    for page, text in PAGES.items()
    for number, (command, expected) in enumerate(REQUEST.findall(text), 1)
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running() as base:
        yield base


def test_the_link_that_is_made_leads_to_a_picture(base: str) -> None:
    (code,) = re.findall(r"```python\n(import base64.*?)```", API, re.DOTALL)
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


def test_the_readme_is_short_and_has_three_requests() -> None:
    assert PAGES["README.md"].count("\n") <= 120
    assert len(REQUEST.findall(PAGES["README.md"])) == 3


@pytest.mark.parametrize(("command", "expected"), REQUESTS)
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
    shown = re.findall(r"!\[[^\]]{20,}\]\([./]*static/pictures/(\w+)\.png\)", "".join(PAGES.values()))
    assert set(shown) - {"page"} == {name for name, _ in pictures(base)}


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
    written = re.search(
        r"<!-- settings -->\n(.*?)\n?<!-- /settings -->", PAGES["docs/operating.md"], re.DOTALL
    )
    assert written is not None
    assert written.group(1) == table_of_settings(), (
        "print it, and draw the pictures, with: python -m tests.test_docs"
    )


def routes() -> set[str]:
    """Return every path of the service as the contract writes it: `{name}` for an activation's."""
    every = re.compile(
        rf"^(/v1/(?:activations|identities))/({'|'.join([*names(), *identities.names()])})(?=/|$)"
    )
    paths = {str(getattr(route, "path", "")) for route in create_app(Settings()).router.routes}
    return {every.sub(r"\1/{name}", path) for path in paths if path.startswith(("/v1", "/problems", "/m"))}


@pytest.mark.parametrize("path", sorted(routes()))
def test_every_route_stands_in_the_contract(path: str) -> None:
    assert f"{path}`" in API or f"{path}?" in API, f"docs/api.md says nothing of {path}"


@pytest.mark.parametrize("slug", sorted(BY_SLUG))
def test_every_problem_type_stands_in_the_contract(slug: str) -> None:
    assert f"`{slug}`" in API


@pytest.mark.parametrize("code", get_args(Code))
def test_every_code_stands_in_the_contract(code: str) -> None:
    assert f"`{code}`" in API


def test_every_room_stands_in_the_architecture() -> None:
    rooms = {path.parent.name for path in (PROJECT / "app").glob("*/__init__.py")}
    told = set(re.findall(r"`app/(\w+)/`", PAGES["docs/architecture.md"]))
    assert rooms <= told


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", PAGES[page]):
        if "://" not in link:
            assert ((PROJECT / page).parent / link).exists(), link


def kept_picture(name: str) -> Path:
    return PROJECT / "static" / "pictures" / f"{name}.png"


if __name__ == "__main__":
    print(table_of_settings())
    with running() as own:
        for title, picture in pictures(own):
            kept_picture(title).write_bytes(picture)
