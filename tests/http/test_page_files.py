"""The page's files: addresses that last, one release at a time, and a first window of few requests."""

import gzip
import os
import re
import shutil
from pathlib import Path

import pytest

from app.http.page_files import PageFiles
from app.main import static_directory
from tests.service import Client

STATIC = static_directory()
MOST_REQUESTS = 30
LASTING = "public, max-age=31536000, immutable"
IMPORTED = re.compile(r'(?:from|import) ?\(?"(\./[^"]+|\.\./[^"]+)"')


@pytest.fixture
def page(client: Client) -> str:
    return client.get("/").text


def addresses(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="(static/[^"]+)"', page)


def test_files_of_the_head_have_lasting_addresses(client: Client, page: str) -> None:
    """Every file of the head is there under an address that lasts."""
    found = addresses(page)
    assert len(found) > 20
    for address in found:
        answer = client.get(f"/{address}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == LASTING
        assert re.match(r"static/[0-9a-f]{12}/", address)


def test_the_first_window_needs_at_most_thirty_requests(page: str) -> None:
    assert len({"/", *addresses(page)}) <= MOST_REQUESTS


def test_modules_announced_are_all_that_landing_imports() -> None:
    """What computes gradients must not even be loaded where only checks are allowed."""
    files = PageFiles(STATIC)
    found = files.modules("page.js", "sheet/sheet.js")
    assert {"page.js", "sheet/sheet.js", "page/figure.js", "page/mathematics.js"} <= set(found)
    assert not {name for name in found if re.search("gradient|nudge|descent", name)}


def test_every_import_of_every_module_names_a_file() -> None:
    modules = [path for path in STATIC.rglob("*.js") if path.parent.name not in ("docs", "vendor")]
    for module in modules:
        for name in IMPORTED.findall(module.read_text(encoding="utf-8")):
            assert (module.parent / name).is_file(), f"{module.name}: {name}"


def test_the_styles_are_those_of_the_head_in_its_order(client: Client, page: str) -> None:
    address = next(one for one in addresses(page) if one.endswith("page-styles.css"))
    names = re.findall(r'rel="stylesheet" href="static/([^"]+)">', (STATIC / "index.html").read_text())
    assert len(names) >= 4
    assert client.get(f"/{address}").text == "\n".join((STATIC / name).read_text() for name in names)


@pytest.mark.parametrize("name", ["page.js", "page/element.js", "icon.svg"])
def test_text_comes_compressed_to_who_takes_gzip(client: Client, page: str, name: str) -> None:
    release = addresses(page)[0].split("/")[1]
    for path in (f"/static/{name}", f"/static/{release}/{name}"):
        packed = client.get(path, headers={"Accept-Encoding": "gzip"})
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        assert plain.text == packed.text == (STATIC / name).read_text()
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
        assert "content-encoding" not in plain.headers
        large = len(plain.content) >= 400
        assert packed.headers.get("content-encoding") == ("gzip" if large else None)
        if large:
            assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 9, mtime=0))


def test_another_release_s_files_are_not_found(client: Client) -> None:
    assert client.get("/static/0123456789ab/page.js").status_code == 404
    assert client.get("/static/page.js").headers["cache-control"] == "no-cache"


def test_a_change_of_any_file_gives_a_release_of_another_name(tmp_path: Path) -> None:
    copied = shutil.copytree(STATIC, tmp_path / "static")
    before = PageFiles(copied).release
    assert before == PageFiles(STATIC).release  # of the contents alone, wherever they are
    (copied / "page" / "element.js").write_text("// another\n")
    assert PageFiles(copied).release != before
    os.rename(copied / "icon.svg", copied / "sign.svg")
    assert len({before, PageFiles(copied).release, PageFiles(STATIC).release}) == 2


def test_a_link_to_a_view_finds_all_its_modules_in_the_head(page: str) -> None:
    files = PageFiles(STATIC)
    listed = dict(re.findall(r'<meta name="modules" data-view="(\w+)" content="([^"]*)">', page))
    assert set(listed) == {"activations", "backpropagation", "convert", "gradients", "identities"}
    first = set(files.modules("page.js", "sheet/sheet.js"))
    for view, names in listed.items():
        assert set(names.split()) | first == set(files.modules(f"views/{view}.js")) | first
