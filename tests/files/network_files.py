"""One network of two layers in every format, and what is compared of what was read."""

import json

import numpy as np
import safetensors.numpy

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
