"""What networks can be on many boxes at once: linear functions of the inputs, with a remainder."""

from typing import NamedTuple

import numpy as np

from ..activations.record import Activation, Floats
from .assumption import RELATIVE_ERROR
from .network import Layer, Network
from .propagation import UNDERFLOW, UPWARDS, gamma, jumps_of
from .slopes import slope_range, value_range


class Forms(NamedTuple):
    """Values within `rest` (B, n) of slopes·ξ + middle, for |ξ| ≤ 1: (B, n, d) and (B, n), on B boxes."""

    slopes: Floats
    middle: Floats
    rest: Floats

    @property
    def reach(self) -> Floats:
        """How far from the middle the values can be, (B, n)."""
        return np.asarray((np.abs(self.slopes).sum(axis=2) + self.rest) * UPWARDS)


def forms_of(low: Floats, high: Floats) -> Forms:
    """Return the inputs of B boxes, (B, d) each, as forms."""
    middle = low / 2 + high / 2
    half = np.maximum(high - middle, middle - low) * UPWARDS
    slopes = half[:, :, np.newaxis] * np.eye(low.shape[1])
    return Forms(slopes, middle, np.full(low.shape, UNDERFLOW))


def through(network: Network, forms: Forms) -> tuple[Forms, list[tuple[Floats, Floats]]]:
    """Return the outputs, and for each layer between which numbers its preactivations lie, (B, n) each."""
    ranges = []
    for layer in network.layers:
        forms = _affine(layer, forms)
        reach = forms.reach
        low, high = forms.middle - reach, forms.middle + reach
        ranges.append((low, high))
        if isinstance(layer.activation, Activation):
            forms = _behind(layer.activation, forms, low, high)
        else:
            forms = _softmax(forms, low, high)
    return forms, ranges


def _affine(layer: Layer, forms: Forms) -> Forms:
    """Return W·h + b; each sum is off by γ times the sum of what it is made of, in size."""
    weight, sizes = layer.weight, np.abs(layer.weight)
    bias = np.zeros(layer.outputs) if layer.bias is None else layer.bias
    reach = np.abs(forms.middle) + forms.reach
    rounding = gamma(layer.inputs + 2) * (reach @ sizes.T + np.abs(bias))
    return Forms(
        np.matmul(weight, forms.slopes),
        forms.middle @ weight.T + bias,
        (forms.rest @ sizes.T + 2 * rounding) * UPWARDS + UNDERFLOW,
    )


def _behind(activation: Activation, forms: Forms, low: Floats, high: Floats) -> Forms:
    """Return f of a form: with the middle of f's slopes, or as a constant where that leaves less.

    |f(z) − f(m) − s(z − m)| ≤ (s₂ − s₁)/2·|z − m| for slopes from s₁ to s₂ and s in their middle.
    """
    if activation.name == "identity":
        return forms
    least, most = slope_range(activation, low, high)
    slope, spread = least / 2 + most / 2, (most / 2 - least / 2) * UPWARDS
    middle = activation.evaluate(forms.middle)
    reach = forms.reach
    rest = np.abs(slope) * forms.rest + spread * reach + (RELATIVE_ERROR * np.abs(middle) + UNDERFLOW)
    rest += 2.0**-50 * np.abs(slope) * reach
    for jump in activation.jumps:
        # a jump may show at the very middle, so all of it counts
        rest += abs(jump.height) * ((low <= jump.at) & (high >= jump.at))
    straight = Forms(slope[:, :, np.newaxis] * forms.slopes, middle, rest * UPWARDS)
    bottom, top = value_range(activation, low, high)
    return _narrower(straight, bottom, top)


def _softmax(forms: Forms, low: Floats, high: Floats) -> Forms:
    """Return softmax as constants: an output is least where its logit is least and the others are most."""
    bottom, top = np.empty_like(low), np.empty_like(low)
    for unit in range(low.shape[1]):
        for ends, others, own in ((bottom, high, low), (top, low, high)):
            logits = others - own[:, unit : unit + 1]
            logits[:, unit] = 0.0
            most = logits.max(axis=1, keepdims=True)
            ends[:, unit] = (np.exp(-most) / np.exp(logits - most).sum(axis=1, keepdims=True))[:, 0]
    bottom = np.maximum(bottom * (2 - UPWARDS) - UNDERFLOW, 0.0)
    top = np.minimum(top * UPWARDS + UNDERFLOW, 1.0)
    whole = Forms(np.zeros((*low.shape, forms.slopes.shape[2])), (bottom + top) / 2, (top - bottom) * UPWARDS)
    return _narrower(whole, bottom, top)


def _narrower(forms: Forms, bottom: Floats, top: Floats) -> Forms:
    """Return the forms, or, where that reaches less far, what lies between two numbers as a constant."""
    middle = bottom / 2 + top / 2
    half = (np.maximum(top - middle, middle - bottom) + 2.0**-50 * np.abs(middle)) * UPWARDS + UNDERFLOW
    flat = np.isfinite(middle) & ~(forms.reach <= half)
    return Forms(
        np.where(flat[:, :, np.newaxis], 0.0, forms.slopes),
        np.where(flat, middle, forms.middle),
        np.where(flat, half, forms.rest),
    )


def jump_heights(activation: Activation, low: Floats, high: Floats) -> Floats:
    """Return the sum of the heights of the jumps in [low, high]."""
    if not activation.jumps:
        return np.zeros(low.shape)
    total = np.zeros(low.shape)
    for jump in activation.jumps:
        total += abs(jump.height) * ((low <= jump.at) & (high >= jump.at))
    return np.minimum(total, jumps_of(activation))
