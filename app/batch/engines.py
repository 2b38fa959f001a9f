"""The engines by name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from ..nn.errors import InvalidValue
from .engine import Engine
from .local import LocalEngine

EngineName = Literal["local", "ray"]


@contextmanager
def started_engine(name: EngineName, address: str | None, workers: int | None) -> Iterator[Engine]:
    """Yield the engine of that name, with one worker for each core unless a number is given.

    `address` is that of a Ray cluster; without one a small cluster is started while it works. Raises
    `InvalidValue` or `RayUnusable`.
    """
    if name not in get_args(EngineName):
        raise InvalidValue(f"expected one of {', '.join(get_args(EngineName))}", ("engine",))
    if name == "ray":
        from .ray import LOCAL, ray_engine

        with ray_engine(address or LOCAL, workers) as engine:
            yield engine
    elif address is not None:
        raise InvalidValue("expected the engine ray where there is an address", ("address",))
    else:
        yield LocalEngine(workers or os.cpu_count() or 1)
