"""The container image: built from this checkout, started, asked as its users would, and stopped."""

import io
import math
import re
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, get_args

import httpx
import numpy as np
import onnx
import onnx.helper
import pytest
from PIL import Image

from app import __version__
from app.http.picture_route import Format
from tests.machine import lacking
from tests.release.engine import Container, Engine, engine
from tests.serving import PROJECT

pytestmark = pytest.mark.long

NETWORK = {
    "layers": [
        {"weight": [[1.0, -2.0], [0.5, 3.0]], "bias": [0.25, -1.0], "activation": "tanh"},
        {"weight": [[1.5, -0.75]], "bias": [0.125]},
    ]
}
CURVE = {"layers": [{"weight": [[3.0]], "bias": [0.5], "activation": "tanh"}]}
PROBLEM = {
    "W": [[1.0, 0.0], [0.0, 1.0]],
    "Theta": [[1.0, -1.0], [0.0, 2.0]],
    "inputs": [1.0, 2.0],
    "targets": 1,
}
ASKED: dict[str, dict[str, Any]] = {
    "/v1/activations/softplus": {"inputs": [0.0, -800.0], "derivative": True},
    "/v1/networks/evaluate": {"network": NETWORK, "inputs": [0.0, 0.0]},
    "/v1/networks/convert": {"network": NETWORK, "to": "sigmoid"},
    "/v1/networks/compare": {"first": NETWORK, "second": NETWORK},
    "/v1/networks/reduce": {"network": NETWORK},
    "/v1/networks/gradients": {
        "network": NETWORK,
        "inputs": [1.0, 2.0],
        "targets": [1.0],
        "loss": "squared_error",
    },
    "/v1/networks/gradients/check": {
        "network": NETWORK,
        "inputs": [1.0, 2.0],
        "targets": [1.0],
        "loss": "squared_error",
        "submission": {"inputs": [0.0, 0.0]},
    },
    "/v1/networks/plot.png": {"networks": [{"label": "F", "network": CURVE}], "low": -2, "high": 2},
    "/v1/gradients": PROBLEM,
    "/v1/gradients/check": {**PROBLEM, "submission": {"W": [[0.0, 0.0], [0.0, 0.0]]}, "feedback": "entries"},
    "/v1/gradients/plot.png": PROBLEM,
}


def tanh_model() -> bytes:
    """Return an ONNX file: x (1, 2) → tanh(xW + b)."""
    node, info, kind = onnx.helper.make_node, onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [node("Gemm", ["x", "W", "b"], ["z"]), node("Tanh", ["z"], ["y"])],
        "tanh",
        [info("x", kind, [1, 2])],
        [info("y", kind, [1, 2])],
        [
            onnx.helper.make_tensor("W", kind, [2, 2], [1.0, 2.0, 3.0, 4.0]),
            onnx.helper.make_tensor("b", kind, [2], [0.5, -0.5]),
        ],
    )
    opset = onnx.helper.make_opsetid("", 17)
    model: bytes = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
    return model


OPENS_WITH = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF-", "csv": b"x,", "txt": b""}
WRITABLE = """
import os
for top in sorted(set(os.listdir("/")) - {"proc", "sys", "dev", "tmp"}):
    for place, _, files in os.walk("/" + top):
        for path in [place, *(os.path.join(place, name) for name in files)]:
            if os.access(path, os.W_OK) and not os.path.islink(path):
                print(path)
"""
WITH = {"PIL": ("pillow.libs",)}
EVERY_MODULE = """
import importlib, pkgutil, app
for module in pkgutil.walk_packages(app.__path__, "app."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as missing:
            # What an extra brings is not in the image, and only its own modules ask for it.
            if missing.name.partition(".")[0] not in ("httpx", "mcp", "pyarrow", "tqdm"):
                raise
print("imported")
"""


class NotReady(BaseHTTPRequestHandler):
    """Answers as a service that still warms up."""

    def do_GET(self) -> None:
        self.send_error(503)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def builder() -> Engine:
    """Build the image; without anything to build it with, say so, but never in CI."""
    found = engine()
    if found is None:
        lacking("neither the image tools beside the project (as root) nor a Docker engine")
    found.build()
    return found


@pytest.fixture(scope="module", params=["started", "hardened"])
def container(builder: Engine, request: pytest.FixtureRequest) -> Iterator[Container]:
    """One container as the image starts by itself, one with a read-only root and as process 1."""
    with getattr(builder, request.param)() as container:
        yield container


