"""What the allocator keeps between requests, by the page faults of a process of its own."""

import platform
import subprocess
import sys

import pytest

from tests.serving import PROJECT

# The second of two equal loads: the first takes the memory that the second finds again.
PROGRAM = """
import resource, sys, threading
import numpy as np
from app.nn.activations.catalogue import create
from app.work.memory import set_allocator_thresholds

assert set_allocator_thresholds()
inputs = np.random.default_rng(0).normal(0, 3, 200_000)
mish = create("mish")

def run():
    mish.derivative(inputs)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    mish.derivative(inputs)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

run()
worker = threading.Thread(target=run)
worker.start()
worker.join()

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()

before = resident()
for _ in range(5):
    np.ones(5_000_000)
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="sets glibc's allocator")
def test_temporaries_stay_and_large_blocks_go() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    in_main_thread, in_worker, kept = (int(line) for line in done.stdout.split())
    # The answer of 1.6 MB is a large block and is faulted in each time: 391 pages, and the temporaries none.
    assert in_main_thread < 1_000
    assert in_worker < 1_000
    assert kept < 8 * 2**20
