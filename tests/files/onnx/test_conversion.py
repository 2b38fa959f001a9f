import json
from fractions import Fraction
from hashlib import sha256

import numpy as np
import pytest
from onnx import ModelProto, numpy_helper

from app.files.errors import NothingToConvert, UnsupportedModel
from app.files.onnx.certificate import METADATA
from app.files.onnx.conversion import convert_file
from app.files.onnx.description import describe
from app.files.onnx.graphs import Model
from app.files.onnx.model import parse
from app.files.onnx.network import read_network
from app.nn.activations.catalogue import create
from app.nn.networks.evaluation import evaluate

from . import judge, models

every_model = pytest.mark.parametrize("build", models.ALL, ids=lambda build: build.__name__)


def network_of(body):
    return read_network(Model(parse(body))).network


@every_model
@pytest.mark.parametrize("shift", ["kept", "folded"])
def test_certificate_is_inside_and_of_the_file(build, shift):
    body = build("Tanh")
    made = convert_file(body, "sigmoid", shift)
    assert made.report["sha256"] == sha256(made.body).hexdigest()
    (inside,) = [one.value for one in ModelProto.FromString(made.body).metadata_props if one.key == METADATA]
    certificate = json.loads(inside)
    assert certificate.pop("source") == sha256(body).hexdigest()
    assert (certificate.pop("to"), certificate.pop("shift")) == ("sigmoid", shift)
    assert certificate == made.report["certificate"]


@every_model
def test_kept_is_certified_as_exact(build):
    difference = convert_file(build("Tanh"), "sigmoid", "kept").report["certificate"]["difference"]
    assert difference == {"kind": "exact", "value": 0.0}


@every_model
def test_every_changed_constant_is_hashed(build):
    body = build("Tanh")
    made = convert_file(body, "sigmoid", "kept")
    old, new = judge.constants(body), judge.constants(made.body)
    changed = made.report["certificate"]["structure"]["changed"]
    named = {one.get("new_name", one["name"]) for one in changed}
    assert {name for name in new if name not in old} <= named
    for one in changed:
        if one.get("new_name") in new and one["name"] in old:
            assert one["before"] == sha256(old[one["name"]].tobytes()).hexdigest()
            assert one["after"] == sha256(new[one["new_name"]].tobytes()).hexdigest()
            assert np.array_equal(new[one["new_name"]], judge.multiple(old[one["name"]], one))


def test_folded_lists_residuals_and_bounds_them():
    body = models.gemm_chain("Tanh")
    made = convert_file(body, "sigmoid", "folded")
    certificate = made.report["certificate"]
    old, new = judge.constants(body), judge.constants(made.body)
    (second,) = [one for one in certificate["structure"]["changed"] if one["name"] == "b2"]
    for column, residual in enumerate(second["residual"]):
        weights = sum(Fraction(float(one)) for one in old["W2"][:, column])
        exact = 2 * (Fraction(float(old["b2"][column])) - weights)
        assert residual == float(exact - Fraction(float(new[second["new_name"]][column])))
    difference = certificate["difference"]
    assert difference["kind"] == "bound"
    inputs = np.random.default_rng(3).normal(size=(500, 3)) * 3
    gap = np.abs(evaluate(network_of(body), inputs) - evaluate(network_of(made.body), inputs)).max(axis=0)
    bound = np.array(difference["value"])
    assert (gap <= bound + 1e-14).all() and (bound < 1e-5).all() and (gap > bound / 1e4).all()


def test_folded_says_where_no_bound_is_known():
    difference = convert_file(models.convolutions("Tanh"), "sigmoid", "folded").report["certificate"][
        "difference"
    ]
    assert difference["kind"] == "unknown" and "Conv" in difference["reason"]


def test_quantisers_behind_a_site_are_named():
    nodes = [
        models.node("Tanh", "x", "t"),
        models.node("MatMul", "t W", "z"),
        models.node("ArgMax", "z", "k", axis=1),
        models.node("ArgMax", "x", "unrelated", axis=1),
    ]
    kind = 7
    body = models.model(
        nodes,
        [models.value("x", "N", 3)],
        [models.value("k", None, None, kind=kind), models.value("unrelated", None, None, kind=kind)],
        {"W": models.array(3, 3)},
    )
    report = convert_file(body, "sigmoid", "kept").report
    assert report["certificate"]["discontinuous"] == ["ArgMax_k"]
    assert "jump" in report["certificate"]["evaluation"]


def test_description_tells_sites_and_shapes():
    described = describe(models.gates("Tanh"))
    assert described["format"] == "onnx" and described["opset"] == 17
    assert described["inputs"] == [{"name": "x", "type": "float", "shape": ["N", 3]}]
    assert described["operators"] == {"Gemm": 2, "Mul": 2, "Sigmoid": 2, "Split": 1, "Tanh": 2}
    assert described["parameters"] == 12 * 3 + 12 + 8
    assert sorted(one["operator"] for one in described["sites"]) == ["Sigmoid", "Sigmoid", "Tanh", "Tanh"]
    assert not described["network"]["readable"] and described["network"]["reason"]


@every_model
def test_description_of_every_model_is_json(build):
    assert json.loads(json.dumps(describe(build("Sigmoid")), allow_nan=False))["sites"]


