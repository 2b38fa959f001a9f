"""Attack a service for minutes within 4 GiB: `python -m tests.soak [--minutes 20] [--seconds 2] [ATTACK …]`.

Prints a table of each attack alone, and what came of all together; ends with 1 where something was lost.
"""

import argparse
import re
import statistics
import sys
import threading
import time
from collections import Counter
from contextlib import suppress

import httpx
import psutil

from tests.http.test_loop import ATTACKS
from tests.serving import PROJECT, memory, peak, server, started
from tests.soak.attacks import Attackers

LIMIT_KIB = 4 << 20
RELU = "/v1/activations/relu"


BEFORE = {
    "nested faults": "370 ms",
    "an explanation": "24 ms",
    "a small explanation": "18 ms",
    "a check": "11 ms",
    "quotes": "4.1 s, 58 × body",
    "bare quotes": "3.6 s, 46 × body",
    "escapes": "870 ms, 2.5 × body",
    "numbers": "290 ms, 7 × body",
    "not a number at the end": "530 ms, 11 × body",
    "large tensors": "250 ms, 5 × body",
}
"""What a review measured of version 0.1, with bodies of 54 to 64 MiB where these are large."""


def holds(client: httpx.Client) -> Counter[float]:
    """Return how often the service itself held its loop for at most so many seconds, and for more."""
    bucket = re.compile(r'^softstep_loop_held_seconds_bucket{le="(\S+)"} (\S+)$', re.MULTILINE)
    found = bucket.findall(client.get("/metrics").text)
    counts = [(float(bound), float(count)) for bound, count in found]
    before = [0.0, *(count for _, count in counts)]
    return Counter({bound: int(count - less) for (bound, count), less in zip(counts, before, strict=False)})


def longest(held: Counter[float]) -> str:
    """Return the bound of the longest hold, or nothing where none was noticed, and how many were as long."""
    bound = max((one for one, count in held.items() if count), default=0.0)
    if bound <= 0.02:
        return "≤ 20 ms"
    return f"**{'> 1 s' if bound > 1 else f'≤ {1e3 * bound:.0f} ms'}**, {held[bound]} times"


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


def each(base: str, names: list[str], seconds: float) -> None:
    """Print a row for each attack, made by one caller as fast as the service answers."""
    own = server(base)
    alone, _ = asked(base, 2 * seconds)
    print(f"alone, p99 {alone:.1f} ms\n")
    print("| attack | body | peak memory | longest hold | in 0.1 | small p99 | × alone |")
    print("|---|---|---|---|---|---|---|")
    with httpx.Client(base_url=base, timeout=60) as client:
        for name in names:
            size = len(ATTACKS[name][1] or b"")
            before, held = peak(own, renewed=True), holds(client)
            with Attackers(base, [name], 1) as attackers:
                worst, seen = asked(base, seconds)
            more = peak(own) - before
            relative = f"{more / size:.1f} × body" if size > 1 << 20 else f"{more / 2**20:.0f} MiB"
            assert set(seen) == {200} and 500 not in attackers.seen, (name, seen, attackers.seen)
            print(
                f"| {name} | {size / 2**20:.2f} MiB | {relative} | {longest(holds(client) - held)} | "
                f"{BEFORE.get(name, '')} | {worst:.1f} ms | {worst / alone:.1f} |",
                flush=True,
            )


def together(base: str, names: list[str], minutes: float) -> Counter[object]:
    """Attack so at once for so long; print the memory each tenth of it; leave in the middle of it."""
    own = server(base)
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
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help="by default all of them")
    options = parser.parse_args()
    names = options.attacks or list(ATTACKS)
    if unknown := set(names) - set(ATTACKS):
        parser.error(f"expected names of attacks, got {', '.join(sorted(unknown))}")
    command = ["sh", "-c", f"ulimit -v {LIMIT_KIB}; exec {sys.executable} -m app"]
    settings = {"SOFTSTEP_LOG_LEVEL": "warning", "SOFTSTEP_MAX_SHARE_OF_ONE_CALLER": "1"}
    with started(command, PROJECT, settings) as base:
        if options.seconds:
            each(base, names, options.seconds)
        if not options.minutes:
            return 0
        told = together(base, names, options.minutes)
    return 0 if set(told) <= {200, 503} and told[200] else 1


if __name__ == "__main__":
    sys.exit(main())
