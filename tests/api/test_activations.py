"""Activations over HTTP: the records, the values, and a problem document for every mistake."""

import math
from typing import Any

import numpy as np
import pytest

from app.nn.activations.catalogue import create, names, parameters_of
from app.nn.activations.catalogue import factory as factory_of
from tests.service import Client, pointers, slug

PATH = "/v1/activations"
OTHER = {
    "softplus": {"beta": -2.5},
    "leaky_relu": {"negative_slope": 0.3},
    "elu": {"alpha": 0.5},
    "celu": {"alpha": -1.5},
    "softshrink": {"lambd": 0.0},
    "hardshrink": {"lambd": 1.7},
    "hard_tanh": {"min_val": -2.0, "max_val": 0.5},
    "threshold": {"threshold": 1.0, "value": 2.0},
}
WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def number(value: Any) -> float:
    return WORDS[value] if isinstance(value, str) else value


def ask(client: Client, path: str, **options: Any) -> dict[str, Any]:
    answer = client.request("POST" if "json" in options else "GET", PATH + path, **options)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_the_list_holds_every_descriptor(client: Client) -> None:
    listed = ask(client, "")["activations"]
    assert [one["name"] for one in listed] == list(names())
    for one in listed:
        assert ask(client, f"/{one['name']}") == one


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("other", [False, True])
def test_a_descriptor_is_the_record(client: Client, name: str, other: bool) -> None:
    given = OTHER.get(name, {}) if other else {}
    activation = create(name, **given)
    got = ask(client, f"/{name}", params=given)
    assert (got["name"], got["title"]) == (name, activation.title)
    assert got["formula"]["latex"] == activation.latex
    assert got["derivative"]["latex"] == activation.derivative_latex
    for formula in (got["formula"], got["derivative"]):
        assert formula["mathml"].startswith("<math")
        assert set(formula) == {"latex", "mathml"}
    for side, line in (("left", activation.left), ("right", activation.right)):
        expected = line and {"slope": line.slope, "intercept": line.intercept}
        assert got["asymptotes"][side] == expected
    claimed = activation.range
    assert number(got["range"]["infimum"]) == claimed.infimum
    assert number(got["range"]["supremum"]) == claimed.supremum
    assert got["range"]["infimum_attained"] is claimed.infimum_attained
    assert got["range"]["supremum_attained"] is claimed.supremum_attained
    assert got["kinks"] == list(activation.kinks)
    assert got["jumps"] == [{"at": jump.at, "height": jump.height} for jump in activation.jumps]
    assert number(got["lipschitz"]) == activation.lipschitz
    words = ("continuous", "differentiable", "monotone", "convex", "bounded", "odd", "even")
    assert got["properties"] == {word: getattr(activation, word) for word in words}
    assert got["conventions"] == activation.conventions
    assert got["torch"] == activation.torch
    if activation.onnx is None:
        assert got["onnx"] is None
    else:
        assert got["onnx"] == {
            "operator": activation.onnx.operator,
            "since": activation.onnx.since,
            "attributes": dict(activation.onnx.attributes),
            "inputs": dict(activation.onnx.inputs),
        }
    assert list(got["parameters"]) == [one.name for one in parameters_of(factory_of(name))]
    for one in parameters_of(factory_of(name)):
        assert got["parameters"][one.name] == {
            "value": given.get(one.name, given.get(one.follows, one.default)),
            "default": one.default,
            "minimum": one.minimum,
            "exclusive": one.exclusive,
            "nonzero": one.nonzero,
            "follows": one.follows,
            "description": one.description,
        }


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("inputs", [0.5, [], [[], []], [-1.5, 0.0, 2.0], [[1, -2], [3, -4]], [[[0.25]]]])
def test_values_have_the_inputs_shape(client: Client, name: str, inputs: Any) -> None:
    activation = create(name, **OTHER.get(name, {}))
    body = {"inputs": inputs, "derivative": True, "parameters": OTHER.get(name, {})}
    got = ask(client, f"/{name}", json=body)
    array = np.array(inputs, dtype=float)
    assert got == {
        "outputs": activation.evaluate(array).tolist(),
        "derivatives": activation.derivative(array).tolist(),
    }
    assert ask(client, f"/{name}", json={**body, "derivative": False}) == {"outputs": got["outputs"]}


@pytest.mark.parametrize("name", names())
def test_non_finite_numbers_travel_as_words(client: Client, name: str) -> None:
    inputs = ["NaN", "-Infinity", "Infinity", 1.0]
    got = ask(client, f"/{name}", json={"inputs": inputs, "derivative": True})
    activation = create(name)
    array = np.array([number(one) for one in inputs])
    for answer, expected in (
        (got["outputs"], activation.evaluate(array)),
        (got["derivatives"], activation.derivative(array)),
    ):
        assert answer[0] == "NaN"
        np.testing.assert_array_equal([number(one) for one in answer], expected)


