"""Try every float32: `python -m tests.exhaustive STATE [--stride N] [function[′] …]`.

STATE is a JSON file that is written after each chunk; the same command goes on where it was stopped. With a
stride only every N-th float32 is tried. At the end the table is printed as Markdown.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from app.nn.activations.catalogue import names
from app.work.memory import set_allocator_thresholds
from tests.exhaustive.float32 import CHUNKS, Tally, advance


def main() -> int:
    """Go on where the state says, and print the table; 1 where an answer was not rounded once."""
    parser = argparse.ArgumentParser(prog="python -m tests.exhaustive")
    parser.add_argument("state", type=Path)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument(
        "functions", nargs="*", default=[f"{name}{mark}" for name in names() for mark in ("", "′")]
    )
    given = parser.parse_args()
    set_allocator_thresholds()
    kept = (
        json.loads(given.state.read_text())
        if given.state.exists()
        else {"stride": given.stride, "tallies": {}}
    )
    if kept["stride"] != given.stride:
        parser.error(f"that state is of stride {kept['stride']}")
    tallies = {one: Tally(**found) for one, found in kept["tallies"].items()}
    for one in given.functions:
        tally = tallies.setdefault(one, Tally(one.rstrip("′'"), one[-1] in "′'"))
        begin, first = time.monotonic(), tally.done
        while tally.done < CHUNKS:
            advance(tally, given.stride)
            if tally.done % 16 == 0 or tally.done == CHUNKS:
                left = (time.monotonic() - begin) / (tally.done - first) * (CHUNKS - tally.done)
                print(f"\r{one}: {tally.done / CHUNKS:.1%}, {left:.0f} s left  ", end="", file=sys.stderr)
                state = {
                    "stride": given.stride,
                    "tallies": {key: each.as_json() for key, each in tallies.items()},
                }
                fresh = given.state.with_suffix(".new")
                fresh.write_text(json.dumps(state))
                fresh.replace(given.state)
        print(file=sys.stderr)
    print("| function | float32 tried | near a middle | judged | differ | largest error |")
    print("|---|---|---|---|---|---|")
    for one, tally in tallies.items():
        counts = (tally.inputs, tally.undecided, tally.judged, len(tally.differ))
        print("|", one, "|", " | ".join(f"{count:,}" for count in counts), f"| {tally.largest:.10f} |")
    return 1 if any(tally.not_rounded_once for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
