"""What every route does, shown on routes made for the purpose."""

import pytest

from app.http.route import Route
from tests.service import Client, pointers, slug


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_head_is_answered_like_get_without_the_body(client: Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert got.status_code == head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.content))


def test_an_unknown_path_and_a_wrong_method_are_problems(client: Client) -> None:
    missing = client.get("/v1/nothing")
    assert (missing.status_code, slug(missing)) == (404, "not-found")
    wrong = client.post("/livez")
    assert (wrong.status_code, slug(wrong)) == (405, "method-not-allowed")
    assert wrong.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/v1/activations/", "/livez/", "/v1/activations/relu/plot.png/", "/static"])
def test_a_slash_more_or_less_is_another_path(client: Client, path: str) -> None:
    # A redirect would be an address made of the caller's Host.
    answer = client.get(path, headers={"Host": "elsewhere.example"})
    assert (answer.status_code, slug(answer)) == (404, "not-found")


def test_an_unknown_query_parameter_is_refused_where_none_is_taken(client: Client) -> None:
    answer = client.get("/livez?verbose=1")
    assert slug(answer) == "invalid-request"
    assert pointers(answer) == ["/verbose"]


@pytest.mark.parametrize("identity", ["abc-123", "x" * 128])
def test_a_printable_request_id_comes_back(client: Client, identity: str) -> None:
    assert client.get("/livez", headers={"X-Request-ID": identity}).headers["x-request-id"] == identity


@pytest.mark.parametrize("identity", ["x" * 129, "a\tb", b"\xc3\xa9"])
def test_any_other_request_id_is_replaced(client: Client, identity: str | bytes) -> None:
    answer = client.get("/nothing", headers={"X-Request-ID": identity})
    assert answer.headers["x-request-id"] not in (identity, "")
    assert len(answer.headers["x-request-id"]) == 16


def test_an_endpoint_whose_argument_comes_from_nowhere_is_refused_at_start() -> None:
    def endpoint(stray: int) -> dict[str, int]:
        return {"stray": stray}

    with pytest.raises(TypeError, match="stray"):
        Route("/x", endpoint)
