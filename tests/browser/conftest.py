"""The page in Debian's Chromium, in front of the service as a user starts it.

A test fails on whatever would worry its user's browser: an error on the console, an exception nobody caught,
a violation of the content security policy, a request to anywhere but the service.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.late import late
from tests.machine import program
from tests.serving import running

REFUSED = "Failed to load resource: the server responded with a status of 4"
PATIENCE = 30_000  # milliseconds: at a load of 20 a picture took more than the usual 5 s, a page 20 s
LATE = os.environ.get("LATE", "")  # see late.py
SLOWDOWN = float(os.environ.get("SLOWDOWN", "1"))  # how many times slower a page is computed: finds races too
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
    # The same engine without windows: a page takes 0.4 of the processor time.
    executable = shutil.which("chromium-headless-shell") or program("chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def base() -> Iterator[str]:
    """The service's address: http://127.0.0.1:…"""
    with running() as base, late(base, LATE) if LATE else nullcontext(base) as address:
        yield address


@pytest.fixture(scope="package")
def checking() -> Iterator[str]:
    """The address of a service that only checks, down to which entries are wrong."""
    with running(help="entries", tolerance=0.01, processes=0) as base:
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
        context = new_context(browser, **{"base_url": base, **options})
        context.on("page", watch.attend)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


def new_context(browser: Browser, **options: object) -> BrowserContext:
    """Return a context of 1280 × 900 CSS pixels in which nothing moves and the clipboard is free."""
    usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(**{**usual, **options})  # type: ignore[arg-type]  # options by name
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=str(options["base_url"]))
    context.set_default_timeout(PATIENCE)
    if SLOWDOWN > 1:
        context.on("page", slow)
    return context


def slow(page: Page) -> None:
    """Let a page be computed as slowly as `SLOWDOWN` says."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})


@pytest.fixture(scope="package")
def shared(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """Contexts by the service's address: what they have fetched and compiled serves the next test too."""
    contexts: dict[str, BrowserContext] = {}
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def page(browser: Browser, shared: dict[str, BrowserContext], base: str, watch: Watch) -> Iterator[Page]:
    """A page of 1280 × 900 CSS pixels, light, blank: `page.goto("/#/activations")`; nothing is remembered."""
    if base not in shared:
        shared[base] = new_context(browser, base_url=base, color_scheme="light")
    context = shared[base]
    context.on("page", watch.attend)
    page = context.new_page()
    yield page
    context.remove_listener("page", watch.attend)
    forget = context.new_cdp_session(context.pages[0] if context.pages else context.new_page())
    forget.send("Storage.clearDataForOrigin", {"origin": base, "storageTypes": "local_storage,indexeddb"})
    for one in context.pages:
        one.close()