class TestWhatItSaysOfItself:
    def test_user_command_and_check(self, builder: Engine) -> None:
        config = builder.config()
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", config["User"]), "a number, which is not root's"
        assert config["Cmd"] == ["python", "-m", "app"], "no shell between the engine and the service"
        assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]
        assert list(config["ExposedPorts"]) == ["8000/tcp"]

    def test_labels(self, builder: Engine) -> None:
        labels = builder.config()["Labels"]
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
        assert labels["org.opencontainers.image.version"] == __version__ == project["version"]
        assert labels["org.opencontainers.image.description"] == project["description"]
        assert labels["org.opencontainers.image.licenses"] == project["license"] == "MIT"


class TestWhatItHolds:
    def test_its_user_can_write_nothing_outside_tmp(self, builder: Engine) -> None:
        # Debian's own sticky directories; a read-only root closes them too.
        allowed = {"/var/tmp", "/run/lock", "/var/lock"}
        assert set(builder.run("python", "-c", WRITABLE).split()) <= allowed

    def test_no_tests_no_installer_no_compiler_beside_the_service(self, builder: Engine) -> None:
        found = builder.run(
            "find", "/srv", "/opt", "(", "-name", "tests", "-o", "-name", "pip", "-o", "-name", "*.c", ")"
        )
        assert found == ""
        assert set(builder.run("ls", "-A", "/srv/softstep").split()) == {
            "app",
            "static",
            "LICENSE",
            "THIRD-PARTY.md",
        }

    def test_every_module_imports(self, builder: Engine) -> None:
        assert builder.run("python", "-W", "error", "-c", EVERY_MODULE).split()[-1] == "imported"

    def test_the_sizes_that_docs_operating_lists(self, builder: Engine) -> None:
        page = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
        table = re.search(r"<!-- sizes -->(.*?)<!-- /sizes -->", page, re.DOTALL)
        total = re.search(r"the image\s+is (\d+) MB", page)
        assert table is not None and total is not None
        listed = {
            name: int(size) for name, size in re.findall(r"^\| (\w+) \| (\d+) \|", table[1], re.MULTILINE)
        }
        packages = builder.run("sh", "-c", "du -sk /opt/python/lib/python3*/site-packages/*")
        sizes = {
            path.rsplit("/", 1)[1]: int(size) / 1000 for size, path in map(str.split, packages.splitlines())
        }
        for name, size in listed.items():
            parts = (f"{name}", f"{name}.libs", f"{name}_core", f"{name}.abi3.so", *WITH.get(name, ()))
            assert abs(sum(sizes.get(part, 0) for part in parts) - size) <= max(2, 0.2 * size), name
        of_others = {part for parts in WITH.values() for part in parts}
        unlisted = {name: size for name, size in sizes.items() if re.split(r"[._]", name)[0] not in listed}
        smallest = min(listed.values())
        assert [
            n for n, size in unlisted.items() if size > smallest + 1 and n not in {*listed, *of_others}
        ] == []
        assert abs(sum(sizes.values()) - int(total[1])) <= 0.1 * int(total[1])


