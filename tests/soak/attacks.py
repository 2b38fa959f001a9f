"""What a hostile caller does to a service, again and again, until told to stop."""

import contextlib
import multiprocessing
import os
import random
import socket
import threading
import time
from collections import Counter
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event

import httpx

from tests.http.test_loop import ATTACKS

PIPELINED = b"GET /v1/activations HTTP/1.1\r\nHost: x\r\n\r\n" * 60
DRIPPING = (
    b"POST /v1/activations/relu HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{"
)


RATES = {
    "nested faults": 2,
    "brackets read at once": 4,
    "a long Accept": 12,
    "an explanation": 40,
    "a small explanation": 40,
    "a check": 40,
    "a long path": 6,
}
"""Requests a second at which version 0.1 kept small requests waiting; other attacks follow at once."""


_NICENESS = 15
"""How far attackers stand back: on machines of their own they would take no core from the service."""


class Attackers:
    """Threads of a process of their own that attack a service at once; `seen` tells what came of it."""

    def __init__(self, base: str, names: list[str], threads: int, sockets: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        self._done = context.Event()
        self._begun = context.Event()
        self._told = context.SimpleQueue()
        self._process = context.Process(
            target=_attack, args=(base, names, threads, sockets, self._begun, self._done, self._told)
        )
        self.seen: Counter[object] = Counter()

    def __enter__(self) -> "Attackers":
        self._process.start()
        self._begun.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        """Attack no more."""
        self._done.set()
        self.seen = self._told.get()
        self._process.join()


def _attack(
    base: str,
    names: list[str],
    threads: int,
    sockets: int,
    begun: Event,
    done: Event,
    told: "SimpleQueue[Counter[object]]",
) -> None:
    os.nice(_NICENESS)
    attack = _Attack(base, names, done)
    run = [threading.Thread(target=attack.ask, args=(seed,)) for seed in range(threads)]
    run += [threading.Thread(target=attack.hold, args=(seed,)) for seed in range(sockets)]
    begun.set()
    for one in run:
        one.start()
    for one in run:
        one.join()
    told.put(attack.seen)


class _Attack:
    def __init__(self, base: str, names: list[str], done: Event) -> None:
        self._base = base
        self._names = names
        self._done = done
        self.seen: Counter[object] = Counter()

    def ask(self, seed: int) -> None:
        chosen = random.Random(seed)
        with httpx.Client(base_url=self._base, timeout=120) as client:
            while not self._done.is_set():
                name = chosen.choice(self._names)
                target, body, headers = ATTACKS[name]
                due = time.monotonic() + (1 / RATES[name] if name in RATES else 0.0)
                method = "GET" if body is None else "POST"
                try:
                    answer = client.request(method, target, content=body, headers=headers)
                    self.seen[answer.status_code] += 1
                except httpx.HTTPError as failure:
                    self.seen[type(failure).__name__] += 1
                    time.sleep(0.05)
                self._done.wait(max(due - time.monotonic(), 0.0))

    def hold(self, seed: int) -> None:
        """Open connections that read nothing, or that send their bodies a byte at a time."""
        host, _, port = self._base.removeprefix("http://").rpartition(":")
        held: list[socket.socket] = []
        while not self._done.is_set():
            with contextlib.suppress(OSError):
                one = socket.socket()
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                one.settimeout(1)
                one.connect((host, int(port)))
                held.append(one)
                one.sendall(DRIPPING if seed % 2 else PIPELINED)
            if len(held) > 100:
                held.pop(0).close()
            time.sleep(0.05)
        for one in held:
            one.close()
