import io
import json
import warnings

import h5py
import numpy as np
import pytest
import safetensors.numpy
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from app.files.errors import MalformedModel, UnsupportedModel
from app.files.reading import read_file
from app.nn.errors import Fault, InvalidValue, LimitExceeded, UnknownName
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import SOFTMAX

from . import archives
from .onnx import models

W1, B1 = models.array(3, 4), models.array(4)  # (inputs, outputs), as Keras and NumPy's users write them
W2, B2 = models.array(4, 2), models.array(2)


def names_of(read):
    return [
        one if one == SOFTMAX else one.name for one in (layer.activation for layer in read.network.layers)
    ]


def arrays_of(read):
    return [(layer.weight, layer.bias) for layer in read.network.layers]


def same_bits(first, second):
    pairs = zip(arrays_of(first), arrays_of(second), strict=True)
    return all(w.tobytes() == v.tobytes() and b.tobytes() == c.tobytes() for (w, b), (v, c) in pairs)


def onnx_file():
    nodes = [
        models.node("Gemm", "x W1 b1", "z"),
        models.node("Tanh", "z", "h"),
        models.node("Gemm", "h W2 b2", "y"),
    ]
    weights = {"W1": W1, "b1": B1, "W2": W2, "b2": B2}
    return models.model(nodes, [models.value("x", "N", 3)], [models.value("y", "N", 2)], weights)


def torch_file():
    arrays = {"fc2.weight": W2.T, "fc1.weight": W1.T, "fc1.bias": B1, "fc2.bias": B2}
    return safetensors.numpy.save({name: np.ascontiguousarray(one) for name, one in arrays.items()})


def keras_file():
    config = archives.sequential(
        [
            {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 3]}},
            archives.dense(4, "tanh", "hidden"),
            archives.dense(2, "linear", "answer"),
        ]
    )
    weights = {"layers/dense/vars/0": W1, "layers/dense/vars/1": B1}
    return archives.keras(config, weights | {"layers/dense_1/vars/0": W2, "layers/dense_1/vars/1": B2})


def keras_h5_file():
    config = archives.sequential([archives.dense(4, "tanh", "a"), archives.dense(2, "linear", "b")])
    layers = {
        "a": [("a/kernel:0", W1), ("a/bias:0", B1)],
        "b": [("b/kernel:0", W2), ("b/bias:0", B2)],
    }
    return archives.keras_h5(config, layers)


def npz_file():
    return archives.npz(
        **{"net/fc_1/kernel": W1, "net/fc_1/bias": B1, "net/fc_out/kernel": W2, "net/fc_out/bias": B2}
    )


def lwtnn_file():
    layer = {"architecture": "dense"}
    document = {
        "inputs": [{"name": name} for name in "abc"],
        "layers": [
            {
                **layer,
                "weights": W1.T.astype(float).ravel().tolist(),
                "bias": B1.tolist(),
                "activation": "tanh",
            },
            {
                **layer,
                "weights": W2.T.astype(float).ravel().tolist(),
                "bias": B2.tolist(),
                "activation": "linear",
            },
        ],
    }
    return json.dumps(document).encode()


def matlab_file(scaled=False):
    def rows(matrix):
        lines = (" ".join(repr(float(one)) for one in row) for row in np.atleast_2d(matrix))
        return "[" + ";".join(lines) + "]"

    before = (
        "x1_step1.xoffset = [1;2;3];\nx1_step1.gain = [0.5;0.3;2];\nx1_step1.ymin = -1;\n" if scaled else ""
    )
    behind = (
        "y1_step1.ymin = -1;\ny1_step1.gain = [4;0.7];\ny1_step1.xoffset = [0.1;0.2];\n" if scaled else ""
    )
    return (
        "function [y1] = net(x1)\n%NET neural network\n" + before +
        f"b1 = {rows(B1[:, None])};\nIW1_1 = {rows(W1.T)};\n" +
        f"b2 = {rows(B2[:, None])};\nLW2_1 = {rows(W2.T)};\n" +
        behind + "xp1 = mapminmax_apply(x1,x1_step1);\na1 = tansig_apply(repmat(b1,1,Q) + IW1_1*xp1);\n"
        "a2 = repmat(b2,1,Q) + LW2_1*a1;\nend\n"
    ).encode()  # fmt: skip


