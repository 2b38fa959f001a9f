"""What people write where the derivative of a layer's activation should be."""

from collections.abc import Iterator

import numpy as np

from ..activations.record import Activation, Floats
from ..activations.sigmoid import logistic
from ..gradients.codes import Code
from ..gradients.mistakes import GATES
from .evaluation import Step


def wrong_gates(activation: Activation, step: Step, slope: Floats) -> Iterator[tuple[Code, str, Floats]]:
    """Yield a code, a formula in words, and what stands for `slope`, the σ′(z) (N, units) of a layer."""
    z, h = step.preactivations, step.activations
    if activation.name != "identity":
        yield "activation_derivative_forgotten", "1", np.ones_like(z)
        yield "derivative_of_the_wrong_thing", "σ′(h)", activation.derivative(h)
        yield "gate_inverted", "1 − σ′", 1.0 - slope
        if not np.array_equal(h, slope):
            yield "activation_derivative_forgotten", "σ for σ′", h
        if activation.name != "tanh":
            yield "derivative_of_the_wrong_thing", "1 − h²", 1.0 - h * h
        if activation.name != "sigmoid":
            yield "derivative_of_the_wrong_thing", "h·(1 − h)", h * (1.0 - h)
    if activation.name == "tanh":
        yield "derivative_of_the_wrong_thing", "1 − z²", 1.0 - z * z
        yield "derivative_of_the_wrong_thing", "1 − h", 1.0 - h
    if activation.name == "sigmoid":
        yield "derivative_of_the_wrong_thing", "z·(1 − z)", z * (1.0 - z)
        yield "derivative_of_the_wrong_thing", "σ(h)·(1 − σ(h))", logistic(h) * (1.0 - logistic(h))
    for words, other in other_sides(activation, z, slope):
        yield "other_side_of_kink", words, other
    for name, value, gate in GATES:
        if name.lower() != activation.name:
            yield "gate_not_in_the_model", f"{name}′", gate(value(z))


def other_sides(activation: Activation, z: Floats, slope: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield σ′(z) with the limits from below and from above at kinks, and their mean, where it is another."""
    at_kink = np.isin(z, activation.kinks)
    if not at_kink.any():
        return
    below, above = (
        np.where(at_kink, activation.derivative(np.nextafter(z, end)), slope) for end in (-np.inf, np.inf)
    )
    for words, other in (("from below", below), ("from above", above), ("the mean", 0.5 * (below + above))):
        if (other != slope).any():
            yield words, other


def by_the_sign_of_the_gradient(activation: Activation, behind: Floats) -> Floats | None:
    """Return δ (…, N, units) where ReLU, or its gate, was applied to ∂ℓ/∂h instead; None for others."""
    return np.maximum(behind, 0.0) if activation.name == "relu" else None
