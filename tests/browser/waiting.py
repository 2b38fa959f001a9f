"""What a test waits for before it reads the page at an instant: on a loaded machine all comes late."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.conftest import PATIENCE

SECONDS = PATIENCE / 1000  # as httpx counts, whose usual five are too few
BREATH = 20  # milliseconds between two looks
Read = TypeVar("Read")

SETTLED = """() => {
  const view = document.querySelector(`.view.${location.hash.match(/^#\\/(\\w+)/)?.[1]}`);
  return view?.matches(":has(.picture-place img:not([hidden])), :not(:has(.picture)):has(.loss)")
    && !document.querySelector("[aria-busy]");
}"""
WHOLE = """() => !document.querySelector(".picture-place:is([aria-busy], :has(> img.stale))")
  && [...document.querySelectorAll(".picture-place > img:not(.on-paper)")]
    .every((image) => image.complete && image.naturalWidth > 0)"""


def becomes(page: Page, read: Callable[[], Read], expected: Read) -> None:
    """Wait until what is read is what is expected; fail with what was read last."""
    deadline = time.monotonic() + SECONDS
    while (found := read()) != expected and time.monotonic() < deadline:
        page.wait_for_timeout(BREATH)
    assert found == expected


def until(page: Page, seen: Callable[[], object]) -> None:
    """Wait until `seen()` is true, while the browser's events come in."""
    becomes(page, lambda: bool(seen()), True)


@contextmanager
def renewed(page: Page) -> Iterator[None]:
    """Wait until what is done within has put a view in the place of the one that is shown."""
    page.locator(".view").evaluate("(view) => { view.dataset.left = ''; }")
    yield
    expect(page.locator(".view[data-left]")).to_have_count(0)
    expect(page.locator(".view")).to_have_count(1)


def drawn(page: Page, words: str = "") -> str:
    """Wait for a picture that is whole, of no earlier question, and has `words` in its own; return those."""
    image = page.locator(".picture-place > img:not(.on-paper)")
    expect(image).to_have_attribute("alt", re.compile(re.escape(words) or r"\w"))
    page.wait_for_function(WHOLE)
    return image.get_attribute("alt") or ""


def settled(page: Page) -> None:
    """Wait until the view that the address names has its answers and its picture."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_function(SETTLED)


def box_of(shown: Locator) -> FloatRect:
    """Return where an element stands, once it is seen: of a hidden one Playwright says None."""
    expect(shown).to_be_visible()
    box = shown.bounding_box()
    assert box is not None
    return box


def cells_hold(cells: Locator, expected: Sequence[str]) -> None:
    """Wait until there are as many cells as `expected`, with these texts."""
    expect(cells).to_have_count(len(expected))
    for index, text in enumerate(expected):
        expect(cells.nth(index)).to_have_value(text)
