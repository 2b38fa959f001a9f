"""Reads of the page at an instant, each after what makes that instant the right one."""

from playwright.sync_api import FloatRect, Locator, expect


def box_of(shown: Locator) -> FloatRect:
    """Return where an element stands, once it is seen: of a hidden one Playwright says None."""
    expect(shown).to_be_visible()
    box = shown.bounding_box()
    assert box is not None
    return box
