"""How far an honest evaluation of backpropagation may be from each entry, to first order.

With E the error of what stands behind it and u the roundoff: E(z) = |W|·E(h) + nu·(|W||h| + |b|),
E(h) = |σ′|·E(z) + 8u|h|, E(σ′) is how far σ′ moves within E(z), and back through every product the same way
(N. J. Higham 2002, *Accuracy and Stability of Numerical Algorithms*, §3.1). In float32 roundings count as
independent (`gradients.noise`).
"""

from dataclasses import dataclass

import numpy as np

from ..activations.record import Activation, Floats
from ..errors import Overflow
from ..gradients.noise import Arithmetic
from .evaluation import Step
from .network import Layer, Network

# An activation or its derivative, as anybody writes it, is within so many roundoffs of itself or of 1.
_FUNCTION = 8.0

# Bounds of first order leave out the products of errors.
_SAFE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class LayerErrors:
    """The bounds of a layer's gradients, in their shapes, and the largest of the terms behind each."""

    weight: Floats
    bias: Floats
    weight_term: float
    bias_term: float


@dataclass(frozen=True, slots=True, eq=False)
class ErrorBounds:
    """The bounds of all parts; `unit` is what an evaluation may round by in units of the largest term."""

    layers: tuple[LayerErrors, ...]
    inputs: Floats
    inputs_term: float
    unit: float


class ForwardErrors:
    """The errors of every layer's z, h and σ′."""

    def __init__(self, network: Network, rows: Floats, steps: tuple[Step, ...], arithmetic: Arithmetic):
        self.arithmetic = arithmetic
        self.z: list[Floats] = []
        self.h: list[Floats] = []
        self.slope: list[Floats] = []
        seen, error = rows, np.zeros_like(rows)
        for layer, step in zip(network.layers, steps, strict=True):
            error = self._layer(layer, step, seen, error)
            seen = step.activations

    def _layer(self, layer: Layer, step: Step, seen: Floats, error: Floats) -> Floats:
        u = self.arithmetic.roundoff
        weight = np.abs(layer.weight)
        sizes = np.abs(seen) @ weight.T
        if self.arithmetic.independent:
            roots = np.sqrt((seen * seen) @ (weight * weight).T)
            sizes = np.fmin(sizes, np.abs(step.preactivations) + roots)
        if layer.bias is not None:
            sizes = sizes + np.abs(layer.bias)
        z = error @ weight.T + u * self.arithmetic.roundings(layer.inputs + 2) * sizes
        self.z.append(z)
        if not isinstance(layer.activation, Activation):
            self.slope.append(np.zeros_like(z))
            self.h.append(z)
            return z
        # Where z is 0 to the last bit, nobody's is beside a kink.
        moved = np.where(step.preactivations == 0.0, 0.0, z)
        here = layer.activation.derivative(step.preactivations)
        ends = [layer.activation.derivative(step.preactivations + sign * moved) for sign in (-1.0, 1.0)]
        self.slope.append(
            np.maximum(np.abs(ends[0] - here), np.abs(ends[1] - here)) + _FUNCTION * u * (1.0 + np.abs(here))
        )
        steepest = np.maximum(np.abs(here), np.maximum(np.abs(ends[0]), np.abs(ends[1])))
        h = steepest * z + _FUNCTION * u * (np.abs(step.activations) + np.abs(step.preactivations))
        self.h.append(h)
        return h


def error_bounds(
    network: Network,
    rows: Floats,
    steps: tuple[Step, ...],
    delta: Floats,
    delta_error: Floats,
    delta_size: Floats,
    forward: ForwardErrors,
    each: bool,
) -> ErrorBounds:
    """Return the bounds of every gradient, from those of ∂ℓ/∂z of the last layer, reduced.

    `delta` (N, m) is that derivative, `delta_error` its bound and `delta_size` its terms' absolute values.
    Raises `Overflow` where a bound is beyond the largest float64.
    """
    arithmetic = forward.arithmetic
    u = arithmetic.roundoff
    count = len(rows)
    found: list[LayerErrors] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for index in reversed(range(len(network.layers))):
            layer = network.layers[index]
            seen = np.abs(steps[index - 1].activations if index else rows)
            seen_error = forward.h[index - 1] if index else np.zeros_like(rows)
            summed = arithmetic.roundings(count + 2) if not arithmetic.independent else count + 2
            delta_error = delta_error + u * summed * delta_size + arithmetic.smallest
            found.append(
                LayerErrors(
                    _SAFE * (_outer(delta_error, seen, each) + _outer(delta_size, seen_error, each)),
                    _SAFE * (delta_error if each else delta_error.sum(axis=0)),
                    _term(delta_size, seen, each),
                    float(delta_size.max() if each else delta_size.max(axis=1).sum()),
                )
            )
            weight = np.abs(layer.weight)
            behind, behind_size = delta @ layer.weight, delta_size @ weight
            behind_error = delta_error @ weight + u * arithmetic.roundings(layer.outputs + 2) * behind_size
            if index == 0:
                break
            below = network.layers[index - 1].activation
            assert isinstance(below, Activation)
            slope = below.derivative(steps[index - 1].preactivations)
            delta_error = behind_error * np.abs(slope) + behind_size * forward.slope[index - 1]
            delta, delta_size = behind * slope, behind_size * (np.abs(slope) + forward.slope[index - 1])
    sizes = sum(layer.inputs + layer.outputs for layer in network.layers) + 16
    largest = float(np.abs(steps[-1].preactivations).max())
    unit = u * (arithmetic.roundings(sizes) + (1 if each else count)) * (4.0 + largest)
    layers = tuple(reversed(found))
    bounds = [one for part in layers for one in (part.weight, part.bias)]
    if not all(np.isfinite(one).all() for one in (*bounds, behind_error)):
        raise Overflow(
            "expected numbers whose rounding errors can be bounded below 1.8×10³⁰⁸, got larger ones",
            ("inputs",),
        )
    return ErrorBounds(layers, _SAFE * behind_error, float(behind_size.max()), unit)


def _outer(left: Floats, right: Floats, each: bool) -> Floats:
    product: Floats = left[:, :, np.newaxis] * right[:, np.newaxis, :] if each else left.T @ right
    return product


def _term(left: Floats, right: Floats, each: bool) -> float:
    largest = left.max(axis=1) * right.max(axis=1)
    return float(largest.max() if each else largest.sum())
