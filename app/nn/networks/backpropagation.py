"""The loss of a network and its gradients: by every weight, every bias, and the inputs.

With zₗ = Wₗ·hₗ₋₁ + bₗ, hₗ = σₗ(zₗ) and δₗ = ∂ℓ/∂zₗ: ∂ℓ/∂Wₗ = δₗ·hₗ₋₁ᵀ, ∂ℓ/∂bₗ = δₗ,
∂ℓ/∂hₗ₋₁ = Wₗᵀ·δₗ, δₗ₋₁ = ∂ℓ/∂hₗ₋₁ ∘ σₗ₋₁′(zₗ₋₁); at kinks σ′ is what the catalogue's record says.
(Rumelhart, Hinton & Williams 1986, *Learning representations by back-propagating errors*.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..activations.record import Activation, Floats
from ..cost import Cost
from ..errors import InvalidValue, Overflow, ShapeMismatch
from ..finite import refuse_non_finite
from ..gradients.cross_entropy import losses_and_residuals
from ..gradients.reduction import Reduction, total
from ..gradients.squared_error import squared_errors
from ..gradients.targets import Labels, Targets
from ..products import BLOCK, rows_times
from .evaluation import Step, trace
from .evaluation import cost as evaluation_cost
from .network import SOFTMAX, Network

Loss = Literal["cross_entropy", "squared_error"]

# Rows are traced in blocks of about so many numbers in all layers together, 8 MiB.
_NUMBERS_PER_BLOCK = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class LayerGradient:
    """∂ℓ/∂W (outputs, inputs) and ∂ℓ/∂b (outputs,) or None; with a leading N for none of a batch."""

    weight: Floats
    bias: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class Backpropagation:
    """The loss, a number (shape ()) or (N,) for none of a batch; the outputs; and all gradients.

    `inputs` has the inputs' shape: each row is the derivative of the reduced loss by that row.
    """

    loss: Floats
    outputs: Floats
    layers: tuple[LayerGradient, ...]
    inputs: Floats


def backpropagate(
    network: Network, inputs: Floats, targets: Targets, loss: Loss, reduction: Reduction = "mean"
) -> Backpropagation:
    """Return the loss of `network` and its gradients.

    `inputs` is (d,) or (N, d); `targets` as `targets.prepare` makes them for m = the number of outputs.
    cross_entropy takes the outputs as logits, or, where the last layer is softmax, as the probabilities;
    squared_error is ½Σ(ŷ − y)² per row. mean divides by N. Outputs, a row's own loss, and with none its
    gradients have bits that depend on that row alone.

    Raises `ShapeMismatch`, `NotFinite`, and `Overflow` where the outputs, the loss or a gradient are beyond
    the largest float64.
    """
    refuse_non_finite(inputs, ("inputs",))
    if inputs.ndim not in (1, 2) or inputs.size == 0 or inputs.shape[-1] != network.inputs:
        raise ShapeMismatch(
            f"expected one input of shape ({network.inputs},) or a batch of shape (N, {network.inputs}), "
            f"got {inputs.shape}",
            ("inputs",),
        )
    rows = inputs.reshape(-1, network.inputs)
    single = inputs.ndim == 1
    count = len(rows) if reduction == "mean" else 1
    sums = _Sums(network, len(rows), each=reduction == "none" and not single, count=count)
    with np.errstate(over="ignore", invalid="ignore"):
        for block in _blocks(network, len(rows)):
            steps = _traced(network, rows[block], block.start, single)
            losses, last = _at_the_end(network, steps, targets[block], loss)
            sums.outputs[block], sums.losses[block] = steps[-1].activations, losses
            for index, delta, below in _factors(network, steps, rows[block], last):
                sums.add(index, block, delta, below)
            sums.inputs[block] = rows_times(delta, network.layers[0].weight.T) / count
    return sums.result(inputs.shape[:-1])


def layer_factors(
    network: Network, rows: Floats, targets: Targets, loss: Loss
) -> tuple[Floats, tuple[tuple[Floats, Floats], ...]]:
    """Return ℓ of each row (N,), and for each layer δ (N, outputs) with what the layer saw (N, inputs).

    ∂ℓ/∂W of a layer is the sum over the rows of δ·hᵀ. Every row's bits depend on that row alone; where they
    are beyond the largest float64, ℓ and δ are not finite.

    Raises `ShapeMismatch`, `NotFinite` and, for outputs beyond the largest float64, `Overflow`.
    """
    refuse_non_finite(rows, ("inputs",))
    steps = trace(network, rows)
    with np.errstate(over="ignore", invalid="ignore"):
        losses, delta = _at_the_end(network, steps, targets, loss)
        factors = [(delta, below) for _, delta, below in _factors(network, steps, rows, delta)]
    return losses, tuple(reversed(factors))


def last_derivative(network: Network, steps: tuple[Step, ...], targets: Targets, loss: Loss) -> Floats:
    """Return ∂ℓ/∂z of the last layer for each row, (N, m), as it is before the reduction."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _at_the_end(network, steps, targets, loss)[1]


