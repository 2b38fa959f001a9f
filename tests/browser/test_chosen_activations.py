"""The activation of a layer and its parameters: what is typed stays, and what is none is said to be."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_convert import answer


def test_what_is_wrong_with_a_parameter_stands_at_its_box(page: Page) -> None:
    page.goto("/#/convert?to=tanh&W1=1&b1=0&a1=elu:alpha=x&W2=1&b2=0&a2=identity")
    layer = page.get_by_role("group", name="Layer 1 of F")
    box = layer.get_by_label("alpha")
    expect(box).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Rewrite").click()
    expect(box).to_be_focused()
    layer.get_by_role("combobox").select_option("tanh")
    expect(box).to_have_count(0)
    layer.get_by_role("combobox").select_option("elu")
    expect(box).to_have_value("x")  # what was typed waits for its activation


UNKNOWN = ["Tanh", "ReLU", "swish", "softmax"]


@pytest.mark.usefixtures("refusals")
@pytest.mark.parametrize("name", UNKNOWN)
def test_activation_unknown_is_a_fault_where_it_stands(page: Page, name: str) -> None:
    """Taken for the identity, it had a proof for another network."""
    page.goto(f"/#/convert?to=sigmoid&W1=1;2&b1=0,1&a1={name}&W2=1,2&b2=0&a2=identity")
    layer = page.get_by_role("group", name="Layer 1 of F")
    expect(layer.get_by_role("combobox")).to_have_value(name)
    expect(layer.get_by_role("combobox")).to_have_attribute("aria-invalid", "true")
    expect(layer.locator(".activation-choice .fault")).to_contain_text("expected")
    expect(page.get_by_role("group", name="Answer").locator(".verdict")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"a1={name}&"))
    layer.get_by_role("combobox").select_option("tanh")
    answer(page)


@pytest.mark.usefixtures("refusals")
def test_parameter_unknown_is_a_fault_until_it_is_emptied(
    page: Page,
) -> None:
    """A parameter that is none of an activation is a fault and is taken back by emptying it."""
    page.goto("/#/convert?to=sigmoid&W1=1;2&b1=0,1&a1=elu:alpha=2,beta=3&W2=1,2&b2=0&a2=identity")
    layer = page.get_by_role("group", name="Layer 1 of F")
    expect(layer.get_by_label("beta")).to_have_attribute("aria-invalid", "true")
    expect(layer.get_by_label("alpha")).to_have_value("2")
    layer.get_by_label("beta").fill("")
    answer(page)
    expect(page).to_have_url(re.compile("a1=elu:alpha%3D2&"))


def test_parameter_is_kept_as_it_is_typed(page: Page) -> None:
    """Its comma parted two parameters, so that 0,5 came back as 0; an emptied one was the default."""
    page.goto("/#/convert?to=sigmoid&W1=1;2&b1=0,1&a1=elu&W2=1,2&b2=0&a2=identity")
    answer(page)
    layer = page.get_by_role("group", name="Layer 1 of F")
    for typed, said in {"0,5": "with a point", "": "expected a number"}.items():
        layer.get_by_label("alpha").fill(typed)
        expect(layer.locator(".activation-choice .fault")).to_contain_text(said)
        page.reload()
        expect(layer.get_by_label("alpha")).to_have_value(typed)
        expect(layer.locator(".activation-choice .fault")).to_contain_text(said)
    layer.get_by_label("alpha").fill("1/2")
    answer(page)