class TestWhatItAnswers:
    def test_it_runs_as_the_images_user(self, builder: Engine, container: Container) -> None:
        user, group = builder.config()["User"].split(":")
        assert set(container.process.uids()) == {int(user)}
        assert set(container.process.gids()) == {int(group)}

    def test_every_question_has_been_asked(self, container: Container) -> None:
        """A new endpoint that takes a body is asked here too, or this fails."""
        paths = httpx.get(f"{container.base}/openapi.json", timeout=60).json()["paths"]
        posted = {path for path, operations in paths.items() if "post" in operations}
        posted -= {path for path in posted if path.startswith("/v1/models/")}  # files, asked below
        kinds = {re.sub(r"^/v1/activations/\w+$", "/v1/activations/softplus", path) for path in posted}
        assert kinds == {re.sub(r"plot\.\w+$", "plot.{format}", path) for path in ASKED}

    @pytest.mark.parametrize("question", ["describe", "convert?to=sigmoid", "read"])
    def test_a_model_file_is_answered(self, container: Container, question: str) -> None:
        answer = httpx.post(
            f"{container.base}/v1/models/{question}",
            content=tanh_model(),
            headers={"Content-Type": "application/onnx"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text

    @pytest.mark.parametrize("path", ASKED)
    def test_each_question_is_answered(self, container: Container, path: str) -> None:
        answer = httpx.post(container.base + path, json=ASKED[path], timeout=60)
        assert answer.status_code == 200, answer.text
        if "plot." in path:
            assert answer.content.startswith(OPENS_WITH[path.rsplit(".", 1)[1]])
        else:
            assert answer.json()

    def test_with_the_numbers_of_the_mathematics(self, container: Container) -> None:
        def ask(path: str) -> Any:
            return httpx.post(container.base + path, json=ASKED[path], timeout=60).json()

        softplus = ask("/v1/activations/softplus")
        assert softplus == {"outputs": [math.log(2), 0.0], "derivatives": [0.5, 0.0]}
        assert ask("/v1/networks/convert")["network"]["layers"][0]["weight"] == [[2.0, -4.0], [1.0, 6.0]]
        assert ask("/v1/networks/compare")["equal"] is True
        # a = Θᵀ W x = (1, 3), so p = (s(−2), s(2)); ∂ℓ/∂Θ = (W x) (p − y)ᵀ
        slack = 1 / (1 + math.exp(2))
        theta = ask("/v1/gradients")["gradients"]["Theta"]
        np.testing.assert_allclose(theta, np.outer([1, 2], [slack, -slack]), rtol=1e-14)
        assert ask("/v1/gradients/check")["correct"] is False

    @pytest.mark.parametrize("name", get_args(Format))
    def test_pictures_of_every_format(self, container: Container, name: str) -> None:
        url = f"{container.base}/v1/activations/plot.{name}?name=softplus&name=relu"
        answer = httpx.get(url, timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(OPENS_WITH[name])
        if name == "png":
            with Image.open(io.BytesIO(answer.content)) as picture:
                assert len(set(picture.convert("RGB").get_flattened_data())) > 10
        if name == "txt":
            assert "softplus" in answer.text.lower()

    @pytest.mark.parametrize("path", ["/", "/static/page.js", "/docs", "/redoc", "/v1/identities", "/livez"])
    def test_pages(self, container: Container, path: str) -> None:
        assert httpx.get(container.base + path, timeout=60).status_code == 200

    def test_the_health_check_tells_a_container_that_answers(
        self, builder: Engine, container: Container
    ) -> None:
        command = builder.config()["Healthcheck"]["Test"][1:]
        # Engines pass the machine's proxy on to their containers; it knows nothing of this loopback.
        behind_proxy = ["env", "http_proxy=http://127.0.0.1:1", *command]
        builder.run(*behind_proxy, SOFTSTEP_PORT=str(container.port))

    def test_the_health_check_tells_one_that_is_not_ready(self, builder: Engine) -> None:
        command = builder.config()["Healthcheck"]["Test"][1:]
        with ThreadingHTTPServer(("127.0.0.1", 0), NotReady) as server:
            answering = Thread(target=server.serve_forever)
            answering.start()
            try:
                with pytest.raises(RuntimeError, match="ended with 1"):
                    builder.run(*command, SOFTSTEP_PORT=str(server.server_port))
            finally:
                server.shutdown()
                answering.join()

    def test_the_health_check_tells_one_that_does_not(self, builder: Engine) -> None:
        command = builder.config()["Healthcheck"]["Test"][1:]
        with pytest.raises(RuntimeError, match="Connection refused"):
            builder.run(*command, SOFTSTEP_PORT="1")


@pytest.mark.parametrize("way", ["started", "hardened"])
def test_it_stops_cleanly_within_five_seconds(builder: Engine, way: str) -> None:
    with getattr(builder, way)() as container, httpx.Client(base_url=container.base, timeout=60) as client:
        # The connection stays open: an idle client must not hold the container up.
        assert client.get("/livez").status_code == 200
        code, seconds = container.terminate()
        assert seconds < 5
        assert "Finished server process" in container.said()
        assert code == 0


def worked(container: Container) -> float:
    """Return the seconds that the service has computed for, which no other load hides."""
    spent = container.process.cpu_times()
    return spent.user + spent.system


def test_a_request_in_flight_is_answered_before_the_end(builder: Engine) -> None:
    width, rows = 512, 4000
    layer = {"weight": [[0] * width] * width, "activation": "tanh"}
    question = {"network": {"layers": [layer] * 16}, "inputs": [[1] * width] * rows}
    with builder.hardened() as container, ThreadPoolExecutor(1) as elsewhere:

        def ask() -> tuple[httpx.Response, float]:
            answer = httpx.post(f"{container.base}/v1/networks/evaluate", json=question, timeout=120)
            return answer, time.monotonic()

        before = worked(container)
        asked = elsewhere.submit(ask)
        while worked(container) - before < 0.2:  # it has begun to read, or to compute
            assert not asked.done()
            time.sleep(0.01)
        terminated = time.monotonic()
        code, _ = container.terminate()
        answer, answered = asked.result(timeout=10)
        assert answered > terminated, "answered before the signal: this would prove nothing"
        assert answer.status_code == 200
        assert len(answer.json()["outputs"]) == rows
        assert code == 0
