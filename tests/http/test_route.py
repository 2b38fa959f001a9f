"""What every route does, shown on routes made for the purpose."""

from typing import Any

import pytest

from app.http.route import Route
from app.work.executor import Executor
from tests.oracles.hostile_questions import QUESTIONS
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


def test_unknown_parameter_is_refused_where_none_is_taken(client: Client) -> None:
    """An unknown query parameter is refused where none is taken."""
    answer = client.get("/livez?verbose=1")
    assert slug(answer) == "invalid-request"
    assert pointers(answer) == ["/verbose"]


@pytest.mark.parametrize("path", ["/v1/activations", "/v1/identities"])
def test_an_answer_that_never_changes_is_written_once(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The catalogue took 3.4 ms each time, sixty of them behind each other on each of many connections."""
    first = client.get(path)
    monkeypatch.setattr("app.http.route.encode", None)
    for coding in ("identity", "gzip"):
        again = client.get(path, headers={"Accept-Encoding": coding})
        assert (again.status_code, again.content) == (200, first.content)
    assert client.head(path).content == b""
    assert slug(client.get(f"{path}?more=1")) == "invalid-request"
    assert client.get(path).content == first.content


@pytest.mark.parametrize("identity", ["abc-123", "x" * 128])
def test_a_printable_request_id_comes_back(client: Client, identity: str) -> None:
    assert client.get("/livez", headers={"X-Request-ID": identity}).headers["x-request-id"] == identity


@pytest.mark.parametrize("identity", ["x" * 129, "a\tb", b"\xc3\xa9"])
def test_any_other_request_id_is_replaced(client: Client, identity: str | bytes) -> None:
    answer = client.get("/nothing", headers={"X-Request-ID": identity})
    assert answer.headers["x-request-id"] not in (identity, "")
    assert len(answer.headers["x-request-id"]) == 16


def test_endpoint_argument_from_nowhere_is_refused_at_start() -> None:
    """An endpoint whose argument comes from nowhere is refused at start."""

    def endpoint(stray: int) -> dict[str, int]:
        return {"stray": stray}

    with pytest.raises(TypeError, match="stray"):
        Route("/x", endpoint)


def test_slow_work_is_not_done_on_the_event_loop(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Explaining took 24 ms of everybody's time, checking the smallest problem 8."""
    ran: list[Any] = []
    honest = Executor.run

    async def run(self: Executor, function: Any, *arguments: Any, **options: Any) -> Any:
        ran.append(function)
        return await honest(self, function, *arguments, **options)

    monkeypatch.setattr(Executor, "run", run)
    problem = {"W": [[1.0]], "Theta": [[1.0, 2.0]], "inputs": [1.0], "targets": 0}
    assert client.post("/v1/gradients", json=problem).status_code == 200
    assert not ran
    assert client.post("/v1/gradients", json={**problem, "explain": True}).status_code == 200
    assert len(ran) == 1
    assert client.post("/v1/gradients/check", json=QUESTIONS["/v1/gradients/check"]).status_code == 200
    assert len(ran) == 2
