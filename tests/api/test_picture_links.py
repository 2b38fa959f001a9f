"""Pictures of the caller's own networks and gradients by address alone: `?q=` is the body of the POST."""

import base64
import json
from typing import Any

import pytest

from tests.service import Client, Connect, pointers, slug

_WEIGHT = "/q/networks/0/network/layers/0/weight"
NETWORK = {
    "layers": [
        {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": "tanh"},
        {"weight": [[2.0, -1.0]], "bias": [0.5]},
    ]
}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/networks": {"networks": [{"label": "mine ∂", "network": NETWORK}], "low": -3, "theme": "dark"},
    "/v1/gradients": {"W": [[1, 2]], "Theta": [[1, -1]], "inputs": [1, 2], "targets": 1, "width": 500},
}


def one_layer(weight: Any) -> dict[str, Any]:
    return {"layers": [{"weight": weight}]}


def linked(path: str, body: Any, form: str = "svg", pad: bool = False) -> str:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    q = base64.urlsafe_b64encode(text).decode()
    return f"{path}/plot.{form}?q={q if pad else q.rstrip('=')}"


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("form", ["png", "svg", "pdf", "csv", "txt"])
def test_a_link_draws_what_the_post_draws(client: Client, path: str, form: str) -> None:
    posted = client.post(f"{path}/plot.{form}", json=BODIES[path])
    assert posted.status_code == 200, posted.text
    for address in (linked(path, BODIES[path], form), linked(path, BODIES[path], form, pad=True)):
        for _ in range(2):  # drawn, and kept
            got = client.get(address)
            assert (got.status_code, got.content) == (200, posted.content)
            assert got.headers["etag"] == posted.headers["etag"]
            assert got.headers["cache-control"] == "public, max-age=86400"
    assert "cache-control" not in posted.headers
    assert client.get(address, headers={"If-None-Match": posted.headers["etag"]}).status_code == 304


def test_options_are_part_of_the_body(client: Client) -> None:
    answer = client.get(linked("/v1/networks", BODIES["/v1/networks"]) + "&low=-1")
    assert (answer.status_code, pointers(answer)) == (422, ["/low"])


@pytest.mark.parametrize(
    ("path", "change", "place"),
    [
        ("/v1/networks", {"low": 5, "high": 4}, "/q/low"),
        ("/v1/networks", {"networks": []}, "/q/networks"),
        ("/v1/networks", {"networks": [{"network": one_layer([[1, 2, 3]])}]}, "/q/networks/0/network"),
        ("/v1/networks", {"networks": [{"network": one_layer([[1], [1, 2]])}]}, f"{_WEIGHT}/1"),
        ("/v1/networks", {"color": "red"}, "/q/color"),
        ("/v1/gradients", {"W": [["1"]]}, "/q/W/0/0"),
        ("/v1/gradients", {"targets": 2}, "/q/targets"),
        ("/v1/gradients", {"inputs": [1, 2, 3]}, "/q/inputs"),
    ],
)  # fmt: skip
def test_what_is_wrong_inside_is_named_below_q(
    client: Client, path: str, change: dict[str, Any], place: str
) -> None:
    answer = client.get(linked(path, BODIES[path] | change))
    assert (answer.status_code, pointers(answer)) == (422, [place]), answer.text


@pytest.mark.parametrize(
    "text", [b"{", b"", b"\xff\xfe", b'{"networks":[],"networks":[]}', b"[" * 100, b"null", b"NaN"]
)
@pytest.mark.parametrize("path", BODIES)
def test_what_is_no_document_is_refused_at_q(client: Client, path: str, text: bytes) -> None:
    answer = client.get(linked(path, text))
    assert answer.status_code == 422
    assert all(one == "/q" or one.startswith("/q/") for one in pointers(answer)), answer.text


@pytest.mark.parametrize("q", ["", "%%%", "a+b/", "é", "=", "a===", "e30\n", "abc$"])
def test_what_is_no_base64url_is_refused_at_q(client: Client, q: str) -> None:
    answer = client.get("/v1/networks/plot.svg", params={"q": q})
    assert (answer.status_code, pointers(answer)) == (422, ["/q"])
    assert all(error["detail"].startswith("expected ") for error in answer.json()["errors"])


@pytest.mark.parametrize("path", BODIES)
def test_a_link_without_q_says_what_is_missing(client: Client, path: str) -> None:
    answer = client.get(f"{path}/plot.png")
    assert (answer.status_code, slug(answer), pointers(answer)) == (422, "invalid-request", ["/q"])


def test_a_link_shows_no_gradient_that_is_withheld(connect: Connect) -> None:
    answer = connect(help="diagnosis").get(linked("/v1/gradients", BODIES["/v1/gradients"]))
    assert slug(answer) == "withheld"
