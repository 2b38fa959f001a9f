"""The library's functions over files give what the commands write, and leave no half-written file."""

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file

import app as softstep
from app.batch.data import UnusableData
from app.batch.gradients import gradients_of
from app.nn.errors import Fault, InvalidValue
from tests.batch.work import job_of, layers_file, numbers, saved, softmax_file, state_of
from tests.serving import PROJECT

ROWS = 5000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("rows") / "rows", numbers(ROWS))


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("made", [softmax_file, layers_file], ids=["W and Theta", "layers"])
def test_gradients_over_files_are_those_of_the_command(tmp_path, data, made):
    network, out = tmp_path / "network.json", tmp_path / "out"
    network.write_bytes(made())
    command("gradients", "--data", data, "--network", network, "--out", out, "--l2", "0.5")
    wanted = load_file(out)
    for workers, model in ((1, network), (2, str(network))):
        found = softstep.gradients_over_files(data, model, l2=0.5, workers=workers)
        assert found.keys() == wanted.keys()
        assert all(found[name].tobytes() == wanted[name].tobytes() for name in found)


def test_gradients_over_files_take_networks_as_values(data):
    generator = np.random.default_rng(2)
    layers = [softstep.Layer(generator.standard_normal((4, 5)), None, "softmax")]
    network = softstep.Network(layers)
    found = softstep.gradients_over_files([data], network, workers=1)
    everything = np.load(data)
    asked = softstep.network_gradients(network, everything[:, :-1], everything[:, -1].astype(int))
    assert found["loss"] == pytest.approx(asked.loss, rel=1e-14)
    assert found["layers.0.weight"] == pytest.approx(asked.gradients.layers[0].weight, rel=1e-11, abs=1e-15)
    same = softstep.gradients_over_files(
        data, {"layers": [{"weight": layers[0].weight, "activation": "softmax"}]}
    )
    assert same["layers.0.weight"].tobytes() == found["layers.0.weight"].tobytes()


def test_evaluate_over_files_answers_rows_as_the_library_does(tmp_path, data, capsys):
    generator = np.random.default_rng(2)
    network = softstep.Network([softstep.Layer(generator.standard_normal((2, 5)), [1.0, 2.0], "tanh")])
    out = tmp_path / "outputs.npy"
    options = {"inputs": "0:5", "workers": 2, "progress": True}
    found = softstep.evaluate_over_files(data, network, out, **options)
    assert found.tobytes() == softstep.evaluate(network, np.load(data)[:, :5]).outputs.tobytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        softstep.evaluate_over_files(data, network, out, **options)
    softstep.evaluate_over_files(data, network, out, overwrite=True, **options)
    assert [one.name for one in tmp_path.iterdir()] == ["outputs.npy"]


def test_what_is_wrong_with_files_is_a_sentence(tmp_path, data):
    model = {"W": np.ones((3, 5)), "Theta": np.ones((3, 4))}
    with pytest.raises(UnusableData, match="expected a file, a pattern or a folder"):
        softstep.gradients_over_files(tmp_path / "none", model)
    with pytest.raises(Fault):
        softstep.gradients_over_files(data, {"W": [[1.0]]}, workers=1)
    with pytest.raises(InvalidValue, match="local, ray"):
        softstep.gradients_over_files(data, model, engine="spark")
    with pytest.raises(InvalidValue, match="/address"):
        softstep.gradients_over_files(data, model, address="127.0.0.1:1")
    rows = numbers(50)
    rows[7, 2] = np.nan
    with pytest.raises(Fault, match="row 7"):
        softstep.gradients_over_files(saved(tmp_path / "bad", rows), model, workers=2)
    with pytest.raises(Fault, match="row 7"):
        softstep.evaluate_over_files(saved(tmp_path / "bad", rows), model, tmp_path / "o.npy", inputs="0:5")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bad.npy"]


def test_sums_in_this_process_are_the_same(data):
    job = job_of(data)
    wanted = gradients_of(state_of(job), job.model)
    found = softstep.gradients_over_files(data, json.loads(job.model), workers=2)
    assert all(found[name].tobytes() == wanted[name].tobytes() for name in wanted)
