"""What a request may not be although its schema allows it: the relations that JSON Schema cannot state.

Each is told from the request alone, by other means than the service's. A 422 for a request that breaks none
of them is a failure.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

# Any product of 17 numbers below this, times sizes of some thousands, is far below the largest float64.
HUGE = 1e15
MOST_PIXELS, MOST_CURVES, MOST_EXPLAINED, MOST_LAYERS_EXPLAINED = 5_000_000, 8, 6, 3
DECIDABLE = ("tanh", "sigmoid")
# Whatever their parameters; others are for some.
INJECTIVE = (
    "identity",
    *DECIDABLE,
    "softplus",
    "log_sigmoid",
    "softsign",
    "celu",
    "tanhshrink",
    "exponential",
)
BESIDE = ("width", "height", "scale", "theme", "transparent")
"""What stands beside `q` and wins over the body's."""
NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Asked:
    """A request: its path, its fields wherever they stood, and whether a body is valid by its schema."""

    def __init__(self, path: str, fields: Mapping[str, Any], valid: Callable[[str, object], bool]) -> None:
        self.path = path
        self.fields = {name: value for name, value in fields.items() if value is not None}
        self.valid = valid

    def number(self, name: str, default: float) -> float:
        return float(self.fields.get(name, default))


def is_beyond_schema(asked: Asked, problem: Mapping[str, Any]) -> bool:
    """Tell whether the request breaks a relation of the kind that the problem is about."""
    if "q" in asked.fields:
        return _link(asked, problem)
    match problem["type"].removeprefix("/problems/"):
        case "overflow":
            # In float16 some hundred weights may add up to more than its largest number, 65,504.
            most = 100 if asked.fields.get("stored_as") == "float16" else HUGE
            return any(abs(number) > most for number in _numbers(asked.fields))
        case "limit":
            return _limits(asked).get(problem["limit"], False)
        case "unsupported-network":
            return any(relation(asked) for relation in (_softmax_inside, _no_theorem, _not_drawn))
        case "invalid-request":
            # What is wrong in several ways is of this type too; each of its places must be wrong in one.
            places = [one["pointer"] for one in problem["errors"]]
            return all(_invalid(asked, place) or _ragged(asked, place) for place in places)
    return False


def _link(asked: Asked, problem: Mapping[str, Any]) -> bool:
    text = str(asked.fields["q"])
    try:
        document = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return True
    if not isinstance(document, dict) or not asked.valid(asked.path, document):
        return True
    below = [{**one, "pointer": one["pointer"].removeprefix("/q")} for one in problem["errors"]]
    beside = {name: asked.fields[name] for name in BESIDE if name in asked.fields}
    whole = Asked(asked.path, {**document, **beside}, asked.valid)
    return is_beyond_schema(whole, {**problem, "errors": below})


def _invalid(asked: Asked, pointer: str) -> bool:
    parts = pointer.split("/")[1:]
    match parts:
        case ["low" | "high"]:
            return _window(asked, "low", "high")
        case ["y_low" | "y_high"]:
            return _window(asked, "y_low", "y_high") or _is_diagram(asked.fields)
        case ["box", "high", *_]:
            return _empty_box(asked.fields["box"])
        case ["gap"]:
            return asked.fields.get("gap") in (True, "true") and len(_list(asked.fields["name"])) != 2
        case [*_, "title" | "label"]:
            return not str(_at(asked.fields, parts)).isprintable()
        case ["max_val" | "min_val"]:
            return asked.number("max_val", 1) <= asked.number("min_val", -1)
        case [*above, "max_val" | "min_val"]:
            inside = _at(asked.fields, above)
            lowest, highest = inside.get("min_val"), inside.get("max_val")
            return (1 if highest is None else highest) <= (-1 if lowest is None else lowest)
        case [*above, "alpha" | "beta" | "gamma" | "bias" | "b"]:
            # So large or so small that kinks coincide, or leave float64, or that a jump does.
            return any(
                not 1e-12 < abs(number) < 1e12 for number in _numbers(_at(asked.fields, above)) if number
            )
        case ["submission"]:
            return not any(True for _ in _numbers(asked.fields["submission"]))
        case ["theme"]:
            return asked.fields.get("theme") == "auto"
        case ["targets", *_]:
            return _not_a_class(asked)
    return False


def _ragged(asked: Asked, pointer: str) -> bool:
    """The item at this place is not of the shape of its first sibling."""
    parts = pointer.split("/")[1:]
    if not parts or not parts[-1].isdigit():
        return False
    siblings = _at(asked.fields, parts[:-1])
    return _shape(siblings[0]) != _shape(siblings[int(parts[-1])])


