"""What costs too much is refused from the shapes alone, before any work, and names its limit."""

import base64
import json
import tracemalloc

import pytest

from app.settings import Settings
from tests.service import Client, Connect, pointers, slug


def wide(units: int, rows: int) -> bytes:
    """A small body with a huge cost: 1 → units → 1, asked for many rows."""
    column = "[" + ",".join(["[1]"] * units) + "]"
    row = "[[" + ",".join(["1"] * units) + "]]"
    inputs = "[" + ",".join(["[1]"] * rows) + "]"
    layers = f'[{{"weight":{column},"activation":"tanh"}},{{"weight":{row}}}]'
    return f'{{"network":{{"layers":{layers}}},"inputs":{inputs}}}'.encode()


def test_body_of_eight_terabytes_of_work_is_refused_at_once(client: Client) -> None:
    """Four million numbers that would need eight terabytes are refused at once."""
    body = wide(1_000_000, 2_000_000)
    headers = {"content-type": "application/json"}
    tracemalloc.start()
    try:
        answer = client.post("/v1/networks/evaluate", content=body, headers=headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status_code, slug(answer)) == (422, "limit")
    assert answer.json()["limit"] == "multiply_adds"
    # The numbers themselves, the body and a pass over it; nothing of the size of the answer's work.
    assert peak < 12 * len(body)


@pytest.mark.parametrize(
    ("limit", "setting", "path", "body"),
    [
        ("layers", {"max_layers": 1}, "/v1/networks/convert", {"to": "sigmoid"}),
        ("multiply_adds", {"max_multiply_adds": 10}, "/v1/networks/evaluate", {"inputs": [[1.0]] * 9}),
        ("intermediate", {"max_intermediate_numbers": 5}, "/v1/networks/evaluate", {"inputs": [[1.0]] * 9}),
        ("answer", {"max_answer_numbers": 5}, "/v1/networks/evaluate", {"inputs": [[1.0]] * 9}),
    ],
)
def test_every_limit_is_a_setting_and_is_named(
    connect: Connect, limit: str, setting: dict[str, int], path: str, body: dict[str, object]
) -> None:
    network = {"layers": [{"weight": [[1.0]], "activation": "tanh"}, {"weight": [[1.0]]}]}
    answer = connect(**setting).post(path, json={"network": network, **body})
    assert slug(answer) == "limit"
    assert answer.json()["limit"] == limit
    (value,) = setting.values()
    assert str(value) in answer.json()["detail"]
    assert connect().post(path, json={"network": network, **body}).status_code == 200


def test_the_place_of_what_is_too_many_is_named(connect: Connect) -> None:
    client = connect(max_layers=2, max_curves=1)

    def deep(count: int) -> dict[str, object]:
        return {"layers": [{"weight": [[1.0]]}] * count}

    for path, body, place in (
        ("convert", {"network": deep(3), "to": "sigmoid"}, "/network/layers"),
        ("compare", {"first": deep(1), "second": deep(3)}, "/second/layers"),
        ("compare", {"first": deep(3), "second": deep(1)}, "/first/layers"),
        ("plot.svg", {"networks": [{"network": deep(3)}]}, "/networks/0/network/layers"),
        ("plot.svg", {"networks": [{"network": deep(1)}] * 2}, "/networks"),
    ):
        answer = client.post(f"/v1/networks/{path}", json=body)
        assert (slug(answer), pointers(answer)) == ("limit", [place])
    drawn = json.dumps({"networks": [{"network": deep(3)}]}).encode()
    answer = client.get("/v1/networks/plot.svg", params={"q": base64.urlsafe_b64encode(drawn).decode()})
    assert (slug(answer), pointers(answer)) == ("limit", ["/q/networks/0/network/layers"])
    answer = client.get("/v1/activations/plot.svg?name=relu&name=elu")
    assert (slug(answer), pointers(answer)) == ("limit", ["/name"])


def test_bodies_have_a_limit_announced_or_not(connect: Connect) -> None:
    client = connect(max_body_bytes=1000)
    body = json.dumps({"inputs": [1.0] * 1000})
    headers = {"content-type": "application/json"}
    announced = client.post("/v1/activations/relu", content=body, headers=headers)
    assert (announced.status_code, slug(announced)) == (413, "too-large")

    async def chunks():  # type: ignore[no-untyped-def]
        for start in range(0, len(body), 100):
            yield body[start : start + 100].encode()

    streamed = client.post("/v1/activations/relu", content=chunks(), headers=headers)
    assert (streamed.status_code, slug(streamed)) == (413, "too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {},
        {"content-type": "application/json", "content-encoding": "br"},
        [("content-type", "text/plain"), ("content-type", "application/json")],
        [
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
            ("content-encoding", "identity"),
        ],
    ],
)
def test_other_forms_of_a_body_are_415(
    client: Client, headers: dict[str, str] | list[tuple[str, str]]
) -> None:
    answer = client.post("/v1/activations/relu", content=b'{"inputs": 1}', headers=headers)
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


def test_json_may_name_its_charset(client: Client) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert client.post("/v1/activations/relu", content=b'{"inputs": 1}', headers=headers).json() == {
        "outputs": 1.0
    }


def test_every_default_admits_the_sheet(client: Client) -> None:
    assert Settings().max_layers >= 2
    body = wide(1000, 1000)
    headers = {"content-type": "application/json"}
    assert client.post("/v1/networks/evaluate", content=body, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/v1/gradients", "/v1/networks/gradients", "/v1/networks/evaluate"])
def test_gradients_that_are_too_many_name_the_command(connect: Connect, path: str) -> None:
    told = path.endswith("gradients")
    closed_form = {"W": [[1, 2]], "Theta": [[1, 1]], "inputs": [[1, 2]] * 9}
    layers = {"network": {"layers": [{"weight": [[1, 2]]}]}, "inputs": [[1, 2]] * 9}
    body = closed_form if path == "/v1/gradients" else layers
    if path == "/v1/networks/gradients":
        body = {**layers, "targets": [[1]] * 9, "loss": "squared_error"}
    for settings, kind in (
        ({"max_multiply_adds": 4}, "limit"),
        ({"max_body_bytes": 16}, "too-large"),
    ):
        answer = connect(**settings).post(path, json=body)
        assert slug(answer) == kind, answer.text
        assert ("softstep gradients" in answer.text) is told
