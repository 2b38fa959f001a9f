"""Layers of Keras by their configurations and weights: Dense, activations, scalings."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..nn.activations.catalogue import create, names
from ..nn.activations.record import Activation, Floats
from ..nn.errors import Fault
from ..nn.networks.network import SOFTMAX, Softmax
from .chain import Chain, shared_slope, vector
from .errors import UnsupportedModel

Config = Mapping[str, Any]
LayerReader = Callable[[Chain, Config, list[tuple[str, Floats]], str], None]
"""Adds a layer to a chain, by its configuration, its arrays by name, and Keras's version."""

_SPELLINGS = {
    "linear": "identity", "swish": "silu", "hard_swish": "hard_swish", "hard_silu": "hard_swish",
    "tanh_shrink": "tanhshrink", "soft_shrink": "softshrink", "hard_shrink": "hardshrink",
}  # fmt: skip


def layer_reader(kind: str) -> LayerReader | None:
    """Return what reads the layers of a class, if they are supported."""
    return _READERS.get(kind)


def takes_weights(kind: str) -> bool:
    """Tell whether the layers of a class have arrays."""
    return kind in ("Dense", "BatchNormalization", "PReLU")


def safe_name(name: str) -> str:
    """Return a name from a file if it may be told: of letters, digits and few."""
    return name if re.fullmatch(r"[A-Za-z0-9_]{1,40}", name) else "another one"


def _input(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if isinstance(shape, list) and len(shape) == 2 and isinstance(shape[1], int):
        chain.width = shape[1]


def _dense(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    if not weights or len(weights) != (2 if config.get("use_bias", True) else 1):
        raise UnsupportedModel("expected a Dense layer with a kernel and the bias that it says it has")
    (name, kernel), bias = weights[0], weights[1] if len(weights) > 1 else None
    if kernel.ndim != 2:
        raise UnsupportedModel("expected kernels that are matrices")
    chain.affine(kernel.T, None if bias is None else bias[1], (name, None if bias is None else bias[0]))
    chain.note("kernels are (inputs, outputs) in Keras: transposed", *("layers", chain.position, "weight"))
    _activate(chain, config.get("activation"), version)


def _activation(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    _activate(chain, config.get("activation"), version)


def _activate(chain: Chain, told: Any, version: str) -> None:
    # Keras writes its own by their names: a function of the user may have the name of one of them.
    if isinstance(told, dict) and isinstance(told.get("config"), str):
        told = told["config"] if str(told.get("module", "")).startswith("keras.") else told
    if told is None or told == "linear":
        return
    if not isinstance(told, str):
        raise UnsupportedModel("expected an activation by its name, got one of its own")
    chain.activate(activation_named(told, version))


def activation_named(name: str, version: str) -> Activation | Softmax:
    """Return what Keras calls by that name in that version. Raises `UnsupportedModel`."""
    spelled = _SPELLINGS.get(name, name)
    if spelled == SOFTMAX:
        return SOFTMAX
    try:
        if spelled == "hard_sigmoid":
            return create(spelled, **_OLD_HARD_SIGMOID) if version.startswith(("1", "2")) else create(spelled)
        if spelled == "leaky_relu":
            return create(spelled, negative_slope=0.2)
        return create(spelled)
    except Fault:
        known = safe_name(name) if spelled in names() else "another one"
        raise UnsupportedModel(
            f"expected an activation of the catalogue, got {known} of Keras {version[:1]}"
        ) from None


# 0.2x + ½ until version 2, x/6 + ½ since 3 (tensorflow/tensorflow#65381).
_OLD_HARD_SIGMOID = {"alpha": 0.2, "beta": 0.5}


def _relu(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    top, slope, threshold = (config.get(name) for name in ("max_value", "negative_slope", "threshold"))
    slope, threshold = _number(slope, 0.0), _number(threshold, 0.0)
    if threshold == 0 and slope == 0 and top is None:
        chain.activate(create("relu"))
    elif threshold == 0 and slope == 0:
        chain.activate(create("hard_tanh", min_val=0.0, max_val=_number(top, 0.0)))
    elif threshold == 0 and top is None:
        chain.activate(create("leaky_relu", negative_slope=slope))
    elif slope == 0 and top is None:
        chain.activate(create("threshold", threshold=threshold, value=0.0))
    else:
        raise UnsupportedModel(
            "expected a ReLU with one of max_value, negative_slope and threshold, got several"
        )


def _leaky_relu(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    slope = config.get("negative_slope", config.get("alpha"))
    chain.activate(create("leaky_relu", negative_slope=_number(slope, 0.3)))


def _prelu(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    if len(weights) != 1:
        raise UnsupportedModel("expected a PReLU with its slopes")
    ((name, slopes),) = weights
    slope = shared_slope(slopes)
    chain.note(f"PReLU of one slope for all units, {name}, is leaky_relu")
    chain.activate(create("leaky_relu", negative_slope=slope))


def _elu(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    chain.activate(create("elu", alpha=_number(config.get("alpha"), 1.0)))


def _softmax(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    if config.get("axis", -1) not in (-1, 1, [-1]):
        raise UnsupportedModel("expected softmax over each row, got another axis")
    chain.activate(SOFTMAX)


def _number(value: Any, default: float) -> float:
    if isinstance(value, dict):  # an array of one number, as version 2 writes it
        value = value.get("config", {}).get("value", default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnsupportedModel("expected parameters that are numbers")
    return float(value)


def _batch_normalisation(
    chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str
) -> None:
    left = [(name, vector(one)) for name, one in weights]
    gamma = left.pop(0) if config.get("scale", True) and left else ("", np.ones(1))
    beta = left.pop(0) if config.get("center", True) and left else None
    if len(left) != 2:
        raise UnsupportedModel("expected a BatchNormalization with its mean and its variance")
    (mean_name, mean), (_, variance) = left
    chain.add(-mean, f"-{mean_name}")
    with np.errstate(all="ignore"):
        factor = gamma[1] / np.sqrt(variance + _number(config.get("epsilon"), 1e-3))
    chain.scale(factor, gamma[0] or None)
    chain.note("BatchNormalization is two layers, γ/√(variance + ε) rounded once or twice")
    if beta is not None:
        chain.add(beta[1], beta[0])


def _rescaling(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    chain.scale(np.array(_number(config.get("scale"), 1.0)), None)
    chain.add(np.array(_number(config.get("offset"), 0.0)), None)
    chain.note("the scaling of the inputs is kept as a layer of its own")


def _flatten(chain: Chain, config: Config, weights: list[tuple[str, Floats]], version: str) -> None:
    chain.note("Flatten changes no number of a row and is left out")


_READERS: Mapping[str, LayerReader] = {
    "InputLayer": _input,
    "Dense": _dense,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "PReLU": _prelu,
    "ELU": _elu,
    "Softmax": _softmax,
    "BatchNormalization": _batch_normalisation,
    "Rescaling": _rescaling,
    "Flatten": _flatten,
}
