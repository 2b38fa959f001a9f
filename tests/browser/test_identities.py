"""The identities' view: each proven step by step, by mouse and by keyboard, with its picture."""

import re

import httpx
from playwright.sync_api import Page, expect

from app.nn.identities.catalogue import names
from tests.browser.conftest import Open
from tests.browser.test_activations import clipboard
from tests.browser.waiting import SECONDS, drawn


def test_the_first_is_proven_step_by_step_by_keyboard(page: Page) -> None:
    page.goto("/#/identities")
    lines = page.locator(".derivation li")
    expect(lines).to_have_count(1)
    drawn(page, "softplus")
    following = page.get_by_role("button", name=re.compile("Next step"))
    following.focus()
    page.keyboard.press("Enter")
    expect(lines).to_have_count(2)
    expect(page.get_by_role("status")).to_contain_text("Step 2 of")
    expect(page).to_have_url(re.compile("step=2"))
    page.reload()
    expect(lines).to_have_count(2)
    page.get_by_role("button", name="Back", exact=True).click()
    expect(lines).to_have_count(1)
    page.get_by_role("button", name="Show all").focus()
    page.keyboard.press("Enter")
    onwards = page.get_by_role("button", name="Next: 1b")
    expect(onwards).to_be_focused()
    expect(lines.last.locator("math")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".menu a[aria-current=true]")).to_contain_text("1b")


def test_each_has_its_statement_its_check_and_its_address(page: Page) -> None:
    for name in names():
        page.goto(f"/#/identities?name={name}&step=99")
        chosen = page.locator(".menu a[aria-current=true]")
        expect(chosen).to_have_count(1)
        expect(chosen).to_have_attribute("href", re.compile(rf"name={name}\b"))
        expect(page.locator(".statement .clause math").first).to_be_visible()
        assert page.locator(".statement .formula").evaluate("(one) => one.scrollWidth <= one.clientWidth")
        expect(page.get_by_role("button", name=re.compile("^Next: "))).to_be_visible()
        expect(page.locator(".derivation li .reason").last).not_to_be_empty()
        answer = httpx.get(clipboard_url(page), timeout=SECONDS)
        assert answer.json()["name"] == name


def test_no_statement_is_wider_than_a_narrow_screen(dressed: Open) -> None:
    page = dressed(viewport={"width": 360, "height": 640}).new_page()
    for name in names():
        page.goto(f"/#/identities?name={name}")
        expect(page.locator(".menu a[aria-current=true]")).to_have_attribute(
            "href", re.compile(rf"name={name}\b")
        )
        statement = page.locator(".statement .formula")
        expect(statement).to_be_visible()
        assert statement.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0


def test_a_step_is_whole(page: Page) -> None:
    page.goto("/#/identities?step=2.5")
    expect(page.get_by_role("button", name=re.compile("Next step"))).to_contain_text("(2 of")
    expect(page.locator(".derivation li")).to_have_count(2)


def clipboard_url(page: Page) -> str:
    return clipboard(page, "Copy as curl").split()[2].strip("'\"")


def test_the_menu_leads_there_and_the_back_button_returns(page: Page) -> None:
    page.goto("/#/identities")
    page.get_by_role("navigation", name="Identities").get_by_role("link").nth(2).click()
    expect(page).to_have_url(re.compile("name="))
    expect(page.get_by_role("navigation", name="Identities").get_by_role("link").nth(2)).to_have_attribute(
        "aria-current", "true"
    )
    page.go_back()
    expect(page.get_by_role("navigation", name="Identities").get_by_role("link").first).to_have_attribute(
        "aria-current", "true"
    )
