"""The identities of one variable: softplus, sigmoid and tanh (Problem 1, and two beyond the sheet)."""

from typing import Any

import numpy as np

from ..activations.record import Floats
from ..activations.sigmoid import sigmoid
from ..activations.softplus import softplus
from ..activations.tanh import tanh
from .check import CHECKED, against_exact
from .record import Identity, IdentityCheck, IdentitySide, ProofStep

_SIGMOID, _SOFTPLUS, _TANH = sigmoid(), softplus(), tanh()


def _exact_sigmoid(mp: Any, x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _check_softplus_derivative() -> IdentityCheck:
    return against_exact(_SOFTPLUS.derivative, _exact_sigmoid)


softplus_derivative = Identity(
    name="softplus_derivative",
    title="The derivative of softplus is the sigmoid",
    problem="1a",
    statement=r"s_0'(x) = s_1(x)",
    steps=(
        ProofStep(
            r"s_0'(x) = \frac{d}{dx} \ln\left(1 + e^{x}\right)",
            "the definition of s₀, the softplus",
        ),
        ProofStep(
            r"= \frac{1}{1 + e^{x}} \cdot \frac{d}{dx} \left(1 + e^{x}\right)",
            "the chain rule, with ln′(u) = 1/u",
        ),
        ProofStep(
            r"= \frac{e^{x}}{1 + e^{x}}", "the exponential is its own derivative, and a constant has none"
        ),
        ProofStep(
            r"= \frac{1}{1 + e^{-x}}",
            "numerator and denominator divided by eˣ, which is never 0",
        ),
        ProofStep(r"= s_1(x)", "the definition of s₁, the sigmoid"),
    ),
    curves=(IdentitySide("s_0'(x)", _SOFTPLUS.derivative), IdentitySide("s_1(x)", _SIGMOID.evaluate)),
    check=_check_softplus_derivative,
    checked=CHECKED,
)


def _check_sigmoid_derivative() -> IdentityCheck:
    def product(mp: Any, x: Any) -> Any:
        s = _exact_sigmoid(mp, x)
        return s * (1 - s)

    return against_exact(_SIGMOID.derivative, product)


def _sigmoid_product(x: Floats) -> Floats:
    # 1 − s(x) as s(−x): subtracted, it would be 0 from x = 37 on.
    result: Floats = _SIGMOID.evaluate(x) * _SIGMOID.evaluate(-x)
    return result


sigmoid_derivative = Identity(
    name="sigmoid_derivative",
    title="The derivative of the sigmoid in terms of itself",
    problem="1b",
    statement=r"s_1'(x) = s_1(x) \left(1 - s_1(x)\right)",
    steps=(
        ProofStep(r"s_1'(x) = \frac{d}{dx} \frac{1}{1 + e^{-x}}", "the definition of s₁"),
        ProofStep(
            r"= -\frac{1}{\left(1 + e^{-x}\right)^{2}} \cdot \frac{d}{dx} \left(1 + e^{-x}\right)",
            "the chain rule, with the derivative −1/u² of 1/u",
        ),
        ProofStep(
            r"= \frac{e^{-x}}{\left(1 + e^{-x}\right)^{2}}",
            "the derivative of e⁻ˣ is −e⁻ˣ, by the chain rule again; the two signs cancel",
        ),
        ProofStep(
            r"= \frac{1}{1 + e^{-x}} \cdot \frac{\left(1 + e^{-x}\right) - 1}{1 + e^{-x}}",
            "one factor split off, and e⁻ˣ written as (1 + e⁻ˣ) − 1",
        ),
        ProofStep(
            r"= \frac{1}{1 + e^{-x}} \left(1 - \frac{1}{1 + e^{-x}}\right)",
            "the second fraction taken apart",
        ),
        ProofStep(r"= s_1(x) \left(1 - s_1(x)\right)", "the definition of s₁, twice"),
    ),
    curves=(
        IdentitySide("s_1'(x)", _SIGMOID.derivative),
        IdentitySide(r"s_1(x) \left(1 - s_1(x)\right)", _sigmoid_product),
    ),
    check=_check_sigmoid_derivative,
    checked=CHECKED,
)


def _check_tanh() -> IdentityCheck:
    return against_exact(_TANH.evaluate, lambda mp, x: 2 * _exact_sigmoid(mp, 2 * x) - 1)


def _tanh_by_sigmoid(x: Floats) -> Floats:
    result: Floats = 2.0 * _SIGMOID.evaluate(2.0 * x) - 1.0
    return result


tanh_as_sigmoid = Identity(
    name="tanh_as_sigmoid",
    title="The hyperbolic tangent is a stretched and shifted sigmoid",
    problem="2a",
    statement=r"\tanh(x) = 2 \, s_1(2 x) - 1",
    steps=(
        ProofStep(
            r"\tanh(x) = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
            "the definition of the hyperbolic tangent",
        ),
        ProofStep(
            r"= \frac{1 - e^{-2 x}}{1 + e^{-2 x}}",
            "numerator and denominator divided by eˣ, which is never 0",
        ),
        ProofStep(
            r"= \frac{2 - \left(1 + e^{-2 x}\right)}{1 + e^{-2 x}}",
            "1 − e⁻²ˣ written as 2 − (1 + e⁻²ˣ)",
        ),
        ProofStep(r"= \frac{2}{1 + e^{-2 x}} - 1", "the fraction taken apart"),
        ProofStep(r"= 2 \, s_1(2 x) - 1", "the definition of s₁ at 2x"),
    ),
    curves=(IdentitySide(r"\tanh(x)", _TANH.evaluate), IdentitySide(r"2 \, s_1(2 x) - 1", _tanh_by_sigmoid)),
    check=_check_tanh,
    checked=CHECKED,
)


def _check_symmetry() -> IdentityCheck:
    return against_exact(lambda x: _SIGMOID.evaluate(-x), lambda mp, x: 1 - _exact_sigmoid(mp, x))


sigmoid_symmetry = Identity(
    name="sigmoid_symmetry",
    title="The sigmoid is symmetric about the point (0, ½)",
    problem=None,
    statement=r"s_1(-x) = 1 - s_1(x)",
    steps=(
        ProofStep(r"s_1(-x) = \frac{1}{1 + e^{x}}", "the definition of s₁ at −x"),
        ProofStep(
            r"= \frac{e^{-x}}{e^{-x} + 1}",
            "numerator and denominator multiplied by e⁻ˣ, which is never 0",
        ),
        ProofStep(
            r"= \frac{\left(1 + e^{-x}\right) - 1}{1 + e^{-x}}",
            "e⁻ˣ written as (1 + e⁻ˣ) − 1",
        ),
        ProofStep(r"= 1 - \frac{1}{1 + e^{-x}}", "the fraction taken apart"),
        ProofStep(r"= 1 - s_1(x)", "the definition of s₁"),
    ),
    curves=(
        IdentitySide("s_1(-x)", lambda x: _SIGMOID.evaluate(-x)),
        IdentitySide("1 - s_1(x)", lambda x: 1.0 - _SIGMOID.evaluate(x)),
    ),
    check=_check_symmetry,
    checked=CHECKED,
)


def _check_reflection() -> IdentityCheck:
    return against_exact(_SOFTPLUS.evaluate, lambda mp, x: x + mp.log1p(mp.exp(-x)))


softplus_reflection = Identity(
    name="softplus_reflection",
    title="Softplus and its mirror image differ by x",
    problem=None,
    statement=r"s_0(x) = x + s_0(-x)",
    steps=(
        ProofStep(r"s_0(x) = \ln\left(1 + e^{x}\right)", "the definition of s₀"),
        ProofStep(
            r"= \ln\left(e^{x} \left(e^{-x} + 1\right)\right)",
            "e^x taken out of the sum, since e^x·e⁻ˣ = 1",
        ),
        ProofStep(
            r"= \ln\left(e^{x}\right) + \ln\left(1 + e^{-x}\right)",
            "the logarithm of a product of positive numbers",
        ),
        ProofStep(r"= x + \ln\left(1 + e^{-x}\right)", "ln undoes the exponential"),
        ProofStep(r"= x + s_0(-x)", "the definition of s₀ at −x"),
    ),
    curves=(
        IdentitySide("s_0(x)", _SOFTPLUS.evaluate),
        IdentitySide("x + s_0(-x)", lambda x: np.add(x, _SOFTPLUS.evaluate(-x))),
    ),
    check=_check_reflection,
    checked=CHECKED,
)
