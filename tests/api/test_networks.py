"""Networks over HTTP: the numbers of `app.nn`, and a problem document with a place for every mistake."""

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from app.nn.networks.conversion import convert
from app.nn.networks.evaluation import evaluate
from tests.oracles.networks import random_network, two_layers
from tests.service import Client, Connect, pointers, slug

SHEET: dict[str, Any] = {
    "layers": [
        {"weight": [[1.0, -2.0], [0.5, 3.0]], "bias": [0.25, -1.0], "activation": "tanh"},
        {"weight": [[1.5, -0.75]], "bias": [0.125]},
    ]
}
FINGERPRINT = "v1:sha256:3143019b37e08ef7dbf0bdf2ee42b5dceca47040e6a261c26075961c6f0d5cf9"
NN = two_layers([[1.0, -2.0], [0.5, 3.0]], [0.25, -1.0], [[1.5, -0.75]], [0.125])


def ask(client: Client, question: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/networks/{question}", json=body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def one_layer(**changes: Any) -> dict[str, Any]:
    return {"layers": [{"weight": [[1.0]], "bias": [0.0], "activation": "tanh", **changes}]}


class TestEvaluate:
    def test_one_input_and_a_batch(self, client: Client) -> None:
        rows = np.array([[1.0, 2.0], [-0.5, 0.25], [0.0, 0.0]])
        expected = evaluate(NN, rows)
        got = ask(client, "evaluate", network=SHEET, inputs=rows.tolist())
        assert got == {"outputs": expected.tolist()}
        alone = ask(client, "evaluate", network=SHEET, inputs=rows[1].tolist())
        assert alone == {"outputs": expected[1].tolist()}

    def test_the_trace_has_every_layer(self, client: Client) -> None:
        got = ask(client, "evaluate", network=SHEET, inputs=[1.0, 2.0], trace=True)
        assert got["layers"][0]["preactivations"] == [-2.75, 5.5]
        assert got["layers"][1]["activations"] == got["outputs"]
        assert len(got["layers"]) == 2

    def test_bias_may_be_absent_and_activation_an_object(self, client: Client) -> None:
        """A bias may be absent or null and an activation an object."""
        elu = {"name": "elu", "alpha": 0.5}
        network = {"layers": [{"weight": [[1.0]], "bias": None, "activation": elu}, {"weight": [[2.0]]}]}
        got = ask(client, "evaluate", network=network, inputs=[-1.0])
        assert got["outputs"] == [pytest.approx(2 * 0.5 * np.expm1(-1.0), rel=1e-15)]

    def test_softmax_may_be_last(self, client: Client) -> None:
        network = {"layers": [{"weight": [[0.0], [0.0]], "activation": "softmax"}]}
        assert ask(client, "evaluate", network=network, inputs=[1.0]) == {"outputs": [0.5, 0.5]}

    def test_words_for_non_finite_inputs_go_through(self, client: Client) -> None:
        got = ask(client, "evaluate", network=one_layer(), inputs=[["NaN"], ["Infinity"], [0.0]])
        assert got["outputs"] == [["NaN"], [1.0], [0.0]]

    @pytest.mark.parametrize(
        ("network", "kind", "place"),
        [
            ({"layers": []}, "shape-mismatch", "/network/layers"),
            ({}, "invalid-request", "/network/layers"),
            (one_layer(weight=[]), "shape-mismatch", "/network/layers/0/weight"),
            (one_layer(weight=[[]]), "shape-mismatch", "/network/layers/0/weight"),
            (one_layer(weight=[1.0]), "shape-mismatch", "/network/layers/0/weight"),
            (one_layer(weight=[[1.0], [1.0, 2.0]]), "shape-mismatch", "/network/layers/0/weight/1"),
            (one_layer(weight=[["Infinity"]]), "not-finite", "/network/layers/0/weight/0/0"),
            (one_layer(weight=[["1"]]), "invalid-request", "/network/layers/0/weight/0/0"),
            (one_layer(weight=[[True]]), "invalid-request", "/network/layers/0/weight/0/0"),
            (one_layer(bias=[1.0, 2.0]), "shape-mismatch", "/network/layers/0/bias"),
            (one_layer(bias=["NaN"]), "not-finite", "/network/layers/0/bias/0"),
            (one_layer(activation="tan"), "invalid-request", "/network/layers/0/activation"),
            (one_layer(activation=3), "invalid-request", "/network/layers/0/activation"),
            (one_layer(activation=[]), "invalid-request", "/network/layers/0/activation"),
            (one_layer(activation={}), "invalid-request", "/network/layers/0/activation/name"),
            (one_layer(activation={"name": "tan"}), "invalid-request", "/network/layers/0/activation/name"),
            (
                one_layer(activation={"name": "elu", "beta": 1}),
                "invalid-request",
                "/network/layers/0/activation/beta",
            ),
            (
                one_layer(activation={"name": "elu", "alpha": True}),
                "invalid-request",
                "/network/layers/0/activation/alpha",
            ),
            (
                one_layer(activation={"name": "softplus", "beta": 0}),
                "invalid-request",
                "/network/layers/0/activation/beta",
            ),
            (
                one_layer(activation={"name": "softmax", "beta": 1}),
                "invalid-request",
                "/network/layers/0/activation/beta",
            ),
            (one_layer(weights=[[1.0]]), "invalid-request", "/network/layers/0/weights"),
            (
                {"layers": [*one_layer()["layers"], {"weight": [[1.0, 2.0]]}]},
                "shape-mismatch",
                "/network/layers/1/weight",
            ),
            (
                {"layers": [{"weight": [[1.0]], "activation": "softmax"}, {"weight": [[1.0]]}]},
                "unsupported-network",
                "/network/layers/0/activation",
            ),
        ],
    )
    def test_what_is_no_network_is_refused_at_its_place(
        self, client: Client, network: dict[str, Any], kind: str, place: str
    ) -> None:
        for question, body in (("evaluate", {"inputs": [1.0]}), ("convert", {"to": "sigmoid"})):
            answer = client.post(f"/v1/networks/{question}", json={"network": network, **body})
            assert (answer.status_code, slug(answer), pointers(answer)) == (422, kind, [place])

    @pytest.mark.parametrize("inputs", [[1.0], [[1.0]], [[1.0, 2.0, 3.0]], [], [[]], 1.0])
    def test_inputs_of_another_shape_are_refused(self, client: Client, inputs: Any) -> None:
        answer = client.post("/v1/networks/evaluate", json={"network": SHEET, "inputs": inputs})
        assert (answer.status_code, slug(answer), pointers(answer)) == (422, "shape-mismatch", ["/inputs"])

    def test_overflow_names_the_row(self, client: Client) -> None:
        answer = client.post(
            "/v1/networks/evaluate", json={"network": SHEET, "inputs": [[0, 0], [1e308, -1e308]]}
        )
        assert (answer.status_code, slug(answer), pointers(answer)) == (422, "overflow", ["/inputs/1"])

    def test_work_beyond_the_limit_is_refused_before_it_is_done(self, connect: Connect) -> None:
        client = connect(max_multiply_adds=10**5)
        wide = {"layers": [{"weight": [[1]] * 1000}, {"weight": [[1] * 1000]}]}
        answer = client.post("/v1/networks/evaluate", json={"network": wide, "inputs": [[1]] * 1000})
        assert (answer.status_code, slug(answer)) == (422, "limit")
        assert answer.json()["limit"] == "multiply_adds"

    def test_layers_have_a_limit(self, connect: Connect) -> None:
        deep = {"layers": [{"weight": [[1.0]]}] * 17}
        answer = connect().post("/v1/networks/evaluate", json={"network": deep, "inputs": [1.0]})
        assert (answer.status_code, slug(answer), answer.json()["limit"]) == (422, "limit", "layers")


class TestConvert:
    def test_the_sheets_network(self, client: Client) -> None:
        got = ask(client, "convert", network=SHEET, to="sigmoid")
        assert got["exists"] is True
        assert got["network"] == {
            "layers": [
                {"weight": [[2.0, -4.0], [1.0, 6.0]], "bias": [0.5, -2.0], "activation": "sigmoid"},
                {"weight": [[3.0, -1.5]], "bias": [-0.625], "activation": "identity"},
            ]
        }
        assert got["certificate"]["difference"] == {"kind": "exact", "value": [0.0]}
        assert 0 < got["certificate"]["evaluation_bound"][0] < 1e-13
        assert "4 ULP" in got["certificate"]["statement"]
        assert got["notes"] == []

    def test_the_answer_can_be_sent_back(self, client: Client) -> None:
        there = ask(client, "convert", network=SHEET, to="sigmoid")["network"]
        back = ask(client, "convert", network=there, to="tanh")["network"]
        assert back["layers"][0] == SHEET["layers"][0]
        assert back["layers"][1] == {**SHEET["layers"][1], "activation": "identity"}

    def test_any_depth_and_mix_over_the_wire(self, client: Client) -> None:
        network = random_network(np.random.default_rng(0), (2, 3, 3, 2), ["tanh", "sigmoid", "tanh"])
        body = {
            "layers": [
                {"weight": one.weight.tolist(), "bias": one.bias.tolist(), "activation": one.activation.name}  # type: ignore[union-attr]  # biases, no softmax
                for one in network.layers
            ]
        }
        got = ask(client, "convert", network=body, to="sigmoid")
        expected = convert(network, "sigmoid").network
        assert [one["weight"] for one in got["network"]["layers"]] == [
            one.weight.tolist() for one in expected.layers
        ]
        assert got["certificate"]["difference"]["kind"] == "bound"
        assert got["notes"] == [
            {
                "pointer": "/network/layers/2/activation",
                "detail": "the last layer is converted too, so an affine layer 2y − 1 is appended: "
                "there are 4 layers now, which counts where their number is limited",
            }
        ]
        x = [0.5, -0.25]
        there = ask(client, "evaluate", network=got["network"], inputs=x)["outputs"]
        here = ask(client, "evaluate", network=body, inputs=x)["outputs"]
        for a, b, bound in zip(here, there, got["certificate"]["evaluation_bound"], strict=True):
            assert abs(a - b) <= bound < 1e-12

    def test_parameters_of_other_activations_are_kept(self, client: Client) -> None:
        elu = {"name": "elu", "alpha": 0.5}
        got = ask(
            client, "convert", network={"layers": [{"weight": [[1.0]], "activation": elu}]}, to="sigmoid"
        )
        assert got["network"]["layers"] == [{"weight": [[1.0]], "bias": None, "activation": elu}]

    def test_doubling_that_overflows_names_the_entry(self, client: Client) -> None:
        answer = client.post(
            "/v1/networks/convert", json={"network": one_layer(weight=[[1e308]]), "to": "sigmoid"}
        )
        assert (answer.status_code, slug(answer)) == (422, "overflow")
        assert pointers(answer) == ["/network/layers/0/weight/0/0"]

    def test_an_unknown_target_is_refused(self, client: Client) -> None:
        answer = client.post("/v1/networks/convert", json={"network": SHEET, "to": "relu"})
        assert (answer.status_code, slug(answer), pointers(answer)) == (422, "invalid-request", ["/to"])


def test_openapi_shows_both_forms_of_an_activation(client: Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    field = schemas["LayerBody"]["properties"]["activation"]
    assert {"$ref": "#/components/schemas/Activation"} in field["anyOf"]
    forms = schemas["Activation"]["anyOf"]
    assert forms[0]["type"] == "string"
    assert {"tanh", "elu", "softmax"} <= set(forms[0]["enum"])
    elu = next(form for form in forms[1:] if form["properties"]["name"]["enum"] == ["elu"])
    assert elu["properties"]["alpha"]["default"] == 1.0
    assert elu["additionalProperties"] is False


class TestSteps:
    """Problem 2b over the wire."""

    def test_the_sheets_network_is_no_step_network(self, client: Client) -> None:
        got = ask(client, "convert", network=SHEET, to="heaviside")
        assert got["exists"] is False
        assert "network" not in got
        assert got["values"] == {"at_most": "4"}  # 2 steps in the plane
        assert "intermediate value theorem" in got["reason"]["text"]
        ElementTree.fromstring(got["reason"]["mathml"])
        inputs, outputs = got["witness"]["inputs"], got["witness"]["outputs"]
        assert np.shape(inputs) == (2, 2)
        assert np.shape(outputs) == (2, 1)
        assert outputs[0] != outputs[1]
        seen = ask(client, "evaluate", network=SHEET, inputs=inputs)["outputs"]
        np.testing.assert_allclose([[float(text) for text in row] for row in outputs], seen, rtol=1e-13)

    def test_a_constant_is_one(self, client: Client) -> None:
        network = {
            "layers": [
                {"weight": [[1.0], [-1.0]], "bias": [0.5, -0.5], "activation": "tanh"},
                {"weight": [[3.0, 3.0]], "bias": [0.25]},
            ]
        }
        got = ask(client, "convert", network=network, to="heaviside")
        assert got["exists"] is True
        assert got["network"]["layers"] == [
            {"weight": [[0.0], [0.0]], "bias": [0.0, 0.0], "activation": "heaviside"},
            {"weight": [[0.0, 0.0]], "bias": [0.25], "activation": "identity"},
        ]
        assert got["certificate"]["difference"] == {"kind": "exact", "value": [0.0]}
        assert got["notes"] == []

    def test_where_no_theorem_decides_it_says_so(self, client: Client) -> None:
        got = ask(client, "convert", network=one_layer(activation="relu"), to="heaviside")
        assert got["exists"] is None
        assert set(got) == {"exists", "reason"}
        ElementTree.fromstring(got["reason"]["mathml"])

    def test_many_values_are_counted_exactly(self, client: Client) -> None:
        steps = 15_000
        network = {
            "layers": [
                {"weight": [[1, 0]] + [[0, 1]] * (steps - 1), "activation": "tanh"},
                {"weight": [[1] * steps]},
            ]
        }
        got = ask(client, "convert", network=network, to="heaviside")
        assert got["values"]["at_most"] == str(1 + steps + steps * (steps - 1) // 2)


class TestCompare:
    def test_a_permuted_and_flipped_network_is_the_same(self, client: Client) -> None:
        other = {
            "layers": [
                {"weight": [[-0.5, -3.0], [1.0, -2.0]], "bias": [1.0, 0.25], "activation": "tanh"},
                {"weight": [[0.75, 1.5]], "bias": [0.125]},
            ]
        }
        got = ask(client, "compare", first=SHEET, second=other)
        assert "the same function" in got.pop("statement")
        assert got == {
            "equal": True,
            "rounding_only": False,
            "method": "exact",
            "within_tolerance": True,
            "difference": {"lower": 0.0, "upper": 0.0},
            "matchings": [[[0, 1, 1], [1, 0, -1]]],
            "witness": None,
            "matching": [[0, 1, 1], [1, 0, -1]],
        }

    def test_a_converted_network_is_the_same_but_for_rounding(self, client: Client) -> None:
        network = {
            "layers": [
                {"weight": [[1.0], [2.0]], "bias": [0.0, 0.5], "activation": "tanh"},
                {"weight": [[0.1, 0.7]], "bias": [0.3]},
            ]
        }
        converted = ask(client, "convert", network=network, to="sigmoid")
        got = ask(client, "compare", first=network, second=converted["network"], tolerance=1e-15)
        assert (got["equal"], got["rounding_only"], got["within_tolerance"]) == (False, True, True)
        rest = abs(converted["certificate"]["difference"]["value"][0])
        assert got["difference"]["lower"] <= rest <= got["difference"]["upper"]
        assert got["witness"]["first"] != got["witness"]["second"]

    def test_another_function_is_shown_to_be_one(self, client: Client) -> None:
        other = {"layers": [SHEET["layers"][0], {"weight": [[1.5, -0.5]], "bias": [0.125]}]}
        got = ask(client, "compare", first=SHEET, second=other, tolerance=0.1)
        assert (got["equal"], got["within_tolerance"]) == (False, False)
        assert 0.2 < got["difference"]["lower"] <= got["difference"]["upper"] <= 0.2500001
        assert np.shape(got["witness"]["input"]) == (2,)

    def test_deeper_conversions_differ_by_rounding_only(self, client: Client) -> None:
        layers = [{"weight": [[0.1]], "bias": [0.7], "activation": "tanh"}] * 2 + [{"weight": [[1.1]]}]
        converted = ask(client, "convert", network={"layers": layers}, to="sigmoid")["network"]
        got = ask(client, "compare", first={"layers": layers}, second=converted)
        assert (got["equal"], got["rounding_only"], got["within_tolerance"]) == (False, True, False)
        assert got["matchings"] == [[[0, 0, 1]], [[0, 0, 1]]]
        assert 0 < got["difference"]["lower"] <= got["difference"]["upper"] < 1e-15

    def test_softmax_may_be_last(self, client: Client) -> None:
        hidden = {"weight": [[1.0], [2.0]], "bias": [3.0, 1.0], "activation": "tanh"}
        first, second = (
            {"layers": [hidden, {"weight": weight, "bias": bias, "activation": "softmax"}]}
            for weight, bias in (([[1, 2], [3, 4]], [0, 1]), ([[2, 4], [4, 6]], [3, 4]))
        )
        got = ask(client, "compare", first=first, second=second)
        assert (got["equal"], got["difference"]) == (True, {"lower": 0.0, "upper": 0.0})

    def test_an_unknown_bound_is_the_word_infinity(self, client: Client) -> None:
        first, second = (one_layer(activation="relu", weight=[[w]]) for w in (1.0, 2.0))
        got = ask(client, "compare", first=first, second=second)
        assert got["difference"]["upper"] == "Infinity"
        assert (got["equal"], got["method"]) == (False, "exact")

    @pytest.mark.parametrize(
        ("body", "kind", "place"),
        [
            ({"second": one_layer()}, "shape-mismatch", "/second/layers/0/weight"),
            ({"first": one_layer(bias=[1, 2])}, "shape-mismatch", "/first/layers/0/bias"),
            ({"second": one_layer(weight=[])}, "shape-mismatch", "/second/layers/0/weight"),
            ({"tolerance": -1.0}, "invalid-request", "/tolerance"),
            ({"tolerance": "Infinity"}, "invalid-request", "/tolerance"),
        ],
    )
    def test_what_cannot_be_compared_is_refused(
        self, client: Client, body: dict[str, Any], kind: str, place: str
    ) -> None:
        answer = client.post("/v1/networks/compare", json={"first": SHEET, "second": SHEET, **body})
        assert (answer.status_code, slug(answer), pointers(answer)) == (422, kind, [place])

    def test_a_box_bounds_what_lies_in_it(self, client: Client) -> None:
        first, second = (
            {"layers": [{"weight": [[1, w]], "activation": "tanh"}, {"weight": [[1]]}]} for w in (0, 1e-9)
        )
        question = {"first": first, "second": second, "tolerance": 1e-3}
        everywhere = ask(client, "compare", **question)
        assert (everywhere["within_tolerance"], everywhere["difference"]["upper"]) == (False, 2.0)
        for low, high in ((-1, 1), ([-1, -1], [1, 1]), (-1, [1, 1])):
            got = ask(client, "compare", **question, box={"low": low, "high": high})
            assert (got["equal"], got["within_tolerance"]) == (False, True)
            assert 0.9e-9 < got["difference"]["lower"] <= got["difference"]["upper"] < 1.1e-9
            assert max(map(abs, got["witness"]["input"])) <= 1

    @pytest.mark.parametrize(
        ("box", "kind", "place"),
        [
            ({"low": 1, "high": 1}, "invalid-request", "/box/high"),
            ({"low": [0, 2], "high": [1, 1]}, "invalid-request", "/box/high/1"),
            ({"low": [0], "high": 1}, "shape-mismatch", "/box/low"),
            ({"low": 0, "high": [1, 1, 1]}, "shape-mismatch", "/box/high"),
            ({"low": 0, "high": "Infinity"}, "not-finite", "/box/high"),
            ({"low": 0}, "invalid-request", "/box/high"),
            ({"low": 0, "high": 1, "middle": 0}, "invalid-request", "/box/middle"),
            ({"low": [], "high": 1}, "shape-mismatch", "/box/low"),
            ({"low": [[0]], "high": 1}, "shape-mismatch", "/box/low"),
            ("all", "invalid-request", "/box"),
        ],
    )
    @pytest.mark.parametrize("path", ["compare", "convert"])
    def test_a_box_that_is_none_is_refused(
        self, client: Client, path: str, box: Any, kind: str, place: str
    ) -> None:
        question = {
            "compare": {"first": SHEET, "second": SHEET},
            "convert": {"network": SHEET, "to": "sigmoid"},
        }
        answer = client.post(f"/v1/networks/{path}", json={**question[path], "box": box})
        assert (answer.status_code, slug(answer), pointers(answer)) == (422, kind, [place])


class TestStoredAs:
    def test_weights_are_rounded_once_and_told(self, client: Client) -> None:
        network = {"layers": [{"weight": [[0.1]], "bias": [0.7], "activation": "tanh"}, {"weight": [[0.3]]}]}
        got = ask(client, "convert", network=network, to="sigmoid", stored_as="float16")
        assert got["network"]["layers"][0]["weight"] == [[float(np.float16(0.2))]]
        assert got["certificate"]["difference"]["kind"] == "bound"
        assert {note["pointer"] for note in got["notes"]} == {
            "/network/layers/0/weight/0/0",
            "/network/layers/0/bias/0",
            "/network/layers/1/weight/0/0",
            "/network/layers/1/weight/0",
        }
        compared = ask(client, "compare", first=network, second=got["network"])
        assert (compared["equal"], compared["rounding_only"]) == (False, True)
        box = {"low": -1, "high": 1}
        near = ask(client, "convert", network=network, to="sigmoid", stored_as="float16", box=box)
        assert near["certificate"]["difference"]["value"] < got["certificate"]["difference"]["value"]

    def test_what_a_type_cannot_hold_is_an_overflow(self, client: Client) -> None:
        network = {"layers": [{"weight": [[4e4]], "activation": "tanh"}, {"weight": [[1]]}]}
        answer = client.post(
            "/v1/networks/convert", json={"network": network, "to": "sigmoid", "stored_as": "float16"}
        )
        assert (answer.status_code, slug(answer)) == (422, "overflow")
        assert pointers(answer) == ["/network/layers/0/weight/0/0"]
        unknown = {"network": network, "to": "sigmoid", "stored_as": "float8"}
        answer = client.post("/v1/networks/convert", json=unknown)
        assert (answer.status_code, pointers(answer)) == (422, ["/stored_as"])

    def test_a_softmax_stays(self, client: Client) -> None:
        network = {
            "layers": [
                {"weight": [[1.0], [0.5]], "activation": "tanh"},
                {"weight": [[1.0, 2.0], [0.0, 1.0]], "activation": "softmax"},
            ]
        }
        got = ask(client, "convert", network=network, to="sigmoid")
        assert [layer["activation"] for layer in got["network"]["layers"]] == ["sigmoid", "softmax"]
        assert got["certificate"]["difference"] == {"kind": "exact", "value": [0.0, 0.0]}
        assert ask(client, "compare", first=network, second=got["network"])["equal"] is True


class TestReduce:
    def test_duplicates_go(self, client: Client) -> None:
        network = {
            "layers": [
                {"weight": [[1.0], [-1.0], [2.0]], "bias": [0.5, -0.5, 0.0], "activation": "tanh"},
                {"weight": [[3.0, 1.0, 1.0]], "bias": [0.25]},
            ]
        }
        got = ask(client, "reduce", network=network)
        assert got["network"]["layers"] == [
            {"weight": [[1.0], [2.0]], "bias": [0.5, 0.0], "activation": "tanh"},
            {"weight": [[2.0, 1.0]], "bias": [0.25], "activation": "identity"},
        ]
        assert got["hidden_units"] == {"before": 3, "after": 2}
        assert got["removed"] == [
            {"unit": 1, "reason": "it is the negative of unit 0, which now stands for both"}
        ]
        assert got["difference"] == {"kind": "exact", "value": [0.0]}
        assert got["fingerprint"].startswith("v1:sha256:")
        assert ask(client, "reduce", network=got["network"])["fingerprint"] == got["fingerprint"]

    def test_the_fingerprint_does_not_change_from_release_to_release(self, client: Client) -> None:
        """It may have been written down: another form of it needs another prefix than v1."""
        assert ask(client, "reduce", network=SHEET)["fingerprint"] == FINGERPRINT

    def test_a_constant_has_no_hidden_layer_left(self, client: Client) -> None:
        network = {
            "layers": [{"weight": [[0.0]], "bias": [0.0], "activation": "sigmoid"}, {"weight": [[3.0]]}]
        }
        got = ask(client, "reduce", network=network)
        assert got["hidden_units"] == {"before": 1, "after": 0}
        assert got["network"]["layers"] == [{"weight": [[0.0]], "bias": [1.5], "activation": "identity"}]

    def test_other_networks_are_refused(self, client: Client) -> None:
        answer = client.post("/v1/networks/reduce", json={"network": one_layer()})
        assert (answer.status_code, slug(answer)) == (422, "unsupported-network")
        assert pointers(answer) == ["/network/layers"]

    def test_too_large_a_decision_is_refused_before_it_is_begun(self, client: Client) -> None:
        wide = {
            "layers": [{"weight": [[1]] * 300_000, "activation": "tanh"}, {"weight": [[1] * 300_000] * 4}]
        }
        answer = client.post("/v1/networks/reduce", json={"network": wide})
        assert (answer.status_code, slug(answer)) == (422, "limit")
