"""Small bodies that ask for a lot."""

from collections.abc import Iterator
from typing import NamedTuple


class Costly(NamedTuple):
    """A small body that asks for a lot, and the limit that must name it."""

    name: str
    path: str
    body: bytes
    limits: frozenset[str]


_MANY = 60_000
_COLUMN = b"[" + b",".join([b"[1]"] * _MANY) + b"]"
_ROW = b"[[" + b",".join([b"1"] * _MANY) + b"]]"
_CLASSES = b"[" + b",".join([b"0"] * _MANY) + b"]"
_THIN = b'{"weight":[[1]]}'


def _network(*layers: bytes) -> bytes:
    return b'{"layers":[%b]}' % b",".join(layers)


_WIDE = _network(b'{"weight":%b,"activation":"tanh"}' % _COLUMN, b'{"weight":%b}' % _ROW)
_PROBLEM_OF_MANY = b'{"W":%b,"Theta":%b,"inputs":%b,"targets":%b' % (_COLUMN, _COLUMN, _COLUMN, _CLASSES)


def costly() -> Iterator[Costly]:
    """Small bodies with huge costs: all refused from their shapes or counts."""
    work = frozenset({"multiply_adds", "intermediate", "answer"})
    deep = _network(*[_THIN] * 900)
    drawn = b'{"network":%b}' % _network(_THIN)
    for name, path, body, limits in (
        ("many rows", "networks/evaluate", b'{"network":%b,"inputs":%b}' % (_WIDE, _COLUMN), work),
        (
            "each layer",
            "networks/evaluate",
            b'{"network":%b,"inputs":%b,"trace":true}' % (_WIDE, _COLUMN),
            work,
        ),
        (
            "gradients of each row",
            "networks/gradients",
            b'{"network":%b,"inputs":%b,"targets":%b,"loss":"squared_error","reduction":"none"}'
            % (_WIDE, _COLUMN, _COLUMN),
            work,
        ),
        ("many layers", "networks/convert", b'{"network":%b,"to":"sigmoid"}' % deep, {"layers"}),
        ("many layers, evaluated", "networks/evaluate", b'{"network":%b,"inputs":[1]}' % deep, {"layers"}),
        ("many curves", "networks/plot.png", b'{"networks":[%b]}' % b",".join([drawn] * 500), {"curves"}),
        (
            "many outputs",
            "networks/plot.png",
            b'{"networks":[{"network":%b}]}' % _network(b'{"weight":%b}' % _COLUMN),
            {"curves"},
        ),
        (
            "many pixels",
            "networks/plot.png",
            b'{"networks":[%b],"width":2000,"height":2000,"scale":4}' % drawn,
            {"pixels"},
        ),
        ("outer products", "gradients", _PROBLEM_OF_MANY + b',"reduction":"none"}', work),
        (
            "a check of each row",
            "gradients/check",
            _PROBLEM_OF_MANY + b',"reduction":"none","feedback":"solution","submission":{}}',
            work,
        ),
    ):
        yield Costly(name, f"/v1/{path}", body, frozenset(limits))


HEAVY = _PROBLEM_OF_MANY + b"}"
"""Whose logits are all alike, so that every gradient is 0 or nearly: the long way must not be a wide one."""
