"""`softstep convert`, `describe` and `read`: files on a disk, exit codes, and nothing overwritten."""

import json
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from app import commands
from app.__main__ import main
from app.commands import _model_file
from app.files.onnx.conversion import convert_file
from tests.files.network_files import B1, W1, torch_file
from tests.files.onnx import models

ROOT = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(models.gemm_chain("Tanh"))
    return path


def code(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return ended.value.code


def test_commands_are_the_modules_without_an_underscore():
    assert {"convert", "describe", "read", "serve"} <= set(commands.names())
    assert "_model_file" not in commands.names()


def test_convert_writes_the_file_and_the_report(model, capsys):
    output, report = model.with_name("new.onnx"), model.with_name("report.json")
    main(["convert", str(model), "-o", str(output), "--to", "sigmoid", "--report", str(report)])
    expected = convert_file(model.read_bytes(), "sigmoid", "kept")
    assert output.read_bytes() == expected.body
    assert json.loads(report.read_text())["sha256"] == sha256(expected.body).hexdigest()
    assert "2 replaced, 0 stay; exactly the same function" in capsys.readouterr().out


def test_convert_names_the_new_file_itself(model):
    main(["convert", str(model), "--to", "sigmoid", "--shift", "folded"])
    assert model.with_name("model.sigmoid.onnx").exists()


def test_nothing_is_overwritten_unless_it_is_forced(model, capsys):
    before = model.read_bytes()
    assert code("convert", model, "--to", "sigmoid", "-o", model) == _model_file.USAGE
    assert model.read_bytes() == before and "--force" in capsys.readouterr().err
    main(["convert", str(model), "--to", "sigmoid", "-o", str(model), "--force"])
    assert model.read_bytes() != before


def test_exit_codes_tell_what_went_wrong(model, tmp_path, capsys):
    assert code("convert", model, "--to", "tanh") == _model_file.NOTHING
    (tmp_path / "p.pt").write_bytes(b"\x80\x04abc")
    assert code("describe", tmp_path / "p.pt") == _model_file.REFUSED
    assert "pickle" in capsys.readouterr().err
    assert code("describe", tmp_path / "missing.onnx") == _model_file.USAGE
    assert code("convert", model) == 2
    assert not model.with_name("model.tanh.onnx").exists()


def test_describe_prints_json(model, capsys):
    main(["describe", str(model)])
    assert json.loads(capsys.readouterr().out)["operators"] == {"Gemm": 3, "Tanh": 2}


def test_read_prints_the_network_and_says_what_it_assumed(tmp_path, capsys):
    path = tmp_path / "w.safetensors"
    path.write_bytes(torch_file())
    main(["read", str(path), "--activations", "relu, identity"])
    told = capsys.readouterr()
    layer = json.loads(told.out)["network"]["layers"][0]
    assert layer["activation"] == "relu" and layer["bias"] == B1.astype(float).tolist()
    np.testing.assert_array_equal(layer["weight"], W1.T.astype(float))
    assert "order" in told.err
    main(["read", str(path), "-o", str(tmp_path / "n.json")])
    assert json.loads((tmp_path / "n.json").read_text())["names"][0] == ["fc1.weight", "fc1.bias"]


def test_standard_input_and_output_are_written_as_a_dash(model, tmp_path):
    """A model comes from standard input and goes to standard output, where each is called -."""

    def softstep(*arguments, given):
        command = [sys.executable, "-m", "app", *arguments]
        return subprocess.run(command, input=given, capture_output=True, cwd=ROOT, timeout=60)

    body = model.read_bytes()
    ended = softstep("convert", "-", "--to", "sigmoid", "--report", str(tmp_path / "r.json"), given=body)
    assert ended.stdout == convert_file(body, "sigmoid", "kept").body
    assert ended.stderr == b"2 replaced, 0 stay; exactly the same function\n"
    assert json.loads((tmp_path / "r.json").read_text())["certificate"]
    refused = softstep("read", "-", "-o", "-", given=b"\x80\x04abc")
    assert (refused.returncode, refused.stdout) == (_model_file.REFUSED, b"")
    assert refused.stderr.startswith(b"softstep: standard input: ") and not (ROOT / "-").exists()


def test_the_report_does_not_take_the_place_of_the_file(model, capsys):
    output = model.with_name("new.onnx")
    options = ("--to", "sigmoid", "-o", output, "--report", output, "--force")
    assert code("convert", model, *options) == _model_file.USAGE
    assert "places of their own" in capsys.readouterr().err and not output.exists()


def test_long_work_is_told_and_short_work_is_not(model, capsys, monkeypatch):
    main(["describe", str(model)])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(_model_file, "_QUIET", 0.0)
    _model_file.work_on(model, "reading", lambda body: __import__("time").sleep(0.3))
    assert "reading model.onnx, 0.0 MB" in capsys.readouterr().err


ENDLESS = """
import sys
from collections import deque
from itertools import repeat
from pathlib import Path
from app.commands import _model_file

def for_ever(body):
    print("begun", flush=True)
    deque(repeat(0), maxlen=0)  # in C, which does not ask for signals

_model_file.work_on(Path(sys.argv[1]), "reading", for_ever)
"""


def test_interrupt_ends_what_runs_in_c(model):
    command = [sys.executable, "-c", ENDLESS, str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"begun\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == -signal.SIGINT
        finally:
            process.kill()


def test_interrupt_is_an_exception_again_afterwards(model):
    inside = _model_file.work_on(model, "reading", lambda body: signal.getsignal(signal.SIGINT))
    assert inside is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
