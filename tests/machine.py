"""What tests need of the machine beyond Python: where it is missing they are skipped, but never in CI."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

# What pip says where no index tells any version, and npm where no registry answers.
_OUT_OF_REACH = re.compile(
    r"\(from versions: none\)|code (ENOTFOUND|EAI_AGAIN|ECONN\w+|ENETUNREACH|E\w*TIMED?_?OUT)\b"
)


def lacking(need: str) -> NoReturn:
    """Skip the test and say why; fail in CI (`CI=true`), which must have all that any test needs."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have it: {need}")
    pytest.skip(need)


def program(name: str) -> str:
    """Return the path of a program, which the test cannot do without."""
    found = shutil.which(name)
    return lacking(f"needs {name} on the PATH") if found is None else found


def downloaded(command: Sequence[str | Path], folder: Path) -> None:
    """Run a command of pip or npm that the test cannot do without; what an index in reach refuses fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    told = f"{' '.join(map(str, command))}\n{done.stdout[-1000:]}\n{done.stderr[-1000:]}"
    if done.returncode and _OUT_OF_REACH.search(done.stderr):
        lacking(f"needs a package index, and none is in reach: {told}")
    assert done.returncode == 0, told
