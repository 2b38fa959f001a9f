import numpy as np
import pytest

from app.files.errors import UnsupportedModel
from app.files.reading import read_file

from . import archives
from .network_files import B1, B2, W1, W2, onnx_file, same_bits

RELU = {"class_name": "ReLU"}


def keras_of(layer, version="3.3.3"):
    config = archives.sequential([archives.dense(4, "linear", "a"), layer])
    return archives.keras(config, {"layers/dense/vars/0": W1, "layers/dense/vars/1": B1}, version)


@pytest.mark.parametrize(
    ("layer", "name", "parameters"),
    [
        ({"class_name": "LeakyReLU", "config": {"name": "l"}}, "leaky_relu", {"negative_slope": 0.3}),
        ({"class_name": "LeakyReLU", "config": {"alpha": 0.1}}, "leaky_relu", {"negative_slope": 0.1}),
        (
            {"class_name": "Activation", "config": {"activation": "leaky_relu"}},
            "leaky_relu",
            {"negative_slope": 0.2},
        ),
        ({"class_name": "ReLU", "config": {"max_value": 6.0}}, "hard_tanh", {"min_val": 0, "max_val": 6}),
        ({"class_name": "Activation", "config": {"activation": "swish"}}, "silu", {}),
        ({"class_name": "Activation", "config": {"activation": "gelu"}}, "gelu", {}),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_keras_activations_have_keras_defaults(layer, name, parameters):
    activation = read_file(keras_of(layer)).read.network.layers[0].activation
    assert activation.name == name
    assert {key: activation.parameters[key] for key in parameters} == parameters


def test_hard_sigmoid_of_keras_2_is_steeper():
    layer = {"class_name": "Activation", "config": {"activation": "hard_sigmoid"}}
    x = np.array([1.0])
    for version, expected in (("3.3.3", 1 / 6 + 0.5), ("2.15.0", 0.7)):
        (layer_read,) = read_file(keras_of(layer, version)).read.network.layers
        assert layer_read.activation.evaluate(x)[0] == pytest.approx(expected)


@pytest.mark.parametrize("slopes", [[0.1], [0.1] * 4, [0.1, 0.2, 0.1, 0.1], None], ids=str)
def test_prelu_of_keras_with_one_slope_is_leaky_relu(slopes):
    """`PReLU(shared_axes=[1])` has one slope; where each unit has one, it is no activation of one number."""
    layers = [archives.dense(4, "linear", "a"), {"class_name": "PReLU", "config": {"name": "p"}}]
    weights = {"layers/dense/vars/0": W1, "layers/dense/vars/1": B1}
    weights |= {} if slopes is None else {"layers/p_re_lu/vars/0": np.array(slopes)}
    body = archives.keras(archives.sequential(layers), weights)
    if slopes is None or len(set(slopes)) > 1:
        with pytest.raises(UnsupportedModel, match="PReLU with"):
            read_file(body)
        return
    read = read_file(body).read
    assert read.network.layers[0].activation.parameters == {"negative_slope": 0.1}
    (note,) = (one for one in read.notes if "p_re_lu/vars/0, is leaky_relu" in one.detail)
    assert note.at == ("layers", 0)


@pytest.mark.parametrize(
    "told",
    [
        {"value": ["4wEAAAA=", None, None]},
        {"module": "builtins", "class_name": "function", "config": "tanh", "registered_name": "function"},
        {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "l"}},
        {"module": "keras.activations", "class_name": "function", "config": None},
    ],
    ids=["lambda", "function", "layer", "none"],
)
def test_activations_of_the_users_own_are_not_taken_for_others(told):
    """A lambda, and a function that has the name of Keras's own, are refused and not left out."""
    layer = {"class_name": "Activation", "config": {"activation": told}}
    with pytest.raises(UnsupportedModel, match="one of its own"):
        read_file(keras_of(layer))


def test_keras_branches_and_lambdas_are_refused_by_name():
    """Keras branches lambdas and recurrences are refused by name."""
    for name in ("Lambda", "LSTM", "GRU", "Masking", "Conv2D"):
        with pytest.raises(UnsupportedModel, match=name):
            read_file(keras_of({"class_name": name, "config": {"name": "x"}}))


def test_keras_functional_models_are_chains_or_refused():
    def layer(made, *sources):
        history = [
            {"class_name": "__keras_tensor__", "config": {"keras_history": [one, 0, 0]}} for one in sources
        ]
        return {**made, "inbound_nodes": [{"args": history, "kwargs": {}}] if sources else []}

    start = {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 3]}}
    weights = {f"layers/dense{end}/vars/{i}": one for end, pair in (("", (W1, B1)), ("_1", (W2, B2)))
               for i, one in enumerate(pair)}  # fmt: skip
    chain = [
        layer(start),
        layer(archives.dense(4, "tanh", "a"), "in"),
        layer(archives.dense(2, name="b"), "a"),
    ]
    config = {"class_name": "Functional", "config": {"layers": chain}}
    assert same_bits(read_file(archives.keras(config, weights)).read, read_file(onnx_file()).read)
    chain[2] = layer(archives.dense(2, name="b"), "in")
    with pytest.raises(UnsupportedModel, match="branches"):
        read_file(archives.keras(config, weights))


@pytest.mark.parametrize(
    "told",
    [
        "float16",
        {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}},
        {"class_name": "Policy", "config": {"name": "mixed_bfloat16"}},
    ],
    ids=str,
)
def test_numbers_of_fewer_digits_that_keras_computes_in_are_told(told):
    notes = read_file(keras_of(archives.dense(4, dtype=told) | {"class_name": "ReLU"})).read.notes
    assert sum("float16; the network is of float64" in note.detail for note in notes) == 1
    assert not any(
        "float64" in note.detail for note in read_file(keras_of(archives.dense(4) | RELU)).read.notes
    )


@pytest.mark.parametrize(
    ("told", "match"),
    [
        ({"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}, "quantised"),
        ({"class_name": "DTypePolicy", "config": {"name": "int8_from_float32"}}, "quantised"),
        ("bfloat16", "bfloat16"),
    ],
    ids=str,
)
def test_numbers_of_keras_that_are_not_read_are_named(told, match):
    with pytest.raises(UnsupportedModel, match=match):
        read_file(keras_of(archives.dense(4, dtype=told)))


@pytest.mark.parametrize(
    "told", [{"module": "mine.layers"}, {"module": "keras.layers", "registered_name": "mine>Dense"}], ids=str
)
def test_layers_of_the_users_own_are_not_taken_for_kerass(told):
    """A class of somebody's own that is called Dense is refused."""
    with pytest.raises(UnsupportedModel, match="another class"):
        read_file(keras_of(archives.dense(4) | told))


def test_functional_models_of_two_outputs_are_refused():
    start = {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 3]}}
    layers = [start, archives.dense(4, "tanh", "a") | {"inbound_nodes": [[["in", 0, 0, {}]]]}]
    weights = {"layers/dense/vars/0": W1, "layers/dense/vars/1": B1}
    for outputs, fine in (
        ([["a", 0, 0]], True),
        ([["in", 0, 0], ["a", 0, 0]], False),
        ([["in", 0, 0]], False),
    ):
        inner = {"layers": layers, "output_layers": outputs}
        body = archives.keras({"class_name": "Functional", "config": inner}, weights)
        if fine:
            assert read_file(body).read.network.layers
        else:
            with pytest.raises(UnsupportedModel, match="one output"):
                read_file(body)