def with_penalty(network: Network, found: Backpropagation, l2: float) -> Backpropagation:
    """Return `found`, which has no penalty, with ½λ·Σ‖weight‖² in every loss and λ·weight in the gradients.

    λ is `l2`, finite and at least 0; biases are not penalised. For none of a batch each row's loss has it.

    Raises `InvalidValue`, and `Overflow` where something is beyond the largest float64.
    """
    if not 0.0 <= l2 < np.inf:
        raise InvalidValue("expected a finite factor of at least 0", ("l2",))
    if l2 == 0.0:
        return found
    with np.errstate(over="ignore", invalid="ignore"):
        squares = sum(float(np.vdot(layer.weight, layer.weight)) for layer in network.layers)
        loss = found.loss + 0.5 * l2 * squares
        layers = tuple(
            LayerGradient(gradient.weight + l2 * layer.weight, gradient.bias)
            for layer, gradient in zip(network.layers, found.layers, strict=True)
        )
    if not (np.isfinite(loss).all() and all(np.isfinite(one.weight).all() for one in layers)):
        raise Overflow("expected a loss and gradients with their penalty below 1.8×10³⁰⁸", ("l2",))
    return Backpropagation(np.asarray(loss), found.outputs, layers, found.inputs)


def cost(network: Network, rows: int, reduction: Reduction) -> Cost:
    """Return what `backpropagate` takes for so many rows, from the shapes alone."""
    height = min(rows, _height(network))
    weights = sum(layer.weight.size for layer in network.layers)
    units = sum(layer.outputs for layer in network.layers)
    widest = max(network.inputs, *(layer.outputs for layer in network.layers))
    pairs = rows if reduction == "none" else 1
    largest = max(layer.weight.size for layer in network.layers)
    return Cost(
        evaluation_cost(network, rows).multiply_adds + 2 * max(rows, BLOCK) * weights + 60 * rows * units,
        max(height * widest, rows * max(network.inputs, network.outputs), pairs * largest),
        pairs * (weights + units + 1) + rows * (network.inputs + network.outputs),
    )