def test_large_inputs_give_the_same_bits(client: Client) -> None:
    inputs = np.random.default_rng(0).normal(0, 50, (300, 200))
    got = ask(client, "/softplus", json={"inputs": inputs.tolist()})
    assert got["outputs"] == create("softplus").evaluate(inputs).tolist()


def test_names_that_are_none_are_404(client: Client) -> None:
    for answer in (client.get(f"{PATH}/swish"), client.post(f"{PATH}/Swish", json={"inputs": 1.0})):
        assert (answer.status_code, slug(answer)) == (404, "not-found")
        assert answer.json()["errors"] == [
            {"pointer": "", "detail": "expected the name of an activation: did you mean silu?"}
        ]
    assert client.get(f"{PATH}/Tanh/plot.svg").json()["errors"][0]["detail"].endswith("did you mean tanh?")
    assert client.get(f"{PATH}/tanh/plots.svg").json()["errors"] == [
        {
            "pointer": "",
            "detail": "expected a path that is served: did you mean GET /v1/activations/tanh/plot.svg?",
        }
    ]
    body = {"network": {"layers": [{"weight": [[1.0]], "activation": "logsig"}]}, "inputs": [1.0]}
    answer = client.post("/v1/networks/evaluate", json=body)
    assert answer.json()["errors"] == [
        {
            "pointer": "/network/layers/0/activation",
            "detail": "expected the name of an activation: did you mean sigmoid?",
        }
    ]


@pytest.mark.parametrize(
    ("query", "problem", "place"),
    [
        ("elu?alpha=nan", "invalid-request", "/alpha"),
        ("elu?alpha=Infinity", "invalid-request", "/alpha"),
        ("elu?alpha=1e999", "invalid-request", "/alpha"),
        ("elu?alpha=", "invalid-request", "/alpha"),
        ("elu?alpha=one", "invalid-request", "/alpha"),
        ("elu?alpha=1&alpha=2", "invalid-request", "/alpha"),
        ("elu?beta=1", "invalid-request", "/beta"),
        ("relu?alpha=1", "invalid-request", "/alpha"),
        ("softplus?beta=0", "invalid-request", "/beta"),
        ("celu?alpha=-0.0", "invalid-request", "/alpha"),
        ("softshrink?lambd=-1", "invalid-request", "/lambd"),
        ("hard_tanh?min_val=2", "invalid-request", "/max_val"),
        ("compare?first=softplus&second=swishy", "invalid-request", "/second"),
        ("compare?first=swishy&second=softplus", "invalid-request", "/first"),
        ("compare?first=softplus", "invalid-request", "/second"),
        ("compare?first=softplus&second=relu&third=elu", "invalid-request", "/third"),
    ],
)
def test_what_is_wrong_in_a_query_is_said_with_its_place(
    client: Client, query: str, problem: str, place: str
) -> None:
    answer = client.get(f"{PATH}/{query}")
    assert (answer.status_code, slug(answer), pointers(answer)) == (422, problem, [place])


@pytest.mark.parametrize(
    ("body", "problem", "place"),
    [
        ({}, "invalid-request", "/inputs"),
        ({"inputs": None}, "invalid-request", "/inputs"),
        ({"inputs": [1.0, [2.0]]}, "shape-mismatch", "/inputs/1"),
        ({"inputs": [[1.0, 2.0], [3.0]]}, "shape-mismatch", "/inputs/1"),
        ({"inputs": ["1"]}, "invalid-request", "/inputs/0"),
        ({"inputs": [True]}, "invalid-request", "/inputs/0"),
        ({"inputs": [1.0], "derivative": "yes"}, "invalid-request", "/derivative"),
        ({"inputs": [1.0], "derivative": 1}, "invalid-request", "/derivative"),
        ({"inputs": [1.0], "alpha": 1.0}, "invalid-request", "/alpha"),
        ({"inputs": [1.0], "parameters": {"alpha": 1.0}}, "invalid-request", "/parameters/alpha"),
        ({"inputs": [1.0], "parameters": {"beta": 0}}, "invalid-request", "/parameters/beta"),
        ({"inputs": [1.0], "parameters": {"beta": "1"}}, "invalid-request", "/parameters/beta"),
        ({"inputs": [1.0], "parameters": {"beta": True}}, "invalid-request", "/parameters/beta"),
        ({"inputs": [1.0], "parameters": {"beta": "NaN"}}, "invalid-request", "/parameters/beta"),
        ({"inputs": [1.0], "parameters": {"beta": 10**400}}, "not-finite", "/parameters/beta"),
    ],
)
def test_what_is_wrong_in_a_body_is_said_with_its_place(
    client: Client, body: dict[str, Any], problem: str, place: str
) -> None:
    answer = client.post(f"{PATH}/softplus", json=body)
    assert (answer.status_code, slug(answer), pointers(answer)) == (422, problem, [place])


