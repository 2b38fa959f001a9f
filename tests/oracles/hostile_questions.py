"""Questions that are answered, and the same with every field spoiled in every way."""

import json
from collections.abc import Iterator
from typing import Any

from tests.oracles.hostile import HIDDEN, SECRET, Hostile, case

_NETWORK = {
    "layers": [
        {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": {"name": "tanh"}},
        {"weight": [[2.0, -0.1]], "bias": [0.3], "activation": "identity"},
    ]
}
_DRESS = {"width": 300, "height": 200, "scale": 1.0, "theme": "dark", "transparent": False}
_PROBLEM = {
    "W": [[1.0, 0.0], [0.0, 1.0]],
    "Theta": [[1.0, -1.0], [0.0, 2.0]],
    "inputs": [[1.0, 2.0]],
    "targets": [1],
    "reduction": "sum",
    "label_smoothing": 0.1,
    "class_weights": [1.0, 2.0],
}

QUESTIONS: dict[str, dict[str, Any]] = {
    "/v1/activations/relu": {"inputs": [1.0], "derivative": True, "parameters": {}},
    "/v1/activations/elu": {"inputs": 1.0, "parameters": {"alpha": 1.0}},
    "/v1/networks/evaluate": {"network": _NETWORK, "inputs": [[1.0]], "trace": True},
    "/v1/networks/convert": {"network": _NETWORK, "to": "sigmoid"},
    "/v1/networks/compare": {"first": _NETWORK, "second": _NETWORK, "tolerance": 0.5},
    "/v1/networks/reduce": {"network": _NETWORK},
    "/v1/networks/gradients": {
        "network": _NETWORK,
        "inputs": [1.0],
        "targets": [0.5],
        "reduction": "mean",
        "loss": "squared_error",
        "l2": 0.5,
        "explain": True,
    },
    "/v1/networks/plot.txt": {
        "networks": [{"network": _NETWORK}],
        "low": -1.0,
        "high": 1.0,
        "view": "function",
        **_DRESS,
    },
    "/v1/gradients": {**_PROBLEM, "explain": True},
    "/v1/gradients/check": {
        **_PROBLEM,
        "submission": {"W": [[1.0, 0.0], [0.0, 1.0]], "Theta": [[1.0]]},
        "tolerance": 1e-9,
        "feedback": "solution",
    },
    "/v1/gradients/plot.txt": {**_PROBLEM, **_DRESS, "submission": {"W": [[1.0]]}, "tolerance": 1e-9},
}
"""For every POST a question that is answered, every field of which is then spoiled."""

_NEVER: dict[str, bytes] = {
    "a word": HIDDEN,
    "an unknown object": b'{"' + SECRET.encode() + b'":1}',
    "NaN": b"NaN",
    "-Infinity": b"-Infinity",
    "1e999": b"1e999",
    "an int of 400 digits": b"9" * 400,
    "a lone surrogate": b'"\\ud800"',
    "a key twice": b'{"name":1,"name":1}',
    "rows that lie": b"[[1],[1,2]]",
    "nesting that lies": b"[[1,[2,3]],[4,[]]]",
    "a number in words, below": b'[["1"]]',
    "null among numbers": b"[1,null]",
}
"""What no field takes."""

_MAYBE: dict[str, bytes] = {
    "true": b"true",
    "null": b"null",
    "an empty array": b"[]",
    "an empty row": b"[[]]",
    "an object": b"{}",
    "the word NaN": b'"NaN"',
    "the word Infinity in a row": b'["Infinity"]',
    "an empty word": b'""',
    "below zero": b"-1",
    "beyond 64 bits": b"18446744073709551616",
    "2^53 + 1": b"9007199254740993",
    "the largest": b"1.7976931348623157e308",
    "the least": b"5e-324",
    "the largest in a row": b"[[1e308],[1e308]]",
    "the largest in two rows": b"[[1e308,-1e308],[1e308,1e308]]",
    "minus zero": b"-0.0",
    "sixty dimensions": b"[" * 58 + b"1" + b"]" * 58,
    "a long row": b"[" + b"0," * 3000 + b"0]",
    "a control character": b'"a\\u0000b"',
    "right to left": '"\u202ehunter2"'.encode(),
    "formulas": b'"$\\\\frac{x$ <b>&amp;"',
    "an emoji": '"\U0001f600\ufdfd"'.encode(),
    "a thousand nulls": b"[" + b"null," * 999 + b"null]",
    "objects in a row": b"[{},{}]",
}
"""What some fields take: never a failure, whatever comes."""

_FREE = ("label", "title")  # any printable word is taken


def spoiled(path: str) -> Iterator[Hostile]:
    """A good question with one field spoiled, for every field."""
    question = QUESTIONS[path]
    for place in _leaves(question):
        for name, value in _NEVER.items():
            if value is not HIDDEN or place[-1] not in _FREE:
                yield _spoiled(question, place, name, value, "refused")
        for name, value in _MAYBE.items():
            yield _spoiled(question, place, name, value)


def _spoiled(question: object, place: tuple[Any, ...], name: str, value: bytes, *slugs: str) -> Hostile:
    pointer = "".join(f"/{part}" for part in place)
    return case(f"{pointer}: {name}", _with(question, place, value), *slugs, place=pointer if slugs else "")


def _leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, (*at, name))
    elif isinstance(value, list) and isinstance(value[0], dict):
        for index, item in enumerate(value):
            yield from _leaves(item, (*at, index))


def _with(document: Any, place: tuple[Any, ...], value: bytes) -> bytes:
    changed = json.loads(json.dumps(document))
    container = changed
    for part in place[:-1]:
        container = container[part]
    container[place[-1]] = "<here>"
    return json.dumps(changed).encode().replace(b'"<here>"', value)
