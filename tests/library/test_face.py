"""`import softstep`: what is there, what it costs, and that it needs little."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import app as softstep
from app.nn.activations.catalogue import create, names
from tests.oracles.calls import CALLS
from tests.serving import PROJECT

ALONE = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.partition(".")[0])
sys.meta_path.insert(0, Missing())
import app as softstep
"""
HEAVY = {
    "fastapi",
    "starlette",
    "pydantic",
    "pydantic_settings",
    "matplotlib",
    "orjson",
    "simdjson",
    "httpx",
    "onnx",
    "h5py",
    "uvicorn",
    "typing_extensions",
    "latex2mathml",
    "PIL",
    "pebble",
    "safetensors",
    "cachetools",
    "prometheus_client",
}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_name_that_it_tells_of_is_there() -> None:
    assert set(dir(softstep)) == set(softstep.__all__)
    for name in softstep.__all__:
        assert getattr(softstep, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'sigmod'"):
        softstep.sigmod  # type: ignore[attr-defined]  # noqa: B018


def test_every_activation_can_be_called() -> None:
    x = np.linspace(-4.0, 4.0, 9)
    for name in names():
        one = softstep.activation(name)
        assert name == "identity" or getattr(softstep, name) == one == create(name)
        assert one(x).tobytes() == create(name).evaluate(x).tobytes()
        assert one.derivative(x).tobytes() == create(name).derivative(x).tobytes()
        assert one(0.5) == one(x + 0.5)[4]
        assert pickle.loads(pickle.dumps(one)) == one
        assert one.describe().name == name


def test_activations_take_what_people_have() -> None:
    assert softstep.relu([[1, -2], (3, np.float32(4))]).tolist() == [[1.0, 0.0], [3.0, 4.0]]
    assert softstep.relu(np.array([1, -2])).dtype == np.float64
    assert softstep.relu(np.array([1, -2], np.float32)).dtype == np.float32
    assert isinstance(softstep.relu(2), np.float64)
    assert softstep.relu(list(np.array([-1.5, 2.5], np.float32))).tolist() == [0.0, 2.5]
    assert repr(softstep.Layer([[1]], None, "elu").activation) == "elu(alpha=1.0)"
    masked = np.ma.masked_array([1.0, 2.0], [False, True])
    endless: list[object] = []
    endless.append(endless)
    for wrong in (
        masked,
        endless,
        True,
        "1",
        [1, None],
        np.array([1j]),
        np.array([True]),
        [[1], [2, 3]],
        [10**400],
        object(),
    ):
        with pytest.raises(softstep.Fault):
            softstep.relu(wrong)  # type: ignore[arg-type]


class Foreign:
    """As PyTorch's tensors that require gradients, are of bfloat16, or lie elsewhere."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        raise self.error


@pytest.mark.parametrize("kind", [RuntimeError, TypeError, ValueError])
def test_arrays_that_another_library_refuses_are_a_fault(kind: type[Exception]) -> None:
    foreign = Foreign(kind("Use tensor.detach().numpy() instead.\nmore"))
    with pytest.raises(softstep.InvalidValue, match=r"NumPy can read: Use tensor.detach\(\)") as raised:
        softstep.Layer(foreign)  # type: ignore[arg-type]
    assert raised.value.pointer == "/weight"
    assert "more" not in str(raised.value)


def test_an_import_loads_nothing_and_a_verb_only_numbers() -> None:
    loaded = run(
        "import sys, app as softstep\n"
        "print('numpy' in sys.modules)\n"
        "softstep.elu(1.0)\n"
        "softstep.convert({'layers': [{'weight': [[1.0]], 'activation': 'tanh'}]}, 'sigmoid')\n"
        f"print({HEAVY} & {{name.partition('.')[0] for name in sys.modules}})"
    )
    assert loaded.split("\n")[:2] == ["False", "set()"]


def test_numpy_and_mpmath_are_enough_but_for_pictures_and_files() -> None:
    code = ALONE.format(missing=HEAVY) + (
        "from tests.oracles.calls import CALLS\n"
        "for name, call in CALLS.items():\n"
        "    try:\n"
        "        call(softstep)\n"
        "    except ImportError as error:\n"
        "        assert 'pip install' in str(error), error\n"
        "        print(name)\n"
        "over = lambda: softstep.evaluate_over_files\n"
        "for lacking in (lambda: softstep.Client, lambda: softstep.read(b'PK'), over):\n"
        "    try:\n"
        "        lacking()\n"
        "    except ImportError as error:\n"
        "        print(error)\n"
    )
    told = run(code).split("\n")
    drawn = [name for name in CALLS if "drawn" in name or "curve" in name or "diagram" in name]
    assert told[: len(drawn)] == drawn
    assert told[len(drawn)] == "a client needs httpx: pip install 'softstep[client]'"
    assert told[len(drawn) + 1].endswith("pip install onnx h5py")
    assert told[len(drawn) + 2].startswith("sums over files need ")
    assert told[len(drawn) + 2].endswith(": pip install softstep")


def test_threads_of_others_may_call_it() -> None:
    network = softstep.Network(
        [softstep.Layer([[1.0], [2.0]], [0.5, -1.0], "tanh"), softstep.Layer([[1, 1]])]
    )
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: softstep.convert(network, "sigmoid").network, range(16)))
    assert len(set(found)) == 1


def test_layer_keeps_its_numbers_when_arrays_change() -> None:
    """A layer keeps its numbers whatever becomes of the arrays."""
    weight = np.ones((1, 1))
    layer = softstep.Layer(weight)
    before = hash(layer)
    weight[0, 0] = 2.0
    assert layer.weight.tolist() == [[1.0]] and hash(layer) == before
    with pytest.raises(ValueError, match="read-only"):
        layer.weight[0, 0] = 3.0
