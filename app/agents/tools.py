"""The tools that language models see: names, words, schemas, and the request that each of them is.

Schemas are short, because a model reads all of them before it does anything: they say what there is, and the
endpoints say what is wrong. The arguments of a tool are the fields of its endpoint's body, so the places that
an endpoint names are places in the arguments.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..nn.activations import catalogue as activations
from ..nn.activations.parameter import parameters_of
from ..nn.errors import InvalidValue
from ..nn.identities import catalogue as identities

Arguments = Mapping[str, Any]
Schema = dict[str, Any]


class EndpointRequest(NamedTuple):
    """A request to one of the service's endpoints."""

    method: str
    path: str
    query: str = ""
    body: Arguments | None = None


@dataclass(frozen=True, eq=False)
class AgentTool:
    """A tool: its name, what it is for, its arguments as JSON Schema, and the request that a call is.

    `request` raises `InvalidValue` where the arguments do not say which endpoint is asked.
    """

    name: str
    description: str
    properties: Mapping[str, Schema]
    required: tuple[str, ...]
    request: Callable[[Arguments], EndpointRequest]

    @property
    def schema(self) -> Schema:
        """The JSON Schema of the arguments."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


def _posted_to(path: str) -> Callable[[Arguments], EndpointRequest]:
    def request(arguments: Arguments) -> EndpointRequest:
        return EndpointRequest("POST", path, body=arguments)

    return request


def _name(value: object, known: tuple[str, ...], *place: str | int) -> str:
    """Return a name that may stand in a path: one of those that are known."""
    if isinstance(value, str) and value in known:
        return value
    raise InvalidValue(f"expected one of {', '.join(known)}", place)


def _activation(arguments: Arguments) -> EndpointRequest:
    body = dict(arguments)
    name = _name(body.pop("name", None), activations.names(), "name")
    return EndpointRequest("POST", f"/v1/activations/{name}", body=body)


def _identity(arguments: Arguments) -> EndpointRequest:
    rest = dict(arguments)
    name = _name(rest.pop("name", None), identities.names(), "name")
    for other in rest:
        raise InvalidValue("expected no field of this name", (other,))
    return EndpointRequest("GET", f"/v1/identities/{name}")


def _plot(arguments: Arguments) -> EndpointRequest:
    given = {name: value for name, value in arguments.items() if value is not None}
    if ("activations" in given) == ("networks" in given):
        raise InvalidValue("expected either activations or networks")
    if "networks" in given:
        return EndpointRequest("POST", "/v1/networks/plot.png", body=given)
    query = [*_curves(given.pop("activations")), *((name, _text(value)) for name, value in given.items())]
    try:
        return EndpointRequest("GET", "/v1/activations/plot.png", urlencode(query))
    except UnicodeEncodeError:
        raise InvalidValue("expected text without lone surrogates") from None


def _curves(named: object) -> Iterator[tuple[str, str]]:
    if not isinstance(named, list) or not named:
        raise InvalidValue("expected a list of activations", ("activations",))
    for place, one in enumerate(named):
        fields = dict(one) if isinstance(one, dict) else {"name": one}
        name = _name(fields.pop("name", None), activations.names(), "activations", place)
        yield "name", name
        known = {parameter.name for parameter in parameters_of(activations.factory(name))}
        for parameter, value in fields.items():
            # Beside the names, a URL has what is of the whole picture: low, title.
            if parameter not in known:
                raise InvalidValue("expected no field of this name", ("activations", place, parameter))
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidValue("expected a number", ("activations", place, parameter))
            yield parameter, repr(value)


def _text(value: object) -> str:
    """Return a value as a URL's parameter is written."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value)


_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_INTEGER: Schema = {"type": "integer"}
_MATRIX: Schema = {"type": "array", "items": {"type": "array", "items": _NUMBER}}
_ARRAY: Schema = {"type": ["array", "number"]}
_ROWS: Schema = {"type": "array", "description": "one row (d,), or a batch (N, d)"}
_BOX: Schema = {
    "type": "object",
    "description": "inputs {low, high} that bounds hold for, each a number or one per input; default: all",
}


def _network(words: str = "") -> Schema:
    return {
        "type": "object",
        "description": words + "{layers: [{weight, bias, activation}]}; weight has a row for each output; "
        'bias may be null; activation is a name or {"name": "elu", "alpha": 1}, identity by default',
        "properties": {"layers": {"type": "array", "items": {"type": "object"}}},
        "required": ["layers"],
    }


def _one_of(*names: str) -> Schema:
    return {"enum": list(names)}


