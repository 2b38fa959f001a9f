"""The sheet's problems with numbers in them: what OpenAPI shows, and what the tests send."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from .activation_comparison import ComparisonQuery
from .activations import ActivationQuery, ValuesBody
from .gradients import GradientsBody
from .grading import CheckBody
from .network_comparison import ComparisonBody
from .network_conversion import ConversionBody
from .network_gradients import NetworkGradientsBody
from .network_grading import NetworkCheckBody
from .network_reduction import ReductionBody
from .networks import EvaluationBody
from .pictures import (
    CurvesQuery,
    GradientsPictureBody,
    IdentityCurvesQuery,
    Link,
    NetworksPictureBody,
    SeveralCurvesQuery,
)
from .request_models import RequestModel


class Example(NamedTuple):
    """A question as it may be sent, and what it shows."""

    summary: str
    question: Mapping[str, Any]


F = {
    "layers": [
        {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": "tanh"},
        {"weight": [[2.0, -0.1]], "bias": [0.3]},
    ]
}
"""Problem 2's F(x) = W2 tanh(W1 x + b1) + b2."""

G = {
    "layers": [
        {"weight": [[3.0], [-1.0]], "bias": [0.5, 2.0], "activation": "sigmoid"},
        {"weight": [[4.0, -0.2]], "bias": [-1.6]},
    ]
}
"""F made of sigmoids: W1′ = 2W1, b1′ = 2b1, W2′ = 2W2, b2′ = b2 − W2·1."""

