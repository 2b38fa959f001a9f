"""What a diagram of networks shows, in words, and the numbers behind it."""

from collections.abc import Sequence

import numpy as np

from ..nn.networks.network import Layer
from ..nn.words import listed, short
from .labelled_network import LabelledNetwork
from .scene import Table

MOST_WEIGHTS = 24
"""Weights between two layers that are written one by one, at most."""


def describe(networks: Sequence[LabelledNetwork]) -> str:
    """Return the alternative text: for each network its layers, small ones number by number."""
    parts = [f"Diagram of {listed([one.label for one in networks])}."]
    for one in networks:
        parts.append(f"{one.label} is a network of {one.architecture()}.")
        for number, layer in enumerate(one.network.layers, start=1):
            parts.append(_layer(number, layer))
    return " ".join(parts)


def _layer(number: int, layer: Layer) -> str:
    weights = layer.weight
    if weights.size <= MOST_WEIGHTS:
        rows = "; ".join(", ".join(short(float(one)) for one in row) for row in weights)
        bias = (
            "no bias" if layer.bias is None else "bias " + ", ".join(short(float(one)) for one in layer.bias)
        )
        return f"Layer {number}: weights {rows}; {bias}."
    return (
        f"Layer {number}: {weights.size} weights from {short(float(weights.min()))} to"
        f" {short(float(weights.max()))}."
    )


def table(networks: Sequence[LabelledNetwork]) -> Table:
    """Return every weight and bias; network, layer, unit, input count from 1, input 0 is the bias."""
    rows = []
    for network, labelled in enumerate(networks, start=1):
        for number, layer in enumerate(labelled.network.layers, start=1):
            units, inputs = layer.weight.shape
            bias = np.zeros(units) if layer.bias is None else layer.bias
            values = np.column_stack([bias, layer.weight])
            unit, source = np.mgrid[1 : units + 1, 0 : inputs + 1]
            count = np.ones(values.size)
            rows.append(
                np.column_stack(
                    [network * count, number * count, unit.ravel(), source.ravel(), values.ravel()]
                )
            )
    return Table(["network", "layer", "unit", "input", "value"], np.concatenate(rows))
