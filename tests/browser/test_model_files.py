"""A model file dropped on the page: its sites, the rewritten file, its report, its network in the editor."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto
from playwright.sync_api import Locator, Page, expect
from safetensors import deserialize
from safetensors.numpy import load_file, save

from tests.browser.axe import violations
from tests.browser.test_convert import answer, cell, open_file
from tests.browser.waiting import renewed
from tests.files.network_files import FILES
from tests.files.onnx import judge, models

STATE = {
    "fc1.weight": np.array([[1.5, 0.25], [-0.5, 2.0]], np.float32),
    "fc1.bias": np.array([0.25, 1.0], np.float32),
    "fc2.weight": np.array([[2.0, -0.125]], np.float32),
    "fc2.bias": np.array([0.3], np.float32),
}


def opened(page: Page, name: str, content: bytes) -> Locator:
    page.goto("/#/convert")
    answer(page)
    open_file(page, name, content)
    section = page.get_by_role("region", name=f"The file {name}")
    expect(section).to_be_visible()
    return section


def saved(page: Page, button: Locator, folder: Path) -> Path:
    with page.expect_download() as arriving:
        button.click()
    path = folder / arriving.value.suggested_filename
    arriving.value.save_as(path)
    return path


def test_an_onnx_file_is_rewritten_and_downloaded(page: Page, tmp_path: Path) -> None:
    body = models.gemm_chain("Tanh")
    section = opened(page, "policy.onnx", body)
    expect(section).to_contain_text("ONNX, opset")
    expect(section.get_by_role("group", name="Sites")).to_contain_text("into the weights")
    section.get_by_role("button", name="Rewrite the file").click()
    expect(section.locator(".verdict")).to_have_text("Exactly the same real function, for every input.")
    made = saved(page, section.get_by_role("button", name="Download policy.sigmoid.onnx"), tmp_path)
    assert made.name == "policy.sigmoid.onnx"
    assert judge.operators(made.read_bytes())["Tanh"] == 0
    report = json.loads(
        saved(page, section.get_by_role("button", name="Download the report"), tmp_path).read_text()
    )
    assert report["sha256"] == sha256(made.read_bytes()).hexdigest()
    expect(section).to_contain_text(report["sha256"])
    (inside,) = [one.value for one in ModelProto.FromString(made.read_bytes()).metadata_props]
    assert json.loads(inside).items() >= report["certificate"].items()


def test_folding_says_its_bound_and_is_asked_anew(page: Page) -> None:
    section = opened(page, "policy.onnx", models.gemm_chain("Tanh"))
    section.get_by_role("button", name="Rewrite the file").click()
    expect(section.locator(".verdict")).to_contain_text("Exactly")
    section.get_by_label("folded: fewest nodes").check()
    expect(section.locator(".outcome-body.stale")).to_be_visible()
    section.get_by_role("button", name="Rewrite the file").click()
    expect(section.locator(".verdict")).to_contain_text("rounding of biases")


def test_a_readable_onnx_file_opens_in_the_editor(page: Page) -> None:
    section = opened(page, "mlp.onnx", FILES["onnx"]())
    with renewed(page):
        section.get_by_role("button", name="Open in the editor").click()
    expect(page.get_by_role("group", name="Layer 2 of F")).to_be_visible()
    answer(page)
    expect(page.get_by_role("region", name="The file mlp.onnx")).to_be_visible()
    page.get_by_role("button", name="Close the file").click()
    expect(page.get_by_role("region", name="The file mlp.onnx")).to_have_count(0)


def test_a_file_that_is_no_chain_says_why(page: Page) -> None:
    section = opened(page, "residual.onnx", models.residual("Tanh"))
    expect(section).to_contain_text("It opens in no editor here")
    expect(section.get_by_role("button", name="Open in the editor")).to_have_count(0)
    expect(section.get_by_role("button", name="Rewrite the file")).to_be_visible()


@pytest.mark.parametrize("form", sorted(FILES.keys() - {"onnx"}))
def test_every_other_form_opens_in_the_editor(page: Page, form: str) -> None:
    page.goto("/#/convert")
    answer(page)
    open_file(page, f"model.{form}", FILES[form]())
    expect(page.get_by_role("group", name="W₁", exact=False).first.locator("input.cell")).to_have_count(12)
    answer(page)


def test_the_same_names_and_type_come_back(page: Page, tmp_path: Path) -> None:
    page.goto("/#/convert")
    answer(page)
    open_file(page, "policy.safetensors", save(STATE))
    expect(page.locator(".names-kept")).to_contain_text("fc1.weight, fc1.bias, fc2.weight, fc2.bias")
    expect(page.locator(".names-kept")).to_contain_text("float32")
    answer(page)
    with page.expect_download() as arriving:
        page.get_by_label("Download").first.select_option("network.safetensors")
    path = tmp_path / "network.safetensors"
    arriving.value.save_as(path)
    found = load_file(path)
    assert found.keys() == STATE.keys()
    assert {one["dtype"] for _, one in deserialize(path.read_bytes())} == {"F32"}
    np.testing.assert_array_equal(found["fc1.weight"], 2 * STATE["fc1.weight"])
    page.get_by_role("button", name="Forget both").click()
    expect(page.locator(".names-kept")).to_have_count(0)
    expect(cell(page, "b₂, entry 1")).to_have_value("0.30000001192092896")


def test_names_do_not_outlive_their_network(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    open_file(page, "policy.safetensors", save(STATE))
    expect(page.locator(".names-kept")).to_be_visible()
    open_file(page, "plain.json", json.dumps({"layers": [{"weight": [[1.0]]}]}).encode())
    expect(page.get_by_role("group", name="Layer 2 of F")).to_have_count(0)
    expect(page.locator(".names-kept")).to_have_count(0)


def drop(page: Page, name: str, content: bytes) -> None:
    transfer = page.evaluate_handle(
        """([name, bytes]) => {
          const made = new DataTransfer();
          made.items.add(new File([new Uint8Array(bytes)], name));
          return made;
        }""",
        [name, list(content)],
    )
    for kind in ("dragover", "drop"):
        page.dispatch_event(".view.convert", kind, {"dataTransfer": transfer})


def test_a_file_is_dropped_anywhere_on_the_view(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    drop(page, "dropped.onnx", models.gemm_chain("Tanh"))
    heading = page.get_by_role("heading", name="The file dropped.onnx")
    expect(heading).to_be_focused()


def test_a_model_file_is_rewritten_by_keyboard(page: Page) -> None:
    section = opened(page, "policy.onnx", models.gemm_chain("Tanh"))
    expect(page.get_by_role("heading", name="The file policy.onnx")).to_be_focused()
    reached: Any = ""
    for _ in range(20):
        page.keyboard.press("Tab")
        reached = page.evaluate("document.activeElement.textContent")
        if reached == "Rewrite the file":
            break
    assert reached == "Rewrite the file"
    page.keyboard.press("Enter")
    expect(section.locator(".verdict")).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_a_model_file_fits_narrow_and_wide(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    section = opened(page, "policy.onnx", models.gemm_chain("Tanh"))
    section.get_by_role("button", name="Rewrite the file").click()
    expect(section.locator(".verdict")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, within="section[aria-labelledby=model-file]") == []
