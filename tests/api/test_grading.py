"""Grading over HTTP: the levels of feedback, the ceiling, and that nothing else gets out."""

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from app.nn.gradients.codes import EXPLANATIONS
from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.targets import prepare
from tests.nn.gradients.problems import random_case
from tests.nn.gradients.test_grading import SINGLE, slip_of
from tests.service import Client, Connect, pointers, slug

PATH = "/v1/gradients/check"
LEVELS = ["verdict", "mistakes", "entries", "diagnosis", "solution"]
OLD_LEVELS = [level for level in LEVELS if level != "mistakes"]


def tells_no_more(level: str, ceiling: str) -> bool:
    """Tell whether a level is below a ceiling; who chose entries to hide the names gets no names."""
    return LEVELS.index(level) <= LEVELS.index(ceiling) and (level, ceiling) != ("mistakes", "entries")


def sheet(seed: int = 0, targets: str = "classes") -> dict[str, Any]:
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, 4) if targets == "classes" else random.uniform(0, 2, (4, 3))
    return {
        "W": random.normal(size=(2, 3)).tolist(),
        "Theta": random.normal(size=(2, 3)).tolist(),
        "inputs": random.normal(size=(4, 3)).tolist(),
        "targets": y.tolist(),
    }


def solution(body: dict[str, Any]) -> dict[str, Any]:
    problem = Problem(*(np.array(body[name]) for name in ("W", "Theta", "inputs")))
    targets = prepare(np.array(body["targets"], dtype=float), problem.inputs.shape, problem.classes)
    found = gradients(problem, targets, body.get("reduction", "mean"))
    return {"W": found.W, "Theta": found.Theta}


def listed(submission: dict[str, Any]) -> dict[str, Any]:
    """Return arrays as the wire takes them, NaN as its word."""
    return {
        part: np.where(np.isnan(array), "NaN", array.astype(object)).tolist()
        for part, array in submission.items()
    }


def ask(client: Client, body: dict[str, Any], submission: dict[str, Any], **more: Any) -> Any:
    return client.post(PATH, json={**body, "submission": listed(submission), **more})


def test_each_level_adds_to_the_one_before(client):
    body = sheet()
    right = solution(body)
    submission = {"W": -right["W"], "Theta": right["Theta"]}
    everywhere = [[i, j] for i in range(2) for j in range(3)]
    names, *told = [
        ask(client, body, submission, feedback=level).json() for level in ["mistakes", *OLD_LEVELS]
    ]
    assert told[0] == {"correct": False, "parts": {"W": {"correct": False}, "Theta": {"correct": True}}}
    assert told[1]["parts"] == {
        "W": {"correct": False, "wrong_entries": everywhere},
        "Theta": {"correct": True, "wrong_entries": []},
    }
    assert told[2]["parts"] == {
        "W": {
            "correct": False,
            "wrong_entries": everywhere,
            "mistakes": [{"code": "sign", "explanation": EXPLANATIONS["sign"]}],
        },
        "Theta": {"correct": True, "wrong_entries": [], "mistakes": []},
    }
    assert set(told[1]) == set(told[2]) == {"correct", "parts"}
    assert told[3]["parts"] == told[2]["parts"]
    assert told[3]["gradients"] == listed(right)
    assert told[3]["tolerance"] == 1e-9
    numerical = told[3]["numerical"]
    assert numerical["method"] == "complex step"
    assert numerical["largest_error"] <= numerical["noise_floor"] < 1e-12
    assert [one["method"] for one in numerical["methods"]] == [
        "complex step",
        "central differences",
        "Richardson extrapolation",
    ]
    assert (numerical["compared"], numerical["every_coordinate"]) == (12, True)
    assert ask(client, body, submission).json() == told[0]
    for part, without_mask in names["parts"].items():
        assert without_mask == {
            key: value for key, value in told[2]["parts"][part].items() if key != "wrong_entries"
        }


def test_what_is_right_is_right(client):
    body = sheet(3, "rows")
    got = ask(client, body, solution(body), feedback="diagnosis").json()
    assert got["correct"] is True
    assert all(
        part == {"correct": True, "wrong_entries": [], "mistakes": []} for part in got["parts"].values()
    )


def test_a_part_alone_is_graded_alone(client):
    body = sheet()
    got = ask(client, body, {"Theta": solution(body)["Theta"]}).json()
    assert got == {"correct": True, "parts": {"Theta": {"correct": True}}}


