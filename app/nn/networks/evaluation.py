"""What a network answers, and what answering costs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..activations.record import Activation, Floats
from ..cost import Cost
from ..errors import Overflow, Place, ShapeMismatch
from ..gradients.softmax import softmax
from ..products import BLOCK, rows_times
from .network import Layer, Network

# Rows are answered in blocks of so many that no layer's activations exceed 8 MiB: they stay in the cache,
# and a million rows through a wide layer need no more memory than a thousand.
_NUMBERS_PER_BLOCK = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One layer's ẑ = W·h + b and activation(ẑ), each (N, outputs), or (outputs,) for a single input."""

    preactivations: Floats
    activations: Floats


def evaluate(network: Network, inputs: Floats) -> Floats:
    """Return F(x) for each row x of `inputs`.

    `inputs` is (N, d) or (d,), the answer (N, m) or (m,). A row's bits do not depend on the rows around it.
    NaN and ±∞ among a row's inputs go through by IEEE 754's rules (0·∞ is NaN).

    Raises `ShapeMismatch` for rows of another length than d or no rows, `Overflow` for a finite row with a
    preactivation or activation beyond the largest float64; the place is the row's, as in `("inputs", 3)`.
    """
    rows = _rows(network, inputs)
    outputs = np.empty((len(rows), network.outputs))
    for block in _blocks(network, len(rows)):
        values = rows[block]
        for index, layer in enumerate(network.layers):
            step = _step(layer, values)
            _refuse_overflow(step, index, rows[block], _place(inputs, block.start))
            values = step.activations
        outputs[block] = values
    return outputs.reshape(*inputs.shape[:-1], network.outputs)


def trace(network: Network, inputs: Floats) -> tuple[Step, ...]:
    """Return every layer's preactivations and activations, of the same bits as `evaluate` goes through.

    Shapes and faults are those of `evaluate`.
    """
    values = rows = _rows(network, inputs)
    steps = []
    for index, layer in enumerate(network.layers):
        step = _step(layer, values)
        _refuse_overflow(step, index, rows, _place(inputs, 0))
        values = step.activations
        shape = (*inputs.shape[:-1], layer.outputs)
        steps.append(Step(step.preactivations.reshape(shape), step.activations.reshape(shape)))
    return tuple(steps)


def cost(network: Network, rows: int, *, traced: bool = False) -> Cost:
    """Return what evaluating `rows` inputs takes, from the shapes alone."""
    height = rows if traced else min(rows, _block_height(network))
    # Each block is filled up to a multiple of BLOCK rows before it is multiplied.
    multiplied = -(-rows // height) * -(-height // BLOCK) * BLOCK
    units = sum(layer.outputs for layer in network.layers)
    weights = sum(layer.weight.size for layer in network.layers)
    widest = max(layer.outputs for layer in network.layers)
    return Cost(
        multiply_adds=multiplied * weights + 30 * rows * units,
        intermediate=height * widest,
        answer=rows * network.outputs + (2 * rows * units if traced else 0),
    )


def _rows(network: Network, inputs: Floats) -> Floats:
    expected = f"expected one input of shape ({network.inputs},) or a batch of shape (N, {network.inputs})"
    if inputs.ndim not in (1, 2) or inputs.size == 0 or inputs.shape[-1] != network.inputs:
        raise ShapeMismatch(f"{expected}, got {inputs.shape}", ("inputs",))
    return inputs.reshape(-1, network.inputs)


def _blocks(network: Network, rows: int) -> Iterator[slice]:
    height = _block_height(network)
    return (slice(start, start + height) for start in range(0, rows, height))


def _block_height(network: Network) -> int:
    """Return how many rows are answered at once: a multiple of BLOCK, or a few for very wide layers."""
    height = _NUMBERS_PER_BLOCK // max(layer.outputs for layer in network.layers)
    return height - height % BLOCK if height >= BLOCK else max(height, 8)


def _step(layer: Layer, values: Floats) -> Step:
    preactivations = rows_times(values, layer.weight)
    if layer.bias is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            preactivations += layer.bias
    if isinstance(layer.activation, Activation):
        return Step(preactivations, layer.activation.evaluate(preactivations))
    return Step(preactivations, softmax(preactivations))


def _place(inputs: Floats, row: int) -> Place:
    return ("inputs",) if inputs.ndim == 1 else ("inputs", row)


def _refuse_overflow(step: Step, index: int, rows: Floats, first: Place) -> None:
    """Raise `Overflow` if a finite row has a value that is not; `first` is the place of the first row."""
    for values, what in ((step.preactivations, "preactivation"), (step.activations, "activation")):
        finite = np.isfinite(values)
        if finite.all():
            continue
        guilty = ~finite.all(axis=1) & np.isfinite(rows).all(axis=1)
        if guilty.any():
            row = int(np.argmax(guilty))
            where = f"layer {index}, unit {int(np.argmin(finite[row]))}"
            raise Overflow(
                f"expected every {what} below 1.8×10³⁰⁸ in size, got one beyond it in {where}",
                first if len(first) == 1 else ("inputs", int(first[1]) + row),
            )
