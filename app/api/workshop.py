"""Where work is done: the small on the event loop, the large beside it."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from app.nn.cost import Cost
from app.settings import Settings

SMALL = 1_000_000
"""Multiply-adds and numbers below which a hop to a thread costs more than the work itself."""


class Workshop:
    """Runs an endpoint's function where its cost says: inline, or on one of a bound number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="work")

    async def run(
        self, function: Callable[..., Any], arguments: Mapping[str, Any], cost: Cost, apart: bool
    ) -> Any:
        """Return `function(**arguments)`; `apart` keeps even cheap work off the loop."""
        if not apart and cost.multiply_adds + cost.intermediate + cost.answer < SMALL:
            return function(**arguments)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(function, **arguments))

    def close(self) -> None:
        """Finish what runs, take nothing more."""
        self._threads.shutdown()