CHAINS = (
    models.gemm_chain, models.matmul_chain, models.in_float64, models.constant_nodes, models.reordered_alone,
    models.written_by_hand,
)  # fmt: skip


@pytest.mark.parametrize("build", CHAINS, ids=lambda build: build.__name__)
@pytest.mark.parametrize("f", ["Tanh", "Sigmoid"])
def test_chain_reads_as_the_function_that_it_is(build, f):
    body = build(f)
    raised = judge.raised(body)
    feeds = judge.feeds(raised)
    (expected,) = judge.outputs(raised, feeds)
    np.testing.assert_allclose(evaluate(network_of(body), feeds["x"]), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "slopes", [[0.25], [[0.25]], [0.25] * 4, [-1.5], [0.25, 0.25, 0.25, 0.5], [np.nan]], ids=str
)
def test_prelu_of_one_slope_is_leaky_relu(slopes):
    """`torch.nn.PReLU()` has one slope for all units; with one for each it is no activation."""
    body = models.model(
        [models.node("MatMul", "x W", "z"), models.node("PRelu", "z slopes", "y")],
        [models.value("x", "N", 3)],
        [models.value("y", "N", 4)],
        {"W": models.array(3, 4), "slopes": np.array(slopes, np.float32)},
    )
    if len(np.unique(slopes)) > 1 or np.isnan(slopes).any():
        with pytest.raises(UnsupportedModel, match="one slope for all units"):
            network_of(body)
        return
    (layer,) = network_of(body).layers
    assert layer.activation == create("leaky_relu", negative_slope=np.ravel(slopes)[0])
    feeds = judge.feeds(body)
    (said,) = judge.outputs(body, feeds)
    np.testing.assert_allclose(
        evaluate(network_of(body), feeds["x"].astype(float)), said, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("operator", "attributes", "opset", "expected"),
    [
        ("LeakyRelu", {}, 17, {"negative_slope": float(np.float32(0.01))}),
        ("Elu", {"alpha": 0.5}, 17, {"alpha": 0.5}),
        ("Gelu", {"approximate": "tanh"}, 20, {}),
        ("Softplus", {}, 17, {}),
        ("HardSwish", {}, 17, {}),
        ("ThresholdedRelu", {"alpha": 0.25}, 17, {"threshold": 0.25, "value": 0.0}),
        ("Shrink", {"lambd": 0.5, "bias": 0.5}, 17, {"lambd": 0.5}),
    ],
)
def test_activation_is_read_with_its_attributes(operator, attributes, opset, expected):
    node = models.node(operator, "z", "y", **attributes)
    body = models.model(
        [models.node("MatMul", "x W", "z"), node],
        [models.value("x", "N", 3)],
        [models.value("y", "N", 4)],
        {"W": models.array(3, 4)},
        opset=opset,
    )
    (layer,) = network_of(body).layers
    given = dict(layer.activation.parameters)
    assert {name: given[name] for name in expected} == expected
    feeds = judge.feeds(body)
    (said,) = judge.outputs(body, feeds)
    np.testing.assert_allclose(
        evaluate(network_of(body), feeds["x"].astype(float)), said, rtol=1e-4, atol=1e-6
    )


def test_batch_normalisation_reads_as_layers_of_its_own():
    nodes = [models.node("BatchNormalization", "x s b m v", "z"), models.node("Gemm", "z W", "y")]
    weights = {name: models.array(3, seed=index) for index, name in enumerate("sbm")}
    weights |= {"v": np.abs(models.array(3)) + 1, "W": models.array(3, 2)}
    body = models.model(nodes, [models.value("x", "N", 3)], [models.value("y", "N", 2)], weights)
    read = read_network(Model(parse(body)))
    assert len(read.network.layers) == 3 and "BatchNormalization" in read.notes[0].detail
    feeds = judge.feeds(body)
    np.testing.assert_allclose(
        evaluate(read.network, feeds["x"].astype(float)), judge.outputs(body, feeds)[0], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (models.residual, "used twice"),
        (models.convolutions, "Conv"),
        (models.overridable, "expected a model of one input"),
        (models.also_an_output, "used twice"),
        (models.scan, "Scan"),
    ],
)
def test_what_is_no_chain_is_refused_by_its_name(build, reason):
    with pytest.raises(UnsupportedModel, match=reason):
        network_of(build("Tanh"))


def test_nothing_to_convert_says_so():
    with pytest.raises(NothingToConvert, match="Tanh"):
        convert_file(models.gemm_chain("Sigmoid"), "sigmoid", "kept")


def test_old_certificate_is_replaced():
    once = convert_file(models.gemm_chain("Tanh"), "sigmoid", "kept").body
    twice = convert_file(once, "tanh", "kept").body
    keys = [one.key for one in ModelProto.FromString(twice).metadata_props]
    assert keys == [METADATA]


def test_float16_keeps_its_type():
    graph = ModelProto.FromString(models.gemm_chain("Tanh"))
    for tensor in graph.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    for info in (*graph.graph.input, *graph.graph.output):
        info.type.tensor_type.elem_type = 10
    for shift in ("kept", "folded"):
        made = convert_file(graph.SerializeToString(), "sigmoid", shift)
        assert {one.dtype for one in judge.constants(made.body).values()} == {np.dtype(np.float16)}
