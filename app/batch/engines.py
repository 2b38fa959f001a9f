"""The engines by name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from ..nn.errors import InvalidValue
from .data import DataQuestion
from .engine import Engine
from .local import HereEngine, LocalEngine

EngineName = Literal["local", "ray"]


@contextmanager
def started_engine(
    name: EngineName, address: str | None, workers: int | None, data: DataQuestion
) -> Iterator[Engine]:
    """Yield the engine of that name, with one worker for each core unless a number is given.

    `address` is that of a Ray cluster; without one a small cluster is started while it works. Data in this
    process's memory are worked on in this process. Raises `InvalidValue` or `RayUnusable`.
    """
    in_memory = any(file.startswith("memory://") for file in data.files)
    if name not in get_args(EngineName):
        raise InvalidValue(f"expected one of {', '.join(get_args(EngineName))}", ("engine",))
    if name == "ray" and in_memory:
        raise InvalidValue("expected data that other processes see, got memory://", ("engine",))
    if name == "ray":
        from .ray import LOCAL, ray_engine

        with ray_engine(address or LOCAL, workers) as engine:
            yield engine
    elif address is not None:
        raise InvalidValue("expected the engine ray where there is an address", ("address",))
    elif in_memory:
        yield HereEngine()
    else:
        yield LocalEngine(workers or os.cpu_count() or 1)
