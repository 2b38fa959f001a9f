"""The check of any network's gradients over HTTP: levels, ceiling, places, and that nothing else gets out."""

from typing import Any

import numpy as np
import pytest

from tests.service import Client, Connect, pointers, slug

PATH = "/v1/networks/gradients/check"
LEVELS = ["verdict", "mistakes", "entries", "diagnosis", "solution"]


def tells_no_more(level: str, ceiling: str) -> bool:
    """Tell whether a level is below a ceiling; who chose entries to hide the names gets no names."""
    return LEVELS.index(level) <= LEVELS.index(ceiling) and (level, ceiling) != ("mistakes", "entries")


def question(seed: int = 0, activation: str = "tanh") -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        "network": {
            "layers": [
                {
                    "weight": random.normal(size=(3, 2)).tolist(),
                    "bias": random.normal(size=3).tolist(),
                    "activation": activation,
                },
                {
                    "weight": random.normal(size=(4, 3)).tolist(),
                    "bias": random.normal(size=4).tolist(),
                    "activation": "softmax",
                },
            ]
        },
        "inputs": random.normal(size=(5, 2)).tolist(),
        "targets": [0, 1, 2, 3, 1],
    }


def author(body: dict[str, Any], gate=lambda h: 1 - h * h, last=lambda p, y: p - y) -> dict[str, Any]:
    """Return the gradients as anybody writes them for tanh and softmax."""
    (first, second), X = body["network"]["layers"], np.array(body["inputs"])
    W1, b1, W2, b2 = (np.array(layer[name]) for layer in (first, second) for name in ("weight", "bias"))
    h = np.tanh(X @ W1.T + b1)
    e = np.exp(h @ W2.T + b2)
    p = e / e.sum(axis=1, keepdims=True)
    g = last(p, np.eye(4)[body["targets"]]) / len(X)
    delta = (g @ W2) * gate(h)
    return {
        "layers": [
            {"weight": (delta.T @ X).tolist(), "bias": delta.sum(axis=0).tolist()},
            {"weight": (g.T @ h).tolist(), "bias": g.sum(axis=0).tolist()},
        ],
        "inputs": (delta @ W1).tolist(),
    }


def ask(client: Client, body: dict[str, Any], submission: dict[str, Any], **more: Any) -> Any:
    return client.post(PATH, json={**body, "submission": submission, **more})


PARTS = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "inputs"]


def test_what_is_right_is_right_in_every_part(client):
    body = question()
    told = ask(client, body, author(body), feedback="diagnosis").json()
    assert told["correct"] is True
    assert list(told["parts"]) == PARTS
    assert all(one["mistakes"] == [] for one in told["parts"].values())


def test_right_to_three_decimals_is_said(client):
    body = question()
    right = author(body)
    submission = {"layers": [None, {"bias": np.round(right["layers"][1]["bias"], 3).tolist()}]}
    told = ask(client, body, submission).json()
    assert told == {
        "correct": True,
        "rounded": {"decimals": 3},
        "parts": {
            "layers.1.bias": {
                "correct": True,
                "rounded": {"decimals": 3},
                "statement": "Right to 3 decimals.",
            }
        },
    }
    assert ask(client, body, submission, rounding=False).json()["correct"] is False
    assert ask(client, body, submission, rounding=False, absolute_tolerance=0.01).json()["correct"] is True


def test_a_mistake_shows_in_the_layers_behind_it(client):
    body = question()
    told = ask(client, body, author(body, gate=lambda h: 1.0), feedback="diagnosis").json()["parts"]
    wrong = [part for part in PARTS if not told[part]["correct"]]
    assert wrong == ["layers.0.weight", "layers.0.bias", "inputs"]
    for part in wrong:
        assert [one["code"] for one in told[part]["mistakes"]] == ["activation_derivative_forgotten"]


