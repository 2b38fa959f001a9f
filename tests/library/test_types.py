"""What a type checker sees from outside."""

import subprocess
import sys
from pathlib import Path

import pytest

import app
from tests.serving import PROJECT

USE = """
import numpy as np
import softstep

F = softstep.Network([softstep.Layer([[3.0]], None, "tanh"), softstep.Layer(np.ones((1, 1)), [0.3])])
converted = softstep.convert(F, "sigmoid", box={"low": -1, "high": [1.0]})
reveal_type(converted.network)
reveal_type(softstep.compare(F, {"layers": []}))
reveal_type(softstep.compare("relu", softstep.elu))
reveal_type(softstep.check([[1.0]], [[1.0]], [1.0], 0, {"W": [[1.0]], "Theta": None}).parts)
reveal_type(softstep.sigmoid.plot(width=300).body)
reveal_type(softstep.Client("http://softstep").reduce(F))
async def ask() -> None:
    reveal_type(await softstep.AsyncClient("http://softstep").reduce(F))
softstep.convert(F, "relu")
softstep.plot("relu", colour="red")
softstep.sigmod
"""
WANTED = (
    'Revealed type is "softstep.nn.networks.network.Network | None"',
    'Revealed type is "softstep.library.results.networks.ComparisonResult"',
    'Revealed type is "softstep.library.results.activations.SideBySideResult"',
    'Revealed type is "dict[str, softstep.library.results.gradients.PartResult]"',
    'Revealed type is "bytes"',
    'Revealed type is "softstep.library.results.networks.ReductionResult"',
    'Revealed type is "softstep.library.results.networks.ReductionResult"',
    'Argument 2 to "convert" has incompatible type "Literal[\'relu\']"',
    'Unexpected keyword argument "colour" for "plot"',
    'Module has no attribute "sigmod"',
)


@pytest.mark.long
def test_mypy_strict_sees_everything_from_outside(tmp_path: Path) -> None:
    (tmp_path / "softstep").symlink_to(PROJECT / "app")
    (tmp_path / "use.py").write_text(USE)
    # Of the package itself only the types count: this is the user's run, not ours.
    quiet = ["--follow-imports=silent", "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", *quiet, "use.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    told = [line for line in done.stdout.splitlines() if "Revealed" in line or "error:" in line]
    assert len(told) == len(WANTED), done.stdout
    for line, wanted in zip(told, WANTED, strict=True):
        assert wanted.replace("builtins.", "") in line.replace("builtins.", ""), done.stdout


def test_every_name_stands_in_the_types() -> None:
    source = (PROJECT / "app" / "__init__.py").read_text(encoding="utf-8")
    for name in set(app.__all__) - {"__version__"}:
        assert f" import {name} as {name}\n" in source or f"    {name}: ActivationFunction\n" in source, name
