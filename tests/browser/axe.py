"""What axe-core finds on a page, the rules for names and for the size of what is touched among the others."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_EXTRA = {name: {"enabled": True} for name in ("label-content-name-mismatch", "target-size")}
OF_LAYOUT = ("target-size", "scrollable-region-focusable", "css-orientation-lock", "meta-viewport")
"""The rules that another width may break while the elements are the same."""
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules that another theme may break while the elements are the same."""

_SCRIPT = Axe().axe_script


def violations(page: Page, *rules: str, within: str = "html") -> list[Any]:
    """Return what breaks `rules` within an element, or any rule where none are named: ids, and where."""
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(_SCRIPT)
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {"rules": _EXTRA}
    options = {**only, "resultTypes": ["violations"]}
    found = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])
    return [
        (one["id"], one["help"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found["violations"]
    ]