def skops_file():
    parts = {"coefs_": [W1, W2], "intercepts_": [B1, B2], "activation": "tanh", "out_activation_": "identity"}
    return archives.skops([("MLPRegressor", parts)])


FILES = {
    "onnx": onnx_file, "safetensors": torch_file, "keras": keras_file, "keras_h5": keras_h5_file,
    "npz": npz_file, "lwtnn": lwtnn_file, "matlab": matlab_file, "skops": skops_file,
}  # fmt: skip


@pytest.mark.parametrize("form", FILES)
def test_one_network_reads_to_the_same_bits_from_every_format(form):
    file = read_file(FILES[form]())
    assert file.format == form
    assert same_bits(file.read, read_file(onnx_file()).read)
    assert names_of(file.read) == ["tanh", "identity"]
    assert len(file.read.names) == 2


@pytest.mark.parametrize("form", FILES)
def test_no_cut_or_changed_file_fails_otherwise_than_said(form):
    body = bytearray(FILES[form]())
    rng = np.random.default_rng(7)
    for _ in range(60):
        changed = bytearray(body)
        for place in rng.integers(0, len(changed), size=int(rng.integers(1, 6))):
            changed[place] = int(rng.integers(0, 256))
        if rng.random() < 0.3:
            changed = changed[: int(rng.integers(0, len(changed)))]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what NumPy and zipfile say of broken files
                read = read_file(bytes(changed))
        except Fault as fault:
            assert fault.detail
        else:
            assert read.read.network.layers


def test_weights_by_name_take_the_activations_that_are_asked_for():
    file = read_file(torch_file(), ["relu", "softmax"])
    assert names_of(file.read) == ["relu", "softmax"]
    assert not any("assumed" in note.detail for note in file.read.notes)
    assert any("assumed" in note.detail for note in read_file(torch_file()).read.notes)
    assert file.stored_as == "float32"
    with pytest.raises(InvalidValue, match="2 activations"):
        read_file(torch_file(), ["relu"])
    with pytest.raises(UnknownName):
        read_file(torch_file(), ["relu", "swishy"])
    with pytest.raises(InvalidValue, match="has its own"):
        read_file(onnx_file(), ["relu", "tanh"])


def test_names_are_ordered_by_their_numbers():
    arrays = {f"net.{index}.weight": models.array(2, 2, seed=index) for index in range(12)}
    read = read_file(safetensors.numpy.save(arrays)).read
    assert [weight for weight, _ in read.names] == [f"net.{index}.weight" for index in range(12)]


def test_bfloat16_reads_exactly():
    header = json.dumps({"w.weight": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [0, 4]}}).encode()
    body = len(header).to_bytes(8, "little") + header + np.array([0x3FC0, 0xC000], "<u2").tobytes()
    assert read_file(body).read.network.layers[0].weight.tolist() == [[1.5, -2.0]]


def test_own_answers_read_back_with_their_activations():
    arrays = {"network.layers.0.weight": W1.T.copy(), "network.layers.1.weight": W2.T.copy()}
    told = {"network": {"layers": [{"activation": {"name": "elu", "alpha": 0.5}}, {"activation": "softmax"}]}}
    read = read_file(safetensors.numpy.save(arrays, {"response": json.dumps(told)})).read
    assert names_of(read) == ["elu", "softmax"]
    assert read.network.layers[0].activation.parameters["alpha"] == 0.5


