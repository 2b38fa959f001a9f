"""What `print` shows of a result: numbers and sentences by their names, never how Python holds them."""

import re

import numpy as np
import pytest

import app as softstep
from tests.oracles.calls import CALLS, TANH

_OF_PYTHON = re.compile(r"Result\(|array\(|<app\.|object at|None|\bdtype\b")
LAYERS = ["layer 0: sigmoid, 1 → 3", "layers.0.weight", "layers.0.bias", "layer 1: identity, 3 → 1"]


@pytest.mark.parametrize("name", CALLS)
def test_every_result_prints_as_words_and_numbers(name: str) -> None:
    said = str(CALLS[name](softstep))
    assert said.strip()
    assert not _OF_PYTHON.search(said), said


def test_converted_network_is_printed_with_its_certificate() -> None:
    lines = str(softstep.convert(TANH, "sigmoid")).splitlines()
    assert [line for line in lines if line in LAYERS] == LAYERS
    assert any(line.startswith("difference, exact") for line in lines)
    assert "evaluation_bound" in lines


def test_reduced_network_is_printed() -> None:
    one = {"layers": [{"weight": [[3.0]], "activation": "tanh"}, {"weight": [[2.0]]}]}
    lines = str(softstep.reduce(one)).splitlines()
    assert lines[:3] == ["1 hidden unit, 1 is enough", "layer 0: tanh, 1 → 1", "layers.0.weight"]


def test_comparison_is_printed_with_where_networks_differ() -> None:
    other = {"layers": [*TANH["layers"][:1], {"weight": [[1.3, 0.9, 0.8]], "bias": [0.3]}]}
    said = softstep.compare(TANH, other)
    assert said.witness is not None
    for part in ("they differ at", *said.witness.first, *said.witness.second):
        assert part in str(said)


def test_large_arrays_are_printed_shortened() -> None:
    wide = [softstep.Layer(np.ones((300, 400)), None, "tanh"), softstep.Layer(np.ones((200, 300)))]
    assert len(str(softstep.convert(softstep.Network(wide), "sigmoid"))) < 5_000
    assert len(str(softstep.compare(softstep.Network(wide), softstep.Network([wide[0], wide[1]])))) < 2_000
    assert len(str(softstep.values("tanh", np.ones(10**5), derivative=True))) < 1_000
