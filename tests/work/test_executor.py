"""Load: what is large waits in a bounded queue, what hangs or dies is replaced, what is small never waits."""

import asyncio
import json
import os
import signal
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from pebble import ProcessPool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.keys import Keys
from app.http.middleware import ServiceMiddleware
from app.main import create_app
from app.nn.cost import Cost
from app.nn.errors import LimitExceeded, ShapeMismatch
from app.settings import Settings
from app.wire.faults import InvalidRequest
from app.work import executor
from app.work.admission import Admission, Queue
from app.work.errors import Busy, TimeLimit
from app.work.executor import SMALL, Executor
from app.work.metrics import Metrics
from app.work.processes import WorkerProcesses
from tests.service import Connect, slug
from tests.work import jobs


def with_processes(
    test: Callable[[WorkerProcesses], Awaitable[None]],
    count: int = 1,
    deadline: float = 1.0,
    niceness: int = 0,
) -> None:
    async def run() -> None:
        processes = WorkerProcesses(count, deadline, niceness)
        try:
            await test(processes)
        finally:
            await asyncio.to_thread(processes.close)

    asyncio.run(run())


def test_process_that_hangs_is_replaced_at_the_deadline() -> None:
    """A process that hangs is stopped at the deadline and replaced."""

    async def test(processes: WorkerProcesses) -> None:
        assert await processes.warm()
        first = await processes.run(jobs.identify, {})
        start = time.monotonic()
        with pytest.raises(TimeLimit):
            await processes.run(jobs.sleep, {"seconds": 60.0})
        assert time.monotonic() - start < 20
        assert await processes.run(jobs.identify, {}) != first

    with_processes(test)


