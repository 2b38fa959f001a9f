"""How a service is spoken to: when it is asked again, what is sent how, and what is not sent twice."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest

import app as softstep
from app.wire.problems import PROBLEM_JSON, problem
from tests.oracles.calls import TANH

BUSY = problem("busy", "Busy", 503, "the service is warming up", "/")
VALUES = b'{"outputs": 0.0}'
Handler = Callable[[httpx.Request], httpx.Response]


def asked(handler: Handler, **options: Any) -> softstep.Client:
    return softstep.Client("http://softstep/below", transport=httpx.MockTransport(handler), **options)


def busy(times: int, after: str | None, tried: list[httpx.Request]) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        tried.append(request)
        if len(tried) > times:
            return httpx.Response(200, content=VALUES, headers={"content-type": "application/json"})
        headers = {"content-type": PROBLEM_JSON} | ({} if after is None else {"retry-after": after})
        return httpx.Response(503, content=BUSY, headers=headers)

    return handle


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("asyncio.sleep", wait)
    yield waits


def test_a_busy_service_is_asked_again_when_it_says(slept: list[float]) -> None:
    tried: list[httpx.Request] = []
    with asked(busy(2, "3", tried)) as service:
        assert service.values("tanh", 0.0).outputs == 0.0
    assert (slept, len(tried)) == ([3.0, 3.0], 3)


def test_a_busy_service_is_asked_again_without_blocking(slept: list[float]) -> None:
    tried: list[httpx.Request] = []

    async def ask() -> Any:
        transport = httpx.MockTransport(busy(1, "2", tried))
        async with softstep.AsyncClient("http://softstep", transport=transport) as service:
            return await service.values("tanh", 0.0)

    assert asyncio.run(ask()).outputs == 0.0
    assert (slept, len(tried)) == ([2.0], 2)


def test_patience_is_a_budget(slept: list[float]) -> None:
    tried: list[httpx.Request] = []
    with asked(busy(99, "3", tried), patience=7.0) as service, pytest.raises(softstep.Busy, match="warming"):
        service.values("tanh", 0.0)
    assert (slept, len(tried)) == ([3.0, 3.0], 3)


@pytest.mark.parametrize("after", [None, "-1", "soon", "inf"])
def test_what_names_no_time_is_not_asked_again(slept: list[float], after: str | None) -> None:
    tried: list[httpx.Request] = []
    with asked(busy(99, after, tried)) as service, pytest.raises(softstep.Busy):
        service.values("tanh", 0.0)
    assert (slept, len(tried)) == ([], 1)


def test_large_arrays_go_as_tensors_by_themselves() -> None:
    kinds: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        kinds.append(request.headers["content-type"])
        assert request.url.path == "/below/v1/activations/tanh"
        return httpx.Response(200, content=VALUES, headers={"content-type": "application/json"})

    with asked(handle) as service:
        service.values("tanh", np.zeros(1000))
        service.values("tanh", np.zeros(1001))
        service.values("tanh", np.zeros(2, np.float32))
    json, tensors = "application/json", "application/vnd.safetensors"
    assert kinds == [json, tensors, tensors]


@pytest.mark.parametrize("status", [200, 404, 500, 502])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"outputs": "x"}', b'{"type": 1, "errors": [1]}'])
def test_what_is_no_answer_is_a_failure_of_the_service(status: int, body: bytes) -> None:
    with asked(lambda _: httpx.Response(status, content=body)) as service:
        with pytest.raises(softstep.ServiceFailure, match="expected an answer"):
            service.values("tanh", 0.0)


def test_an_unreachable_service_is_a_failure_of_the_service() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with asked(handle) as service, pytest.raises(softstep.ServiceFailure, match="ConnectError"):
        service.reduce(TANH)


def test_a_picture_is_not_sent_twice(transport: httpx.MockTransport) -> None:
    statuses: list[int] = []

    def handle(request: httpx.Request) -> httpx.Response:
        answer = transport.handler(request)
        assert isinstance(answer, httpx.Response)
        statuses.append(answer.status_code)
        return answer

    with softstep.Client("http://softstep", transport=httpx.MockTransport(handle)) as service:
        first = service.plot(TANH, format="svg")
        assert service.plot(TANH, format="svg") is first
    assert statuses == [200, 200, 304]


def test_nothing_to_draw_is_told_before_a_request(transport: httpx.MockTransport) -> None:
    with softstep.Client("http://softstep", transport=transport) as service:
        for plot in (softstep.plot, service.plot):
            with pytest.raises(TypeError, match="none was given"):
                plot()
