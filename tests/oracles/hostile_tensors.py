"""Files of named tensors that are broken, lie, or name what is not there."""

import json
from collections.abc import Iterator

from tests.oracles.hostile import LIMIT, MALFORMED, REFUSED, SECRET, TENSORS, Hostile, case


def _header(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def _tensor(shape: object = (1,), offsets: object = (0, 8), dtype: object = "F64") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def tensor_files() -> Iterator[Hostile]:
    """Files of named tensors that are broken, lie, or name what is not there."""
    eight = bytes(8)
    one = {"inputs": _tensor()}
    broken: dict[str, bytes] = {
        "no file": b"",
        "seven bytes": bytes(7),
        "a header of no bytes": bytes(8),
        "a header longer than the file": _header(one, eight, length=500),
        "a header that ends within itself": _header(one, eight, length=20),
        "a header that is no JSON": _header(b"{inputs}"),
        "a header that is not UTF-8": _header(b'{"\xff":1}'),
        "a header that is an array": _header([1]),
        "a header that is a number": _header(1),
        "a deep header": _header(b"[" * 1000 + b"]" * 1000),
        "a header of quotes that never close": _header(b'{"' + b'\\"' * 50_000),
        "metadata of numbers": _header({"__metadata__": {"request": 1}}),
        "metadata that is a list": _header({"__metadata__": []}),
        "a tensor that is a number": _header({"inputs": 1}, eight),
        "no dtype": _header({"inputs": {"shape": [1], "data_offsets": [0, 8]}}, eight),
        "no shape": _header({"inputs": {"dtype": "F64", "data_offsets": [0, 8]}}, eight),
        "no offsets": _header({"inputs": {"dtype": "F64", "shape": [1]}}, eight),
        "one offset": _header({"inputs": _tensor(offsets=[0])}, eight),
        "a field more": _header({"inputs": {**_tensor(), SECRET: 1}}, eight),
        "a side of half": _header({"inputs": _tensor(shape=[1.5])}, eight),
        "a side below zero": _header({"inputs": _tensor(shape=[-1])}, eight),
        "a side that is true": _header({"inputs": _tensor(shape=[True])}, eight),
        "two sides below zero": _header({"inputs": _tensor(shape=[-1, -1])}, eight),
        "offsets in words": _header({"inputs": _tensor(offsets=["0", "8"])}, eight),
        "offsets backwards": _header({"inputs": _tensor(offsets=[8, 0])}, eight),
        "offsets below zero": _header({"inputs": _tensor(offsets=[-8, 0])}, eight),
        "offsets beyond the file": _header({"inputs": _tensor(offsets=[0, 800], shape=[100])}, eight),
        "offsets of 2^63": _header({"inputs": _tensor(offsets=[2**63, 2**63 + 8])}, eight),
        "a shape that is larger": _header({"inputs": _tensor(shape=[2])}, eight),
        "a shape that is smaller": _header({"inputs": _tensor(shape=[1])}, eight * 2),
        "a shape that overflows": _header({"inputs": _tensor(shape=[2**32, 2**32])}, eight),
        "a hole": _header({"inputs": _tensor(), "W": _tensor(offsets=[16, 24])}, eight * 3),
        "tensors that overlap": _header({"inputs": _tensor(), "W": _tensor(offsets=[4, 12])}, bytes(12)),
        "tensors on each other": _header({"inputs": _tensor(), "W": _tensor()}, eight),
        "something behind": _header(one, eight + SECRET.encode()),
        "nothing behind": _header(one),
        "a byte too few": _header(one, bytes(7)),
        "a document cut off": _header({"__metadata__": {"request": "{"}}),
        "a document of no JSON": _header({"__metadata__": {"request": SECRET}}),
    }
    for name, body in broken.items():
        yield case(f"tensors: {name}", body, MALFORMED, content_type=TENSORS)
    refused: dict[str, bytes] = {
        "a type that is none": _header({"inputs": _tensor(dtype=SECRET)}, eight),
        "numbers of eight bits": _header({"inputs": _tensor(dtype="F8_E4M3", shape=[8])}, eight),
        "bytes": _header({"inputs": _tensor(dtype="U8", shape=[8])}, eight),
        "truth values": _header({"inputs": _tensor(dtype="BOOL", shape=[8])}, eight),
        "a name twice": b"".join((len(_TWICE).to_bytes(8, "little"), _TWICE, eight)),
        "a name of nothing": _header({"": _tensor()}, eight),
        "a name of dots": _header({"....": _tensor()}, eight),
        "a long name": _header({SECRET * 1000: _tensor()}, eight),
        "a name with a lone surrogate": _header(
            b'{"\\ud800":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}', eight
        ),
        "a document that is a list": _header({"__metadata__": {"request": "[]"}}),
        "a document with a surrogate": _header({"__metadata__": {"request": '{"a":"\\ud800"}'}}),
        "a document with NaN": _header({"__metadata__": {"request": '{"a":NaN}'}}),
        "a field in both": _header({"__metadata__": {"request": '{"inputs":1}'}, **one}, eight),
        "a field below a number": _header(
            {"__metadata__": {"request": '{"inputs":1}'}, "inputs.a": _tensor()}, eight
        ),
        "an item out of turn": _header({"network.layers.1.weight": _tensor()}, eight),
        "an item of 2^60": _header({f"network.layers.{2**60}.weight": _tensor()}, eight),
        "an item below zero": _header(
            {"network.layers.0.weight": _tensor(), "network.layers.-1.bias": _tensor((0,), (8, 8))}, eight
        ),
        "65 dimensions": _header({"inputs": _tensor(shape=[1] * 65)}, eight),
        "a shape of fifty thousand sides": _header(
            {"inputs": _tensor(shape=[10**12] * 50_000, offsets=[0, 0])}
        ),
        "an empty side beside 2^62": _header({"inputs": _tensor(shape=[0, 2**62], offsets=[0, 0])}),
        "empty sides beside 2^31": _header(
            {"inputs": _tensor(shape=[0, 2**31, 2**31, 2**31], offsets=[0, 0])}
        ),
    }
    for name, body in refused.items():
        slugs = (REFUSED, "shape-mismatch", "not-finite")
        yield case(f"tensors: {name}", body, *slugs, content_type=TENSORS)
    for name, body in {
        "a header of 2^63 bytes": bytes(7) + b"\x80" + eight,
        "a header of 2 MiB": _header(b" " * 2**21),
        "a document 65 deep": _header({"__metadata__": {"request": "[" * 65 + "]" * 65}}),
        "a name a hundred deep": _header({"a." * 100 + "a": _tensor()}, eight),
    }.items():
        yield case(f"tensors: {name}", body, LIMIT, content_type=TENSORS)


_ENTRY = b'"inputs":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}'
_TWICE = b"{" + _ENTRY + b"," + _ENTRY + b"}"
