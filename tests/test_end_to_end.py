"""The three problems of the sheet, on real input, through a running server.

Networks trained by scikit-learn on data that ships with it are sent over HTTP; the judge is
scikit-learn's own prediction on rows that it did not see.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from tests.serving import running

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def service() -> Iterator[httpx.Client]:
    with running() as base, httpx.Client(base_url=base, timeout=60) as client:
        yield client


def ask(service: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = service.post(path, json=body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def layers(model: MLPRegressor | MLPClassifier, last: str) -> dict[str, Any]:
    """Return scikit-learn's weights, which are (inputs, outputs), as the service takes them."""
    pairs = list(zip(model.coefs_, model.intercepts_, strict=True))
    kinds = ["tanh"] * (len(pairs) - 1) + [last]
    return {
        "layers": [
            {"weight": weight.T.tolist(), "bias": bias.tolist(), "activation": kind}
            for (weight, bias), kind in zip(pairs, kinds, strict=True)
        ]
    }


def fitted(model: Any, inputs: Any, targets: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a rough fit is as good a network as any
        return model.fit(inputs, targets)


@pytest.fixture(scope="module")
def diabetes() -> tuple[Any, Any]:
    inputs, targets = load_diabetes(return_X_y=True)
    seen, held_out, known, _ = train_test_split(inputs, targets, random_state=0)
    scaler = StandardScaler().fit(seen)
    model = MLPRegressor(
        hidden_layer_sizes=(20,), activation="tanh", solver="lbfgs", max_iter=300, random_state=0
    )
    return fitted(model, scaler.transform(seen), known), scaler.transform(held_out)


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any]:
    inputs, targets = load_digits(return_X_y=True)
    seen, held_out, known, _ = train_test_split(inputs / 16.0, targets, random_state=0)
    model = MLPClassifier(hidden_layer_sizes=(32, 16), activation="tanh", max_iter=60, random_state=0)
    return fitted(model, seen, known), held_out


def test_a_regression_network_answers_as_scikit_learn_does(service: httpx.Client, diabetes: Any) -> None:
    model, rows = diabetes
    network = layers(model, "identity")
    expected = model.predict(rows)
    outputs = np.array(
        ask(service, "/v1/networks/evaluate", {"network": network, "inputs": rows.tolist()})["outputs"]
    )
    np.testing.assert_allclose(outputs[:, 0], expected, rtol=1e-12, atol=1e-10)


def test_converted_network_predicts_the_same(service: httpx.Client, diabetes: Any) -> None:
    """The converted network has the same size and predicts the same."""
    model, rows = diabetes
    network = layers(model, "identity")
    conversion = ask(service, "/v1/networks/convert", {"network": network, "to": "sigmoid"})
    converted = conversion["network"]["layers"]
    assert conversion["exists"] is True
    assert [layer["activation"] for layer in converted] == ["sigmoid", "identity"]
    given = network["layers"]
    for index in (0, 1):
        np.testing.assert_array_equal(converted[index]["weight"], 2 * np.array(given[index]["weight"]))
    np.testing.assert_array_equal(converted[0]["bias"], 2 * np.array(given[0]["bias"]))
    body = {"network": conversion["network"], "inputs": rows.tolist()}
    outputs = np.array(ask(service, "/v1/networks/evaluate", body)["outputs"])
    np.testing.assert_allclose(outputs[:, 0], model.predict(rows), rtol=1e-11, atol=1e-10)


def test_there_and_back_is_the_same_function(service: httpx.Client, diabetes: Any) -> None:
    model, rows = diabetes
    there = ask(service, "/v1/networks/convert", {"network": layers(model, "identity"), "to": "sigmoid"})
    back = ask(service, "/v1/networks/convert", {"network": there["network"], "to": "tanh"})
    outputs = ask(service, "/v1/networks/evaluate", {"network": back["network"], "inputs": rows.tolist()})
    np.testing.assert_allclose(
        np.array(outputs["outputs"])[:, 0], model.predict(rows), rtol=1e-11, atol=1e-10
    )