def test_three_digits_are_right_at_one_percent(client):
    body = sheet()
    rounded = {
        part: np.vectorize(lambda v: float(f"{v:.2e}"))(array) for part, array in solution(body).items()
    }
    told = ask(client, body, rounded).json()
    assert (told["correct"], told["rounded"]) == (True, {"significant": 3})
    assert told["parts"]["W"]["statement"] == "Right to 3 significant digits."
    assert ask(client, body, rounded, rounding=False).json()["correct"] is False
    assert ask(client, body, rounded, rounding=False, tolerance=0.01).json()["correct"] is True


def test_misshapen_submissions_are_graded_not_refused(client):
    """Non finite and misshapen submissions are graded not refused."""
    body = sheet()
    body["submission"] = {"W": [["NaN", "Infinity", 0], [1, 2, 3]], "Theta": [1, 2]}
    got = client.post(PATH, json={**body, "feedback": "diagnosis"}).json()
    assert [mistake["code"] for mistake in got["parts"]["W"]["mistakes"]] == ["not_finite"]
    assert [mistake["code"] for mistake in got["parts"]["Theta"]["mistakes"]] == ["shape"]
    assert len(got["parts"]["Theta"]["wrong_entries"]) == 6


@pytest.mark.parametrize(
    ("changes", "problem", "place"),
    [
        ({"submission": {}}, "invalid-request", "/submission"),
        ({"submission": None}, "invalid-request", "/submission"),
        ({"submission": {"w": [[1]]}}, "invalid-request", "/submission/w"),
        ({"submission": {"W": [[1, 2, 3], [4]]}}, "shape-mismatch", "/submission/W/1"),
        ({"submission": {"W": [["1", 2, 3]]}}, "invalid-request", "/submission/W/0/0"),
        ({"targets": None}, "invalid-request", "/targets"),
        ({"tolerance": -1}, "invalid-request", "/tolerance"),
        ({"tolerance": "0.01"}, "invalid-request", "/tolerance"),
        ({"feedback": "all"}, "invalid-request", "/feedback"),
        ({"Theta": [[1.0]]}, "shape-mismatch", "/Theta"),
    ],
)
def test_what_is_wrong_with_the_question_is_said_with_its_place(client, changes, problem, place):
    answer = client.post(PATH, json={**sheet(), "submission": {"W": [[0.0] * 3] * 2}, **changes})
    assert (slug(answer), pointers(answer)) == (problem, [place])


@pytest.mark.parametrize("ceiling", LEVELS)
@pytest.mark.parametrize("level", LEVELS)
def test_no_more_is_told_than_the_ceiling_allows(connect: Connect, ceiling: str, level: str) -> None:
    body = sheet()
    answer = ask(connect(help=ceiling), body, solution(body), feedback=level)
    if not tells_no_more(level, ceiling):
        assert (answer.status_code, slug(answer), pointers(answer)) == (403, "withheld", ["/feedback"])
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("ceiling", LEVELS[:-1])
def test_below_the_ceiling_the_tolerance_is_the_servers(connect: Connect, ceiling: str) -> None:
    body = sheet()
    zeros = {part: np.zeros_like(array) for part, array in solution(body).items()}
    wide = ask(connect(help=ceiling), body, zeros, tolerance=1e300)
    assert wide.json()["correct"] is False
    assert wide.content == ask(connect(help=ceiling), body, zeros).content
    assert ask(connect(help="solution"), body, zeros, tolerance=1e300).json()["correct"] is True


@pytest.mark.parametrize("ceiling", LEVELS)
def test_the_servers_tolerance_is_what_its_operator_sets(connect: Connect, ceiling: str) -> None:
    """Rounded to three digits by hand: right where 1 % is allowed, and by nobody's wish below solution."""
    body = sheet()
    right = solution(body)
    rounded = {part: np.vectorize(lambda x: float(f"{x:.3g}"))(array) for part, array in right.items()}
    wrong = {part: 1.02 * array for part, array in right.items()}
    lenient, strict = (connect(help=ceiling, tolerance=one, rounding=False) for one in (0.01, 1e-9))
    assert ask(lenient, body, rounded).json()["correct"] is True
    assert ask(lenient, body, wrong).json()["correct"] is False
    assert ask(strict, body, rounded).json()["correct"] is False
    asked = ask(lenient, body, rounded, tolerance=1e-9).json()["correct"]
    assert asked is (ceiling != "solution")


