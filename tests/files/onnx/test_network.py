"""What an ONNX graph says of its rows is kept, or refused."""

import numpy as np
import pytest

from app.files.errors import UnsupportedModel
from app.files.reading import read_file

from . import models


def reshaped(given, sides):
    nodes = [models.node("Reshape", "x sides", "flat"), models.node("MatMul", "flat W", "y")]
    weights = {"sides": np.array(sides), "W": models.array(6, 2)}
    return models.model(nodes, [models.value("x", *given)], [models.value("y", "N", 2)], weights)


@pytest.mark.parametrize(
    ("given", "sides"),
    [
        (("N", 6), [-1, 6]),
        (("N", 6), [0, 6]),
        (("N", 6), [0, -1]),
        ((5, 6), [5, -1]),
        ((5, 2, 3), [5, 6]),
        (("N", 2, 3), [0, -1]),
    ],
    ids=str,
)
def test_reshape_that_keeps_rows_is_left_out(given, sides):
    read = read_file(reshaped(given, sides)).read
    assert read.network.layers[0].weight.shape == (2, 6)
    assert any("Reshape changes no number" in note.detail for note in read.notes)


@pytest.mark.parametrize(
    ("given", "sides"),
    [(("N", 3), [1, -1]), (("N", 3), [2, -1]), ((4, 3), [2, 6]), (("N", 3), [-1, 6]), ((5, 2, 3), [-1, 6])],
    ids=str,
)
def test_reshape_that_joins_rows_is_refused(given, sides):
    with pytest.raises(UnsupportedModel, match="Reshape to rows"):
        read_file(reshaped(given, sides))
