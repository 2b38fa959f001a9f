"""The page in Debian's Chromium, in front of the service as a user starts it.

A test fails on whatever would worry its user's browser: an error on the console, an exception nobody caught,
a violation of the content security policy, a request to anywhere but the service.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.machine import program
from tests.serving import running

REFUSED = "Failed to load resource: the server responded with a status of 4"
CANCELLED = "net::ERR_ABORTED"  # a view that was left, a picture that was overtaken


@dataclass
class Watch:
    """What the browser did that it should not have; `refusals` where a test provokes 4xx answers."""

    base: str
    refusals: bool = False
    seen: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()  # what a test provokes: a busy service, a lost connection

    def attend(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"uncaught: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or (self.refusals and message.text.startswith(REFUSED)):
            return
        if any(text in message.text for text in self.expected):
            return
        self.seen.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.base + "/", "blob:" + self.base, "data:")):
            self.seen.append(f"request outside of the service: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != CANCELLED and request.failure not in self.expected:
            self.seen.append(f"failed: {request.url}: {request.failure}")


# Of the package, not of the session: Playwright's loop must not run under other tests of the same process.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium once; skip without it, but not in CI, which must have it."""
    executable = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def base() -> Iterator[str]:
    """The service's address: http://127.0.0.1:…"""
    with running() as base:
        yield base


Open = Callable[..., BrowserContext]


@pytest.fixture
def watch(base: str) -> Iterator[Watch]:
    """What is seen by the browser; the test fails at its end if that is anything."""
    watch = Watch(base)
    yield watch
    assert watch.seen == []


@pytest.fixture
def refusals(watch: Watch) -> None:
    """Let the service refuse what this test sends on purpose: Chromium logs each 4xx as an error."""
    watch.refusals = True


@pytest.fixture
def dressed(browser: Browser, base: str, watch: Watch) -> Iterator[Open]:
    """Return a function that opens a context of its own: `dressed(color_scheme="dark", viewport=…)`."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        usual = {"base_url": base, "viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        context = browser.new_context(**{**usual, **options})  # type: ignore[arg-type]  # options by name
        origin = str(options.get("base_url", base))
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
        context.set_default_timeout(10_000)
        context.on("page", watch.attend)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page(dressed: Open) -> Page:
    """A page of 1280 × 900 CSS pixels, light, blank: `page.goto("/#/activations")`."""
    return dressed(color_scheme="light").new_page()
