"""Attack a service for minutes within 4 GiB: `python -m tests.soak [--minutes 20] [--seconds 2]`.

Prints a table of each attack alone, and what came of all together; ends with 1 where something was lost.
"""

import argparse
import statistics
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from tests.http.test_loop import ATTACKS, late
from tests.serving import PROJECT, memory, server, started
from tests.soak.attacks import Attackers

LIMIT_KIB = 4 << 20
RELU = "/v1/activations/relu"


def small(base: str, done: threading.Event, times: list[float], seen: Counter[object]) -> None:
    """Ask for one number again and again; note how long each answer took, or what came instead."""
    with httpx.Client(base_url=base, timeout=60) as client:
        while not done.is_set():
            start = time.perf_counter()
            try:
                seen[client.post(RELU, json={"inputs": 1}).status_code] += 1
            except httpx.HTTPError as failure:
                seen[type(failure).__name__] += 1
            times.append(time.perf_counter() - start)
            time.sleep(0.002)


def p99(times: list[float]) -> float:
    return 1e3 * (statistics.quantiles(times, n=100)[98] if len(times) > 100 else max(times))


def asked(base: str, seconds: float) -> tuple[float, Counter[object]]:
    """Return the p99 of small requests in so many seconds, in milliseconds, and the answers."""
    done, times, seen = threading.Event(), list[float](), Counter[object]()
    asking = threading.Thread(target=small, args=(base, done, times, seen))
    asking.start()
    time.sleep(seconds)
    done.set()
    asking.join()
    return p99(times), seen


def peak(process: psutil.Process, renewed: bool = False) -> int:
    """Return the most bytes that the process has held since it was `renewed`."""
    if renewed:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def each(base: str, seconds: float) -> None:
    """Print a row for each attack, made by one caller as fast as the service answers."""
    own = server(base)
    alone, _ = asked(base, 2 * seconds)
    print(f"alone, p99 {alone:.1f} ms\n")
    print("| attack | body | peak memory | held > 20 ms | small p99 | × alone |\n|---|---|---|---|---|---|")
    with httpx.Client(base_url=base, timeout=60) as client:
        for name, (_, body, _) in ATTACKS.items():
            size = len(body or b"")
            before, held = peak(own, renewed=True), late(client)
            with Attackers(base, [name], 1) as attackers:
                worst, seen = asked(base, seconds)
            more = peak(own) - before
            relative = f"{more / size:.1f} × body" if size > 1 << 20 else f"{more / 2**20:.0f} MiB"
            assert set(seen) == {200} and 500 not in attackers.seen, (name, seen, attackers.seen)
            print(
                f"| {name} | {size / 2**20:.2f} MiB | {relative} | {late(client) - held} of "
                f"{sum(attackers.seen.values())} | {worst:.1f} ms | {worst / alone:.1f} |",
                flush=True,
            )


def together(base: str, minutes: float) -> Counter[object]:
    """Make all attacks at once for so long; print the memory each tenth of it; leave in the middle of it."""
    own = server(base)
    names = list(ATTACKS)
    attackers = Attackers(base, names, threads=4, sockets=2)
    told: Counter[object] = Counter()
    held = []
    with attackers:
        for tenth in range(10):
            worst, seen = asked(base, 6 * minutes)
            told += seen
            held.append(memory(base))
            print(f"{tenth + 1}0 %: {held[-1] / 2**20:.0f} MiB, small p99 {worst:.0f} ms", flush=True)
        start = time.monotonic()
        own.terminate()
        with suppress(psutil.Error):
            own.wait(120)
        print(f"stopped under attack in {time.monotonic() - start:.1f} s")
    print(f"small: {dict(told)}; attacks: {dict(attackers.seen)}")
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    command = ["sh", "-c", f"ulimit -v {LIMIT_KIB}; exec {sys.executable} -m app"]
    settings = {"SOFTSTEP_LOG_LEVEL": "warning", "SOFTSTEP_MAX_SHARE_OF_ONE_CALLER": "1"}
    with started(command, PROJECT, settings) as base:
        each(base, options.seconds)
        told = together(base, options.minutes)
    return 0 if set(told) <= {200, 503} and told[200] else 1


if __name__ == "__main__":
    sys.exit(main())