def test_matlab_scaling_is_kept_as_layers():
    read = read_file(matlab_file(scaled=True)).read
    x = np.random.default_rng(0).normal(size=(7, 3))
    scaled = (x - [1, 2, 3]) * [0.5, 0.3, 2] - 1
    plain = np.tanh(scaled @ W1.astype(float) + B1) @ W2.astype(float) + B2
    np.testing.assert_allclose(evaluate(read.network, x), (plain + 1) / [4, 0.7] + [0.1, 0.2], rtol=1e-13)
    assert (read.network.layers[2].weight == W1.T).all()  # nothing was multiplied in


def test_lwtnn_adds_its_offset_before_it_scales():
    document = json.loads(lwtnn_file())
    document["inputs"] = [
        {"name": "a", "offset": 1, "scale": 2},
        {"name": "b", "offset": 0, "scale": 1},
        {"name": "c"},
    ]
    read = read_file(json.dumps(document).encode()).read
    x = np.array([[0.5, 1.0, -1.0]])
    hidden = np.tanh(np.array([[3.0, 1.0, -1.0]]) @ W1.astype(float) + B1)
    np.testing.assert_allclose(evaluate(read.network, x), hidden @ W2.astype(float) + B2, rtol=1e-13)


@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "identity"])
def test_scikit_learn_reads_as_it_predicts(kind, activation):
    rng = np.random.default_rng(2)
    x = 3 * rng.normal(size=(60, 3)) + 1
    y = (x[:, 0] > 1).astype(int) + (x[:, 1] > 1) * (1 if kind is MLPRegressor else 0)
    scaler = StandardScaler().fit(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlp = kind(hidden_layer_sizes=(4,), activation=activation, max_iter=20, random_state=0).fit(
            scaler.transform(x), y
        )
    scaling = {"with_mean": True, "with_std": True, "mean_": scaler.mean_, "scale_": scaler.scale_}
    parts = {
        "coefs_": mlp.coefs_,
        "intercepts_": mlp.intercepts_,
        "activation": activation,
        "out_activation_": mlp.out_activation_,
    }
    body = archives.skops([("StandardScaler", scaling), (kind.__name__, parts)])
    ours = evaluate(read_file(body).read.network, x)[:, 0]
    scaled = scaler.transform(x)
    theirs = mlp.predict_proba(scaled)[:, 1] if kind is MLPClassifier else mlp.predict(scaled)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


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
    new = read_file(keras_of(layer)).read.network.layers[0].activation
    assert new.evaluate(x)[0] == pytest.approx(1 / 6 + 0.5)
    try:
        old = read_file(keras_of(layer, "2.15.0")).read.network.layers[0].activation
    except UnsupportedModel:
        return  # the catalogue has one hard_sigmoid alone: refused, not taken for the other
    assert old.evaluate(x)[0] == pytest.approx(0.7)


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
    ("body", "match"),
    [
        (archives.zipped({"archive/data.pkl": b"x"}), "pickle"),
        (archives.zipped({"policy.pth": b"x"}), "pickle"),
        (b"\x80\x04\x95abc", "pickle"),
        (b"\x1c\x00\x00\x00TFL3" + bytes(20), "TFLite"),
        (b"MATLAB 5.0 MAT-file", "genFunction"),
        (b"GGUF" + bytes(20), "GGUF"),
        (b'{"layers": 3}', "a valid list, at /layers"),
        (archives.npy(W1), "savez"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_other_formats_are_refused_with_the_way_out(body, match):
    with pytest.raises(UnsupportedModel, match=match):
        read_file(body)


def of_64_bits(body, size=None):
    """Return an archive with the directory of the larger kind, as PyTorch writes it."""
    end = body[-22:]
    entries, held, start = (int.from_bytes(end[i:j], "little") for i, j in ((10, 12), (12, 16), (16, 20)))
    counts = entries.to_bytes(8, "little") * 2
    told = (held if size is None else size).to_bytes(8, "little") + start.to_bytes(8, "little")
    fields = (44).to_bytes(8, "little") + bytes.fromhex("1e032d00") + bytes(8)
    record = b"PK\x06\x06" + fields + counts + told
    place = (len(body) - 22).to_bytes(8, "little")
    return body[:-22] + record + b"PK\x06\x07" + bytes(4) + place + (1).to_bytes(4, "little") + end


def test_archives_of_64_bits_are_read_within_bounds():
    body = archives.zipped({"w.npy": archives.npy(W1)})
    first, second = (read_file(one).read.network.layers[0] for one in (body, of_64_bits(body)))
    assert first.weight.tobytes() == second.weight.tobytes()
    with pytest.raises(UnsupportedModel, match="pickle"):
        read_file(of_64_bits(archives.zipped({"archive/data.pkl": b"x", "archive/data/0": bytes(48)})))
    with pytest.raises(UnsupportedModel, match="directory"):
        read_file(of_64_bits(body, 1 << 40))


def test_objects_are_never_unpickled():
    array = np.array([{"a": 1}], dtype=object)
    with pytest.raises(UnsupportedModel, match="never unpickled"):
        read_file(archives.zipped({"w.npy": archives.npy(array)}))


def test_headers_of_any_shape_make_no_array():
    header = archives.npy(np.zeros((1, 4))).replace(b"(1, 4)", b"(9, 4)")
    with pytest.raises(MalformedModel, match="shape"):
        read_file(archives.zipped({"w.npy": header}))
    vast = archives.npy(np.zeros((1, 4))).replace(b"(1, 4), }      ", b"(1, 999999999)}")
    with pytest.raises((MalformedModel, UnsupportedModel)):
        read_file(archives.zipped({"w.npy": vast}))


def test_zip_bombs_are_refused_before_they_are_unpacked():
    body = archives.zipped({"w.npy": bytes(100 << 20)})
    assert len(body) < 1 << 20
    with pytest.raises(LimitExceeded, match="unpacked"):
        read_file(body)


def test_zip_directories_are_bounded():
    body = archives.zipped({f"{index:060}.npy": b"" for index in range(12_000)})
    with pytest.raises(UnsupportedModel, match="directory"):
        read_file(body)


def h5_with(change):
    def fill(file):
        config = archives.sequential([archives.dense(2, "tanh", "a", use_bias=False)])
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights/a")
        group.attrs["weight_names"] = ["kernel:0"]
        change(file, group)

    return archives.hdf5(fill)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda file, group: group.__setitem__("kernel:0", h5py.ExternalLink("secret.h5", "/x")),
            "hard links",
        ),
        (lambda file, group: group.__setitem__("kernel:0", h5py.SoftLink("/other")), "hard links"),
        (lambda file, group: file.__setitem__("inner", h5py.SoftLink("/model_weights")), "hard links"),
        (lambda file, group: group.create_dataset("kernel:0", (1 << 20, 1 << 10), "f8"), "at most"),
        (
            lambda file, group: group.create_dataset(
                "kernel:0", (4, 4), "f8", chunks=(4, 4), compression="lzf"
            ),
            "gzip",
        ),
        (lambda file, group: file.__setitem__("model_weights/loop", file["model_weights"]), "levels"),
        (
            lambda file, group: group.create_dataset("kernel:0", (2, 2), "f8", external=[("secret", 0, 32)]),
            "in the file itself",
        ),
    ],
    ids=["external", "soft", "inner", "shape", "filter", "cycle", "storage"],
)
def test_hdf5_reads_nothing_from_elsewhere_or_without_end(change, match):
    with pytest.raises((UnsupportedModel, LimitExceeded), match=match):
        read_file(h5_with(change))


