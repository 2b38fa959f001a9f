"""SOFTSTEP_FRAMES in Chromium: pages of the origins it names frame the page and pictures, no others do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.waiting import becomes, until
from tests.serving import free_port, running

_AROUND = """<!doctype html><title>A course</title>
<iframe src="{base}/?embed#/identities" title="page" width="900" height="200"></iframe>
<iframe src="{base}/#/identities" title="whole page" width="900" height="200"></iframe>
<iframe src="{base}/v1/activations/relu/plot.svg?theme=auto" title="svg" width="900" height="500"></iframe>
<iframe src="{base}/livez" title="other" width="900" height="200"></iframe>
<script>
addEventListener("message", ({{ source, data }}) => {{
  const frame = document.querySelector("iframe");
  if (source === frame.contentWindow && data.type === "softstep.height") frame.height = data.height;
}});
</script>"""


@contextmanager
def course(base: str, port: int) -> Iterator[str]:
    """Serve a page of another origin that has four frames."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(_AROUND.format(base=base).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def allowed() -> int:
    return free_port()


@pytest.fixture(scope="module")
def framed(allowed: int) -> Iterator[str]:
    with running(frames=f"http://127.0.0.1:{allowed}") as base:
        yield base


@pytest.fixture
def outer(dressed: Open, framed: str, watch: Watch) -> Page:
    watch.expected = ("frame-ancestors", "net::ERR_BLOCKED_BY_RESPONSE")
    watch.base = "http://127.0.0.1"
    page = dressed(base_url=framed).new_page()
    page.on("requestfailed", lambda _: None)
    return page


@pytest.fixture(autouse=True)
def local(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_request", lambda _: None)


def test_an_allowed_origin_frames_the_page_and_pictures(outer: Page, framed: str, allowed: int) -> None:
    with course(framed, allowed) as address:
        outer.goto(address)
        inside = outer.frame_locator("iframe[title=page]")
        expect(inside.locator("math").first).to_be_visible(timeout=60_000)
        expect(inside.locator(".masthead")).to_be_hidden()
        expect(inside.locator("footer")).to_be_hidden()
        expect(outer.frame_locator("iframe[title=svg]").locator("svg")).to_be_visible()
        # What was not made to be framed is not, by the same origin either.
        for refused in (outer.frames[2], outer.frames[4]):
            until(outer, lambda refused=refused: refused.url.startswith("chrome-error:"))
        frame = outer.frames[1]
        outer.wait_for_function("Number(document.querySelector('iframe').height) > 300")
        frame.wait_for_function("document.documentElement.scrollHeight <= innerHeight + 1")
        # Another view is opened beside, whole.
        with outer.context.expect_page() as opened:
            frame.evaluate("""() => {
                const link = document.createElement("a");
                link.href = "#/convert";
                link.textContent = "Convert";
                document.getElementById("main").append(link);
                link.click();
            }""")
        expect(opened.value.locator(".masthead")).to_be_visible()
        assert "embed" not in opened.value.url


def test_the_height_follows_when_the_view_gets_lower(outer: Page, framed: str, allowed: int) -> None:
    with course(framed, allowed) as address:
        outer.goto(address)
        expect(outer.frame_locator("iframe[title=page]").locator("math").first).to_be_visible(timeout=60_000)
        outer.wait_for_function("Number(document.querySelector('iframe').height) > 300")
        outer.frames[1].evaluate("document.getElementById('main').replaceChildren('short')")
        outer.wait_for_function("Number(document.querySelector('iframe').height) < 150")


def test_another_origin_frames_nothing(outer: Page, framed: str) -> None:
    with course(framed, free_port()) as address:
        outer.goto(address)
        schemes = lambda: [frame.url.partition(":")[0] for frame in outer.frames[1:]]  # noqa: E731
        becomes(outer, schemes, ["chrome-error"] * 4)


def test_a_picture_is_copied_in_the_languages_of_pages(dressed: Open, framed: str, watch: Watch) -> None:
    watch.base = framed
    page = dressed(base_url=framed).new_page()
    page.goto("/#/activations")
    choice = page.get_by_label("Copy as")
    expect(choice).to_be_visible(timeout=60_000)
    expect(page.locator(".picture img").first).to_be_visible(timeout=60_000)
    found = {}
    for language in choice.locator("option").all_text_contents()[1:]:
        page.evaluate("document.querySelector('.sharing .done').textContent = ''")
        choice.select_option(language)
        expect(page.locator(".sharing .done").first).to_contain_text("Copied", timeout=60_000)
        found[language] = page.evaluate("navigator.clipboard.readText()")
    assert list(found) == ["Markdown", "HTML", "LaTeX", "MyST", "iframe"]
    link = f"{framed}/v1/activations/"
    assert found["Markdown"].startswith("![") and f"]({link}" in found["Markdown"]
    shown = page.evaluate(
        """async (html) => {
            const image = new DOMParser().parseFromString(html, "text/html").querySelector("img");
            const own = new Image();
            own.src = image.src;
            await own.decode();
            const ratio = (own.naturalWidth / own.naturalHeight) / (image.width / image.height);
            return [image.alt, ratio];
        }""",
        found["HTML"],
    )
    assert len(shown[0]) > 30 and abs(shown[1] - 1) < 0.01
    assert "\\includegraphics" in found["LaTeX"] and "plot.pdf" in found["LaTeX"]
    assert found["MyST"].startswith("```{image} " + link) and ":alt: " in found["MyST"]
    assert "?embed#/activations" in found["iframe"]
