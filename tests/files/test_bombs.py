"""Small or large files that would take much more: each is refused before, in little time and memory."""

import hashlib
import json
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from app.files.errors import MalformedModel, UnsupportedModel
from app.files.limits import FileLimits
from app.files.reading import read_file
from app.nn.errors import LimitExceeded
from tests.timing import cpu_seconds

from . import archives

MIB = 1 << 20
LARGEST = 64 * MIB
TEXT = FileLimits().text_bytes
FUNCTION = b"function [y1] = net(x1)\nIW1_1 = [1];\n"


def filled(begin: bytes, unit: bytes, end: bytes = b"", length: int = TEXT) -> bytes:
    return begin + unit * ((length - len(begin) - len(end)) // len(unit)) + end


def named(unit: bytes, length: int = TEXT) -> bytes:
    """Return an object with a list of so many of a thing."""
    return filled(b'{"W1":[', unit + b",", unit + b"]}", length)


def safetensors(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


def zeros(shape: tuple[int, ...], descr: str) -> bytes:
    """Return a .npy file of zeros, one byte each."""
    return archives.npy(np.zeros(shape, descr))


def keras_h5(fill: Callable[[object], None]) -> bytes:
    def filling(file):
        file.attrs["model_config"] = json.dumps(archives.sequential([archives.dense(1, "tanh", "d")]))
        fill(file)

    return archives.hdf5(filling)


def one_byte_weights(file):
    group = file.create_group("model_weights/d")
    group.attrs["weight_names"] = [b"kernel", b"bias"]
    group.create_dataset("kernel", (60 * MIB, 1), "i1", compression="gzip", chunks=(MIB, 1))
    group.create_dataset("bias", (1,), "f8")


def many_objects(file):
    for index in range(2_100):
        file.create_group(f"g{index}")


def heaps(length: int) -> bytes:
    """Return heaps of texts, each within the one before, and all up to the end of the file."""
    body = bytearray(keras_h5(lambda file: None))
    start = len(body)
    for place in range(start, length - 16, 16):
        body += b"GCOL\x01\0\0\0" + (length - place).to_bytes(8, "little")
    return bytes(body)


def long_names(file):
    group = file.create_group("model_weights/d")
    group.attrs["weight_names"] = ["a" * 60_000] * 500


BOMBS: dict[str, Callable[[], bytes]] = {
    "json objects": lambda: named(b"{}"),
    "json lists": lambda: named(b"[]"),
    "json levels": lambda: b'{"a":' + b"[" * (TEXT // 2 - 8) + b"]" * (TEXT // 2 - 8) + b"}",
    "json texts": lambda: json.dumps({"W1": ["a" * 1_000_000, *["1"] * 50_000]}).encode(),
    "json digits": lambda: filled(b'{"W1":[', b"9", b"]}"),
    "json of the largest body": lambda: named(b"1.5", LARGEST),
    "lwtnn scalings": lambda: json.dumps(
        {"inputs": [{"offset": 1, "scale": 2}] * 3_900, "layers": []}
    ).encode(),
    "matlab lines": lambda: filled(FUNCTION, b"\n"),
    "matlab lines before": lambda: filled(b"", b"\n", FUNCTION),
    "matlab matrices without an end": lambda: filled(FUNCTION, b"a=["),
    "matlab matrices over lines": lambda: filled(FUNCTION, b"a=[\n"),
    "matlab statements": lambda: filled(FUNCTION, b"a=1;\n", length=MIB // 2),
    "matlab rows": lambda: filled(FUNCTION + b"b1=[", b"1;", b"];\n"),
    "matlab numbers": lambda: filled(FUNCTION + b"b1=[", b"1 ", b"];\n"),
    "matlab spaces": lambda: filled(FUNCTION + b"LW9_8=[1];", b" "),
    "text of the largest body": lambda: filled(b"", b"\n", length=LARGEST),
    "bytes of the largest body": lambda: b"\x01" + bytes(range(256)) * (LARGEST // 256 - 1),
    "safetensors header": lambda: safetensors(filled(b"{", b" ", b"}", 60 * MIB)),
    "safetensors of one byte": lambda: safetensors(
        b'{"w":{"dtype":"BOOL","shape":[61440,1024],"data_offsets":[0,62914560]}}', bytes(60 * MIB)
    ),
    "safetensors of bfloat16": lambda: safetensors(
        b'{"w":{"dtype":"BF16","shape":[30720,1024],"data_offsets":[0,62914560]}}', bytes(60 * MIB)
    ),
    "npz of one byte": lambda: archives.zipped({"w.npy": zeros((60 * MIB, 1), "?")}),
    "npz of many": lambda: archives.zipped({f"{index}.npy": zeros((0, 1), "?") for index in range(5_000)}),
    "keras configuration": lambda: archives.zipped(
        {"config.json": named(b"{}", 60 * MIB), "metadata.json": b"{}", "model.weights.h5": b""}
    ),
    "skops schema": lambda: archives.zipped({"schema.json": named(b"[]")}),
    "hdf5 configuration": lambda: archives.hdf5(
        lambda file: file.attrs.__setitem__("model_config", named(b"{}").decode())
    ),
    "hdf5 of one byte": lambda: keras_h5(one_byte_weights),
    "hdf5 of many": lambda: keras_h5(many_objects),
    "hdf5 names": lambda: keras_h5(long_names),
    "hdf5 heaps": lambda: heaps(LARGEST),
    "hdf5 attributes": lambda: keras_h5(lambda file: None) + b"model_config\0" * (4 * MIB),
    "hdf5 compressed": lambda: keras_h5(lambda file: None) + b"FRHP\0\0\0\0\0" * (7 * MIB),
    "hdf5 texts": lambda: (
        keras_h5(lambda file: None)
        + b"GCOL\x01\0\0\0"
        + (32 * MIB).to_bytes(8, "little")
        + (b"\x01\0\0\0" + bytes(12)) * (2 * MIB)
    ),
}


@pytest.fixture(scope="module")
def hashing() -> float:
    """How long the largest body is hashed here: 0.13 s, a quarter of the 0.5 s that are promised."""
    body = bytes(LARGEST)
    return cpu_seconds(lambda: hashlib.sha512(body).digest())


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_of_every_format_are_refused_at_once(bomb: str, hashing: float) -> None:
    body = BOMBS[bomb]()
    assert len(body) <= LARGEST + 64

    def refuse() -> None:
        with pytest.raises((LimitExceeded, MalformedModel, UnsupportedModel)):
            read_file(body)

    # Again where it was held up.
    assert any(cpu_seconds(refuse, times=1) < 4 * hashing for _ in range(4))
    tracemalloc.start()  # NumPy and Python; it takes time, so apart
    try:
        refuse()
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()
