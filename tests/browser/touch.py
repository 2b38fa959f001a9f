"""Fingers on the screen, as Chromium's protocol has them: Playwright's own touchscreen only taps."""

from collections.abc import Iterable

from playwright.sync_api import CDPSession, Page


def fingers(page: Page) -> CDPSession:
    """Return the session through which fingers touch `page`."""
    return page.context.new_cdp_session(page)


def _touch(session: CDPSession, steps: Iterable[list[dict[str, float]]]) -> None:
    for index, points in enumerate(steps):
        kind = "touchMove" if index else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def pinch(page: Page, x: float, y: float, gaps: Iterable[float] = (40, 70, 100, 140)) -> None:
    """Put two fingers about (x, y), as far apart as the first gap, and move them to the last."""
    _touch(
        fingers(page),
        ([{"x": x - gap / 2, "y": y, "id": 1}, {"x": x + gap / 2, "y": y, "id": 2}] for gap in gaps),
    )


def swipe(page: Page, places: Iterable[tuple[float, float]]) -> None:
    """Move one finger through places."""
    _touch(fingers(page), ([{"x": x, "y": y, "id": 1}] for x, y in places))
