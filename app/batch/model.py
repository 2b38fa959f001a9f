"""What a block of rows gives: the loss and the gradients of a network, or of Problem 3's W and Θ."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any, Literal, Protocol

import numpy as np

from ..files.errors import MalformedModel
from ..files.reading import read_file
from ..files.tensor_archive import read_safetensors
from ..nn.arrays import as_array
from ..nn.error_free import Floats
from ..nn.errors import Fault, InvalidValue, NotFinite, Overflow, ShapeMismatch
from ..nn.finite import refuse_non_finite
from ..nn.gradients import problem as closed_form
from ..nn.gradients.cross_entropy import losses_and_residuals
from ..nn.gradients.problem import Problem
from ..nn.gradients.targets import Targets, prepare
from ..nn.gradients.trilinear import Logits, gathers, in_range
from ..nn.limbs import LimbSums, rounded_quotients
from ..nn.networks.backpropagation import Loss, layer_factors
from ..nn.networks.documents import network_from
from ..nn.networks.evaluation import evaluate
from ..nn.networks.network import Network
from ..nn.rounded_products import rounded_products
from ..nn.words import plural

SumReduction = Literal["mean", "sum"]

BLOCK_ROWS = 4096
"""Rows that are one product, counted from the first of all rows: a power of two that fills BLAS."""


@dataclass(frozen=True, slots=True)
class LossQuestion:
    """What is summed: the loss, how targets are prepared, and how the sum is read.

    `exact` adds every row's product exactly; else a block's rows are summed as one product, and the blocks
    exactly.
    """

    loss: Loss = "cross_entropy"
    reduction: SumReduction = "mean"
    label_smoothing: float = 0.0
    class_weights: tuple[float, ...] | None = None
    l2: float = 0.0
    exact: bool = False

    def __post_init__(self) -> None:
        """Refuse a penalty that is negative or not finite. Raises `InvalidValue`."""
        if not 0.0 <= self.l2 < math.inf:
            raise InvalidValue("expected a finite factor of at least 0", ("l2",))

    def prepared(self, targets: Floats, inputs: Floats, classes: int) -> Targets:
        """Return the targets that enter the loss.

        Raises `ShapeMismatch`, `NotFinite`, `InvalidValue` for a wrong class number, and `Overflow`.
        """
        if self.loss == "squared_error" and classes == 1 and targets.ndim == 1:
            targets = targets[:, np.newaxis]  # one column of numbers, not of class numbers
        if self.loss == "squared_error" and targets.shape != (len(inputs), classes):
            raise ShapeMismatch(
                f"expected {plural(classes, 'column')} of targets for squared_error", ("targets",)
            )
        weights = None if self.class_weights is None else np.array(self.class_weights)
        return prepare(
            targets, inputs.shape, classes, label_smoothing=self.label_smoothing, class_weights=weights
        )


Sums = dict[str, LimbSums]


class SummedModel(Protocol):
    """What has a loss and gradients that are sums over rows."""

    inputs: int
    classes: int

    def shapes(self, question: LossQuestion) -> dict[str, tuple[int, ...]]:
        """Return what is summed, by name."""

    def add(self, sums: Sums, inputs: Floats, targets: Floats, question: LossQuestion) -> None:
        """Add a block of rows. Raises a `Fault` with the row in the block."""

    def answer(self, sums: Sums, rows: int, question: LossQuestion) -> dict[str, Floats]:
        """Return the loss and the gradients by name. Raises `Overflow`."""

    def outputs(self, inputs: Floats) -> Floats:
        """Return the answer to each row: what the network says, or the probabilities."""


class SoftmaxModel:
    """f(x) = softmax(Θᵀ·W·x): W (h, d) and Θ (h, k).

    S = Σ g·xᵀ (k, d) is summed, and Θ·S and W·Sᵀ are rounded once; for so many classes that S costs more than
    it saves, the two gradients are summed. Exactly, it is always S, and the logits are exact sums rounded
    once too, so that no kernel of BLAS shows.
    """

    def __init__(self, W: Floats, Theta: Floats) -> None:
        Problem(W, Theta, np.zeros(W.shape[1:] or (1,)))  # raises for shapes that do not chain
        self.W, self.Theta, self.inputs = W, Theta, int(W.shape[1])
        self.classes = int(Theta.shape[1])
        self._gathers = gathers(int(W.shape[0]), self.inputs, self.classes, BLOCK_ROWS)
        self._map = Logits.of(W, Theta)
        self._mixed: LimbSums | None = None

    def shapes(self, question: LossQuestion) -> dict[str, tuple[int, ...]]:
        """Return what is summed, by name."""
        if question.exact or self._gathers:
            return {"loss": (), "S": (self.classes, self.inputs)}
        return {"loss": (), "W": self.W.shape, "Theta": self.Theta.shape}

    def add(self, sums: Sums, inputs: Floats, targets: Floats, question: LossQuestion) -> None:
        """Add a block of rows. Raises a `Fault` with the row in the block."""
        if question.loss != "cross_entropy":
            raise InvalidValue("expected cross_entropy, the loss of W and Theta")
        rows = question.prepared(targets, inputs, self.classes)
        if question.exact:
            logits = self._exact_logits(inputs)
        elif self._gathers:
            logits = self._logits(inputs)
        else:
            found = closed_form.gradients(Problem(self.W, self.Theta, inputs), rows, "sum")
            for name, part in (("loss", found.loss), ("W", found.W), ("Theta", found.Theta)):
                sums[name].add(part)
            return
        _, losses, residuals = losses_and_residuals(logits, rows)
        refuse_overflow(losses, residuals)
        sums["loss"].add_rows(losses)
        if not question.exact:
            with np.errstate(over="ignore", invalid="ignore"):
                product = residuals.T @ inputs
            if in_range(product):
                sums["S"].add(product)
                return
        sums["S"].add_products(residuals, inputs)

    def answer(self, sums: Sums, rows: int, question: LossQuestion) -> dict[str, Floats]:
        """Return the loss and the gradients by name. Raises `Overflow`."""
        count = rows if question.reduction == "mean" else 1
        if "S" in sums:
            numbers, exponent = sums["S"].numerators()
            found = {"loss": sums["loss"].rounded(count)}
            for name, factor, other in (("W", self.Theta, numbers), ("Theta", self.W, numbers.T)):
                one = LimbSums(factor.shape)
                one.add(factor)
                whole, power = one.numerators()
                found[name] = rounded_quotients(np.asarray(whole @ other), exponent + power, count)
        else:
            found = {name: one.rounded(count) for name, one in sums.items()}
        return _penalised(found, {"W": self.W, "Theta": self.Theta}, question.l2)

    def outputs(self, inputs: Floats) -> Floats:
        """Return the probabilities, (N, k)."""
        return closed_form.forward(Problem(self.W, self.Theta, inputs)).probabilities

    def _logits(self, inputs: Floats) -> Floats:
        """Return the logits of each row, with the bits of the service.

        A number that is not finite makes every logit of its row such a one, so only these are looked at.
        """
        logits, _ = self._map(inputs)
        if not np.isfinite(logits).all():
            closed_form.forward(Problem(self.W, self.Theta, inputs))  # raises, for the row at fault
        return logits

    def _exact_logits(self, inputs: Floats) -> Floats:
        """Return xᵀ·(WᵀΘ) of each row, exact but for one rounding."""
        if self._mixed is None:
            self._mixed = LimbSums((self.inputs, self.Theta.shape[1]))
            self._mixed.add_products(self.W, self.Theta)
        try:
            return rounded_products(inputs, self._mixed)
        except NotFinite:
            refuse_non_finite(inputs, ("inputs",))
            raise
        except Overflow as fault:
            raise Overflow(
                f"expected every logit below 1.8×10³⁰⁸ in size, got one beyond it for class {fault.at[1]}",
                ("inputs", fault.at[0]),
            ) from None


class LayeredModel:
    """A network of layers: gradients by every weight and bias."""

    def __init__(self, network: Network) -> None:
        self.network, self.inputs, self.classes = network, network.inputs, network.outputs

    def shapes(self, question: LossQuestion) -> dict[str, tuple[int, ...]]:
        """Return what is summed, by name."""
        found: dict[str, tuple[int, ...]] = {"loss": ()}
        for index, layer in enumerate(self.network.layers):
            found[f"layers.{index}.weight"] = layer.weight.shape
            if layer.bias is not None:
                found[f"layers.{index}.bias"] = layer.bias.shape
        return found

    def add(self, sums: Sums, inputs: Floats, targets: Floats, question: LossQuestion) -> None:
        """Add a block of rows. Raises a `Fault` with the row in the block."""
        rows = question.prepared(targets, inputs, self.network.outputs)
        losses, factors = layer_factors(self.network, inputs, rows, question.loss)
        refuse_overflow(losses, *(delta for delta, _ in factors))
        sums["loss"].add_rows(losses)
        for index, (delta, below) in enumerate(factors):
            weight, bias = f"layers.{index}.weight", f"layers.{index}.bias"
            if question.exact:
                sums[weight].add_products(delta, below)
            else:
                with np.errstate(over="ignore", invalid="ignore"):
                    product = delta.T @ below
                if not np.isfinite(product).all():
                    raise Overflow(f"expected the sums of {weight} over a block of rows below 1.8×10³⁰⁸")
                sums[weight].add(product)
            if bias in sums:
                sums[bias].add_rows(delta)

    def answer(self, sums: Sums, rows: int, question: LossQuestion) -> dict[str, Floats]:
        """Return the loss and the gradients by name. Raises `Overflow`."""
        found = {name: one.rounded(rows if question.reduction == "mean" else 1) for name, one in sums.items()}
        weights = {f"layers.{i}.weight": layer.weight for i, layer in enumerate(self.network.layers)}
        return _penalised(found, weights, question.l2)

    def outputs(self, inputs: Floats) -> Floats:
        """Return what the network answers, (N, m)."""
        return evaluate(self.network, inputs)


def read_model(body: bytes) -> SummedModel:
    """Return the model in a file: JSON as in the contract, tensors W and Theta, or whatever `read` reads.

    Raises a `Fault`.
    """
    document = _document(body)
    if document is not None:
        if "W" in document or "Theta" in document:
            return _softmax_model(document)
        if "network" in document or "layers" in document:
            return LayeredModel(network_from(document.get("network", {"layers": document.get("layers")})))
    elif int.from_bytes(body[:8], "little") < len(body) and body[8:9] == b"{":
        arrays = read_safetensors(body).arrays
        if "W" in arrays and "Theta" in arrays:
            return _softmax_model(arrays)
    return LayeredModel(read_file(body).read.network)


def refuse_overflow(*arrays: Floats) -> None:
    """Raise `Overflow` at the first row in which a number is not finite."""
    finite = np.ones(len(arrays[0]), dtype=bool)
    for array in arrays:
        finite &= np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    if not finite.all():
        raise Overflow(
            "expected the loss and its derivatives below 1.8×10³⁰⁸ in size, got one beyond it",
            ("inputs", int(np.argmin(finite))),
        )


def _document(body: bytes) -> Mapping[str, Any] | None:
    if not body.lstrip()[:1] == b"{":
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedModel("expected JSON") from None
    return found if isinstance(found, dict) else None


def _softmax_model(named: Mapping[str, Any]) -> SoftmaxModel:
    arrays = []
    for name in ("W", "Theta"):
        try:
            arrays.append(as_array(named[name]))
        except KeyError:
            raise InvalidValue(f"expected {name} too") from None
        except Fault as fault:
            fault.at = (name, *fault.at)
            raise
        if arrays[-1].ndim != 2 or not arrays[-1].size:
            raise ShapeMismatch("expected a matrix without empty sides", (name,))
    return SoftmaxModel(*arrays)


def _penalised(found: dict[str, Floats], weights: Mapping[str, Floats], l2: float) -> dict[str, Floats]:
    """Return the loss with ½λ·Σ‖weight‖² and the gradients with λ·weight."""
    if not l2:
        return found
    with np.errstate(over="ignore", invalid="ignore"):
        squares = fsum(fsum((one * one).ravel()) for one in weights.values())
        told = {name: one + l2 * weights[name] if name in weights else one for name, one in found.items()}
        told["loss"] = np.asarray(told["loss"] + 0.5 * l2 * squares)
    if not all(np.isfinite(one).all() for one in told.values()):
        raise Overflow("expected a loss and gradients with their penalty below 1.8×10³⁰⁸", ("l2",))
    return told
