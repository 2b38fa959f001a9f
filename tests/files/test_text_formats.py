"""lwtnn's JSON, MATLAB's function, SNAP's tables: scalings stay layers of their own."""

import json

import numpy as np
import pytest

from app.files.errors import MalformedModel, UnsupportedModel
from app.files.reading import read_file
from app.nn.networks.evaluation import evaluate

from . import archives
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


LOW, HIGH = np.array([0.0, -1.0, 2.5]), np.array([0.25, 1.0, 3.5])
OUTPUT = np.array([[0.125, 14.5]])


def tables(**others):
    """Return the tables of one variable, and of the processor's domains, as a zip of their folder."""
    kinds = {
        "Normalisation": np.stack([LOW, HIGH], axis=1),
        "Weights_Layer1_Neurons": W1.T,
        "Weights_Layer1_Bias": B1[None],
        "Weights_Layer2_Neurons": W2.T[:1],
        "Weights_Layer2_Bias": B2[None, :1],
        "Denormalisation": OUTPUT,
        "ExtremeCases": np.array([[-0.2, 0.0, 8.0]]),
        **others,
    }
    written = {
        kind: "\r\n".join(",".join(map(repr, row)) for row in table.tolist()) + "\n"
        for kind, table in kinds.items()
        if table is not None
    }
    return archives.zipped({f"LAI/LAI_{kind}": text for kind, text in written.items()})


def test_tables_read_as_the_biophysical_processor_computes():
    file = read_file(tables())
    x = np.random.default_rng(0).uniform(LOW, HIGH, size=(7, 3))
    scaled = 2 * (x - LOW) / (HIGH - LOW) - 1
    inner = np.tanh(scaled @ W1.astype(float) + B1) @ W2[:, :1].astype(float) + B2[:1]
    (low, high) = OUTPUT[0]
    expected = 0.5 * (inner + 1) * (high - low) + low
    np.testing.assert_allclose(evaluate(file.read.network, x), expected, rtol=1e-13)
    assert file.format == "biophysical"
    assert (file.read.network.layers[2].weight == W1.T).all()  # nothing was multiplied in


@pytest.mark.parametrize(
    ("others", "error", "match"),
    [
        ({"Weights_Layer2_Bias": None}, UnsupportedModel, "Weights_Layer2_Bias"),
        ({"other_Weights_Layer1_Neurons": W1.T}, UnsupportedModel, "one variable"),
        ({"Normalisation": np.stack([HIGH, LOW], axis=1)}, UnsupportedModel, "smallest and a largest"),
        ({"Denormalisation": np.array([[0.0, 1.0], [0.0, 1.0]])}, UnsupportedModel, "1 number, one for each"),
        ({"Weights_Layer1_Bias": B1[None, :3]}, UnsupportedModel, "4 numbers"),
        ({"Weights_Layer1_Neurons": np.array([["a"]])}, MalformedModel, "matrices of numbers"),
    ],
    ids=["missing", "several", "range", "outputs", "bias", "text"],
)
def test_tables_of_no_network_are_refused_by_what_is_wrong(others, error, match):
    with pytest.raises(error, match=match):
        read_file(tables(**others))
