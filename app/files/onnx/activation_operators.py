"""The activation that one ONNX operator is."""

from collections.abc import Mapping

import numpy as np
from onnx import AttributeProto

from ...nn.activations.catalogue import create
from ...nn.activations.record import Activation
from ..chain import shared_slope
from ..errors import UnsupportedModel
from .scope import Node

_PLAIN: Mapping[str, str] = {
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Relu": "relu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Mish": "mish",
    "HardSwish": "hard_swish",
}
_WITH_ATTRIBUTES = (
    "LeakyRelu", "PRelu", "Elu", "Celu", "HardSigmoid", "Selu", "Gelu", "Swish", "Shrink", "ThresholdedRelu",
    "Clip",
)  # fmt: skip
ACTIVATIONS = frozenset((*_PLAIN, *_WITH_ATTRIBUTES))
"""The operators that are activations, each by itself."""


def activation_of(node: Node) -> Activation:
    """Return the activation that an operator is, its attributes, which are float32, taken as they are."""

    def number(name: str, default: float) -> float:
        return given_number(node.number(name, default), node)

    match node.operator:
        case "LeakyRelu":
            return create("leaky_relu", negative_slope=number("alpha", _single(0.01)))
        case "PRelu":
            return create("leaky_relu", negative_slope=_slope(node))
        case "Elu":
            return create("elu", alpha=number("alpha", 1.0))
        case "Celu":
            return create("celu", alpha=number("alpha", 1.0))
        case "HardSigmoid":
            return create("hard_sigmoid", alpha=number("alpha", _single(0.2)), beta=number("beta", 0.5))
        case "Selu":
            alpha, gamma = (
                number("alpha", _single(1.67326319217681884765625)),
                number("gamma", _single(1.05070102214813232421875)),
            )
            return create("selu", alpha=alpha, gamma=gamma)
        case "Gelu":
            approximate = node.attribute("approximate")
            tanh = approximate is not None and approximate.s == b"tanh"
            return create("gelu_tanh" if tanh else "gelu")
        case "Swish":
            return create("silu", **({} if number("alpha", 1.0) == 1 else {"beta": number("alpha", 1.0)}))
        case "Shrink":
            lambd, bias = number("lambd", 0.5), number("bias", 0.0)
            if bias in (0.0, lambd):
                return create("softshrink" if bias else "hardshrink", lambd=lambd)
            return create("softshrink", lambd=lambd, bias=bias)
        case "ThresholdedRelu":
            return create("threshold", threshold=number("alpha", 1.0), value=0.0)
        case "Clip":
            return create("hard_tanh", min_val=_bound(node, 1, "min"), max_val=_bound(node, 2, "max"))
        case operator:
            return create(_PLAIN[operator])


def _slope(node: Node) -> float:
    """Return the one slope that all units share."""
    slopes = node.constant_input(1)
    if slopes is None or not slopes.is_float:
        raise UnsupportedModel("expected a PRelu whose slope is a constant")
    return shared_slope(slopes.array)


def _single(number: float) -> float:
    return float(np.float32(number))


def _bound(node: Node, index: int, name: str) -> float:
    constant = node.constant_input(index)
    if constant is not None and constant.is_float and constant.array.size == 1:
        return float(constant.array.reshape(-1)[0])
    attribute: AttributeProto | None = node.attribute(name)
    if attribute is None or attribute.ref_attr_name:
        raise UnsupportedModel("expected Clip between two constants")
    return float(attribute.f)


def given_number(value: float | None, node: Node) -> float:
    """Return an attribute's value. Raises `UnsupportedModel` where it comes from a function's call."""
    if value is None:
        raise UnsupportedModel(f"expected attributes of {node.operator} that are numbers")
    return value