@pytest.mark.parametrize(
    ("outcome", "told"), [(False, "not within the error"), (OSError("too long"), "did not start")]
)
def test_service_that_did_not_warm_up_says_so(
    outcome: object,
    told: str,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A service that did not warm up says so and the log says why."""
    monkeypatch.setattr(executor.assumption, "holds", Mock(side_effect=[outcome]))
    answer = connect().get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "warming up failed; the log says why")
    assert told in caplog.text


def test_processes_stand_back_for_small_requests() -> None:
    """Of equal rank, one of them held a small request up for a whole time slice on a core they share."""

    async def test(processes: WorkerProcesses) -> None:
        for _ in range(2):
            assert await processes.run(jobs.niceness, {}) == min(19, jobs.niceness() + 7)
            with pytest.raises(Busy):
                await processes.run(jobs.die, {})

    with_processes(test, deadline=20.0, niceness=7)


def test_a_process_that_dies_loses_only_what_it_held() -> None:
    async def test(processes: WorkerProcesses) -> None:
        lost, kept = await asyncio.gather(
            processes.run(jobs.die, {}), processes.run(jobs.sleep, {"seconds": 0.2}), return_exceptions=True
        )
        assert isinstance(lost, Busy)
        assert kept == 0.2
        assert await processes.run(jobs.sleep, {"seconds": 0.0}) == 0.0

    with_processes(test, count=2, deadline=20.0)


@pytest.mark.parametrize("noticed", [False, True])
def test_process_that_dies_at_rest_is_replaced_silently(noticed: bool) -> None:
    """Its pool took no work any more: every picture after it was a failure."""

    async def test(processes: WorkerProcesses) -> None:
        for _ in range(3):
            process = await processes.run(jobs.identify, {})
            os.kill(process, signal.SIGKILL)
            await asyncio.sleep(0.5 * noticed)
            assert await processes.run(jobs.identify, {}) != process

    with_processes(test, deadline=20.0)


def test_pool_that_breaks_before_work_is_sent_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool that breaks just before work is sent is no failure."""
    honest, broken = ProcessPool.schedule, [RuntimeError("Unexpected error within the Pool")]

    def schedule(*arguments: Any, **options: Any) -> Any:
        if broken:
            raise broken.pop()
        return honest(*arguments, **options)

    async def test(processes: WorkerProcesses) -> None:
        monkeypatch.setattr(ProcessPool, "schedule", schedule)
        assert await processes.run(jobs.sleep, {"seconds": 0.0}) == 0.0
        assert not broken

    with_processes(test, deadline=20.0)


def test_process_after_one_that_died_works() -> None:
    """Killed while it took work or gave its result, it left locks behind that nobody could open."""

    async def test(processes: WorkerProcesses) -> None:
        random = np.random.default_rng(0)
        for pause in random.uniform(0.0, 0.004, 40):
            process = await processes.run(jobs.identify, {})
            busy = [asyncio.ensure_future(processes.run(jobs.large, {"size": 300_000})) for _ in range(3)]
            await asyncio.sleep(pause)
            os.kill(process, signal.SIGKILL)
            async with asyncio.timeout(60):
                answers = await asyncio.gather(*busy, return_exceptions=True)
            assert all(isinstance(one, Busy) or len(one) == 300_000 for one in answers), answers
            assert sum(isinstance(one, Busy) for one in answers) <= 1

    with_processes(test, deadline=60.0)


def test_faults_come_back_from_a_process_with_their_places() -> None:
    async def test(processes: WorkerProcesses) -> None:
        with pytest.raises(ShapeMismatch) as shape:
            await processes.run(jobs.fail, {"kind": "shape"})
        assert (shape.value.at, shape.value.detail) == (("network", 0), "expected 3, got 2")
        with pytest.raises(LimitExceeded) as limit:
            await processes.run(jobs.fail, {"kind": "limit"})
        assert (limit.value.limit, limit.value.at) == ("layers", ("layers",))
        with pytest.raises(InvalidRequest) as several:
            await processes.run(jobs.fail, {"kind": "several"})
        assert [one.at for one in several.value.findings] == [("a",), ("b", 1)]

    with_processes(test, deadline=20.0)


def with_executor(test: Callable[[Executor], Awaitable[None]], **settings: Any) -> None:
    async def run() -> None:
        chosen = Settings(**{"processes": 0, **settings})
        executor = Executor(chosen, Admission(chosen, Metrics()))
        try:
            await test(executor)
        finally:
            await asyncio.to_thread(executor.close)

    asyncio.run(run())


@pytest.mark.parametrize("apart", [False, True])
def test_work_is_small_by_all_that_it_costs(apart: bool) -> None:
    """Work is small by all that it costs unless it is to be stopped."""
    assert Executor.at_once(Cost(1, 1, SMALL - 3), apart) is not apart
    for cost in (Cost(multiply_adds=SMALL), Cost(intermediate=SMALL), Cost(answer=SMALL)):
        assert not Executor.at_once(cost, apart)


def test_beyond_the_queue_large_work_is_refused_at_once() -> None:
    async def test(executor: Executor) -> None:
        done = threading.Event()
        held = {"timeout": 60.0}
        waiting = [asyncio.ensure_future(executor.run(done.wait, held, Queue.THREADS)) for _ in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await executor.run(done.wait, held, Queue.THREADS)
        assert not any(one.done() for one in waiting)
        done.set()
        assert await asyncio.gather(*waiting) == [True] * 3
        assert executor._admission.large_requests == 0
        assert await executor.run(jobs.sleep, {"seconds": 0.0}, Queue.THREADS) == 0.0

    with_executor(test, threads=1, max_large_requests=3, max_share_of_one_caller=1)


@pytest.mark.parametrize("slow", [Queue.DECISIONS, Queue.PICTURES])
def test_slow_decisions_and_pictures_do_not_wait_for_each_other(slow: Queue) -> None:
    async def test(executor: Executor) -> None:
        executor.open()
        other = ({Queue.DECISIONS, Queue.PICTURES} - {slow}).pop()
        held = [asyncio.ensure_future(executor.run(jobs.sleep, {"seconds": 60.0}, slow)) for _ in range(8)]
        assert await executor.run(jobs.sleep, {"seconds": 0.0}, other) == 0.0
        assert not any(one.done() for one in held)
        for one in held:
            one.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    with_executor(test, processes=1, max_large_requests=8, max_share_of_one_caller=1, deadline_seconds=100)


def test_work_that_is_given_up_while_it_waits_lets_its_arrays_go() -> None:
    async def test(executor: Executor) -> None:
        array = np.ones(10)
        kept = weakref.ref(array)
        done = threading.Event()
        first = asyncio.ensure_future(executor.run(done.wait, {"timeout": 60.0}, Queue.THREADS))
        second = asyncio.ensure_future(executor.run(np.sum, {"a": array}, Queue.THREADS))
        del array
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.wait([second])
        del second
        assert executor._admission.large_requests == 1 and not first.done()
        assert kept() is None
        done.set()
        assert await first

    with_executor(test, threads=1)


def test_large_work_keeps_the_event_loop_free() -> None:
    async def test(executor: Executor) -> None:
        done = threading.Event()
        large = asyncio.ensure_future(executor.run(done.wait, {"timeout": 60.0}, Queue.THREADS))
        await asyncio.sleep(0.01)
        assert not large.done()
        done.set()
        assert await large  # not the end of its patience

    with_executor(test)


def test_bodies_of_kilobytes_are_read_while_one_of_megabytes_is() -> None:
    async def test(executor: Executor) -> None:
        done = threading.Event()
        long = asyncio.ensure_future(executor.read(lambda: done.wait(60), is_long=True))
        await asyncio.sleep(0.01)
        assert await executor.read(lambda: 7) == 7
        assert not long.done()
        done.set()
        assert await long

    with_executor(test)


def test_bodies_in_flight_are_bounded_and_given_back(connect: Connect) -> None:
    client = connect(max_total_body_bytes=300)
    body = {"inputs": [0.5] * 40}
    for _ in range(5):  # each alone fits; what one leaves behind would refuse the next
        assert client.post("/v1/activations/relu", json=body).status_code == 200
        assert slug(client.post("/v1/activations/relu", json={"inputs": ["x"] * 20})) == "invalid-request"
        assert slug(client.post("/v1/activations/relu", json={"inputs": [0.5] * 100})) == "busy"


class Reader:
    """A caller of `app` that takes nothing behind the answer's head until `reading` is set."""

    def __init__(self, app: ASGIApp, count: int) -> None:
        self._app = app
        self._body = json.dumps({"inputs": [1.0] * count}).encode()
        self.reading, self.begun = asyncio.Event(), asyncio.Event()
        self.status, self.received, self.last = 0, b"", b"nothing yet"

    async def ask(self) -> int:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/activations/sigmoid",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        question = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> Message:
            return question.pop() if question else await asyncio.Event().wait()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.begun.set()
                return
            await self.reading.wait()
            self.received += message["body"]
            self.last = message["body"]

        await self._app(scope, receive, send)
        return self.status

    async def at_once(self) -> int:
        self.reading.set()
        return await self.ask()


def test_answers_still_being_read_are_bounded() -> None:
    """Small bodies may ask for answers of hundreds of megabytes; who reads slowly holds them."""

    async def run() -> None:
        app = create_app(Settings(processes=0, max_total_answer_numbers=1_500_000))
        async with app.router.lifespan_context(app):
            slow = Reader(app, 1_000_000)
            asking = asyncio.ensure_future(slow.ask())
            await slow.begun.wait()
            refused = Reader(app, 1_000_000)
            assert await refused.at_once() == 503
            assert b"/problems/busy" in refused.received and b"1500000 numbers" in refused.received
            assert await Reader(app, 100).at_once() == 200
            slow.reading.set()
            assert await asking == 200
            assert slow.received.count(b"0.7310585786300049") == 1_000_000
            assert slow.last == b""  # what a server takes only when all before has been read
            assert await Reader(app, 1_000_000).at_once() == 200
            assert app.state.admission.answer_numbers == app.state.admission.body_bytes == 0

    asyncio.run(run())


def test_too_many_bytes_at_once_are_503_with_a_time_to_come_back(connect: Connect) -> None:
    answer = connect(max_total_body_bytes=10).post("/v1/activations/relu", json={"inputs": [1.0, 2.0, 3.0]})
    assert (answer.status_code, slug(answer)) == (503, "busy")
    assert answer.headers["retry-after"] == "1"


def test_a_sender_that_takes_too_long_is_given_up(connect: Connect) -> None:
    async def dripping():  # type: ignore[no-untyped-def]
        yield b'{"inputs":'
        await asyncio.sleep(30)
        yield b"1}"

    headers = {"content-type": "application/json"}
    answer = connect(client_timeout_seconds=0.2).post(
        "/v1/activations/relu", content=dripping(), headers=headers
    )
    assert (answer.status_code, slug(answer)) == (408, "slow-body")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(("rate", "status"), [(10, 200), (1_000, 408)])
def test_a_body_may_take_long_but_not_drip(connect: Connect, rate: int, status: int) -> None:
    """At 100 bytes a second it takes six times as long as a sender gets to fall behind the least rate."""

    async def flowing():  # type: ignore[no-untyped-def]
        yield b'{"inputs":[' + b" " * 40
        for _ in range(12):
            await asyncio.sleep(0.1)
            yield b" " * 10
        yield b"1]}"

    service = connect(client_timeout_seconds=0.4, min_body_bytes_per_second=rate)
    headers = {"content-type": "application/json"}
    answer = service.post("/v1/activations/relu", content=flowing(), headers=headers)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("begun", [False, True])
def test_caller_cut_off_by_the_drain_is_told_to_ask_again(begun: bool) -> None:
    """A server whose drain is over cancels its requests; uvicorn would answer 500 in plain text."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(60)

    async def collect(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        scope = {"type": "http", "app": create_app(), "method": "GET", "path": "/", "headers": []}
        with_cors = ServiceMiddleware(app, Keys(Settings()), Metrics())
        request = asyncio.ensure_future(with_cors(scope, receive_nothing, collect))
        await asyncio.sleep(0.01)
        request.cancel()
        await request

    if begun:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(run())
        assert [message["type"] for message in sent] == ["http.response.start"]
        return
    asyncio.run(run())
    start, body = sent
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (503, b"1")
    assert json.loads(body["body"])["type"] == "/problems/busy"


async def receive_nothing() -> Message:
    await asyncio.sleep(60)
    return {"type": "http.disconnect"}