_SPARE = {
    "layers": [
        {"weight": [[1.5], [-1.5], [0.8]], "bias": [0.25, -0.25, 0.0], "activation": "tanh"},
        {"weight": [[2.0, -0.1, 0.0]], "bias": [0.3]},
    ]
}
_CLASSIFIER = {
    "layers": [
        {"weight": [[0.7, -1.2], [1.1, 0.4]], "bias": [0.1, -0.2], "activation": "tanh"},
        {"weight": [[0.9, -1.7], [0.2, 0.5], [-1.0, 0.3]], "activation": "softmax"},
    ]
}
_REGRESSOR = {
    "layers": [
        {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": {"name": "elu", "alpha": 0.5}},
        {"weight": [[2.0, -0.1]], "bias": [0.3]},
    ]
}
_PROBLEM = {"W": [[1.0, 0.0], [0.0, 1.0]], "Theta": [[1.0, -1.0], [0.0, 2.0]], "inputs": [1.0, 2.0]}
_CLASS_1 = {**_PROBLEM, "targets": 1}
_BATCH = {
    "W": [[0.5, -1.0, 0.25], [1.0, 0.75, -0.5]],
    "Theta": [[1.0, -1.0, 0.5], [0.0, 2.0, -1.0]],
    "inputs": [[1.0, 2.0, -1.0], [0.5, 0.0, 1.0], [-1.0, 1.0, 2.0]],
    "targets": [1, 0, 2],
}
_WRONG_SIGN = {"W": [[-0.2384, -0.4768], [0.2384, 0.4768]]}
_POINTS = [-2.0, 0.0, 0.5, 3.0]


def _link(body: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(body)).decode().rstrip("=")


_CURVES = {"networks": [{"label": "F", "network": F}, {"label": "G", "network": G}], "low": -4.0, "high": 4.0}
_MAPS = {**_CLASS_1, "submission": _WRONG_SIGN, "tolerance": 0.001}

EXAMPLES: Mapping[type[RequestModel], Mapping[str, Example]] = {
    ValuesBody: {
        "values": Example("Values at four points", {"inputs": _POINTS}),
        "derivatives": Example(
            "A batch with its derivatives; what is not finite is a word",
            {"inputs": [[-1.0, 1.0], ["-Infinity", "NaN"]], "derivative": True},
        ),
    },
    ComparisonQuery: {
        "1c": Example("Problem 1c", {"first": "softplus", "second": "relu"}),
        "saturating": Example("Two that saturate", {"first": "sigmoid", "second": "tanh"}),
    },
    CurvesQuery: {"window": Example("A window", {"low": -4, "high": 4, "derivative": True})},
    SeveralCurvesQuery: {
        "gap": Example("Problem 1c, the gap shaded", {"name": ["softplus", "relu"], "gap": True})
    },
    IdentityCurvesQuery: {"window": Example("A window", {"low": -4, "high": 4})},
    EvaluationBody: {
        "2": Example("Problem 2's F at one input", {"network": F, "inputs": [0.5]}),
        "trace": Example(
            "A batch of three, with every layer's numbers",
            {"network": F, "inputs": [[-1.0], [0.0], [2.0]], "trace": True},
        ),
    },
    ConversionBody: {
        "2a": Example("Problem 2a: of sigmoids", {"network": F, "to": "sigmoid"}),
        "2b": Example("Problem 2b: of steps?", {"network": F, "to": "heaviside"}),
        "back": Example("Back to tanh", {"network": G, "to": "tanh"}),
        "stored": Example(
            "As float16 holds it, for inputs from −1 to 1",
            {"network": F, "to": "sigmoid", "stored_as": "float16", "box": {"low": -1.0, "high": 1.0}},
        ),
    },
    ComparisonBody: {
        "2a": Example("Is G what F becomes?", {"first": F, "second": G}),
        "tolerance": Example("As far as 1e-9", {"first": F, "second": _SPARE, "tolerance": 1e-9}),
        "box": Example(
            "For inputs from −1 to 1",
            {"first": F, "second": _SPARE, "tolerance": 1.0, "box": {"low": -1.0, "high": [1.0]}},
        ),
    },
    ReductionBody: {"spare": Example("Two units of three can go", {"network": _SPARE})},
    NetworkGradientsBody: {
        "classes": Example(
            "Cross-entropy of a last layer softmax",
            {"network": _CLASSIFIER, "inputs": [[1.0, 2.0], [0.5, -1.0]], "targets": [2, 0]},
        ),
        "values": Example(
            "Squared error",
            {"network": _REGRESSOR, "inputs": [0.5], "targets": [1.0], "loss": "squared_error"},
        ),
        "explain": Example(
            "With every step of backpropagation",
            {"network": _CLASSIFIER, "inputs": [1.0, 2.0], "targets": 2, "explain": True},
        ),
    },
    NetworksPictureBody: {
        "2a": Example("F and G over each other", _CURVES),
        "diagram": Example("F with its weights", {"networks": [{"network": F}], "view": "diagram"}),
    },
    Link[NetworksPictureBody]: {"2a": Example("F and G over each other", {"q": _link(_CURVES)})},
    GradientsBody: {
        "3": Example("Problem 3, one input of class 1", _CLASS_1),
        "explain": Example("With every step", {**_CLASS_1, "explain": True}),
        "batch": Example("A batch of three, a pair of gradients for each", {**_BATCH, "reduction": "none"}),
        "f": Example("f itself, without targets", _PROBLEM),
    },
    CheckBody: {
        "verdict": Example("Right or wrong?", {**_CLASS_1, "submission": _WRONG_SIGN}),
        "diagnosis": Example(
            "Which mistake, in numbers of four digits",
            {**_CLASS_1, "submission": _WRONG_SIGN, "tolerance": 0.001, "feedback": "diagnosis"},
        ),
        "solution": Example(
            "Everything", {**_BATCH, "submission": {"Theta": [[0.0] * 3] * 2}, "feedback": "solution"}
        ),
    },
    NetworkCheckBody: {
        "diagnosis": Example(
            "Zeros for the last layer's weight",
            {
                "network": _CLASSIFIER,
                "inputs": [[0.3, -1.1], [0.8, 0.5]],
                "targets": [0, 2],
                "submission": {"layers": [None, {"weight": [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]}]},
                "feedback": "diagnosis",
            },
        ),
    },
    GradientsPictureBody: {"3": Example("Problem 3, its wrong entries crossed out", _MAPS)},
    Link[GradientsPictureBody]: {
        "3": Example("Problem 3, its wrong entries crossed out", {"q": _link(_MAPS)})
    },
}


def examples_of(model: type[RequestModel]) -> Mapping[str, Example]:
    """Return the examples of a question: those of the nearest ancestor that has any, parameters stated."""
    found = next((EXAMPLES[one] for one in model.__mro__ if one in EXAMPLES), {})
    if issubclass(model, ValuesBody):
        return {**found, **_with_parameters(model.model_fields["parameters"].annotation)}
    if issubclass(model, ActivationQuery):
        own = _defaults(model, beyond=CurvesQuery)
        return {name: Example(one.summary, {**one.question, **own}) for name, one in found.items()} or (
            {"defaults": Example("The defaults, stated", own)} if own else {}
        )
    return found


def _with_parameters(parameters: Any) -> dict[str, Example]:
    stated = _defaults(parameters, beyond=RequestModel)
    if not stated:
        return {}
    question = {"inputs": _POINTS, "parameters": stated}
    return {"parameters": Example("Parameters that say what the defaults are", question)}


def _defaults(model: type[RequestModel], beyond: type[RequestModel]) -> dict[str, Any]:
    """Return the defaults of the fields that `beyond` has not."""
    return {
        name: field.default
        for name, field in model.model_fields.items()
        if name not in beyond.model_fields and field.default is not None
    }
