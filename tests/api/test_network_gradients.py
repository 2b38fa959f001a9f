"""Backpropagation over HTTP: the numbers of `app.nn`, the sheet's closed form, and its refusals."""

from typing import Any

import numpy as np
import pytest

from tests.service import Client, Connect, pointers, slug

PATH = "/v1/networks/gradients"
NETWORK: dict[str, Any] = {
    "layers": [
        {"weight": [[1.0, -0.5], [0.3, 0.8], [-0.2, 0.4]], "bias": [0.1, 0.0, -0.3], "activation": "tanh"},
        {"weight": [[0.7, -1.1, 0.5], [0.2, 0.9, -0.4]]},
    ]
}
INPUTS = [[0.5, -1.0], [1.5, 0.25], [0.0, 2.0]]


def ask(client: Client, **changes: Any) -> dict[str, Any]:
    body = {"network": NETWORK, "inputs": INPUTS, "targets": [0, 1, 1], **changes}
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def numbers(W: Any, x: Any, y: Any) -> float:
    """Return the mean cross-entropy with the first weight replaced by W, from NumPy alone."""
    first, second = NETWORK["layers"]
    logits = np.tanh(x @ W.T + first["bias"]) @ np.array(second["weight"]).T
    shifted = logits - logits.real.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y])


def test_the_gradient_is_the_derivative_of_the_loss(client):
    got = ask(client)
    W, x, y = np.array(NETWORK["layers"][0]["weight"]), np.array(INPUTS), np.array([0, 1, 1])
    assert got["loss"] == pytest.approx(float(numbers(W, x, y)), rel=1e-14)
    for place in np.ndindex(W.shape):
        nudged = W.astype(complex)
        nudged[place] += 1e-30j
        expected = numbers(nudged, x, y).imag / 1e-30
        assert got["gradients"]["layers"][0]["weight"][place[0]][place[1]] == pytest.approx(
            expected, rel=1e-12
        )
    assert np.shape(got["gradients"]["layers"][0]["bias"]) == (3,)
    assert got["gradients"]["layers"][1]["bias"] is None
    assert np.shape(got["gradients"]["inputs"]) == (3, 2)


def test_the_outputs_are_those_of_evaluate(client):
    evaluated = client.post("/v1/networks/evaluate", json={"network": NETWORK, "inputs": INPUTS}).json()
    assert ask(client)["outputs"] == evaluated["outputs"]


def test_softmax_last_has_the_same_gradients_as_logits(client):
    first, second = NETWORK["layers"]
    got = ask(client, network={"layers": [first, {**second, "activation": "softmax"}]})
    logits = ask(client)
    assert got["gradients"] == logits["gradients"]
    assert got["loss"] == logits["loss"]
    np.testing.assert_allclose(np.sum(got["outputs"], axis=1), 1, rtol=1e-15)


def test_the_sheets_problem_agrees_with_its_closed_form(client):
    sheet = {"W": [[1.0, 0.5], [-0.25, 2.0]], "Theta": [[1.0, -1.0, 0.5], [0.0, 2.0, -0.5]]}
    layers = [{"weight": sheet["W"]}, {"weight": np.transpose(sheet["Theta"]).tolist()}]
    question = {"inputs": INPUTS, "targets": [0, 2, 1]}
    closed = client.post("/v1/gradients", json={**sheet, **question}).json()
    got = ask(client, network={"layers": layers}, **question)
    np.testing.assert_allclose(got["gradients"]["layers"][0]["weight"], closed["gradients"]["W"], rtol=1e-13)
    np.testing.assert_allclose(
        np.transpose(got["gradients"]["layers"][1]["weight"]), closed["gradients"]["Theta"], rtol=1e-13
    )
    assert got["loss"] == pytest.approx(closed["loss"], rel=1e-14)


def test_one_row_and_a_pair_for_each_row(client):
    one = ask(client, inputs=INPUTS[1], targets=1)
    each = ask(client, reduction="none")
    assert each["loss"][1] == one["loss"]
    assert each["gradients"]["inputs"][1] == one["gradients"]["inputs"]
    assert each["gradients"]["layers"][0]["weight"][1] == one["gradients"]["layers"][0]["weight"]


