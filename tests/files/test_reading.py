import json
import warnings

import numpy as np
import pytest
import safetensors.numpy

from app.files.errors import UnsupportedModel
from app.files.reading import read_file
from app.nn.errors import Fault, InvalidValue, UnknownName

from . import archives
from .network_files import FILES, W1, W2, names_of, onnx_file, same_bits, torch_file
from .onnx import models


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


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        ({"weight_ih_l0": (4, 3), "weight_hh_l0": (4, 4), "bias_ih_l0": (4,)}, "recurrent layer"),
        ({"cell.weight_ih": (4, 3), "cell.weight_hh": (4, 4)}, "recurrent layer"),
        ({"rnn/kernel": (3, 4), "rnn/recurrent_kernel": (4, 4), "rnn/bias": (4,)}, "recurrent layer"),
        ({"weight_orig": (3, 3), "weight_mask": (3, 3)}, "pruning"),
        ({"0.weight_v": (1, 3), "0.weight_g": (1, 1), "0.bias": (1,)}, "weight norm"),
        ({"parametrizations.weight.original": (3, 3), "bias": (3,)}, "spectral norm"),
        ({"0.weight": (1, 3), "1.weight": (1,), "1.bias": (1,), "1.running_mean": (1,)}, "normalisation"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_weights_of_other_layers_are_refused_though_they_chain(shapes, match):
    arrays = {name: models.array(*shape) for name, shape in shapes.items()}
    for body in (safetensors.numpy.save(arrays), archives.npz(**arrays)):
        with pytest.raises(UnsupportedModel, match=match):
            read_file(body)


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
        (b'{"class_name": "Sequential", "config": {}}', "configuration alone"),
        (archives.npy(W1), "savez"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_other_formats_are_refused_with_the_way_out(body, match):
    with pytest.raises(UnsupportedModel, match=match):
        read_file(body)
