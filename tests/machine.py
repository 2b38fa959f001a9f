"""What tests need of the machine beyond Python: where it is missing they are skipped, but never in CI."""

import os
import shutil
from typing import NoReturn

import pytest


def lacking(need: str) -> NoReturn:
    """Skip the test and say why; fail in CI (`CI=true`), which must have all that any test needs."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have it: {need}")
    pytest.skip(need)


def program(name: str) -> str:
    """Return the path of a program, which the test cannot do without."""
    found = shutil.which(name)
    return lacking(f"needs {name} on the PATH") if found is None else found
