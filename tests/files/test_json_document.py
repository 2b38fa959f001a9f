"""JSON that holds a network: documents, requests, answers, weights by name, each read by the same rules."""

import json
from typing import Any

import numpy as np
import pytest

from app.files.errors import MalformedModel, UnsupportedModel
from app.files.limits import FileLimits
from app.files.reading import read_file
from app.nn.errors import LimitExceeded

LAYERS = {
    "layers": [
        {"weight": [[1.0, 2.0], [3.0, 4.0]], "bias": [5.0, 6.0], "activation": "tanh"},
        {"weight": [[7.0, 8.0]], "bias": [9.0], "activation": {"name": "elu", "alpha": 0.5}},
    ]
}
NAMED = {"fc1.weight": [[1, 2], [3, 4]], "fc1.bias": [5, 6], "fc2.weight": [[7, 8]], "fc2.bias": [9]}
HIDDEN = {"W1": [[1], [2]], "b1": [3, 4]}


def read(document: Any) -> Any:
    return read_file(json.dumps(document).encode())


@pytest.mark.parametrize(
    "document",
    [LAYERS, {"network": LAYERS, "to": "sigmoid"}, {"first": LAYERS, "second": LAYERS}],
    ids=["network", "question", "comparison"],
)
def test_own_documents_are_read_as_they_are(document: Any) -> None:
    file = read(document)
    assert (file.format, file.read.notes, file.stored_as) == ("json", (), None)
    first, last = file.read.network.layers
    assert (first.weight.tolist(), last.bias.tolist()) == ([[1, 2], [3, 4]], [9])
    assert dict(last.activation.parameters) == {"alpha": 0.5}


def test_names_of_an_answer_are_read_with_it() -> None:
    names = [["fc1.weight", "fc1.bias"], ["fc2.weight", None]]
    assert read({"network": LAYERS, "names": names}).read.names == tuple(map(tuple, names))
    assert read({"network": LAYERS, "names": [1, 2]}).read.names == ((None, None), (None, None))


def test_weights_by_name_come_in_the_documents_order() -> None:
    coder = {"encoder.weight": np.ones((3, 2)).tolist(), "decoder.weight": np.ones((2, 3)).tolist()}
    assert read(coder).read.names == (("encoder.weight", None), ("decoder.weight", None))
    back = dict(reversed(list(coder.items())))
    assert read(back).read.names == (("decoder.weight", None), ("encoder.weight", None))


@pytest.mark.parametrize(
    "last",
    [
        {"W2": [[1, 2]], "b2": 0.5},
        {"W2": [[1, 2]], "b2": "0.5"},
        {"W2": [1, 2], "b2": [0.5]},
        {"W2": [1, 2], "b2": [[0.5]], "bias": None},
    ],
)
def test_one_output_is_read_in_every_form(last: dict[str, Any]) -> None:
    layer = read({**HIDDEN, **last}).read.network.layers[1]
    assert (layer.weight.tolist(), layer.bias.tolist()) == ([[1, 2]], [0.5])


def test_what_no_layer_takes_is_told() -> None:
    notes = [one.detail for one in read({**NAMED, "lr": 0.1, "kind": "adam", "more": {"a": 1}}).read.notes]
    assert "left out of the network: lr" in notes
    assert "left out, no numbers: kind, more" in notes


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b"{nan", MalformedModel, "whole"),
        (b'{"W": [[NaN]]}', MalformedModel, "NaN"),
        (b'{"W": [[1]], "W": [[2]]}', MalformedModel, "each name once"),
        (b'{"W": ' + b"[" * 100_000, MalformedModel, "whole"),
        (b"[1]", UnsupportedModel, "an object with layers"),
        (b"{}", UnsupportedModel, "an object with layers"),
        (b'{"layers": []}', UnsupportedModel, "at least 1 item"),
        (b'{"layers": [{"weight": [[1]], "activation": 5}]}', UnsupportedModel, "at /layers/0/activation"),
        (b'{"W": [[1], [2, 3]]}', UnsupportedModel, "rows"),
        (b'{"W": [[1' + b"0" * 400 + b"]]}", UnsupportedModel, "float64"),
        (b'{"W1": [[1], [2]], "b1": 0.5}', UnsupportedModel, "a vector"),
        (b'{"W": [[1e999]]}', UnsupportedModel, "finite"),
    ],
)
def test_what_is_no_network_is_refused(body: bytes, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        read_file(body)


@pytest.mark.parametrize("part", [b"[],", b'"",', b"{},"])
def test_documents_of_too_many_parts_are_refused_unread(part: bytes) -> None:
    """Documents of too many parts are refused before they are read."""
    with pytest.raises(LimitExceeded):
        read_file(b'{"W": [' + part * (2 * FileLimits().parts) + b"0]}")
