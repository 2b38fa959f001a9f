import hashlib
import resource
import subprocess
import sys

import numpy as np
import pytest
from onnx import AttributeProto, ModelProto, StringStringEntryProto, TensorProto, TrainingInfoProto, helper

from app.files.errors import MalformedModel, UnsupportedModel
from app.files.limits import FileLimits
from app.files.onnx.model import parse
from app.files.onnx.tensors import array_of
from app.files.onnx.wire_format import inspect
from app.nn.errors import Fault, LimitExceeded
from tests.timing import cpu_seconds

from . import models

BODY = models.gemm_chain("Tanh")
LARGEST = 64 << 20

EXTERNAL = TensorProto(name="secret", data_type=1, dims=[4], data_location=TensorProto.EXTERNAL)
EXTERNAL.external_data.append(StringStringEntryProto(key="location", value="secret.txt"))


def with_external(place):
    """Return a model with a tensor whose data lies in a file, in one of the places that tensors have."""
    model = ModelProto.FromString(BODY)
    graph, node = model.graph, model.graph.node[0]
    if place == "initializer":
        graph.initializer.append(EXTERNAL)
    elif place == "attribute":
        node.attribute.append(AttributeProto(name="value", type=AttributeProto.TENSOR, t=EXTERNAL))
    elif place == "attributes":
        node.attribute.append(AttributeProto(name="v", type=AttributeProto.TENSORS, tensors=[EXTERNAL]))
    elif place == "sparse":
        graph.sparse_initializer.add().values.CopyFrom(EXTERNAL)
    elif place == "sparse indices":
        graph.sparse_initializer.add().indices.CopyFrom(EXTERNAL)
    elif place == "function":
        function = helper.make_function("own", "F", [], [], [node], [helper.make_opsetid("", 17)])
        function.node[0].attribute.append(AttributeProto(name="v", type=AttributeProto.TENSOR, t=EXTERNAL))
        model.functions.append(function)
    elif place == "training":
        info = TrainingInfoProto()
        info.algorithm.initializer.append(EXTERNAL)
        model.training_info.append(info)
    else:
        inner = helper.make_graph([], "inner", [], [], [EXTERNAL])
        node.attribute.append(AttributeProto(name="body", type=AttributeProto.GRAPH, g=inner))
    return model.SerializeToString()


PLACES = (
    "initializer", "attribute", "attributes", "sparse", "sparse indices", "function", "training", "subgraph",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_external_data_is_refused_before_any_tensor_is_read(place, tmp_path, monkeypatch):
    (tmp_path / "secret.txt").write_bytes(bytes(16))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsupportedModel, match="another file"):
        inspect(with_external(place))


@pytest.mark.parametrize("build", models.ALL, ids=lambda build: build.__name__)
def test_whole_models_pass(build):
    inspect(build("Tanh"))


def test_every_cut_is_refused_or_parsed():
    for length in range(0, len(BODY), 3):
        try:
            parse(BODY[:length])
        except Fault:
            continue
        assert length > len(BODY) // 2  # cut between two fields, behind the graph


@pytest.mark.parametrize(
    "bomb",
    [b"\x3a\x02\x0a\x00", b"\x0a\x00", b"\x0a", b"\x10\x01", b"\x12\x00", b"\x3a\x80\x80\x00"],
    ids=lambda bomb: bomb.hex(),
)
def test_bombs_are_refused_at_once(bomb):
    body = bomb * (LARGEST // len(bomb))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def refuse():
        with pytest.raises((LimitExceeded, MalformedModel)):
            inspect(body)

    hashing = cpu_seconds(lambda: hashlib.sha512(body).digest())
    assert cpu_seconds(refuse) < 4 * hashing  # which takes 0.13 s: together the 0.5 s that are promised
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_packed_numbers_are_counted():
    tensor = TensorProto(data_type=TensorProto.INT64, dims=[LARGEST // 8])
    body = bytes(LARGEST // 4)
    field = b"\x3a" + _length(body)  # int64_data
    inner = tensor.SerializeToString() + field + body
    graph = b"\x2a" + _length(inner) + inner
    with pytest.raises(LimitExceeded, match="numbers"):
        inspect(b"\x3a" + _length(graph) + graph)


def _length(body):
    number, written = len(body), bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def test_levels_are_counted():
    inner = b""
    for _ in range(FileLimits().levels):  # graph in attribute in node in graph
        graph = b"\x32" + _length(inner) + inner
        attribute = b"\x2a" + _length(graph) + graph
        inner = b"\x0a" + _length(attribute) + attribute
    with pytest.raises(LimitExceeded, match="levels"):
        inspect(b"\x3a" + _length(inner) + inner)


def test_names_that_are_no_text_are_refused():
    model = BODY.replace(b"Gemm_z1", b"Gemm_z\xff")
    with pytest.raises(MalformedModel, match="UTF-8"):
        inspect(model)


@pytest.mark.parametrize(
    "tensor",
    [
        TensorProto(data_type=1, dims=[-1], raw_data=bytes(4)),
        TensorProto(data_type=1, dims=[3], raw_data=bytes(8)),
        TensorProto(data_type=1, dims=[2**40, 2**40], raw_data=bytes(8)),
        TensorProto(data_type=1, dims=[1] * 40, raw_data=bytes(4)),
        TensorProto(data_type=1, dims=[2], float_data=[1.0]),
        TensorProto(data_type=1, dims=[1], int64_data=[1]),
        TensorProto(data_type=1, dims=[1], raw_data=bytes(4), float_data=[1.0]),
        TensorProto(data_type=11, dims=[2], float_data=[1.0, 2.0]),
    ],
    ids=lambda tensor: str(tensor).replace("\n", " ")[:40],
)
def test_tensors_that_are_not_their_sides_are_refused(tensor):
    with pytest.raises(MalformedModel):
        array_of(tensor)


def test_tensors_are_what_their_lists_say():
    tensor = TensorProto(data_type=1, dims=[2, 1], float_data=[1.5, -2.0])
    np.testing.assert_array_equal(array_of(tensor), np.array([[1.5], [-2.0]], np.float32))


def test_guard_takes_the_memory_of_the_body_alone():
    """A process that reads the bomb of the largest body stays below 200 MB beyond it."""
    code = (
        "from tests.peak import own_peak\n"
        "from app.files.onnx.wire_format import inspect\n"
        f"body = bytes.fromhex('0a00') * {LARGEST // 2}\n"
        "try:\n    inspect(memoryview(body))\nexcept Exception:\n    pass\n"
        "print(own_peak())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(result.stdout) < (200 << 20) + 2 * LARGEST
