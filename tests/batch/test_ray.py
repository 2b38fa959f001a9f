"""Ray: the bytes of one process, from a cluster on the loopback that loses a machine and gets another one.

A cluster takes seconds to start and half a gigabyte, so only one runs at a time.
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.batch.blocks import BLOCK_ROWS, BadRows
from app.batch.engine import Work, WorkerLost
from app.batch.gradients import gradients_of, sum_gradients, sum_range, sums_belong_to
from app.batch.gradients_file import written_gradients
from app.batch.local import LocalEngine
from app.batch.model import read_model
from app.batch.outputs_file import write_outputs
from app.batch.state import read_state, written_state
from tests.batch import work
from tests.batch.work import job_of, numbers, saved, softmax_file

WHY = "needs Ray, 500 MB that the other tests do without: `pip install softstep[ray]`, or `.ci/ray`"
HAS_RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not HAS_RAY, reason=WHY)

ROWS = 20 * BLOCK_ROWS + 99
PROJECT = Path(__file__).resolve().parents[2]

# Keeps Ray, which listens on every address of a Linux machine, on the loopback.
LOOPBACK = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_raylet_start_wait_time_s": "120",
}


def command(name, *arguments, **options):
    given = [sys.executable, "-m", "app", name, *map(str, arguments)]
    environment = {**os.environ, **LOOPBACK}
    return subprocess.run(
        given, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=180, **options
    )


@pytest.fixture
def alone():
    """Wait until no other process of the tests has a cluster."""
    with (Path(tempfile.gettempdir()) / "softstep-tests-ray.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def cluster(alone, monkeypatch):
    """A head and two more nodes, each with one core."""
    for name, value in LOOPBACK.items():
        monkeypatch.setenv(name, value)
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        made.nodes = [made.add_node(num_cpus=1) for _ in range(2)]
        yield made
    finally:
        made.shutdown()


@pytest.fixture
def job(tmp_path):
    return job_of(saved(tmp_path / "a", numbers(ROWS)))


@needs_ray
def test_ray_has_the_bytes_of_one_process(alone, tmp_path):
    """Whoever types the command: nothing is said but how far it is, nothing is left but the file."""
    rows, net = saved(tmp_path / "a", numbers(ROWS)), tmp_path / "net.json"
    net.write_bytes(softmax_file())
    job = job_of(rows, model=net.read_bytes())
    given = ("--data", rows, "--network", net, "--workers", "2", "--engine", "ray", "--out", tmp_path / "g")
    ran = command("gradients", *given)
    assert ran.returncode == 0, ran.stderr
    assert all(line.endswith(" %") for line in ran.stderr.splitlines()), ran.stderr
    state = sum_gradients(job)
    assert (tmp_path / "g").read_bytes() == written_gradients(gradients_of(state, job.model), state)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npy", "g", "net.json"]


@needs_ray
def test_a_cluster_may_lose_a_machine_and_get_another(cluster, job, caplog, monkeypatch):
    """Begun by processes, gone on with by a cluster, whether states come one by one or are combined there."""
    from app.batch.ray import ray_engine

    whole, part = sum_gradients(job), begun(job)
    changed = False

    def change(state):
        nonlocal changed
        if state.done > part.done and not changed:
            changed = True
            cluster.remove_node(cluster.nodes[0], allow_graceful=False)
            cluster.add_node(num_cpus=1)

    with ray_engine(cluster.address) as engine:
        assert engine.workers == 3
        found = sum_gradients(job, engine=engine, begun=part, told=change)
        assert changed and written_state(found) == written_state(whole)
        monkeypatch.setattr("app.batch.gradients._COMBINED_BYTES", 1)
        assert written_state(sum_gradients(job, engine=engine)) == written_state(whole)
        tasks = [(number, str(Path(job.data.files[0]).parent)) for number in range(4)]
        results = [one for one in engine.run(Work(work.double_but_die_once, 0, tasks)) if one is not None]
        assert {numbers[0]: result for numbers, result in results} == {
            number: 2 * number for number in range(4)
        }
        said = [one.message for one in caplog.records]
        assert len(said) >= 2 and all("done again" in one for one in said)
        with pytest.raises(WorkerLost, match="3 ended"):
            list(engine.run(Work(work.die_always, 0, [(0,)])))


def begun(job):
    """Return the sums over some of the rows, by two processes, which were then told to stop."""
    with closing(
        LocalEngine(2).run(Work(sum_range, (job, sums_belong_to(job)), [(0, BLOCK_ROWS)]))
    ) as running:
        return next(read_state(one[1]) for one in running if one is not None)


@needs_ray
def test_faults_and_outputs_are_the_same_on_ray(cluster, tmp_path):
    """With states combined where they were made: the smallest row at fault is told, of two tasks."""
    from app.batch.ray import ray_engine

    matrix = numbers(ROWS)
    outputs = read_model(softmax_file()).outputs(matrix[:, :-1])
    good = job_of(saved(tmp_path / "good", matrix))
    matrix[18 * BLOCK_ROWS, -1] = -1.0
    matrix[3 * BLOCK_ROWS + 1, 0] = np.nan
    bad = job_of(saved(tmp_path / "bad", matrix))
    with pytest.raises(BadRows) as expected:
        sum_gradients(bad)
    with ray_engine(cluster.address) as engine:
        for least in (1, 10**9):
            with pytest.MonkeyPatch.context() as patched, pytest.raises(BadRows) as caught:
                patched.setattr("app.batch.gradients._COMBINED_BYTES", least)
                sum_gradients(bad, engine=engine)
            assert caught.value.detail == expected.value.detail
        write_outputs(good, tmp_path / "out.npy", engine=engine)
        assert np.load(tmp_path / "out.npy").tobytes() == outputs.tobytes()


@needs_ray
def test_addresses_where_no_cluster_is_are_one_sentence(tmp_path):
    rows, net = saved(tmp_path / "a", numbers(9)), tmp_path / "net.json"
    net.write_bytes(softmax_file())
    for address in ("127.0.0.1:1", "nobody", "ray://127.0.0.1:1", "127.0.0.1:99999999"):
        given = ("--data", rows, "--network", net, "--out", tmp_path / "g", "--engine", "ray")
        ran = command("gradients", *given, "--address", address)
        assert ran.returncode == 2 and ran.stderr.count("\n") == 1, ran.stderr
        assert ran.stderr.startswith("softstep: expected ")


def test_address_without_ray_is_told(tmp_path):
    rows, net = saved(tmp_path / "a", numbers(9)), tmp_path / "net.json"
    net.write_bytes(softmax_file())
    ran = command(
        "gradients", "--data", rows, "--network", net, "--out", tmp_path / "g", "--address", "127.0.0.1:1"
    )
    assert ran.returncode == 2 and "--engine ray" in ran.stderr


WITHOUT_RAY = """
import runpy, sys
sys.modules["ray"] = None  # as Python itself marks what cannot be imported
sys.argv[0] = "softstep"
runpy.run_module("app", run_name="__main__")
"""


def test_ray_that_is_not_installed_is_told(tmp_path):
    rows, net = saved(tmp_path / "a", numbers(9)), tmp_path / "net.json"
    net.write_bytes(softmax_file())
    asked = [
        "gradients",
        "--data",
        rows,
        "--network",
        str(net),
        "--out",
        str(tmp_path / "g"),
        "--engine",
        "ray",
    ]
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_RAY, *asked], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 2 and "pip install softstep[ray]" in ran.stderr
