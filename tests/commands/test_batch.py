"""`softstep gradients`, `merge` and `evaluate`: the same bytes for any workers, parts and interruptions."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from app.__main__ import main
from app.batch.blocks import BLOCK_ROWS
from app.batch.model import read_model
from app.batch.state import read_state, written_state
from app.commands import gradients
from tests.batch.work import job_of, numbers, saved, softmax_file, state_of

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


def test_an_interrupted_run_goes_on_and_has_the_same_bytes(place, monkeypatch, capsys):
    whole = run(place, "whole", "--workers", "1")
    real = gradients.sum_gradients

    def interrupted(job, *, told, **options):
        def stop(state):
            told(state)
            if state.done:
                raise KeyboardInterrupt

        return real(job, told=stop, **options)

    monkeypatch.setattr(gradients, "sum_gradients", interrupted)
    assert refused(place, "g", "--workers", "1") == 130
    assert not (place / "g").exists()
    assert "go on with: softstep gradients --data" in capsys.readouterr().err
    done = read_state((place / "g.partial").read_bytes()).done
    assert 0 < done < ROWS
    monkeypatch.undo()
    assert refused(place, "g", "--l2", "1", "--workers", "1") == 2
    assert "delete it to begin anew" in capsys.readouterr().err
    assert run(place, "g", "--workers", "2") == whole
    assert not (place / "g.partial").exists()


def test_a_checkpoint_of_data_that_changed_is_refused(place, capsys):
    state = state_of(job_of(str(place / "rows.npy")))
    (place / "g.partial").write_bytes(written_state(state))
    saved(place / "rows", numbers(ROWS, seed=5))
    assert refused(place, "g") == 2
    assert "have not changed since" in capsys.readouterr().err


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
        (("--network", place / "bad.json"), "expected 2 columns"),
        (("--data", place / "none.npy"), "expected a file"),
        (("--part", "4/3"), "I/N"),
        (("--workers", "0"), "whole number"),
        (("--l2", "-1"), "at least 0"),
    ):
        assert refused(place, "g", *more) == 2, more
        assert sentence in capsys.readouterr().err
    assert (place / "there").read_bytes() == b""


def test_evaluate_writes_the_bits_of_the_service(place):
    run(place, "out.npy", "--inputs", "0:5", "--workers", "2", command="evaluate")
    expected = read_model(softmax_file()).outputs(numbers(ROWS)[:, :-1])
    assert np.load(place / "out.npy").tobytes() == expected.tobytes()
    run(place, "part.npy", "--inputs", "0:5", "--workers", "1", "--part", "2/2", command="evaluate")
    assert np.load(place / "part.npy").tobytes() == expected[3 * BLOCK_ROWS :].tobytes()
    assert sorted(path.name for path in place.iterdir()) == ["net.json", "out.npy", "part.npy", "rows.npy"]