def test_the_levels_add_to_each_other(client):
    body = question()
    wrong = author(body, last=lambda p, y: y - p)
    told = {level: ask(client, body, wrong, feedback=level).json() for level in LEVELS}
    part = "layers.1.bias"
    assert told["verdict"]["parts"][part] == {"correct": False}
    assert [one["code"] for one in told["mistakes"]["parts"][part]["mistakes"]] == ["sign"]
    assert told["entries"]["parts"][part] == {"correct": False, "wrong_entries": [[0], [1], [2], [3]]}
    assert set(told["diagnosis"]["parts"][part]) == {"correct", "wrong_entries", "mistakes"}
    right = author(body)
    assert np.allclose(told["solution"]["gradients"]["layers"][1]["bias"], right["layers"][1]["bias"])
    assert "gradients" not in told["diagnosis"]


def test_an_l2_penalty_is_of_the_weights_alone(client):
    body = {**question(), "l2": 0.3}
    right = author(body)
    for layer, given in zip(right["layers"], body["network"]["layers"], strict=True):
        layer["weight"] = (np.array(layer["weight"]) + 0.3 * np.array(given["weight"])).tolist()
    assert ask(client, body, right).json()["correct"] is True
    found = client.post("/v1/networks/gradients", json=body).json()["gradients"]
    assert np.allclose(found["layers"][0]["weight"], right["layers"][0]["weight"])
    left_out = ask(client, body, author(body), feedback="mistakes").json()["parts"]
    assert [one["code"] for one in left_out["layers.0.weight"]["mistakes"]] == ["regulariser"]
    assert left_out["layers.0.bias"]["correct"] is True


@pytest.mark.parametrize("ceiling", LEVELS)
@pytest.mark.parametrize("level", LEVELS)
def test_no_more_is_told_than_the_ceiling_allows(connect: Connect, ceiling: str, level: str) -> None:
    body = question()
    answer = ask(connect(help=ceiling), body, author(body), feedback=level)
    allowed = tells_no_more(level, ceiling)
    assert answer.status_code == (200 if allowed else 403)


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_the_same_grades_give_the_same_bytes(connect: Connect, level: str) -> None:
    client = connect(help=level)
    seen = set()
    for seed in range(6):
        body = question(seed)
        given = author(body, last=lambda p, y: y - p)
        given["inputs"] = author(body)["inputs"]
        seen.add(ask(client, body, given, feedback=level).content)
    assert len(seen) == 1


@pytest.mark.parametrize("ceiling", LEVELS[:-1])
def test_below_the_ceiling_the_operators_rules_count(connect: Connect, ceiling: str) -> None:
    body = question()
    submission = {"inputs": np.round(author(body)["inputs"], 3).tolist()}
    strict = connect(help=ceiling, rounding=False)
    asked = ask(strict, body, submission, rounding=True, absolute_tolerance=9.0, tolerance=9.0)
    assert asked.json()["correct"] is False
    assert ask(connect(help=ceiling), body, submission, rounding=False).json()["correct"] is True


@pytest.mark.parametrize(
    ("submission", "place"),
    [
        ({}, "/submission"),
        ({"layers": [None, None]}, "/submission"),
        ({"layers": [None, None, {"weight": [[1.0]]}]}, "/submission/layers/2/weight"),
        ({"layers": [{"weights": [[1.0]]}]}, "/submission/layers/0/weights"),
        ({"layers": [{"weight": [["x"]]}]}, "/submission/layers/0/weight/0/0"),
    ],
)
def test_what_is_wrong_with_a_submission_is_said_with_its_place(client, submission, place):
    answer = ask(client, question(), submission)
    assert (answer.status_code, pointers(answer)) == (422, [place])


@pytest.mark.parametrize("size", [1e-61, 1e61])
def test_sizes_that_would_tell_are_refused_below_solution(connect: Connect, size: float) -> None:
    body = question()
    body["network"]["layers"][0]["weight"][1][0] = size
    answer = ask(connect(help="verdict"), body, {"inputs": [[0.0, 0.0]] * 5})
    assert pointers(answer) == ["/network/layers/0/weight"]
    assert slug(answer) == ("overflow" if size > 1 else "invalid-request")
