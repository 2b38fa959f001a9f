"""A page of another origin: it may call the service and read what it needs, unless the operator says no."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.serving import running

CALL = """async ([address, options]) => {
  try {
    const answer = await fetch(address, options);
    const names = ["etag", "x-alt-text", "x-request-id", "retry-after"];
    const headers = Object.fromEntries(names.map((name) => [name, answer.headers.get(name)]));
    return { status: answer.status, headers, body: await answer.text() };
  } catch (error) {
    return { status: 0 };
  }
}"""
JSON = {"Content-Type": "application/json"}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page that another server has delivered."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Elsewhere</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever).start()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
    yield page
    context.close()
    server.shutdown()
    server.server_close()


def call(page: Page, address: str, **options: Any) -> dict[str, Any]:
    answered: dict[str, Any] = page.evaluate(CALL, [address, options])
    return answered


def test_another_origins_page_may_ask_and_read(elsewhere: Page, base: str) -> None:
    """Another origin's page may ask and read tags words and refusals."""
    asked = {"method": "POST", "headers": JSON, "body": '{"inputs": [0, 1]}'}
    answer = call(elsewhere, f"{base}/v1/activations/relu", **asked)
    assert (answer["status"], answer["body"]) == (200, '{"outputs":[0.0,1.0]}')
    assert answer["headers"]["x-request-id"]
    picture = call(elsewhere, f"{base}/v1/activations/relu/plot.svg")
    assert picture["headers"]["etag"] and "relu" in picture["headers"]["x-alt-text"]
    refused = call(elsewhere, f"{base}/v1/activations/relu", **{**asked, "body": "{"})
    assert refused["status"] == 400 and "malformed-json" in refused["body"]
    assert call(elsewhere, f"{base}/nothing")["status"] == 404
    tensors = {**asked, "headers": {"Content-Type": "application/vnd.safetensors"}}
    assert call(elsewhere, f"{base}/v1/activations/relu", **tensors)["status"] == 422


def test_a_picture_is_embedded_in_another_origin_s_page(elsewhere: Page, base: str) -> None:
    width = elsewhere.evaluate(
        """(address) => new Promise((resolve, reject) => {
          const image = new Image();
          image.onload = () => resolve(image.naturalWidth);
          image.onerror = reject;
          image.src = address;
          document.body.append(image);
        })""",
        f"{base}/v1/activations/gelu/plot.png?width=480",
    )
    assert width == 480


def test_where_origins_are_named_others_read_nothing(elsewhere: Page) -> None:
    with running(cors_origins="https://school.example", processes=0) as base:
        asked = {"method": "POST", "headers": JSON, "body": '{"inputs": 0}'}
        assert call(elsewhere, f"{base}/v1/activations/relu", **asked) == {"status": 0}
        assert call(elsewhere, f"{base}/v1/activations/relu/plot.svg") == {"status": 0}


def test_a_picture_that_was_shown_can_be_asked_for_by_a_script(elsewhere: Page, base: str) -> None:
    address = f"{base}/v1/activations/relu/plot.svg"
    elsewhere.evaluate(
        "(address) => { const one = new Image(); one.src = address; return one.decode(); }", address
    )
    shown = call(elsewhere, address)  # from the browser's cache, with the headers it came with
    assert shown["status"] == 200 and "relu" in shown["headers"]["x-alt-text"]
