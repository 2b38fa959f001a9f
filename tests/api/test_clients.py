"""Real clients: what their users write works, through what these clients really send."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from safetensors.numpy import load, save

from app.nn.activations.catalogue import create
from tests.machine import program
from tests.serving import running

GELU = "/v1/activations/gelu"
TENSORS = "application/vnd.safetensors"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(log_level="warning") as base:
        yield base


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tensors_go_there_and_back_to_the_last_bit(base: str, dtype: type) -> None:
    x = np.random.default_rng(3).normal(0, 10, (7, 11)).astype(dtype)
    x[0, :5] = [0.0, -0.0, np.inf, -np.inf, np.nan]
    answer = httpx.post(
        base + GELU,
        content=save({"inputs": x}),
        headers={"Content-Type": TENSORS, "Accept": TENSORS},
        timeout=60,
    )
    assert answer.headers["content-type"] == TENSORS
    outputs = load(answer.content)["outputs"]
    assert (outputs.dtype, outputs.shape) == (dtype, x.shape)
    assert outputs.tobytes() == create("gelu").evaluate(x.astype(np.float64)).astype(dtype).tobytes()


def test_json_and_tensors_carry_the_same_bits(base: str) -> None:
    x = np.random.default_rng(4).normal(0, 1e3, 500)
    as_json = httpx.post(base + GELU, json={"inputs": x.tolist()}, timeout=60).json()["outputs"]
    as_tensors = httpx.post(
        base + GELU,
        content=save({"inputs": x}),
        headers={"Content-Type": TENSORS, "Accept": TENSORS},
        timeout=60,
    )
    assert np.array(as_json).tobytes() == load(as_tensors.content)["outputs"].tobytes()


def test_the_standard_library_is_enough(base: str) -> None:
    body = json.dumps({"inputs": [0, 1]}).encode()
    asked = urllib.request.Request(base + GELU, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["outputs"][0] == 0.0


def curl(*arguments: str, given: bytes | None = None) -> bytes:
    return subprocess.run(
        [program("curl"), "-sS", *arguments], input=given, capture_output=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize(
    "way",
    [
        (),
        ("--http2",),
        ("--http1.0",),
        ("--compressed",),
        ("-H", "Expect: 100-continue"),
        ("-H", "Transfer-Encoding: chunked"),
    ],
    ids=" ".join,
)
def test_curl_sends_a_large_body_in_any_way(base: str, way: tuple[str, ...]) -> None:
    x = np.linspace(-3, 3, 50_000)
    body = json.dumps({"inputs": x.tolist()}).encode()
    answer = curl(
        *way, "-H", "Content-Type: application/json", "--data-binary", "@-", base + GELU, given=body
    )
    assert np.array(json.loads(answer)["outputs"]).tobytes() == create("gelu").evaluate(x).tobytes()


def test_curl_asks_only_for_what_has_changed(base: str, tmp_path: object) -> None:
    picture, tag = f"{tmp_path}/p.png", f"{tmp_path}/tag"
    address = base + GELU + "/plot.png"
    curl("-o", picture, "--etag-save", tag, address)
    status = curl("-o", picture, "--etag-compare", tag, "-w", "%{http_code} %{size_download}", address)
    assert status == b"304 0"


def test_curl_fails_with_the_reason_in_the_body(base: str) -> None:
    answer = curl("--json", '{"inputs": ["x"]}', "-w", "\n%{http_code} %{content_type}", base + GELU)
    problem, _, about = answer.decode().rpartition("\n")
    assert about == "422 application/problem+json"
    assert json.loads(problem)["errors"][0]["pointer"] == "/inputs/0"
