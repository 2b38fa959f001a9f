"""What goes through a layer: bounds on sizes and on differences, rounded upwards."""

import math

import numpy as np

from ..activations.record import Activation, Floats
from .network import Layer

UNIT = 2.0**-53

UPWARDS = 1 + 2.0**-30
"""Bounds are sums of products of numbers ≥ 0, so rounding changes them by a factor only, but for what
underflows: fewer than 2²² roundings in a row by less than this one."""

UNDERFLOW = 2.0**-1000
"""More than all that is lost among the subnormals in one unit: each product, sum or activation there is off
by a few times 2⁻¹⁰⁷⁴, and fewer than 2⁶⁰ of them make a unit."""


def gamma(roundings: int) -> float:
    """Return γₖ = ku/(1 − ku) for k roundings (Higham, Accuracy and Stability of Algorithms, 2002, §3.1)."""
    return roundings * UNIT / (1 - roundings * UNIT)


def weighted(weight: Floats, sizes: Floats) -> Floats:
    """Return |W|·sizes for weight (n, d) and sizes (d,), 0 only if every product is 0, with 0·∞ = 0.

    What products lose that underflow is added: multiplied by large weights later on it may be anything.
    """
    weight = np.abs(weight)
    unbounded = np.isinf(sizes)
    sums = np.asarray(weight @ np.where(unbounded, 0.0, sizes))
    sums[np.logical_or.reduce(weight[:, sizes != 0], axis=1)] += UNDERFLOW
    sums[np.logical_or.reduce(weight[:, unbounded], axis=1)] = np.inf
    return sums


def preactivation_sizes(layer: Layer, sizes: Floats) -> Floats:
    """Return |W|·sizes + |b|, a bound on the preactivations where `sizes` bounds the inputs."""
    sums = weighted(layer.weight, sizes)
    return np.asarray(sums if layer.bias is None else sums + np.abs(layer.bias))


def output_sizes(activation: Activation, sizes: Floats) -> Floats:
    """Return a bound on |activation(z)| for |z| ≤ sizes."""
    if activation.bounded:
        largest = max(abs(activation.range.infimum), abs(activation.range.supremum))
        return np.full(sizes.shape, largest)
    at_zero = abs(float(activation.evaluate(np.zeros(1))[0]))
    slopes = _slopes(activation, sizes, -sizes)
    return np.asarray((at_zero + slopes + jumps_of(activation)) * UPWARDS)


def sizes_behind(layer: Layer, sizes: Floats) -> Floats:
    """Return a bound on |f(z)| for |z| ≤ sizes, f a layer's activation or softmax, which is within 1."""
    if isinstance(layer.activation, Activation):
        return output_sizes(layer.activation, sizes)
    return np.ones(layer.outputs)


def output_gaps(activation: Activation, gaps: Floats, lowest: Floats) -> Floats:
    """Return min(L·gap + Σ|jumps|, width of the range), a bound on |f(z) − f(z′)| for |z − z′| ≤ gaps.

    Neither z nor z′ is below `lowest`, but by rounding. A gap that is NaN, unknown, jumps too.
    """
    width = (activation.range.supremum - activation.range.infimum) * UPWARDS
    jumps = np.where(gaps == 0, 0.0, jumps_of(activation))
    return np.minimum((_slopes(activation, gaps, lowest) + jumps) * UPWARDS, width)


def softmax_gaps(gaps: Floats) -> Floats:
    """Return a bound on |softmax z − softmax z′| for |z − z′| ≤ gaps, over the last axis.

    ∂pᵢ/∂z has entries pᵢ(δᵢⱼ − pⱼ), whose absolute values add up to 2pᵢ(1 − pᵢ) ≤ ½.
    """
    most = np.minimum(np.max(gaps, axis=-1, keepdims=True) * (UPWARDS / 2), 1.0)
    return np.broadcast_to(most, gaps.shape).copy()


def _slopes(activation: Activation, widths: Floats, lowest: Floats) -> Floats:
    """Return L·widths, 0 only if a factor is 0, and then however large the other: not the NaN of 0·∞."""
    slopes = np.zeros_like(widths)
    if activation.lipschitz:
        moving = widths != 0
        np.multiply(steepest(activation, lowest), widths, out=slopes, where=moving)
        slopes[moving] += UNDERFLOW
    return slopes


def steepest(activation: Activation, lowest: Floats) -> Floats:
    """Return a bound on the slopes between jumps from `lowest` on, or from what was rounded to it.

    A celu with a negative alpha has none on all of ℝ: its slope e^(x/alpha) grows to the left. That of the
    exponential grows to the right, so that nothing bounds it here.
    """
    if math.isfinite(activation.lipschitz) or activation.right is None:
        return np.full(lowest.shape, activation.lipschitz)
    return np.asarray(activation.derivative(lowest - np.abs(lowest) * (UPWARDS - 1)) * UPWARDS)


def jumps_of(activation: Activation) -> float:
    """Return Σ|jump heights|."""
    return float(sum(abs(jump.height) for jump in activation.jumps))
