"""`/v1/models`: a file in, the file or what is known of it out."""

import json
from dataclasses import fields
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from app.files.limits import FileLimits
from tests.files.network_files import FILES, onnx_file, torch_file
from tests.files.onnx import judge, models
from tests.service import Client, Connect, slug

ONNX = "application/onnx"
TYPES = [ONNX, "application/x-onnx", "application/vnd.onnx", "application/octet-stream"]


def send(client: Client, path: str, body: bytes, kind: str = ONNX, **headers: str) -> Any:
    return client.post(f"/v1/models/{path}", content=body, headers={"content-type": kind, **headers})


@pytest.mark.parametrize("kind", TYPES)
def test_convert_returns_the_file_in_the_type_that_it_came_in(client: Client, kind: str) -> None:
    body = models.gemm_chain("Tanh")
    answer = send(client, "convert?to=sigmoid", body, kind)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"] == 'attachment; filename="model.sigmoid.onnx"'
    assert judge.operators(answer.content)["Tanh"] == 0
    feeds = judge.feeds(body)
    np.testing.assert_allclose(
        judge.outputs(answer.content, feeds)[0], judge.outputs(body, feeds)[0], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("shift", ["kept", "folded"])
def test_report_is_of_the_bytes_that_the_other_call_returns(client: Client, shift: str) -> None:
    body = models.gemm_chain("Tanh")
    path = f"convert?to=sigmoid&shift={shift}"
    report = send(client, path, body, accept="application/json")
    assert report.headers["content-type"] == "application/json"
    file = send(client, path, body)
    assert report.json()["sha256"] == sha256(file.content).hexdigest()
    (inside,) = [one.value for one in ModelProto.FromString(file.content).metadata_props]
    assert json.loads(inside).items() >= report.json()["certificate"].items()


@pytest.mark.parametrize("form", FILES)
def test_read_network_can_be_sent_to_every_other_endpoint(client: Client, form: str) -> None:
    answer = send(client, "read", FILES[form](), "application/octet-stream")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["source"] == {"format": form, "sha256": sha256(FILES[form]()).hexdigest()}
    assert len(told["names"]) == len(told["network"]["layers"]) == 2
    converted = client.post("/v1/networks/convert", json={"network": told["network"], "to": "sigmoid"})
    assert converted.json()["exists"] is True


def test_read_takes_activations_where_the_file_has_none(client: Client) -> None:
    kind = "application/vnd.safetensors"
    told = send(client, "read?activations=relu,softmax", torch_file(), kind).json()
    assert [one["activation"] for one in told["network"]["layers"]] == ["relu", "softmax"]
    refused = send(client, "read?activations=relu", torch_file(), kind)
    assert slug(refused) == "invalid-request"
    assert refused.json()["errors"][0]["pointer"] == "/activations"
    assert slug(send(client, "read?activations=relu,tanh", onnx_file())) == "invalid-request"


@pytest.mark.parametrize("form", FILES)
def test_describe_tells_the_format_of_each(client: Client, form: str) -> None:
    told = send(client, "describe", FILES[form](), "application/octet-stream").json()
    assert (told["format"], told["bytes"]) == (form, len(FILES[form]()))
    assert told["network"] == {"readable": True}
    assert told["parameters"] == 12 + 4 + 8 + 2


@pytest.mark.parametrize(
    ("path", "body", "kind", "expected"),
    [
        ("convert?to=sigmoid", models.gemm_chain("Sigmoid"), ONNX, "nothing-to-convert"),
        ("convert?to=relu", models.gemm_chain("Tanh"), ONNX, "invalid-request"),
        ("convert", models.gemm_chain("Tanh"), ONNX, "invalid-request"),
        ("convert?to=sigmoid", torch_file(), ONNX, "unsupported-model"),
        ("describe", b"", ONNX, "malformed-json"),
        ("describe", models.gemm_chain("Tanh")[:-40], ONNX, "malformed-json"),
        ("describe", b"\x80\x04\x95pickle", ONNX, "unsupported-model"),
        ("describe?x=1", models.gemm_chain("Tanh"), ONNX, "invalid-request"),
        ("describe", models.gemm_chain("Tanh"), "image/png", "unsupported-media-type"),
        ("read", models.residual("Tanh"), ONNX, "unsupported-model"),
        ("describe", b"\x08\x08" + b"\x3a\x02\x0a\x00" * 200_000, ONNX, "limit"),
    ],
)
def test_refusals_have_their_types(client: Client, path: str, body: bytes, kind: str, expected: str) -> None:
    assert slug(send(client, path, body, kind)) == expected


def test_every_limit_of_files_is_a_setting_and_is_named(connect: Connect) -> None:
    named, packed = torch_file(), ModelProto.FromString(onnx_file())
    packed.graph.initializer.append(helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]))
    cases: dict[str, tuple[int, bytes]] = {
        "parts": (10, onnx_file()),
        "levels": (1, onnx_file()),
        "packed_numbers": (1, packed.SerializeToString()),
        "layers": (1, named),
        "weights": (1, named),
        "numbers": (10, named),
        "unpacked_bytes": (10, FILES["npz"]()),
        "text_bytes": (10, b'{"layers": []}'),
        "header_bytes": (10, named),
    }
    assert cases.keys() == {one.name for one in fields(FileLimits)}
    for name, (most, body) in cases.items():
        client = connect(**{f"max_model_{name}": most})
        answer = send(client, "read", body, "application/octet-stream")
        assert (slug(answer), answer.json()["limit"]) == ("limit", f"model_{name}")
        assert str(most) in answer.json()["detail"]