class _Sums:
    """What is gathered over blocks of rows."""

    def __init__(self, network: Network, rows: int, *, each: bool, count: int) -> None:
        self._network, self._each, self._count = network, each, count
        lead = (rows,) if each else ()
        self._weights = [np.zeros((*lead, *layer.weight.shape)) for layer in network.layers]
        self._biases = [np.zeros((*lead, layer.outputs)) for layer in network.layers]
        self.outputs = np.empty((rows, network.outputs))
        self.inputs = np.empty((rows, network.inputs))
        self.losses = np.empty(rows)

    def add(self, index: int, block: slice, delta: Floats, below: Floats) -> None:
        """Take in δ (N, outputs) of a layer with what the layer saw, (N, inputs)."""
        if self._each:
            np.multiply(delta[:, :, np.newaxis], below[:, np.newaxis, :], out=self._weights[index][block])
            self._biases[index][block] = delta
        else:
            self._weights[index] += (delta / self._count).T @ below
            self._biases[index] += (delta / self._count).sum(axis=0)

    def result(self, batch: tuple[int, ...]) -> Backpropagation:
        """Return everything in the shapes of the question. Raises `Overflow` for what is not finite."""
        self._refuse_rows(self.losses[:, np.newaxis], "the loss", "targets", batch)
        for index, arrays in enumerate(zip(self._weights, self._biases, strict=True)):
            for name, array in zip(("weight", "bias"), arrays, strict=True):
                if not np.isfinite(array).all():
                    raise Overflow(
                        f"expected the gradient with respect to {name} below 1.8×10³⁰⁸ in size,"
                        " got an entry beyond it",
                        ("network", "layers", index, name),
                    )
        self._refuse_rows(self.inputs, "the gradient with respect to the inputs", "inputs", batch)
        loss = self.losses if self._each else np.array(total(self.losses, self._count))
        if not np.isfinite(loss).all():
            raise Overflow("expected the sum of the losses below 1.8×10³⁰⁸, got one beyond it", ("targets",))
        layers = tuple(
            LayerGradient(weight, None if layer.bias is None else bias)
            for layer, weight, bias in zip(self._network.layers, self._weights, self._biases, strict=True)
        )
        return Backpropagation(
            loss, self.outputs.reshape(*batch, -1), layers, self.inputs.reshape(*batch, -1)
        )

    def _refuse_rows(self, values: Floats, what: str, field: str, batch: tuple[int, ...]) -> None:
        finite = np.isfinite(values).all(axis=1)
        if not finite.all():
            at = (field, int(np.argmin(finite))) if batch else (field,)
            raise Overflow(f"expected {what} below 1.8×10³⁰⁸ in size, got one beyond it", at)


def _factors(
    network: Network, steps: tuple[Step, ...], rows: Floats, delta: Floats
) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield each layer's number, δ and what it saw, from the last layer, whose δ is given, to the first."""
    for index in reversed(range(len(network.layers))):
        yield index, delta, steps[index - 1].activations if index else rows
        if index:
            behind = rows_times(delta, network.layers[index].weight.T)
            delta = behind * _derivative(network, index - 1, steps[index - 1])


def _at_the_end(
    network: Network, steps: tuple[Step, ...], targets: Targets, loss: Loss
) -> tuple[Floats, Floats]:
    """Return ℓ (N,) and ∂ℓ/∂z of the last layer (N, m)."""
    last = steps[-1]
    is_softmax = network.layers[-1].activation == SOFTMAX
    if loss == "cross_entropy":
        _, losses, residuals = losses_and_residuals(
            last.preactivations if is_softmax else last.activations, targets
        )
        return losses, residuals if is_softmax else residuals * _derivative(network, -1, last)
    rows = targets.dense(network.outputs) if isinstance(targets, Labels) else targets
    if is_softmax:
        return squared_errors(last.preactivations, rows)
    error = last.activations - rows
    return 0.5 * (error * error).sum(axis=1), error * _derivative(network, -1, last)


def _derivative(network: Network, index: int, step: Step) -> Floats:
    activation = network.layers[index].activation
    assert isinstance(activation, Activation), "softmax is the last layer's alone, and is done with there"
    return activation.derivative(step.preactivations)


def _traced(network: Network, rows: Floats, first: int, single: bool) -> tuple[Step, ...]:
    """Return the steps of some rows of a batch; faults get the place in the whole batch."""
    try:
        return trace(network, rows)
    except Overflow as fault:
        fault.at = ("inputs",) if single else ("inputs", first + int(fault.at[1]))
        raise


def _blocks(network: Network, rows: int) -> Iterator[slice]:
    height = _height(network)
    return (slice(start, start + height) for start in range(0, rows, height))


def _height(network: Network) -> int:
    units = sum(layer.outputs for layer in network.layers)
    return max(1, _NUMBERS_PER_BLOCK // (2 * units) // BLOCK) * BLOCK