_PROBLEM: dict[str, Schema] = {
    "W": _MATRIX,
    "Theta": {**_MATRIX, "description": "(h, k): a column for each class"},
    "inputs": _ROWS,
    "targets": {
        **_ARRAY,
        "description": "class numbers from 0, (N,) or one; or rows of any sum",
    },
    "reduction": _one_of("mean", "sum", "none"),
    "label_smoothing": _NUMBER,
    "class_weights": {"type": "array", "items": _NUMBER},
    "l2": _NUMBER,
}

TOOLS = (
    AgentTool(
        "evaluate_activation",
        "Values of an activation function, and its derivatives, right to the last bits. What is not "
        'finite is written "NaN", "Infinity", "-Infinity", here and in all answers.',
        {
            "name": _one_of(*activations.names()),
            "inputs": {**_ARRAY, "description": "a number or an array of any shape"},
            "derivative": _FLAG,
            "parameters": {"type": "object", "description": 'such as {"alpha": 0.5} of elu'},
        },
        ("name", "inputs"),
        _activation,
    ),
    AgentTool(
        "evaluate_network",
        "Outputs of a dense network; with trace also those of each layer.",
        {"network": _network(), "inputs": _ROWS, "trace": _FLAG},
        ("network", "inputs"),
        _posted_to("/v1/networks/evaluate"),
    ),
    AgentTool(
        "convert_network",
        "Rewrite a network of tanh as one of sigmoid, or back, with a proof of how far the two are apart; or "
        "decide whether a step (heaviside) network can be the same function.",
        {
            "network": _network(),
            "to": _one_of("sigmoid", "tanh", "heaviside"),
            "stored_as": _one_of("float64", "float32", "float16", "bfloat16"),
            "box": _BOX,
        },
        ("network", "to"),
        _posted_to("/v1/networks/convert"),
    ),
    AgentTool(
        "compare_networks",
        "Decide whether two networks are the same function: exactly for one hidden layer of tanh or sigmoid, "
        "else by bounds; with a witness where they differ.",
        {
            "first": _network(),
            "second": {"type": "object", "description": "as first"},
            "tolerance": _NUMBER,
            "box": _BOX,
        },
        ("first", "second"),
        _posted_to("/v1/networks/compare"),
    ),
    AgentTool(
        "gradients",
        "Loss and gradients of softmax cross-entropy, logits Θᵀ W x, W of shape (h, d); with explain every "
        "step (h, d, k ≤ 6, one row).",
        {**_PROBLEM, "explain": _FLAG},
        ("W", "Theta", "inputs"),
        _posted_to("/v1/gradients"),
    ),
    AgentTool(
        "check_gradients",
        "Check somebody's gradients of that problem, and name the mistake that was made.",
        {
            **_PROBLEM,
            "submission": {
                "type": "object",
                "description": "the gradients to check: W, Theta, or both",
                "properties": {"W": _MATRIX, "Theta": _MATRIX},
            },
            "tolerance": _NUMBER,
            "absolute_tolerance": _NUMBER,
            "rounding": _FLAG,
            "feedback": _one_of("verdict", "mistakes", "entries", "diagnosis", "solution"),
        },
        ("W", "Theta", "inputs", "targets", "submission"),
        _posted_to("/v1/gradients/check"),
    ),
    AgentTool(
        "plot",
        "A picture (PNG), and in words what it shows: curves of up to 8 activations, or networks of one or "
        "two inputs, or a network's diagram.",
        {
            "activations": {
                "type": "array",
                "description": 'names, or {"name": "elu", "alpha": 0.5}; either these or networks',
            },
            "derivative": {**_FLAG, "description": "of activations"},
            "asymptotes": {**_FLAG, "description": "of activations"},
            "gap": {**_FLAG, "description": "of two activations: shade what is between"},
            "networks": {
                "type": "array",
                "description": "[{label, network}]",
                "items": {
                    "type": "object",
                    "properties": {"label": {"type": "string"}, "network": _network()},
                },
            },
            "view": {**_one_of("function", "diagram"), "description": "of networks"},
            "low": _NUMBER,
            "high": _NUMBER,
            "y_low": {**_NUMBER, "description": "of curves, and of x2 in maps"},
            "y_high": {**_NUMBER, "description": "of curves, and of x2 in maps"},
            "title": {"type": "string"},
            "width": _INTEGER,
            "height": _INTEGER,
            "theme": _one_of("light", "dark"),
        },
        (),
        _plot,
    ),
    AgentTool(
        "prove_identity",
        "An identity with its proof, step by step, and a check by numbers.",
        {"name": _one_of(*identities.names())},
        ("name",),
        _identity,
    ),
)

BY_NAME: Mapping[str, AgentTool] = {tool.name: tool for tool in TOOLS}
