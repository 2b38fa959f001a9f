"""What rewriting an ONNX file costs, beside parsing and serialising the same bytes.

The files are made here, of the sizes of two that are shipped (silero_vad, captcha_crnn): nothing is fetched.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from app.files.onnx.conversion import convert_file
from tests.benchmarks.table import Row

SIZES = {"2.8 MB": (8, 296), "19 MB": (16, 545)}
"""Layers and units of chains of Gemm and Tanh."""
ROUNDS = 5
MOST = 16
"""Times as long: converting reads the file twice, hashes it, and checks that every product is exact."""


def rows() -> Iterator[Row]:
    """Measure a file of each size."""
    for size, (layers, units) in SIZES.items():
        body = chain(layers, units)
        peer = fastest(lambda body=body: ModelProto.FromString(body).SerializeToString(deterministic=True))  # type: ignore[misc]
        mine = fastest(lambda body=body: convert_file(body, "sigmoid", "kept"))  # type: ignore[misc]
        ratio = mine / peer
        told = f"{1e3 * mine:.0f} ms"
        yield Row(f"rewriting ONNX, {size}", told, "parse and serialise", ratio, f"< {MOST}", ratio < MOST)


def fastest(work: Callable[[], object]) -> float:
    """Return the least seconds of some rounds."""
    least = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


def chain(layers: int, units: int) -> bytes:
    """Return a chain of Gemm and Tanh in float32."""
    random = np.random.default_rng(0)
    nodes, constants, value = [], [], "x"
    for index in range(layers):
        weight = random.normal(size=(units, units)).astype(np.float32)
        constants.append(numpy_helper.from_array(weight, f"W{index}"))
        constants.append(numpy_helper.from_array(random.normal(size=units).astype(np.float32), f"b{index}"))
        nodes.append(helper.make_node("Gemm", [value, f"W{index}", f"b{index}"], [f"z{index}"]))
        value = f"h{index}"
        nodes.append(helper.make_node("Tanh", [f"z{index}"], [value]))
    sides = {"x": ["N", units], value: ["N", units]}
    given, made = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sides[name])] for name in ("x", value)
    )
    graph = helper.make_graph(nodes, "chain", given, made, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