def test_virtual_datasets_are_refused():
    def change(file, group):
        layout = h5py.VirtualLayout((2, 2), "f8")
        layout[:] = h5py.VirtualSource("secret.h5", "x", (2, 2))
        group.create_virtual_dataset("kernel:0", layout)

    with pytest.raises(UnsupportedModel, match="in the file itself"):
        read_file(h5_with(change))


def with_text_of(length, number=3):
    """Return a file of Keras whose third text has a number and a length that are told."""
    body = bytearray(keras_h5_file())
    place = body.index(b"GCOL") + 16
    for _ in range(2):
        place += 16 + -(-int.from_bytes(body[place + 8 : place + 16], "little") // 8) * 8
    assert body[place : place + 2] == b"\x03\0"
    body[place : place + 2] = number.to_bytes(2, "little")
    body[place + 8 : place + 16] = length.to_bytes(8, "little")
    return bytes(body)


@pytest.mark.parametrize(
    ("number", "length"), [(0, 0), (0, 8), (3, 2**64 - 16), (3, 2**64 - 23), (3, 2**64 - 1), (3, 8_000)]
)
def test_hdf5_texts_end_behind_where_they_begin(number, length):
    """Texts of HDF5 end behind where they begin, and in their heap: some others libhdf5 reads for ever."""
    with pytest.raises(MalformedModel, match="texts that are whole"):
        read_file(with_text_of(length, number))


def test_hdf5_of_other_widths_is_refused():
    body = bytearray(keras_h5_file())
    body[14] = 4
    with pytest.raises(MalformedModel, match="8 bytes"):
        read_file(bytes(body))


def test_hdf5_of_the_latest_version_is_read():
    """A file of the latest version of HDF5 is read to the same bits."""
    stream = io.BytesIO()
    with h5py.File(io.BytesIO(keras_h5_file())) as old, h5py.File(stream, "w", libver="latest") as new:
        for name in old:
            old.copy(name, new)
        for name, value in old.attrs.items():
            new.attrs[name] = value
    assert stream.getvalue()[8] >= 2
    first, second = read_file(keras_h5_file()).read, read_file(stream.getvalue()).read
    for one, other in zip(first.network.layers, second.network.layers, strict=True):
        assert one.weight.tobytes() == other.weight.tobytes()


def test_hdf5_of_many_attributes_is_read():
    """A group with so many attributes that they lie in a heap of their own is read."""

    def fill(file):
        file.attrs["model_config"] = json.dumps(archives.sequential([archives.dense(2, "tanh", "a")]))
        for index in range(40):
            file.attrs[f"other{index}"] = "x" * 300
        group = file.create_group("model_weights/a")
        group.attrs["weight_names"] = ["kernel", "bias"]
        group["kernel"], group["bias"] = W2, B2

    stream = io.BytesIO()
    with h5py.File(stream, "w", libver="latest") as file:
        fill(file)
    assert b"FRHP" in stream.getvalue()
    (layer,) = read_file(stream.getvalue()).read.network.layers
    assert np.array_equal(layer.weight, W2.T)


@pytest.mark.parametrize("version", [{}, {"libver": "latest"}], ids=["first", "latest"])
@pytest.mark.parametrize("name", ["model_config", "weight_names"])
def test_hdf5_texts_are_as_long_as_they_tell(name, version):
    """No memory is taken for the 3.7 GB that a reference tells of a text."""
    stream = io.BytesIO()
    with h5py.File(io.BytesIO(keras_h5_file())) as old, h5py.File(stream, "w", **version) as new:
        for one in old:
            old.copy(one, new)
        for one, value in old.attrs.items():
            new.attrs[one] = value
    body = bytearray(stream.getvalue())
    heap = body.index(b"GCOL").to_bytes(8, "little")
    place = body.index(heap, body.rindex(name.encode() + b"\0")) - 4
    length = int.from_bytes(body[place : place + 4], "little")
    assert 0 < length < 1_000
    body[place + 3] = 0xDD
    # What the headers of the latest version are summed to is not looked at before.
    with pytest.raises((LimitExceeded, MalformedModel), match=r"bytes of texts|is whole"):
        read_file(bytes(body))