def test_two_hidden_layers_of_a_classifier(service: httpx.Client, digits: Any) -> None:
    model, rows = digits
    body = {"network": layers(model, "softmax"), "inputs": rows.tolist()}
    probabilities = np.array(ask(service, "/v1/networks/evaluate", body)["outputs"])
    np.testing.assert_allclose(probabilities, model.predict_proba(rows), rtol=1e-10, atol=1e-14)
    conversion = ask(service, "/v1/networks/convert", {"network": layers(model, "identity"), "to": "sigmoid"})
    assert [layer["activation"] for layer in conversion["network"]["layers"]] == [
        "sigmoid",
        "sigmoid",
        "identity",
    ]
    body = {"network": conversion["network"], "inputs": rows.tolist()}
    logits = np.array(ask(service, "/v1/networks/evaluate", body)["outputs"])
    np.testing.assert_array_equal(logits.argmax(1), model.predict(rows))


def test_a_row_alone_equals_the_row_in_the_batch(service: httpx.Client, digits: Any) -> None:
    model, rows = digits
    network = layers(model, "softmax")
    batch = ask(service, "/v1/networks/evaluate", {"network": network, "inputs": rows[:70].tolist()})[
        "outputs"
    ]
    for index in (0, 33, 69):
        alone = ask(service, "/v1/networks/evaluate", {"network": network, "inputs": rows[index].tolist()})
        assert alone["outputs"] == batch[index]


def test_gradients_agree_with_the_complex_step(service: httpx.Client, digits: Any) -> None:
    model, rows = digits
    x = rows[:5]
    y = model.predict(x)
    W, Theta = model.coefs_[0].T[:6], np.random.default_rng(0).normal(size=(6, 10))
    body = {"W": W.tolist(), "Theta": Theta.tolist(), "inputs": x.tolist(), "targets": y.tolist()}
    answer = ask(service, "/v1/gradients", body)

    def loss(w: Any, theta: Any) -> Any:
        logits = x @ w.T @ theta
        shifted = logits - logits.real.max(1, keepdims=True)
        return np.mean(np.log(np.exp(shifted).sum(1)) - shifted[np.arange(5), y])

    np.testing.assert_allclose(answer["loss"], loss(W, Theta), rtol=1e-13)
    for place in [(0, 10), (3, 20), (5, 43)]:
        nudge = np.zeros_like(W, dtype=complex)
        nudge[place] = 1e-30j
        expected = loss(W + nudge, Theta).imag / 1e-30
        assert answer["gradients"]["W"][place[0]][place[1]] == pytest.approx(expected, rel=1e-10, abs=1e-14)
    for place in [(0, 0), (3, 7), (5, 9)]:
        nudge = np.zeros_like(Theta, dtype=complex)
        nudge[place] = 1e-30j
        expected = loss(W, Theta + nudge).imag / 1e-30
        assert answer["gradients"]["Theta"][place[0]][place[1]] == pytest.approx(
            expected, rel=1e-10, abs=1e-14
        )


def test_each_problem_has_its_picture(service: httpx.Client) -> None:
    sheet = {
        "layers": [
            {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": "tanh"},
            {"weight": [[2.0, -1.0]], "bias": [0.5]},
        ]
    }
    problem = {
        "W": [[1.0, 0.0], [0.0, 1.0]],
        "Theta": [[1.0, -1.0], [0.0, 2.0]],
        "inputs": [1.0, 2.0],
        "targets": 1,
    }
    pictures = [
        service.get("/v1/activations/softplus/plot.png"),
        service.get("/v1/activations/plot.png?name=softplus&name=relu&derivative=true"),
        service.post("/v1/networks/plot.png", json={"networks": [{"label": "F", "network": sheet}]}),
        service.post("/v1/gradients/plot.png", json=problem),
    ]
    for picture in pictures:
        assert picture.status_code == 200, picture.text
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(PNG)


def test_the_page_and_the_docs_are_served(service: httpx.Client) -> None:
    page, docs = service.get("/"), service.get("/docs")
    assert page.status_code == docs.status_code == 200
    assert 'href="docs"' in page.text
    assert service.get("/openapi.json").json()["openapi"].startswith("3.1")
