"""Identities over HTTP: statement, steps, reasons and the live check."""

import pytest

from app.nn.identities.catalogue import IDENTITIES
from app.nn.identities.record import Identity
from tests.service import Client, pointers, slug

PATH = "/v1/identities"


def test_the_list(client: Client) -> None:
    listed = client.get(PATH).json()["identities"]
    assert [(one["name"], one["problem"], one["statement"]["latex"]) for one in listed] == [
        (one.name, one.problem, one.statement) for one in IDENTITIES
    ]


@pytest.mark.parametrize("one", IDENTITIES, ids=lambda one: one.name)
def test_each_has_its_steps_and_check(client: Client, one: Identity) -> None:
    answer = client.get(f"{PATH}/{one.name}")
    assert answer.status_code == 200, answer.text
    got = answer.json()
    assert (got["name"], got["problem"], got["title"]) == (one.name, one.problem, one.title)
    assert got["statement"]["latex"] == one.statement
    assert [(step["latex"], step["reason"]) for step in got["steps"]] == [
        (step.latex, step.reason) for step in one.steps
    ]
    for formula in (got["statement"], *got["steps"]):
        assert formula["mathml"].startswith("<math")
    if one.check is None:
        assert got["check"] is None
    else:
        check = one.check()
        assert got["check"] == {
            "points": check.points,
            "largest_error_ulp": check.largest_error_ulp,
            "at": check.at,
            "compared": one.checked,
        }


def test_problem_1b_as_the_sheet_states_it(client: Client) -> None:
    got = client.get(f"{PATH}/sigmoid_derivative").json()
    assert got["statement"]["latex"] == r"s_1'(x) = s_1(x) \left(1 - s_1(x)\right)"
    assert got["check"]["largest_error_ulp"] <= 2


def test_what_there_is_not(client: Client) -> None:
    answer = client.get(f"{PATH}/pythagoras")
    assert (answer.status_code, slug(answer)) == (404, "not-found")
    answer = client.get(f"{PATH}/sigmoid_derivative?x=1")
    assert (answer.status_code, pointers(answer)) == (422, ["/x"])