@pytest.mark.parametrize("parameters", [[1.0], 1.0, "beta", True])
def test_parameters_that_are_no_object(client: Client, parameters: Any) -> None:
    answer = client.post(f"{PATH}/softplus", json={"inputs": [1.0], "parameters": parameters})
    assert (answer.status_code, slug(answer), pointers(answer)) == (422, "invalid-request", ["/parameters"])
    assert answer.json()["detail"] == "expected an object with named fields"


def test_problem_1c_for_the_sheet_s_pairs(client: Client) -> None:
    got = ask(client, "/compare", params={"first": "softplus", "second": "relu"})
    assert (got["first"], got["second"]) == ("softplus", "relu")
    assert got["limits_of_difference"] == {"left": 0.0, "right": 0.0}
    assert got["largest_gap"] == {"value": math.log(2), "at": 0.0, "attained": True}
    assert {"smoothness", "lower bound"} <= {one["property"] for one in got["differences"]}
    assert {"left asymptote", "right asymptote", "convexity"} <= {
        one["property"] for one in got["similarities"]
    }
    step = ask(client, "/compare", params={"first": "sigmoid", "second": "heaviside"})
    assert step["largest_gap"] == {"value": 0.5, "at": 0.0, "attained": True}
    apart = ask(client, "/compare", params={"first": "relu", "second": "identity"})
    assert apart["limits_of_difference"] == {"left": "Infinity", "right": 0.0}
    assert apart["largest_gap"] == {"value": "Infinity", "at": "-Infinity", "attained": False}


def test_comparison_takes_the_parameters_behind_each_name(client: Client) -> None:
    """The gap of softplus(β) and ReLU is ln 2/β, at 0."""
    for beta in (0.5, 3.0, 8.0):
        got = ask(client, f"/compare?first=softplus&beta={beta}&second=relu")
        assert got["largest_gap"] == {
            "value": pytest.approx(math.log(2) / beta, rel=1e-15),
            "at": 0.0,
            "attained": True,
        }
        turned = ask(client, f"/compare?second=relu&first=softplus&beta={beta}")
        assert turned == got
    twice = ask(client, "/compare?first=elu&alpha=0.5&second=elu&alpha=2")
    assert twice["limits_of_difference"] == {"left": 1.5, "right": 0.0}


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("alpha=1&first=elu&second=relu", "/alpha"),
        ("first=relu&alpha=1&second=elu", "/alpha"),
        ("first=elu&second=elu&alpha=1&alpha=2", "/alpha"),
        ("first=softplus&beta=0&second=relu", "/beta"),
        ("first=elu&alpha=1_0&second=relu", "/alpha"),
        ("first=elu&alpha=1e999&second=relu", "/alpha"),
        ("first=elu&gain=1&second=relu", "/gain"),
    ],
)
def test_comparison_refuses_a_parameter_that_is_nobodys(client: Client, query: str, place: str) -> None:
    answer = client.get(f"{PATH}/compare?{query}")
    assert (answer.status_code, pointers(answer)) == (422, [place])


def test_openapi_has_each_activation_s_parameters(client: Client) -> None:
    document = client.get("/openapi.json").json()
    for name in names():
        path = document["paths"][f"{PATH}/{name}"]
        queried = {one["name"]: one for one in path["get"].get("parameters", [])}
        expected = {one.name: one for one in parameters_of(factory_of(name))}
        assert set(queried) == set(expected)
        for parameter, one in expected.items():
            assert queried[parameter]["schema"].get("default") == (None if one.follows else one.default)
            exclusive = queried[parameter]["schema"].get("exclusiveMinimum")
            assert queried[parameter]["schema"].get("minimum", exclusive) == one.minimum
            assert queried[parameter]["schema"]["format"] == "double"
            assert (exclusive is not None) == one.exclusive
        body = path["post"]["requestBody"]["content"]["application/json"]["schema"]
        model = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        assert set(model["properties"]) == {"inputs", "derivative", "parameters"}
    compared = document["paths"][f"{PATH}/compare"]["get"]["parameters"]
    named = [one for one in compared if one["name"] in ("first", "second")]
    assert [one["schema"]["enum"] for one in named] == [list(names())] * 2
