"""The key of a service that asks for one: typed once, never copied, and asked for again where it is none."""

import os
import subprocess
import sys
from hashlib import sha256

from playwright.sync_api import expect

from tests.browser.conftest import Open, Watch
from tests.browser.test_activations import clipboard
from tests.browser.test_convert import SAME, answer
from tests.browser.waiting import drawn
from tests.serving import running


def test_a_key_is_asked_for_once_and_then_everything_is_done(dressed: Open, watch: Watch) -> None:
    watch.refusals = True
    with running(api_key_hashes=sha256(b"letmein").hexdigest(), processes=0) as base:
        watch.base = base
        page = dressed(base_url=base).new_page()
        page.goto(f"/{SAME}")
        expect(page.get_by_label("Key of this service")).to_have_count(2)
        page.get_by_label("Key of this service").first.fill("letmein")
        page.get_by_role("button", name="Use it").filter(visible=True).first.click()
        answer(page)
        expect(page.get_by_role("group", name="Verdict").locator(".verdict")).to_be_visible()
        drawn(page, "F and G")
        command = clipboard(page, "Copy as curl")
        assert "letmein" not in command and '-H "X-API-Key: $SOFTSTEP_KEY"' in command
        python = clipboard(page, "Copy as Python")
        assert "letmein" not in python
        run = subprocess.run(
            [sys.executable, "-c", python],
            capture_output=True,
            text=True,
            env={**os.environ, "SOFTSTEP_KEY": "letmein"},
        )
        assert "'certificate'" in run.stdout, run.stderr
        page.close()  # before its service ends


def test_a_key_that_is_none_or_is_not_known_is_asked_for_again(dressed: Open, watch: Watch) -> None:
    """One with an unseen sign failed like a dead network, and neither could be replaced."""
    watch.refusals = True
    with running(api_key_hashes=sha256(b"letmein").hexdigest(), processes=0) as base:
        watch.base = base
        page = dressed(base_url=base).new_page()
        page.goto("/#/convert")
        key = page.get_by_label("Key of this service")
        for typed, said in {
            "": "expected a key",
            "let\u200bme": "expected printable ASCII only, got U+200B",
        }.items():
            key.fill(typed)
            key.press("Enter")
            expect(page.locator("form .fault")).to_contain_text(said)
            expect(key).to_be_focused()
        key.fill("another")
        key.press("Enter")
        # The whole sentence: what is read aloud holds it among others.
        unknown = "This key is not known here. Type it again: it is kept until this tab is closed."
        expect(page.get_by_text(unknown, exact=True)).to_be_visible()
        expect(key).to_be_focused()
        assert page.evaluate("sessionStorage.getItem('softstep.key')") is None
        key.fill("letmein")
        key.press("Enter")
        answer(page)
        page.evaluate("sessionStorage.setItem('softstep.key', 'let\u200bmein')")  # of an earlier release
        page.reload()
        expect(key).to_be_visible()
        page.close()  # before its service ends