def _shape(value: Any) -> Any:
    return len(value) if isinstance(value, list) else None


def _window(asked: Asked, *ends: str) -> bool:
    low, high = map(asked.fields.get, ends)
    if low is not None and high is not None and float(low) >= float(high):
        return True
    # An end, or a parameter, so large or so small that nothing lies beyond it, or nothing finite.
    return any(not 1e-150 < abs(number) < 1e150 for number in _numbers(asked.fields) if number)


def _is_diagram(picture: Mapping[str, Any]) -> bool:
    return bool(picture.get("networks")) and picture.get("view") == "diagram"


def _empty_box(box: Mapping[str, Any]) -> bool:
    lows, highs = _list(box["low"]), _list(box["high"])
    count = max(len(lows), len(highs))
    ends = (values * count if len(values) == 1 else values for values in (lows, highs))
    return any(low >= high for low, high in zip(*ends, strict=False))


def _not_a_class(asked: Asked) -> bool:
    targets = asked.fields["targets"]
    if "network" in asked.fields:
        classes = len(asked.fields["network"]["layers"][-1]["weight"])
    else:
        classes = len(asked.fields["Theta"][0])
    numbers = targets if isinstance(targets, list) else [targets]
    return any(
        isinstance(one, (int, float)) and (one != math.floor(one) or not 0 <= one < classes)
        for one in numbers
    )


def _limits(asked: Asked) -> dict[str, bool]:
    scale = asked.number("scale", 1)
    pixels = round(asked.number("width", 640) * scale) * round(asked.number("height", 480) * scale)
    outputs = sum(len(one["network"]["layers"][-1]["weight"]) for one in asked.fields.get("networks", ()))
    return {
        "pixels": pixels > MOST_PIXELS,
        "curves": max(outputs, len(asked.fields.get("networks", ()))) > MOST_CURVES,
        "explain": asked.fields.get("explain") is True and _unreadable(asked),
        "nesting": False,
    }


def _unreadable(asked: Asked) -> bool:
    if "network" in asked.fields:
        layers, inputs = asked.fields["network"]["layers"], asked.fields["inputs"]
        sizes = [size for layer in layers for size in (len(layer["weight"]), len(layer["weight"][0]))]
        rows = len(inputs) if isinstance(inputs[0], list) else 1
        return rows > 1 or len(layers) > MOST_LAYERS_EXPLAINED or max(sizes) > MOST_EXPLAINED
    W, Theta, inputs = (asked.fields[name] for name in ("W", "Theta", "inputs"))
    rows = len(inputs) if isinstance(inputs[0], list) else 1
    return rows > 1 or max(len(W), len(W[0]), len(Theta), len(Theta[0])) > MOST_EXPLAINED


def _networks(value: Any) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield the layers of every network in a request."""
    if isinstance(value, Mapping):
        if "layers" in value:
            yield value["layers"]
        for member in value.values():
            yield from _networks(member)
    elif isinstance(value, list):
        for item in value:
            yield from _networks(item)


def _activation(layer: Mapping[str, Any]) -> str:
    chosen = layer.get("activation")
    if chosen is None:
        return "identity"
    return str(chosen if isinstance(chosen, str) else chosen["name"])


def _softmax_inside(asked: Asked) -> bool:
    """Softmax stands before the last layer, or where only some paths take it."""
    evaluates = asked.path.endswith(("/evaluate", "/gradients", "/compare", "/convert"))
    return any(
        "softmax" in [_activation(layer) for layer in (layers[:-1] if evaluates else layers)]
        for layers in _networks(asked.fields)
    )


def _no_theorem(asked: Asked) -> bool:
    """A network to reduce has not one hidden layer of tanh or sigmoid, or a function behind that hides it."""
    return asked.path.endswith("/reduce") and any(
        len(layers) != 2 or _activation(layers[0]) not in DECIDABLE or _activation(layers[1]) not in INJECTIVE
        for layers in _networks(asked.fields)
    )


def _not_drawn(asked: Asked) -> bool:
    """Functions to draw have other than one or two inputs, or not the same number of them or of outputs."""
    if "networks" not in asked.fields or asked.fields.get("view", "function") != "function":
        return False
    shapes = {(len(layers[0]["weight"][0]), len(layers[-1]["weight"])) for layers in _networks(asked.fields)}
    return len(shapes) > 1 or any(inputs not in (1, 2) for inputs, _ in shapes) or _limits(asked)["curves"]


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float)):
        yield float(value)
    elif isinstance(value, str):
        try:
            yield NUMBERS[value] if value in NUMBERS else float(value)
        except ValueError:
            return
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _numbers(member)
    else:
        for item in value:
            yield from _numbers(item)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _at(value: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value
