"""A walk over the bytes of an ONNX file before anything is made of them.

Protobuf's parser makes 80 bytes of memory of two bytes of file (8 MB of empty nodes took 612 MB), and the
ONNX library opens files that a tensor names. So the bytes are walked first, by the schema, with tensors'
numbers skipped: how many parts there are, how deep they nest, that every length stays inside, that text is
text, and that no tensor anywhere says its numbers lie elsewhere.

Source: https://protobuf.dev/programming-guides/encoding/.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from onnx import ModelProto

from ...nn.errors import LimitExceeded
from ..errors import MalformedModel, UnsupportedModel
from ..limits import limits

Bytes = bytes | bytearray | memoryview

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MESSAGE, _TEXT, _PACKED = "message", "text", "packed"
_OF_VARIABLE_LENGTH = frozenset(
    {
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT32,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_ENUM,
        FieldDescriptor.TYPE_BOOL,
    }
)
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_LONGEST_VARINT = 10
_SHORT = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Message:
    """A type of message: what a field of variable length holds, by its number, and of which type."""

    tensor: bool
    fields: "dict[int, tuple[str, _Message | None]]"


@dataclass(slots=True)
class _Packed:
    """How many numbers of variable length stand in lists."""

    most: int
    numbers: int = 0

    def count(self, piece: bytes) -> None:
        """Count those in one list. Raises `LimitExceeded`."""
        # Of short lists, of which there may be many, the bytes: never too few.
        short = len(piece) < _SHORT
        self.numbers += len(piece) if short else int(np.count_nonzero(np.frombuffer(piece, np.uint8) < 0x80))
        if self.numbers > self.most:
            detail = f"expected at most {self.most} numbers outside of raw data, got more"
            raise LimitExceeded("model_packed_numbers", detail)


def inspect(body: Bytes) -> None:
    """Read `body` as an ONNX model as far as memory, time and files depend on it.

    Raises `MalformedModel` where it is cut off or no message, `LimitExceeded` for too many or too deeply
    nested parts, `UnsupportedModel` where a tensor's numbers lie in another file.
    """
    data = bytes(body) if not isinstance(body, bytes) else body
    parts = 0
    most = limits()
    most_parts, packed = most.parts, _Packed(most.packed_numbers)
    # Lengths are checked against the message around, so that one whole walk sees every byte once.
    open_messages: list[tuple[int, int, _Message, int]] = [(0, len(data), _message(ModelProto.DESCRIPTOR), 1)]
    while open_messages:
        at, end, message, level = open_messages.pop()
        if level > most.levels:
            detail = f"expected at most {most.levels} levels of messages, got more"
            raise LimitExceeded("model_levels", detail)
        fields = message.fields
        while at < end:
            parts += 1
            if parts > most_parts:
                detail = f"expected a model of at most {most_parts} parts, got more"
                raise LimitExceeded("model_parts", detail)
            # Nearly every tag and most lengths are one byte: a call for each would double the time.
            tag = data[at]
            if tag < 0x80:
                at += 1
            else:
                tag, at = _varint(data, at, end)
            number, kind = tag >> 3, tag & 7
            if message.tensor and number in (_EXTERNAL_DATA, _DATA_LOCATION):
                at = _refuse_external(data, at, end, number, kind)
            elif kind == _LENGTH:
                if at < end and data[at] < 0x80:
                    length = data[at]
                    at += 1
                elif at + 1 < end and data[at + 1] < 0x80:
                    length = data[at] & 0x7F | data[at + 1] << 7
                    at += 2
                else:
                    length, at = _varint(data, at, end)
                inside, at = at, at + length
                if at > end:
                    raise MalformedModel("expected a model that is whole, got the end inside of a part")
                if number in fields and length:
                    what, inner = fields[number]
                    if inner is not None:
                        open_messages.append((inside, at, inner, level + 1))
                    elif what is _TEXT:
                        if length > most.text_bytes:
                            detail = f"expected texts of at most {most.text_bytes} bytes, got a longer one"
                            raise LimitExceeded("model_text_bytes", detail)
                        _refuse_bytes(data[inside:at])
                    else:
                        packed.count(data[inside:at])
            elif kind == _VARINT:
                _, at = _varint(data, at, end)
            elif kind in (_FIXED64, _FIXED32):
                at += 8 if kind == _FIXED64 else 4
            else:
                raise MalformedModel("expected an ONNX model, got bytes that are no message")
            if number == 0 or at > end:
                raise MalformedModel("expected an ONNX model, got bytes that are no message")


@cache
def _message(descriptor: Descriptor) -> _Message:
    known: dict[str, _Message] = {}
    return _described(descriptor, known)


def _described(descriptor: Descriptor, known: dict[str, _Message]) -> _Message:
    """Return the schema of a message, whose fields may be messages of the same type."""
    if descriptor.name in known:
        return known[descriptor.name]
    fields: dict[int, tuple[str, _Message | None]] = {}
    message = known[descriptor.name] = _Message(descriptor.name == "TensorProto", fields)
    for one in descriptor.fields:
        if one.type == FieldDescriptor.TYPE_MESSAGE:
            fields[one.number] = (_MESSAGE, _described(one.message_type, known))
        elif one.type == FieldDescriptor.TYPE_STRING:
            fields[one.number] = (_TEXT, None)
        elif one.type in _OF_VARIABLE_LENGTH:
            fields[one.number] = (_PACKED, None)
    return message


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    for place in range(at, min(end, at + _LONGEST_VARINT)):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place + 1
        shift += 7
    raise MalformedModel("expected a model that is whole, got the end inside of a number")


def _refuse_bytes(piece: bytes) -> None:
    try:
        piece.decode()
    except UnicodeDecodeError:
        raise MalformedModel("expected names and texts in UTF-8") from None


def _refuse_external(data: bytes, at: int, end: int, number: int, kind: int) -> int:
    value = 1
    if number == _DATA_LOCATION and kind == _VARINT:
        value, at = _varint(data, at, end)
    if value:
        raise UnsupportedModel(
            "expected a model that holds all of its numbers, got a tensor whose data lies in another file: "
            "onnx.save(onnx.load(path), path) makes one file of them, as does torch.onnx.export with "
            "external_data=False"
        )
    return at
