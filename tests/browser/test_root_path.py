"""The service below a path of its host, behind a real nginx that takes the path off or passes it on."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Watch
from tests.browser.proxy import nginx
from tests.browser.waiting import SECONDS
from tests.serving import running

ROOT = "/courses/softstep"


@pytest.fixture(scope="module")
def direct() -> Iterator[str]:
    with running(root_path=ROOT) as base:
        yield base


@pytest.fixture(scope="module", params=["takes it off", "passes it on"])
def proxy(request: pytest.FixtureRequest, direct: str) -> Iterator[str]:
    target = f"{direct}/" if request.param == "takes it off" else direct
    with nginx(f"{ROOT}/", target) as address:
        yield address


@pytest.fixture
def base(proxy: str) -> str:
    return proxy


def test_page_docs_and_problems_work_below_a_path(dressed: Open, watch: Watch, base: str) -> None:
    watch.refusals = True
    page = dressed(base_url=base).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{ROOT}/#/activations")
    picture = page.get_by_role("img").first
    expect(picture).to_be_visible(timeout=60_000)
    page.goto(f"{ROOT}/#/identities")
    expect(page.locator("math").first).to_be_visible(timeout=60_000)
    page.goto(f"{ROOT}/redoc")
    expect(page.get_by_text("Softstep").first).to_be_visible(timeout=90_000)
    page.goto(f"{ROOT}/problems/busy")
    page.get_by_role("link", name="API").click()
    expect(page.locator(".opblock").first).to_be_visible(timeout=90_000)
    outside = [url for url in asked if not url.startswith((f"{base}{ROOT}/", "blob:", "data:"))]
    assert outside == []


def test_every_address_that_is_answered_is_below_the_path(base: str) -> None:
    with httpx.Client(base_url=base + ROOT, timeout=SECONDS) as client:
        refused = client.post("/v1/activations/sigmoid", json={"inputs": [[1], [1, 2]]})
        problem = refused.json()
        assert problem["type"] == f"{ROOT}/problems/shape-mismatch"
        assert problem["instance"] == f"{ROOT}/v1/activations/sigmoid"
        page = client.get(base + problem["type"], headers={"accept": "application/json"}).json()
        assert page["type"] == problem["type"] and page["example"]["request"]["path"].startswith(ROOT)
        document = client.get("/openapi.json").json()
        assert document["servers"][0]["url"] == ROOT
        assert f"({ROOT}/problems/" in document["components"]["responses"]["Problem422"]["description"]
        told = client.get("/llms.txt").text
        assert f"{ROOT}/v1/networks/convert" in told and f"({ROOT}/openapi.json)" in told
        assert client.get("/v1/activations/relu/plot.svg").headers["content-type"] == "image/svg+xml"
        unknown = client.get("/nothing").json()
        assert (unknown["status"], unknown["instance"]) == (404, f"{ROOT}/nothing")
    # Here it is nginx who answers: it sends all that is not below the path away, but for the path itself.
    assert httpx.get(base + ROOT, follow_redirects=True, timeout=SECONDS).url.path == f"{ROOT}/"
