"""`softstep gradients`, `merge` and `evaluate`: the same bytes for any workers, parts and interruptions."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from safetensors.numpy import load_file

from app.__main__ import main
from app.batch.blocks import BLOCK_ROWS
from app.batch.model import read_model
from app.batch.progress import BatchProgress
from app.batch.state import written_state
from tests.batch.work import job_of, numbers, saved, softmax_file, state_of
from tests.serving import PROJECT

ROWS = 5 * BLOCK_ROWS + 99


@pytest.fixture
def place(tmp_path):
    (tmp_path / "net.json").write_bytes(softmax_file())
    saved(tmp_path / "rows", numbers(ROWS))
    return tmp_path


def run(place, out, *more, command="gradients"):
    given = [
        command,
        "--data",
        place / "rows.npy",
        "--network",
        place / "net.json",
        "--out",
        place / out,
        *more,
    ]
    main([str(one) for one in given])
    return (place / out).read_bytes()


def refused(place, out, *more, command="gradients"):
    with pytest.raises(SystemExit) as ended:
        run(place, out, *more, command=command)
    return ended.value.code


def merged(place, out, *parts):
    main(["merge", *parts, "--network", str(place / "net.json"), "--out", str(place / out)])
    return (place / out).read_bytes()


def test_gradients_are_the_same_bytes_for_any_workers_and_parts(place, capsys):
    one = run(place, "g1", "--workers", "1")
    assert "loss" in capsys.readouterr().out
    assert run(place, "g2", "--workers", "2") == one
    assert run(place, "g4", "--workers", "4") == one
    parts = []
    for number in (3, 1, 2):
        run(place, f"p{number}", "--part", f"{number}/3", "--workers", "1")
        parts.append(str(place / f"p{number}"))
    assert merged(place, "m", *parts) == one
    found = load_file(place / "m")
    model = read_model(softmax_file())
    assert found["W"].shape == model.W.shape and found["Theta"].shape == model.Theta.shape
    assert sorted(path.name for path in place.iterdir()) == sorted(
        ["g1", "g2", "g4", "m", "net.json", "p1", "p2", "p3", "rows.npy"]
    )
    with pytest.raises(SystemExit) as ended:
        merged(place, "n", *parts[:2])
    assert ended.value.code == 2 and "got none of rows" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        merged(place, "n", *parts, parts[0])
    assert ended.value.code == 2 and "twice" in capsys.readouterr().err
    assert not (place / "n").exists()


@pytest.mark.parametrize(("command", "more"), [("gradients", ()), ("evaluate", ("--inputs", "0:5"))])
def test_an_interrupted_run_goes_on_and_has_the_same_bytes(place, monkeypatch, capsys, command, more):
    whole = run(place, "whole", "--workers", "1", *more, command=command)
    partial = {"gradients": ["g.partial"], "evaluate": ["g.partial", "g.partial.json"]}[command]
    capsys.readouterr()
    reached = []
    for workers in ("1", "2", "1"):
        with monkeypatch.context() as patched:
            patched.setattr(BatchProgress, "reach", interrupting(reached))
            assert refused(place, "g", "--workers", workers, *more, command=command) == 130
        said = capsys.readouterr().err
        assert said.startswith("softstep: interrupted; ") and said.count("\n") == 1
        assert f"g.partial holds {reached[-1]} rows; go on with: softstep {command} --data" in said
        assert sorted(path.name for path in place.iterdir()) == sorted(
            [*partial, "net.json", "rows.npy", "whole"]
        )
    assert reached == sorted(set(reached)) and 0 < reached[0] and reached[-1] < ROWS
    assert refused(place, "g", "--workers", "1", *more, "--part", "2/2", command=command) == 2
    assert "delete it to begin anew" in capsys.readouterr().err
    assert run(place, "g", "--workers", "2", *more, command=command) == whole
    assert not any((place / name).exists() for name in partial)


def interrupting(reached):
    """Return how to tell of progress by Ctrl-C as soon as more rows are done than ever before."""

    def reach(self, done):
        if done > max(reached, default=0):
            reached.append(done)
            raise KeyboardInterrupt

    return reach


def changed_in_secret(path, number):
    """Change one number of a .npy, and set its time back."""
    before = path.stat()
    matrix = np.load(path)
    matrix[number, 0] += 1.0
    np.save(path, matrix)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size and path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_checkpoint_of_data_that_changed_is_refused(place, capsys):
    """One number of 100,000, in a row that none of the samples meets, with the same size and time."""
    state = state_of(job_of(str(place / "rows.npy")))
    (place / "g.partial").write_bytes(written_state(state))
    changed_in_secret(place / "rows.npy", 1000)
    assert refused(place, "g") == 2
    said = capsys.readouterr().err
    assert "have not changed since" in said and said.count("\n") == 1
    saved(place / "rows", numbers(ROWS, seed=5))
    assert refused(place, "g") == 2
    assert "expected the same data" in capsys.readouterr().err


def test_parts_of_data_that_changed_between_them_are_refused(place, capsys):
    run(place, "p1", "--part", "1/2", "--workers", "1")
    changed_in_secret(place / "rows.npy", 1000)
    run(place, "p2", "--part", "2/2", "--workers", "1")
    with pytest.raises(SystemExit) as ended:
        merged(place, "m", str(place / "p1"), str(place / "p2"))
    assert (
        ended.value.code == 2 and "p2: expected data files that have not changed" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "body", [b"", b"\x80\x04K\x01.", b"{}", bytes(100)], ids=["empty", "pickle", "json", "zeros"]
)
def test_checkpoints_and_parts_that_are_none_are_refused(place, capsys, body):
    for name in ("g.partial", "g.partial.json", "p1"):
        (place / name).write_bytes(body)
    assert refused(place, "g") == 2
    assert refused(place, "g", "--inputs", "0:5", command="evaluate") == 2
    with pytest.raises(SystemExit) as ended:
        merged(place, "m", str(place / "p1"))
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and all(line.startswith("softstep: ") for line in said)
    assert (place / "g.partial").read_bytes() == body and not (place / "g").exists()


def test_faults_are_one_sentence_for_any_workers(place, capsys):
    matrix = numbers(ROWS)
    matrix[3 * BLOCK_ROWS + 1, 0] = np.nan
    matrix[5 * BLOCK_ROWS, -1] = -1.0
    saved(place / "rows", matrix)
    said = set()
    for workers in ("1", "2"):
        assert refused(place, "g", "--workers", workers) == 2
        said.add(capsys.readouterr().err)
    assert said == {
        "softstep: rows.npy, row 12289 (12289 of all), column 0 of the inputs: expected a finite number\n"
    }
    assert sorted(path.name for path in place.iterdir()) == ["net.json", "rows.npy"]


def test_wrong_use_is_told_before_any_work(place, capsys):
    (place / "there").write_bytes(b"")
    (place / "bad.json").write_text(json.dumps({"W": [[1, 2], [3]], "Theta": [[1]]}))
    for more, sentence in (
        (("--out", place / "there"), "--overwrite"),
        (("--out", place / "no" / "x"), "folder"),
        (("--network", place / "none"), "No such file"),
        (("--network", place / "bad.json"), "bad.json: /W/1: expected 2 columns"),
        (("--data", place / "none.npy"), "expected a file"),
        (("--part", "4/3"), "I/N"),
        (("--workers", "0"), "whole number"),
        (("--l2", "-1"), "at least 0"),
    ):
        assert refused(place, "g", *more) == 2, more
        assert sentence in capsys.readouterr().err
    assert (place / "there").read_bytes() == b""


def test_what_is_wrong_with_all_of_the_data_is_one_sentence(place, capsys):
    (place / "wide.json").write_bytes(softmax_file(d=7))
    (place / "huge.json").write_text('{"W": [[1e-308, 0, 0, 0, 0]], "Theta": [[0, 1, 2, 3]]}')
    huge = np.column_stack([np.full((4, 5), 1e308), np.zeros(4)])
    for name, matrix in (("huge", huge), ("none", numbers(0)), ("narrow", numbers(9, d=4))):
        saved(place / name, matrix)
    saved(place / "named", numbers(9), "safetensors")
    for more, sentence in (
        (
            ("--network", place / "wide.json"),
            "row 0 (0 of all): expected 7 columns of inputs, got 5",
        ),
        (("--data", place / "none.npy"), "expected at least one row of data, got none"),
        (("--data", place / "huge.npy", "--network", place / "huge.json", "--reduction", "sum"), "1.8×10³⁰⁸"),
        (("--data", place / "named.safetensors", "--targets", "y"), "expected a tensor of numbers named y"),
        (("--inputs", "0:9"), "rows.npy: expected columns from 0 to 5"),
        (
            ("--data", place / "rows.npy", place / "narrow.npy"),
            "narrow.npy, row 0 (20579 of all): expected",
        ),
    ):
        assert refused(place, "g", "--workers", "1", *more) == 2, more
        said = capsys.readouterr().err
        assert sentence in said and said.count("\n") == 1, said
    assert not (place / "g").exists()


def test_paths_of_any_letters_are_taken(place, capsys):
    folder = place / "Ærø [1] *" / "a b"
    folder.mkdir(parents=True)
    matrix = numbers(60)
    for number, cut in enumerate((matrix[:20], matrix[20:20], matrix[20:50], matrix[50:])):
        saved(folder / f"ü {number}", cut)
    out = folder / "out [x].npy"
    for more in (("--data", folder), ("--data", *sorted(folder.glob("ü*.npy")), "--overwrite")):
        run(place, out, "--inputs", "0:5", "--workers", "1", *more, command="evaluate")
        assert np.load(out).tobytes() == read_model(softmax_file()).outputs(matrix[:, :-1]).tobytes()


def test_evaluate_writes_the_bits_of_the_service(place):
    run(place, "out.npy", "--inputs", "0:5", "--workers", "2", command="evaluate")
    expected = read_model(softmax_file()).outputs(numbers(ROWS)[:, :-1])
    assert np.load(place / "out.npy").tobytes() == expected.tobytes()
    run(place, "part.npy", "--inputs", "0:5", "--workers", "1", "--part", "2/2", command="evaluate")
    assert np.load(place / "part.npy").tobytes() == expected[3 * BLOCK_ROWS :].tobytes()
    assert sorted(path.name for path in place.iterdir()) == ["net.json", "out.npy", "part.npy", "rows.npy"]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_what_ends_a_run_is_one_line_and_leaves_no_process(place, end):
    """Ctrl-C reaches all processes of a terminal, also those that are just being started."""
    given = ["--data", place / "rows.npy", "--inputs", "0:5", "--network", place / "net.json"]
    ran = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "app",
            "evaluate",
            *map(str, given),
            "--out",
            str(place / "o"),
            "--workers",
            "2",
        ],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (place / "o.partial").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = psutil.Process(ran.pid).children()
    if end is signal.SIGINT:
        os.killpg(ran.pid, end)
    else:
        ran.send_signal(end)
    _, said = ran.communicate(timeout=60)
    assert ran.returncode == 130 and said.startswith("softstep: interrupted; ") and said.count("\n") == 1
    assert not psutil.wait_procs(workers, timeout=20)[1]
    assert not (place / "o").exists()


def test_a_run_without_standard_streams_is_done(place):
    command = f"exec {sys.executable} -m app gradients --workers 1 --data rows.npy --network net.json --out g"
    shell = f"{command} <&- >&- 2>&-"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    assert subprocess.run(["sh", "-c", shell], cwd=place, env=environment, timeout=60).returncode == 0
    assert load_file(place / "g")["W"].shape == (3, 5)


def test_devices_and_folders_are_not_overwritten(place, capsys):
    (place / "folder").mkdir()
    os.mkfifo(place / "pipe")
    for name in ("folder", "pipe"):
        assert refused(place, name, "--overwrite") == 2
        assert "expected the name of a file" in capsys.readouterr().err
    assert (place / "pipe").is_fifo() and (place / "folder").is_dir()
