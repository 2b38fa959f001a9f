"""What an ONNX file is: inputs, outputs, operators, and where its tanh and sigmoid stand."""

from collections import Counter
from hashlib import sha256
from math import prod
from typing import Literal, NotRequired

from onnx import TensorProto, ValueInfoProto
from typing_extensions import TypedDict

from ...nn.errors import Fault
from ..errors import NothingToConvert
from .conversion import SiteAnswer, site_answer
from .graphs import Model
from .model import parse
from .network import read_network
from .reach import jumps_behind
from .rewriting import rewrite
from .wire_format import Bytes


class ValueAnswer(TypedDict):
    """An input or output: a free side is null or has a name."""

    name: str
    type: str
    shape: list[int | str | None] | None


class ReadableAnswer(TypedDict):
    """Whether the file reads as layers, and why not."""

    readable: bool
    reason: NotRequired[str]


class DescriptionAnswer(TypedDict):
    """What a model file is."""

    format: str
    bytes: int
    sha256: str
    producer: NotRequired[str]
    opset: NotRequired[int]
    inputs: NotRequired[list[ValueAnswer]]
    outputs: NotRequired[list[ValueAnswer]]
    parameters: int
    operators: NotRequired[dict[str, int]]
    sites: list[SiteAnswer]
    discontinuous: list[str]
    network: ReadableAnswer


def describe(body: Bytes) -> DescriptionAnswer:
    """Return what an ONNX file is. Raises `MalformedModel`, `UnsupportedModel` and `LimitExceeded`."""
    proto = parse(body)
    model = Model(proto)
    parameters = sum(
        prod(tensor.dims)
        for scope in model.scopes
        if not scope.is_function
        for tensor in scope.graph.initializer
    )
    operators = Counter(node.operator for node in model.all_nodes())
    operators.pop("Constant", None)
    readable: ReadableAnswer = {"readable": True}
    try:
        read_network(model)
    except Fault as fault:
        readable = {"readable": False, "reason": fault.detail}
    sites, jumps = _sites(body)
    producer = " ".join(one for one in (proto.producer_name, proto.producer_version) if one)
    given = {tensor.name for tensor in proto.graph.initializer}
    return {
        "format": "onnx",
        "bytes": len(body),
        "sha256": sha256(body).hexdigest(),
        "producer": producer,
        "opset": model.opset,
        "inputs": [_value(one) for one in proto.graph.input if one.name not in given],
        "outputs": [_value(one) for one in proto.graph.output],
        "parameters": parameters,
        "operators": dict(sorted(operators.items())),
        "sites": sites,
        "discontinuous": jumps,
        "network": readable,
    }


def _sites(body: Bytes) -> tuple[list[SiteAnswer], list[str]]:
    """Return where both activations stand, as converting would find them, and the jumps behind them."""
    sites: list[SiteAnswer] = []
    jumps: dict[str, None] = {}
    directions: tuple[Literal["sigmoid", "tanh"], ...] = ("sigmoid", "tanh")
    for to in directions:
        model = Model(parse(body))
        try:
            result = rewrite(model, to, "kept")
        except NothingToConvert as nothing:
            sites += [site_answer(one) for one in nothing.sites]
            continue
        sites += [site_answer(one) for one in result.sites]
        jumps.update(dict.fromkeys(jumps_behind(model, result.converted)))
    unique = {(one["graph"], one["node"], one["operator"]): one for one in sites}
    return list(unique.values()), list(jumps)


def _value(info: ValueInfoProto) -> ValueAnswer:
    if not info.type.HasField("tensor_type"):
        return {"name": info.name, "type": info.type.WhichOneof("value") or "", "shape": None}
    tensor = info.type.tensor_type
    shape: list[int | str | None] | None = None
    if tensor.HasField("shape"):
        shape = [
            int(one.dim_value) if one.HasField("dim_value") else one.dim_param or None
            for one in tensor.shape.dim
        ]
    known = {number: name for name, number in TensorProto.DataType.items()}
    return {"name": info.name, "type": known.get(tensor.elem_type, "UNDEFINED").lower(), "shape": shape}
