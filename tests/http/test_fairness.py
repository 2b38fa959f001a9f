"""Fairness over HTTP: whoever has a key, is small or comes from elsewhere is served whatever others do."""

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import httpx
import orjson
import psutil
import pytest

from tests.http.test_connection import RELU, connected, heard, post
from tests.serving import running, until
from tests.work.test_processes import picture, received, seconds_long, waiting, worker_of, workers

MIB = 1 << 20
PLACES, SHARE, CONNECTIONS = 8, 0.25, 40
OF_ONE = int(PLACES * SHARE)
KEYS = ("key a", "key b", "key c", "key d", "key e", "key f")
CONVERT = {
    "network": {"layers": [{"weight": [[1]], "activation": "tanh"}, {"weight": [[1]]}]},
    "to": "sigmoid",
}


class Service(NamedTuple):
    """A service, the process that draws for it, and a caller who watches it with a key of its own."""

    base: str
    draws: psutil.Process
    watch: httpx.Client


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Start a service of few places."""
    hashes = ",".join(hashlib.sha256(key.encode()).hexdigest() for key in (*KEYS, "watch"))
    with (
        running(
            api_key_hashes=hashes,
            max_large_requests=PLACES,
            max_total_body_bytes=16 * MIB,
            max_share_of_one_caller=SHARE,
            max_waiting_seconds=300,
            deadline_seconds=300,
            max_connections=CONNECTIONS,
            threads=1,
            log_level="error",
        ) as base,
        httpx.Client(base_url=base, timeout=60, headers=by("watch")) as watch,
    ):
        yield Service(base, worker_of(base, watch), watch)


def by(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def at(address: int) -> dict[str, str]:
    """Return what the proxy on this machine says of a caller without a key."""
    return {"X-Forwarded-For": f"192.0.2.{address}"}


class Callers:
    """Callers who ask beside each other; `answered` has their names in the order of their answers."""

    def __init__(self, service: Service, threads: ThreadPoolExecutor) -> None:
        self.answered: list[tuple[str, int]] = []
        self._service = service
        self._threads = threads

    def ask(self, name: str, headers: dict[str, str], path: str = "", body: object = None) -> None:
        """Ask, by default for a picture that nobody has asked for, until it counts as one more that waits."""
        before = waiting(self._service.watch)

        def asked() -> None:
            url = self._service.base + (path or picture())
            content = body if isinstance(body, bytes | None) else orjson.dumps(body)
            method = "GET" if body is None else "POST"
            headers_too = headers | ({"Content-Type": "application/json"} if body is not None else {})
            answer = httpx.request(method, url, headers=headers_too, content=content, timeout=60)
            self.answered.append((name, answer.status_code))

        self._threads.submit(asked)
        until(lambda: waiting(self._service.watch) > before)

    def fill(self) -> None:
        """Ask for all pictures that may wait."""
        for place in range(PLACES):
            self.ask(f"{place // OF_ONE}", by(KEYS[place // OF_ONE]))


@contextmanager
def callers(service: Service) -> Iterator[Callers]:
    with ThreadPoolExecutor(2 * PLACES) as threads:
        yield Callers(service, threads)


@contextmanager
def stopped(*processes: psutil.Process) -> Iterator[None]:
    for one in processes:
        one.suspend()
    try:
        yield
    finally:
        for one in processes:
            one.resume()


def test_fairness_to_keys_before_who_has_none(service: Service) -> None:
    """Keyed callers come before keyless ones, who hold half of a queue at most."""
    with callers(service) as crowd:
        with stopped(service.draws):
            for number in range(PLACES // 2):
                crowd.ask("keyless", at(number))
            refused = httpx.get(service.base + picture(), headers=at(99), timeout=60)
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
            crowd.ask("keyed", by(KEYS[0]))
    # One of the others was being drawn already.
    assert crowd.answered.index(("keyed", 200)) <= 1
    assert crowd.answered.count(("keyless", 200)) == PLACES // 2


def test_fairness_to_decisions_they_wait_for_no_picture(service: Service) -> None:
    with callers(service) as crowd, stopped(service.draws):
        crowd.fill()
        # While the process is stopped no picture is drawn: what waited for one would have no answer.
        made = httpx.post(
            service.base + "/v1/networks/convert", json=CONVERT, headers=by(KEYS[4]), timeout=60
        )
        assert made.status_code == 200
    with callers(service) as crowd:
        others = set(workers(service.base)) - {service.draws}
        with stopped(*others):
            crowd.ask("decision", by(KEYS[0]), "/v1/networks/convert", CONVERT)
            assert httpx.get(service.base + picture(), headers=by(KEYS[1]), timeout=60).status_code == 200
    assert crowd.answered == [("decision", 200)]


def test_fairness_to_short_work_it_goes_before_long(service: Service) -> None:
    """With one thread, what takes no time goes before what waited longer and takes long."""

    def rows(number: int) -> bytes:
        weights = [[[1]] * 300, [[1] * 300] * 300, [[1] * 300]]
        layers = [{"weight": one} for one in weights]
        return orjson.dumps({"network": {"layers": layers}, "inputs": [[1]] * number})

    asked = (("first", seconds_long()), ("long", rows(20_000)), ("short", rows(1000)))
    with callers(service) as crowd:
        for key, (name, body) in zip(KEYS, asked, strict=False):
            crowd.ask(name, by(key), "/v1/networks/evaluate", body)
    assert crowd.answered == [("first", 200), ("short", 200), ("long", 200)]


def test_fairness_of_waiting_a_true_time_is_told(service: Service) -> None:
    """`Retry-After` tells how long what waits will take, as far as the last work tells."""
    held = 4.0
    with callers(service) as crowd, stopped(service.draws):
        crowd.ask("slow", by(KEYS[0]))
        time.sleep(held)
    with callers(service) as crowd:
        with stopped(service.draws):
            crowd.fill()
            full = httpx.get(service.base + picture(), headers=by(KEYS[4]), timeout=60)
    assert full.status_code == 503
    # All but one wait, and in the mean the last work counts for a fifth.
    assert int(full.headers["Retry-After"]) >= held / 5 * (PLACES - 1)
    assert httpx.get(service.base + picture(), headers=by(KEYS[4]), timeout=60).status_code == 200


@contextmanager
def stalling(base: str, watch: httpx.Client) -> Iterator[Callable[[dict[str, str], int], bytes]]:
    """Yield what sends so many bytes of a longer body, waits for their coming, and then says nothing more."""
    with ExitStack() as held:

        def send(caller: dict[str, str], size: int) -> bytes:
            """Return what was answered, which is nothing where the bytes are taken."""
            before = received(watch)
            lines = (f"{name}: {value}" for name, value in caller.items())
            head = post(b"", RELU, *lines).replace(b"Length: 0", b"Length: %d" % (32 * MIB))
            connection = held.enter_context(connected(base))
            connection.sendall(head + bytes(size))
            told = heard(connection, 0.2).text
            while not told and received(watch) < before + size:
                told = heard(connection, 0.2).text
            return told

        yield send


def test_fairness_to_small_bodies_stalled_ones_leave_them_room(service: Service) -> None:
    small = b" " * (MIB - 100_000) + b'{"inputs":1}'
    with stalling(service.base, service.watch) as send:
        for key, part in zip(KEYS, (3.9, 3.9, 3.9, 2.0), strict=False):
            assert send(by(key), int(part * MIB)) == b""
        assert send(by(KEYS[4]), 3 * MIB // 2).startswith(b"HTTP/1.1 503 ")
        headers = {**by(KEYS[5]), "Content-Type": "application/json"}
        assert httpx.post(service.base + RELU, content=small, headers=headers, timeout=60).status_code == 200


def test_fairness_of_shares_no_caller_holds_all_bodies(service: Service) -> None:
    with stalling(service.base, service.watch) as send:
        assert send(by(KEYS[0]), 5 * MIB // 2) == b""
        refused = send(by(KEYS[0]), 5 * MIB // 2)
        assert refused.startswith(b"HTTP/1.1 503 ") and b"for one caller" in refused
        assert send(by(KEYS[1]), 5 * MIB // 2) == b""


@pytest.mark.parametrize("callers_are", [at, lambda number: by(KEYS[number])], ids=["addresses", "keys"])
def test_fairness_of_shares_no_caller_holds_all_places(
    service: Service, callers_are: Callable[[int], dict[str, str]]
) -> None:
    """One caller does not hold all places of a queue, told by its key or by the address that a proxy says."""
    with callers(service) as crowd:
        with stopped(service.draws):
            for _ in range(OF_ONE):
                crowd.ask("many", callers_are(0))
            refused = httpx.get(service.base + picture(), headers=callers_are(0), timeout=60)
            assert refused.status_code == 503 and "for one caller" in refused.json()["detail"]
            crowd.ask("another", callers_are(1))
    assert sorted(crowd.answered) == [("another", 200)] + [("many", 200)] * OF_ONE


@pytest.fixture(scope="module")
def strangers() -> Iterator[str]:
    """Start a service that believes no proxy, and to which this machine is a caller like others."""
    with running(
        trusted_proxies="",
        max_connections=CONNECTIONS,
        max_total_body_bytes=16 * MIB,
        max_waiting_seconds=1,
        threads=1,
        processes=0,
        log_level="error",
    ) as base:
        yield base


def test_fairness_of_shares_no_address_holds_all_connections(strangers: str) -> None:
    with ExitStack() as held:
        until(lambda: answers(strangers))
        for _ in range(CONNECTIONS // 2):
            held.enter_context(connected(strangers))
        refused = heard(held.enter_context(connected(strangers)), 20).text
        assert refused.startswith(b"HTTP/1.1 503 ") and b"fewer connections" in refused
    until(lambda: answers(strangers))


def answers(base: str) -> bool:
    return httpx.get(base + "/livez", timeout=60).status_code == 200


def test_fairness_of_shares_no_stranger_says_who_it_is(strangers: str) -> None:
    """Whoever is no proxy that is believed stays one caller, whatever addresses it names."""
    with httpx.Client(base_url=strangers, timeout=60) as watch, stalling(strangers, watch) as send:
        assert send(at(1), 5 * MIB) == b""
        assert b"for one caller" in send(at(2), 5 * MIB)


def test_fairness_of_waiting_it_has_an_end(strangers: str) -> None:
    with (
        connected(strangers) as working,
        connected(strangers) as waits,
        httpx.Client(base_url=strangers, timeout=60) as watch,
    ):
        for number, one in enumerate((working, waits)):
            one.sendall(post(seconds_long(), "/v1/networks/evaluate", "Connection: close"))
            until(lambda: waiting(watch) > number)  # noqa: B023  # it is called here
        told = heard(waits, 30).text
        assert told.startswith(b"HTTP/1.1 503 ") and b"begin within 1 seconds" in told
        assert b"\r\nretry-after: " in told.lower()
