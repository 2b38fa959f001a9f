"""lwtnn's JSON and MATLAB's function: scalings stay layers of their own."""

import json

import numpy as np

from app.files.reading import read_file
from app.nn.networks.evaluation import evaluate

from .network_files import B1, B2, W1, W2, lwtnn_file, matlab_file


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
