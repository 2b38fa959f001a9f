"""The closed form over HTTP: the numbers of `app.nn`, and a problem document for every mistake."""

from typing import Any

import numpy as np
import pytest

from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.targets import prepare
from tests.service import Client, Connect, pointers, slug

PATH = "/v1/gradients"
SHEET: dict[str, Any] = {
    "W": [[1.0, 0.0, 0.5], [0.0, 1.0, -0.5]],
    "Theta": [[1.0, -1.0], [0.0, 2.0]],
    "inputs": [[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]],
    "targets": [1, 0],
}


def ask(client: Client, **changes: Any) -> dict[str, Any]:
    answer = client.post(PATH, json={**SHEET, **changes})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("targets", [[1, 0], [1.0, 0.0], [[0.2, 0.7], [2.0, 0.0]]])
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"class_weights": [1, 2.5]}])
def test_answers_are_the_numbers_of_the_mathematics(client, reduction, targets, options):
    problem = Problem(*(np.array(SHEET[name], dtype=float) for name in ("W", "Theta", "inputs")))
    known = {
        name: np.array(value, float) if name == "class_weights" else value for name, value in options.items()
    }
    expected = gradients(problem, prepare(np.array(targets, float), (2, 3), 2, **known), reduction)
    got = ask(client, reduction=reduction, targets=targets, **options)
    assert got["logits"] == expected.forward.logits.tolist()
    assert got["probabilities"] == expected.forward.probabilities.tolist()
    assert got["loss"] == expected.loss.tolist()
    assert got["gradients"] == {"W": expected.W.tolist(), "Theta": expected.Theta.tolist()}
    assert [law["name"] for law in got["identities"]] == [
        "sum_of_theta_gradients",
        "theta_times_its_gradient",
    ]
    assert all(0 <= law["residual"] <= law["bound"] < 1e-12 for law in got["identities"])
    assert "divides by the number of rows N" in got["conventions"]


def test_one_input_takes_a_class_number_or_a_row(client):
    one = ask(client, inputs=[1.0, 2.0, 3.0], targets=1)
    assert one == ask(client, inputs=[1.0, 2.0, 3.0], targets=[0.0, 1.0])
    assert isinstance(one["loss"], float)
    assert np.shape(one["gradients"]["W"]) == (2, 3)


def test_without_targets_it_is_f_itself(client):
    assert set(ask(client, targets=None)) == {"logits", "probabilities"}
    assert ask(client, targets=None)["logits"] == ask(client)["logits"]


@pytest.mark.parametrize(
    ("changes", "problem", "place"),
    [
        ({"targets": [1, 2]}, "invalid-request", "/targets/1"),
        ({"targets": [1, 0.5]}, "invalid-request", "/targets/1"),
        ({"targets": [1, True]}, "invalid-request", "/targets/1"),
        ({"targets": ["1", 0]}, "invalid-request", "/targets/0"),
        ({"targets": ["NaN", 0]}, "not-finite", "/targets/0"),
        ({"targets": [1]}, "shape-mismatch", "/targets"),
        ({"targets": [[1, 0]]}, "shape-mismatch", "/targets"),
        ({"Theta": [[1.0, 2.0]]}, "shape-mismatch", "/Theta"),
        ({"inputs": [[1.0, 2.0]]}, "shape-mismatch", "/inputs"),
        ({"inputs": []}, "shape-mismatch", "/inputs"),
        ({"W": [[1.0, 2.0, 3.0], [1.0]]}, "shape-mismatch", "/W/1"),
        ({"W": None}, "invalid-request", "/W"),
        ({"label_smoothing": 1}, "invalid-request", "/label_smoothing"),
        ({"label_smoothing": True}, "invalid-request", "/label_smoothing"),
        ({"label_smoothing": "0.1"}, "invalid-request", "/label_smoothing"),
        ({"class_weights": [1.0]}, "shape-mismatch", "/class_weights"),
        ({"class_weights": [1.0, "Infinity"]}, "not-finite", "/class_weights/1"),
        ({"reduction": "average"}, "invalid-request", "/reduction"),
        ({"weights": 1}, "invalid-request", "/weights"),
        ({"W": [[1e200, 0, 0], [0, 0, 0]], "Theta": [[1e200, 0], [0, 0]]}, "overflow", "/inputs/0"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(client, changes, problem, place):
    answer = client.post(PATH, json={**SHEET, **changes})
    assert (slug(answer), pointers(answer)) == (problem, [place])


def test_body_of_terabytes_is_refused_by_its_shapes(client):
    """A body that would need terabytes is refused by its shapes."""
    column = [[1.0]] * 4000
    answer = client.post(
        PATH,
        json={"W": column, "Theta": column, "inputs": column, "targets": [0] * 4000, "reduction": "none"},
    )
    assert slug(answer) == "limit"
    assert answer.json()["limit"] in ("multiply_adds", "intermediate", "answer")


def test_on_request_every_step_is_shown_with_the_numbers_in(client):
    got = ask(client, inputs=[1.0, 2.0, 3.0], targets=1, explain=True)
    assert "steps" not in ask(client, inputs=[1.0, 2.0, 3.0], targets=1)
    assert len(got["steps"]) == 13
    assert got["steps"][0]["latex"].startswith(r"W x = \begin{pmatrix} 1 & 0 & 0.5 \\ 0 & 1 & -0.5")
    for step in got["steps"]:
        assert set(step) == {"latex", "mathml", "reason"}
        assert step["mathml"].startswith("<math")
    one_row = ask(client, inputs=[[1.0, 2.0, 3.0]], targets=[1], explain=True, reduction="none")
    assert one_row["steps"] == got["steps"]


def test_only_what_can_be_read_is_explained(client):
    batch = client.post(PATH, json={**SHEET, "explain": True})
    assert (slug(batch), batch.json()["limit"], pointers(batch)) == ("limit", "explain", ["/inputs"])
    wide = {"W": [[1.0] * 7], "Theta": [[1.0, 2.0]], "inputs": [1.0] * 7, "targets": 0, "explain": True}
    answer = client.post(PATH, json=wide)
    assert (slug(answer), answer.json()["limit"], pointers(answer)) == ("limit", "explain", ["/W"])
    bare = client.post(PATH, json={**SHEET, "inputs": [1.0, 2.0, 3.0], "targets": None, "explain": True})
    assert (slug(bare), pointers(bare)) == ("invalid-request", ["/targets"])


@pytest.mark.parametrize("ceiling", ["verdict", "entries", "diagnosis"])
@pytest.mark.parametrize("changes", [{}, {"targets": None}, {"explain": True}])
def test_numbers_are_withheld_below_the_ceiling(
    connect: Connect, ceiling: str, changes: dict[str, Any]
) -> None:
    answer = connect(help=ceiling).post(PATH, json={**SHEET, **changes})
    assert (answer.status_code, slug(answer)) == (403, "withheld")