@pytest.mark.parametrize(
    ("changes", "problem", "place"),
    [
        ({"loss": "hinge"}, "invalid-request", "/loss"),
        ({"targets": [0, 1, 2]}, "invalid-request", "/targets/2"),
        ({"targets": [0, 1]}, "shape-mismatch", "/targets"),
        ({"loss": "squared_error"}, "shape-mismatch", "/targets"),
        ({"targets": None}, "invalid-request", "/targets"),
        ({"inputs": [[1.0]] * 3}, "shape-mismatch", "/inputs"),
        ({"inputs": [["NaN", 1.0]]}, "not-finite", "/inputs/0/0"),
        ({"network": {"layers": []}}, "shape-mismatch", "/network/layers"),
        (
            {
                "network": {"layers": [{"weight": [[1e200, 0]], "bias": [0]}] * 1},
                "inputs": [[1e200, 0]],
                "targets": [0],
            },
            "overflow",
            "/inputs/0",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(client, changes, problem, place):
    body = {"network": NETWORK, "inputs": INPUTS, "targets": [0, 1, 1], **changes}
    answer = client.post(PATH, json=body)
    assert (slug(answer), pointers(answer)) == (problem, [place])


@pytest.mark.parametrize("ceiling", ["verdict", "entries", "diagnosis"])
def test_numbers_are_withheld_below_the_ceiling(connect: Connect, ceiling: str) -> None:
    body = {"network": NETWORK, "inputs": INPUTS, "targets": [0, 1, 1]}
    answer = connect(help=ceiling).post(PATH, json=body)
    assert (answer.status_code, slug(answer)) == (403, "withheld")


def test_on_request_backpropagation_is_shown_step_by_step(client):
    one = {"inputs": INPUTS[0], "targets": 1}
    got, plain = ask(client, **one, explain=True), ask(client, **one)
    assert "steps" not in plain
    assert {name: value for name, value in got.items() if name != "steps"} == plain
    assert got["steps"][0]["latex"].startswith(r"z_{1} = W_{1} x + b_{1} = \begin{pmatrix} 1 & -0.5 \\")
    assert got["steps"][-1]["latex"].startswith(r"\frac{\partial \ell}{\partial x} =")
    for step in got["steps"]:
        assert set(step) == {"latex", "mathml", "reason"}
        assert step["mathml"].startswith("<math")
    for reduction in ("mean", "sum", "none"):
        row = ask(client, inputs=[INPUTS[0]], targets=[1], reduction=reduction, explain=True)
        assert row["steps"] == got["steps"]


def test_only_networks_that_can_be_read_are_explained(client):
    wide = {"layers": [{"weight": [[1.0, 2.0]] * 7}, {"weight": [[1.0] * 7]}]}
    deep = {"layers": [{"weight": [[1.0, 0.0], [0.0, 1.0]]}] * 4}
    for changes, place in (
        ({}, "/inputs"),
        ({"inputs": [1.0, 2.0], "targets": 0, "network": wide}, "/network/layers/0/weight"),
        ({"inputs": [1.0, 2.0], "targets": 0, "network": deep}, "/network/layers"),
    ):
        body = {"network": NETWORK, "inputs": INPUTS, "targets": [0, 1, 1], **changes, "explain": True}
        answer = client.post(PATH, json=body)
        assert (slug(answer), answer.json()["limit"], pointers(answer)) == ("limit", "explain", [place])


@pytest.mark.parametrize("ceiling", ["verdict", "mistakes", "entries", "diagnosis"])
def test_steps_of_networks_are_withheld_below_the_ceiling(connect: Connect, ceiling: str) -> None:
    body = {"network": NETWORK, "inputs": INPUTS[0], "targets": 1, "explain": True}
    answer = connect(help=ceiling).post(PATH, json=body)
    assert (answer.status_code, slug(answer)) == (403, "withheld")
    assert "steps" not in answer.json()
