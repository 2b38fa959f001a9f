"""Calls of every operation, and how results are compared to the last bit."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

import app as softstep

Call = Callable[[Any], Any]

TANH = {
    "layers": [
        {"weight": [[3.0], [-2.0], [1.5]], "bias": [0.5, 2.5, -3.0], "activation": "tanh"},
        {"weight": [[1.3, 0.9, 0.7]], "bias": [0.3]},
    ]
}
SIGMOID = {
    "layers": [
        {"weight": [[6.0], [-4.0], [3.0]], "bias": [1.0, 5.0, -6.0], "activation": "sigmoid"},
        {"weight": [[2.6, 1.8, 1.4]], "bias": [-2.6]},
    ]
}
DEEP = softstep.Network(
    [
        softstep.Layer([[1.0, -0.5], [0.25, 2.0]], None, softstep.activation("elu", alpha=0.5)),
        softstep.Layer([[0.1, -0.3], [0.2, 0.7], [1e-3, 5.0]], [0.1, -0.0, 2.0], "softmax"),
    ]
)
NAMES = [["fc1.weight", "fc1.bias"], ["fc2.weight", "fc2.bias"]]
PROBLEM: dict[str, Any] = {
    "W": [[0.5, -1.0], [0.25, 0.75]],
    "Theta": [[1.0, -1.0, 0.5], [0.0, 2.0, -0.25]],
    "inputs": [1.0, 2.0],
    "targets": 1,
}
BATCH = {**PROBLEM, "inputs": [[1.0, 2.0], [0.5, -3.0]], "targets": [0, 2]}
_SLOPES = softstep.gradients(**PROBLEM).gradients
assert _SLOPES is not None
RIGHT = {"W": _SLOPES.W, "Theta": _SLOPES.Theta}
WRONG = {"W": _SLOPES.W, "Theta": -_SLOPES.Theta}
SUBMITTED = {
    "layers": [None, {"weight": [[0.1, 0.2, 0.3]], "bias": np.array([1.0], np.float32)}],
    "inputs": None,
}
EDGES = [0.0, -0.0, 5e-324, 1e308, float("inf"), float("-inf"), float("nan"), -745.2]

CALLS: dict[str, Call] = {
    "values": lambda to: to.values("silu", [[1.0, -2.0], [0.5, 30.0]], derivative=True),
    "values at every edge": lambda to: to.values(softstep.activation("celu", alpha=-0.5), EDGES),
    "values of float32": lambda to: to.values("gelu", np.array([0.1, -3.0], np.float32), derivative=True),
    "values of a number": lambda to: to.values("tanh", 0.3),
    "values of nothing": lambda to: to.values("tanh", np.empty((0, 3))),
    "a description": lambda to: to.describe(softstep.activation("elu", alpha=0.5)),
    "side by side": lambda to: to.compare("softplus", "relu"),
    "side by side with parameters": lambda to: to.compare(softstep.activation("softplus", beta=3), "relu"),
    "an evaluation": lambda to: to.evaluate(TANH, [[1.0], [-0.0], [float("inf")]]),
    "a trace": lambda to: to.evaluate(DEEP, [1.0, -0.3], trace=True),
    "a conversion": lambda to: to.convert(TANH, "sigmoid"),
    "a conversion back": lambda to: to.convert(SIGMOID, "tanh", stored_as="float16"),
    "a conversion in a box": lambda to: to.convert(TANH, "sigmoid", box={"low": -1, "high": [2.0]}),
    "a conversion with names": lambda to: to.convert(TANH, "sigmoid", stored_as="float32", names=NAMES),
    "a conversion of kernels": lambda to: to.convert(
        SIGMOID, "tanh", stored_as="bfloat16", names=[["dense/kernel:0", None], ["dense_1/kernel:0", "b"]]
    ),
    "a conversion with few names": lambda to: to.convert(
        TANH, "sigmoid", names=[["same", None], [None, "same"]]
    ),
    "no steps with names": lambda to: to.convert(TANH, "heaviside", names=NAMES),
    "steps with names": lambda to: to.convert(
        {"layers": [{"weight": [[0.0]], "bias": [0.1]}]}, "heaviside", names=[["w", "b"]]
    ),
    "no steps": lambda to: to.convert(TANH, "heaviside"),
    "steps": lambda to: to.convert({"layers": [{"weight": [[0.0]], "bias": [0.1]}]}, "heaviside"),
    "a comparison": lambda to: to.compare(TANH, SIGMOID, tolerance=1e-12),
    "a comparison in a box": lambda to: to.compare(
        {"layers": [{"weight": [[2.0]], "activation": "relu"}]},
        {"layers": [{"weight": [[1.0]], "activation": "relu"}]},
        box={"low": -1.0, "high": 3.0},
    ),
    "a reduction": lambda to: to.reduce(
        {
            "layers": [
                {"weight": [[1.0], [-1.0], [0.0]], "bias": [0.1, -0.1, 1.0], "activation": "tanh"},
                {"weight": [[1.0, 0.3, 2.0]]},
            ]
        }
    ),
    "a forward pass": lambda to: to.gradients(PROBLEM["W"], PROBLEM["Theta"], PROBLEM["inputs"]),
    "gradients with a penalty": lambda to: to.gradients(**BATCH, l2=0.5),
    "gradients explained": lambda to: to.gradients(**PROBLEM, l2=0.5, explain=True),
    "gradients of a batch": lambda to: to.gradients(
        **BATCH, reduction="none", label_smoothing=0.1, class_weights=[1.0, 2.0, 0.5], l2=0.01
    ),
    "a check that is right": lambda to: to.check(**PROBLEM, submission=RIGHT),
    "a check of float32": lambda to: to.check(
        **PROBLEM, submission={"W": RIGHT["W"].astype(np.float32)}, feedback="entries"
    ),
    "a check of rounded numbers": lambda to: to.check(
        **PROBLEM, submission={"W": np.round(RIGHT["W"], 2)}, feedback="mistakes"
    ),
    "a check with every help": lambda to: to.check(**PROBLEM, submission=WRONG, feedback="solution"),
    "a check without wrong entries": lambda to: to.check(
        **PROBLEM, submission=RIGHT, feedback="diagnosis", tolerance=0.01, rounding=False
    ),
    "backpropagation": lambda to: to.network_gradients(DEEP, [[1.0, 2.0], [0.3, -1.0]], [2, 0]),
    "backpropagation explained": lambda to: to.network_gradients(DEEP, [1.0, 2.0], 2, l2=0.1, explain=True),
    "backpropagation of squares": lambda to: to.network_gradients(
        TANH, [1.0], [0.5], loss="squared_error", reduction="sum"
    ),
    "a check of backpropagation": lambda to: to.check_network_gradients(
        TANH, [[1.0], [2.0]], [[0.5], [1.0]], SUBMITTED, loss="squared_error", l2=0.1, feedback="solution"
    ),
    "a check of backpropagation that is right": lambda to: to.check_network_gradients(
        DEEP,
        [1.0, 2.0],
        2,
        softstep.network_gradients(DEEP, [1.0, 2.0], 2).gradients,
        feedback="diagnosis",
    ),
    "an identity": lambda to: to.identity("tanh_as_sigmoid"),
    "a curve": lambda to: to.plot("elu", derivative=True, low=-2, width=300, title="<b>"),
    "curves": lambda to: to.plot("softplus", "relu", gap=True, format="csv"),
    "curves of several parameters": lambda to: to.plot(
        softstep.activation("elu", alpha=0.5),
        "relu",
        softstep.activation("elu", alpha=2),
        format="svg",
        theme="auto",
    ),
    "curves in a window of y": lambda to: to.plot("softplus", "tanh", y_low=0, y_high=0.5, format="txt"),
    "networks drawn in a window of y": lambda to: to.plot(TANH, SIGMOID, y_low=0, y_high=0.5, format="txt"),
    "networks drawn": lambda to: to.plot(TANH, SIGMOID, labels=["one", "other"], format="svg"),
    "a diagram": lambda to: to.plot(TANH, view="diagram", theme="dark", format="pdf"),
    "an identity drawn": lambda to: to.plot("sigmoid_symmetry", format="txt"),
    "gradients drawn": lambda to: to.plot_gradients(**PROBLEM, submission=WRONG),
    "wrong entries drawn": lambda to: to.plot_gradients(
        **PROBLEM, submission=WRONG, feedback="entries", format="csv"
    ),
}
"""Every operation: asked of the library itself, or of a client of a service."""


def bits(value: Any) -> Any:
    """Return a value in a form that is equal for equal bits only: 0 is not −0, NaN is NaN."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, np.ascontiguousarray(value).tobytes()
    if isinstance(value, float):
        return "float", np.float64(value).tobytes()
    if isinstance(value, softstep.Activation):
        return value.name, bits(dict(value.parameters))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, {one.name: bits(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {name: bits(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [bits(item) for item in value]
    return value
