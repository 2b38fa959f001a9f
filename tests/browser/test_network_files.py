"""Networks from files and as pasted JSON: every form, what is assumed of it, and what is none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from safetensors.numpy import load_file, save

from tests.browser.test_convert import answer, cell, open_file
from tests.browser.waiting import cells_hold, renewed
from tests.files.archives import npy, zipped

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
    "empty.json": (b'{"layers": []}', "expected at least 1 item"),
    "number.json": (
        b'{"layers": [{"weight": [[1]], "activation": 5}]}',
        "expected the name of an activation",
    ),
    "scalar.json": (
        b'{"W1": [[1], [2]], "b1": 0.5}',
        "expected each bias to be a vector with a number for each output",
    ),
    "norm.json": (
        b'{"fc.weight": [[1], [2]], "norm.weight": [1, 2], "norm.bias": [3, 4]}',
        "the scale of a normalisation",
    ),
    "biases.json": (b'{"W1": [[1]], "b1": [0], "B1": [1]}', "expected one bias for each weight"),
    "scale.json": (b'{"W1": [[1]], "b1": [0], "scale": [1]}', "got scale, which is neither"),
    "weights.json": (b'{"W1": [[1]], "w1": [[2]], "b1": [0]}', "expected one weight for each bias"),
    "cut.safetensors": (FILES["double.safetensors"][:-3], "expected a safetensors file"),
    "picture.safetensors": (b"\x89PNG\r\n\x1a\n" + bytes(30), "expected a model file"),
    "model.pt": (zipped({"archive/data.pkl": b"x"}), "safetensors.torch.save_file"),
    "pickle.pkl": (b"\x80\x04\x95abc", "a pickle, which is never opened here"),
    "model.tflite": (b"\x1c\x00\x00\x00TFL3" + bytes(20), "tf2onnx --tflite writes it as ONNX"),
    "weights.npy": (npy(np.ones((2, 2))), "numpy.savez keeps several with their names"),
}


def test_a_network_is_opened_from_a_file(page: Page) -> None:
    for name, content in FILES.items():
        page.goto("/#/convert?W1=1;2&b1=0,0&a1=sigmoid&W2=1,1&b2=0&a2=identity&to=tanh")
        expect(cell(page, "b₂, entry 1")).to_have_value("0")
        open_file(page, name, content)
        expect(cell(page, "W₁, row 2, column 2")).to_have_value("4")
        expect(cell(page, "b₂, entry 1")).to_have_value("9")
        expect(page.get_by_label("Activation of layer 1 of F")).to_have_value("tanh")
        page.get_by_label("sigmoid", exact=True).check()
        answer(page)


@pytest.mark.usefixtures("refusals")
def test_a_file_that_is_no_network_is_said_to_be_none(page: Page) -> None:
    page.goto("/#/convert")
    answer(page)
    for name, (content, said) in NO_NETWORKS.items():
        open_file(page, name, content)
        expect(page.get_by_role("alert")).to_contain_text(f"{name}: ")
        expect(page.get_by_role("alert")).to_contain_text(said)
        expect(cell(page, "W₁, row 1, column 1")).to_have_value("1.5")


def test_a_file_chosen_while_the_view_is_redrawn_is_taken(page: Page) -> None:
    """It was told to a button that was no longer there, and nothing happened."""
    page.goto("/#/convert")
    answer(page)
    page.evaluate("globalThis.chosen = document.querySelector('input[type=file]')")
    open_file(page, "first.json", json.dumps(layers(WEIGHTS)).encode())
    expect(cell(page, "b₂, entry 1")).to_have_value("9")
    page.wait_for_function("!chosen.isConnected")
    page.evaluate(
        """(text) => {
          const files = new DataTransfer();
          files.items.add(new File([text], "second.json"));
          chosen.files = files.files;
          chosen.dispatchEvent(new Event("change"));
        }""",
        json.dumps(layers({**WEIGHTS, "fc2.bias": [10.0]})),
    )
    expect(cell(page, "b₂, entry 1")).to_have_value("10")


CODER = {
    "encoder.weight": [[1, 2], [3, 4], [5, 6]],
    "encoder.bias": [1, 2, 3],
    "decoder.weight": [[7, 8, 9], [10, 11, 12]],
    "decoder.bias": [4, 5],
}


def test_weights_by_name_come_in_the_documents_order(page: Page) -> None:
    """Both orders chain: by the alphabet another network was loaded, and nothing told. Words decide now."""
    page.goto("/#/convert")
    open_file(page, "coder.json", json.dumps({**CODER, "scale": 3}).encode())
    expect(cell(page, "W₁, row 3, column 2")).to_have_value("6")
    expect(page.locator(".assumed")).to_contain_text("the one taken is encoder.weight, decoder.weight")
    said = "activations: they are assumed to be tanh, and identity in the last layer."
    expect(page.locator(".assumed")).to_contain_text(said)
    expect(page.locator(".assumed")).to_contain_text("Left out of the network: scale.")
    open_file(page, "coder.safetensors", save({name: np.array(one, float) for name, one in CODER.items()}))
    expect(page.locator(".assumed")).not_to_contain_text("Left out")
    expect(page.locator(".assumed")).to_contain_text("the one taken is encoder.weight, decoder.weight")
    reordered = {name: CODER[name] for name in sorted(CODER)} | {
        "decoder.weight": [[7, 8, 9]],
        "decoder.bias": [4],
    }
    with renewed(page):  # b₂ begins with 4 before and after
        open_file(page, "reordered.json", json.dumps(reordered).encode())
    expect(cell(page, "b₂, entry 1")).to_have_value("4")
    expect(page.locator(".assumed")).to_contain_text("the one taken is encoder.weight, decoder.weight")
    open_file(page, "said.json", json.dumps(layers(WEIGHTS)).encode())
    expect(cell(page, "b₂, entry 1")).to_have_value("9")
    expect(page.locator(".assumed")).to_have_count(0)


# The forms in which NumPy's users write a last layer of one output: W₂ = (1, 2), b₂ = 0.5.
HIDDEN = {"W1": [[1], [2]], "b1": [3, 4]}
ONE_OUTPUT: dict[str, dict[str, Any]] = {
    "a number": {**HIDDEN, "W2": [[1, 2]], "b2": 0.5},
    "a number in quotes": {**HIDDEN, "W2": [[1, 2]], "b2": "0.5"},
    "vectors": {**HIDDEN, "W2": [1, 2], "b2": [0.5]},
    "a vector and a number": {**HIDDEN, "W2": [1, 2], "b2": 0.5},
    "columns": {"W1": [[1], [2]], "b1": [[3], [4]], "W2": [[1, 2]], "b2": [[0.5]]},
    "indices below": {"W₁": [[1], [2]], "b₁": [3, 4], "W₂": [1, 2], "b₂": 0.5},
    "modules": {"fc1.weight": [[1], [2]], "fc1.bias": [3, 4], "fc2.weight": [1, 2], "fc2.bias": [0.5]},
    "kernels": {"d1/kernel:0": [[1, 2]], "d1/bias:0": [3, 4], "d2/kernel:0": [[1], [2]], "d2/bias:0": [0.5]},
}


@pytest.mark.parametrize("form", ONE_OUTPUT)
def test_one_output_is_taken_in_every_written_form(page: Page, form: str) -> None:
    """A bias that was a number became 0, and a weight that was a vector vanished."""
    page.goto("/#/convert")
    open_file(page, "network.json", json.dumps({**ONE_OUTPUT[form], "bias": None}).encode())
    expect(cell(page, "b₂, entry 1")).to_have_value("0.5")
    loaded = {"W₁": ["1", "2"], "b₁": ["3", "4"], "W₂": ["1", "2"], "b₂": ["0.5"]}
    for letter, values in loaded.items():
        cells_hold(page.get_by_role("group", name=letter, exact=False).first.locator("input.cell"), values)
    expect(cell(page, "W₁, row 2, column 1")).to_be_visible()
    expect(cell(page, "W₂, row 1, column 2")).to_be_visible()
    expect(page.locator(".assumed")).not_to_contain_text("Left out")
    answer(page)


def test_a_number_in_a_safetensors_file_is_a_bias_too(page: Page) -> None:
    page.goto("/#/convert")
    arrays = {**ONE_OUTPUT["a vector and a number"], "steps": 7}
    open_file(page, "network.safetensors", save({name: np.array(one, float) for name, one in arrays.items()}))
    expect(cell(page, "b₂, entry 1")).to_have_value("0.5")
    expect(page.locator(".assumed")).to_contain_text("Left out of the network: steps.")


def test_all_that_no_layer_takes_is_named(page: Page) -> None:
    page.goto("/#/convert")
    others = {"raw": 1, "lr": 0.1, "use_bias": True, "W9": 2, "b7": 1}
    open_file(page, "network.json", json.dumps({**ONE_OUTPUT["vectors"], **others}).encode())
    expect(page.locator(".assumed")).to_contain_text("numbers in the names: W1, W2")
    said = "Left out of the network: raw, lr, use_bias, W9, b7."
    expect(page.locator(".assumed")).to_contain_text(said)


def test_kernels_are_transposed_and_said_to_be(page: Page) -> None:
    """Keras and Flax write (inputs, outputs); a square one was taken as it stands."""
    page.goto("/#/convert")
    kernel = {"dense/kernel": [[1, 2], [3, 4]], "dense/bias": [0, 0], "out.weight": [[5, 6]]}
    open_file(page, "flax.json", json.dumps(kernel).encode())
    expect(cell(page, "W₁, row 1, column 2")).to_have_value("3")
    expect(cell(page, "W₁, row 2, column 1")).to_have_value("2")
    expect(cell(page, "W₂, row 1, column 2")).to_have_value("6")
    said = "Dense/kernel is transposed: kernels are (inputs, outputs)."
    expect(page.locator(".assumed")).to_contain_text(said)
    open_file(page, "torch.json", FILES["state_dict.json"])
    expect(cell(page, "W₁, row 1, column 2")).to_have_value("2")
    expect(page.locator(".assumed")).not_to_contain_text("transposed")


@pytest.mark.usefixtures("refusals")
def test_weights_that_do_not_chain_are_refused_at_once(page: Page) -> None:
    """Every one of 16! orders was tried."""
    page.goto("/#/convert")
    answer(page)
    unchained = {f"fc{index}.weight": [[1] * (3 if index == 15 else 2)] * 2 for index in range(16)}
    unchained["fc14.weight"] = [[1] * 5] * 4
    open_file(page, "unchained.json", json.dumps(unchained).encode())
    expect(page.get_by_role("alert")).to_contain_text("expected weights that chain")


def test_a_network_is_pasted_as_json(page: Page) -> None:
    page.goto("/#/convert")
    page.get_by_text("Paste JSON").first.click()
    page.get_by_label("A network as JSON").fill(FILES["network.json"].decode())
    page.get_by_role("button", name="Use it").first.click()
    expect(cell(page, "W₁, row 2, column 2")).to_have_value("4")


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
    expect(cell(page, "b₂, entry 1")).to_have_value("-1.6")