@pytest.mark.parametrize("ceiling", ["entries", "solution"])
def test_pictures_of_wrong_entries_take_the_same_tolerance(connect: Connect, ceiling: str) -> None:
    body = sheet()
    rounded = {part: np.round(array, 3) for part, array in solution(body).items()}
    asked = {**body, "submission": listed(rounded), "feedback": "entries"}
    words = {
        tolerance: connect(help=ceiling, tolerance=tolerance, rounding=False)
        .post("/v1/gradients/plot.txt", json=asked)
        .text
        for tolerance in (0.1, 1e-9)
    }
    assert words[0.1] != words[1e-9]
    given = connect(help=ceiling, tolerance=0.1, rounding=False).post(
        "/v1/gradients/plot.txt", json={**asked, "tolerance": 1e-9}
    )
    assert given.text == words[1e-9 if ceiling == "solution" else 0.1]


def submissions(body: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    """Right, all zero, wrong in one place, off by a factor of its own for each problem, of another shape."""
    right = solution(body)
    one = {part: array.copy() for part, array in right.items()}
    one["W"][0, 1] += 1.0 + seed
    return [
        right,
        {part: np.zeros_like(array) for part, array in right.items()},
        one,
        {part: -array for part, array in right.items()},
        {part: (2.5 + seed) * array for part, array in right.items()},
        {"W": right["W"], "Theta": np.full(5, float(seed))},
        {"W": np.full((2, 3), np.nan), "Theta": right["Theta"]},
    ]


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_the_same_verdicts_mask_and_codes_give_the_same_bytes(connect: Connect, level: str) -> None:
    client = connect(help=level)
    told = [
        [ask(client, body, submission, feedback=level).content for submission in submissions(body, seed)]
        for seed in range(8)
        for body in [sheet(seed, "classes" if seed % 2 else "rows")]
    ]
    assert all(answers == told[0] for answers in told)


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_answers_are_a_function_of_verdicts_mask_and_codes(connect: Connect, level: str) -> None:
    """Whatever the problem: its full grades fix the bytes of every level below."""
    full, below = connect(help="solution"), connect(help=level)
    seen: dict[str, set[bytes]] = defaultdict(set)
    for seed in range(40):
        case = random_case(seed, largest=3)
        if case.problem.inputs.ndim == 1:
            continue
        _, submission = slip_of(list(SINGLE)[seed % len(SINGLE)], case)
        body = {
            "W": case.problem.W.tolist(),
            "Theta": case.problem.Theta.tolist(),
            "inputs": case.problem.inputs.tolist(),
            "targets": case.rows.tolist(),
            "reduction": case.reduction,
        }
        for given in (submission, {part: np.zeros_like(array) for part, array in submission.items()}):
            told = ask(full, body, given, feedback="solution").json()
            grades = told["parts"], told.get("hidden_mistakes")
            seen[repr(grades)].add(ask(below, body, given, feedback=level).content)
    assert all(len(contents) == 1 for contents in seen.values())
    assert len(seen) > 15


@pytest.mark.parametrize("level", LEVELS[:-1])
@pytest.mark.parametrize("scale", [1e-308, 1e-100, 1e100, 1e308])
def test_no_scale_turns_grades_into_a_measure(connect: Connect, level: str, scale: float) -> None:
    """Weights c for every class scale the answer by c: where it overflows, or underflows to 0, told its size.

    Both problems have zeros for their submission and the same sizes; the gradients of one are 0.
    """
    client = connect(help=level)
    told = []
    for wanted in (0.5, 1.0):
        body = {
            "W": [[1.0, 0.0], [0.0, 1.0]],
            "Theta": [[1.0, 1.0], [8.0, 8.0]],
            "inputs": [3.0, 5.0],
            "targets": [wanted, 0.5],
            "class_weights": [scale, scale],
        }
        zeros = {"W": np.zeros((2, 2)), "Theta": np.zeros((2, 2))}
        answer = ask(client, body, zeros, feedback=level)
        told.append((answer.status_code, answer.content))
        assert pointers(answer) == ["/targets"]
        assert slug(answer) == ("overflow" if scale > 1 else "invalid-request")
    assert told[0] == told[1]
    assert ask(connect(help="solution"), {**body, "class_weights": [1e50, 1e50]}, zeros).status_code == 200


@pytest.mark.parametrize("name", ["W", "Theta", "inputs"])
@pytest.mark.parametrize("size", [1e-61, -1e61])
def test_sizes_that_would_tell_are_refused_below_solution_only(
    connect: Connect, name: str, size: float
) -> None:
    body = sheet()
    submission = solution(body)
    body[name][1][0] = size
    answer = ask(connect(help="verdict"), body, submission)
    assert (answer.status_code, pointers(answer)) == (422, [f"/{name}"])
    assert ask(connect(help="solution"), body, submission).status_code == 200
