"""Networks from files and as pasted JSON: every form, what is assumed of it, and what is none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from safetensors.numpy import load_file, save

from tests.browser.test_convert import answer, cell, open_file

WEIGHTS = {
    "fc1.weight": [[1.0, 2.0], [3.0, 4.0]],
    "fc1.bias": [5.0, 6.0],
    "fc2.weight": [[7.0, 8.0]],
    "fc2.bias": [9.0],
}


def layers(weights: dict[str, Any]) -> dict[str, Any]:
    return {"layers": [
        {"weight": weights["fc1.weight"], "bias": weights["fc1.bias"], "activation": "tanh"},
        {"weight": weights["fc2.weight"], "bias": weights["fc2.bias"], "activation": "identity"},
    ]}  # fmt: skip


FILES = {
    "network.json": json.dumps(layers(WEIGHTS)).encode(),
    "request.json": json.dumps({"network": layers(WEIGHTS), "to": "sigmoid"}).encode(),
    "state_dict.json": json.dumps(WEIGHTS).encode(),
    "double.safetensors": save({name: np.array(value) for name, value in WEIGHTS.items()}),
    "half.safetensors": save({name: np.array(value, np.float16) for name, value in WEIGHTS.items()}),
}


NO_NETWORKS = {
    "broken.json": (b"{nan", "expected JSON"),
    "other.json": (b"[1]", "expected a network"),
    "empty.json": (b'{"layers": []}', "expected at least one layer"),
    "number.json": (
        b'{"layers": [{"weight": [[1]], "activation": 5}]}',
        "expected the activation of layer 0",
    ),
    "cut.safetensors": (FILES["double.safetensors"][:-3], "expected"),
    "picture.safetensors": (b"\x89PNG\r\n\x1a\n" + bytes(30), "expected a safetensors file"),
}


def test_a_network_is_opened_from_a_file(page: Page) -> None:
    for name, content in FILES.items():
        page.goto("/#/convert?W1=1;2&b1=0,0&a1=sigmoid&W2=1,1&b2=0&a2=identity&to=tanh")
        expect(cell(page, "b₂, entry 0")).to_have_value("0")
        open_file(page, name, content)
        expect(cell(page, "W₁, row 1, column 1")).to_have_value("4")
        expect(cell(page, "b₂, entry 0")).to_have_value("9")
        expect(page.get_by_label("Activation of layer 1 of F")).to_have_value("tanh")
        page.get_by_label("as sigmoid", exact=True).check()
        answer(page)


def test_a_file_that_is_no_network_is_said_to_be_none(page: Page) -> None:
    page.goto("/#/convert")
    for name, (content, said) in NO_NETWORKS.items():
        open_file(page, name, content)
        expect(page.get_by_role("alert")).to_contain_text(f"{name}: {said}")
        expect(cell(page, "W₁, row 0, column 0")).to_have_value("1.5")


CODER = {
    "encoder.weight": [[1, 2], [3, 4], [5, 6]],
    "encoder.bias": [1, 2, 3],
    "decoder.weight": [[7, 8, 9], [10, 11, 12]],
    "decoder.bias": [4, 5],
}


def test_weights_by_name_come_in_the_order_of_the_document_and_what_is_assumed_is_said(page: Page) -> None:
    """Both orders chain: by the alphabet another network was loaded, and nothing told."""
    page.goto("/#/convert")
    open_file(page, "coder.json", json.dumps({**CODER, "scale": [1, 2, 3]}).encode())
    expect(cell(page, "W₁, row 2, column 1")).to_have_value("6")
    said = "The order taken is encoder.weight, decoder.weight; the activations are tanh, and identity in the"
    expect(page.locator(".assumed")).to_contain_text(said)
    expect(page.locator(".assumed")).to_contain_text("Left out, for want of a weight of its name: scale.")
    open_file(page, "coder.safetensors", save({name: np.array(one, float) for name, one in CODER.items()}))
    expect(page.locator(".assumed")).to_contain_text("The order taken is decoder.weight, encoder.weight")
    reordered = {name: CODER[name] for name in sorted(CODER)} | {
        "decoder.weight": [[7, 8, 9]],
        "decoder.bias": [4],
    }
    open_file(page, "reordered.json", json.dumps(reordered).encode())
    expect(page.locator(".assumed")).to_contain_text("The order taken is encoder.weight, decoder.weight")
    open_file(page, "said.json", json.dumps(layers(WEIGHTS)).encode())
    expect(cell(page, "b₂, entry 0")).to_have_value("9")
    expect(page.locator(".assumed")).to_have_count(0)


@pytest.mark.usefixtures("refusals")
def test_weights_that_do_not_chain_are_loaded_at_once(page: Page) -> None:
    """Every one of 16! orders was tried."""
    page.goto("/#/convert")
    unchained = {f"fc{index}.weight": [[1] * (3 if index == 15 else 2)] * 2 for index in range(16)}
    unchained["fc14.weight"] = [[1] * 5] * 4
    open_file(page, "unchained.json", json.dumps(unchained).encode())
    expect(page.get_by_role("group", name="Layer 16 of F")).to_be_visible()


def test_a_network_is_pasted_as_json(page: Page) -> None:
    page.goto("/#/convert")
    page.get_by_text("Paste JSON").first.click()
    page.get_by_label("A network as JSON").fill(FILES["network.json"].decode())
    page.get_by_role("button", name="Use it").first.click()
    expect(cell(page, "W₁, row 1, column 1")).to_have_value("4")


def test_the_answer_is_downloaded_and_opens_again(page: Page, tmp_path: Path) -> None:
    page.goto("/#/convert")
    answer(page)
    saved = {}
    for name in ("answer.json", "network.json", "network.safetensors"):
        with page.expect_download() as arriving:
            page.get_by_label("Download").first.select_option(name)
        assert arriving.value.suggested_filename == name
        saved[name] = tmp_path / name
        arriving.value.save_as(saved[name])
    network = json.loads(saved["network.json"].read_text())
    assert json.loads(saved["answer.json"].read_text())["network"] == network
    tensors = load_file(saved["network.safetensors"])
    assert tensors["network.layers.0.weight"].tolist() == network["layers"][0]["weight"] == [[3.0], [-1.0]]
    page.get_by_label("A network from a file").set_input_files(saved["network.safetensors"])
    expect(page.get_by_label("Activation of layer 1 of F")).to_have_value("sigmoid")
    expect(cell(page, "b₂, entry 0")).to_have_value("-1.6")
