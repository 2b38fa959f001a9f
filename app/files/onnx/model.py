"""Bytes ↔ an ONNX model that may be read and edited."""

from google.protobuf.message import DecodeError
from onnx import ModelProto

from ..errors import MalformedModel
from .graphs import Model
from .wire_format import Bytes, inspect


def parse(body: Bytes) -> ModelProto:
    """Return the model in `body`, of which no tensor lies elsewhere.

    Raises `MalformedModel`, `UnsupportedModel` and `LimitExceeded`, before anything is made of the bytes
    where that can be told.
    """
    inspect(body)
    proto = ModelProto()
    try:
        proto.ParseFromString(bytes(body))
    except DecodeError:
        raise MalformedModel("expected an ONNX model, got bytes that are no message") from None
    if not proto.HasField("graph") or not proto.ir_version:
        raise MalformedModel("expected an ONNX model, got one without a graph")
    return proto


def serialize(model: Model) -> bytes:
    """Return a model's bytes: the same for the same edits, in every process."""
    return bytes(model.proto.SerializeToString(deterministic=True))
