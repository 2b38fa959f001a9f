"""How far a long run is: a bar on a terminal, elsewhere a line every ten seconds, both on standard error."""

import sys
from time import monotonic
from typing import Any

from ..nn.words import plural

_EVERY = 10.0  # seconds


class BatchProgress:
    """Tells how many of so many rows are done; the bar needs tqdm, without which there are lines."""

    def __init__(self, rows: int) -> None:
        self._rows, self._done, self._next = rows, 0, monotonic() + _EVERY
        self._bar = _bar(rows) if sys.stderr.isatty() else None

    def reach(self, done: int) -> None:
        """Tell that so many rows are done by now."""
        if self._bar is not None:
            self._bar.update(done - self._done)
        elif monotonic() >= self._next:
            print(
                f"{done} of {plural(self._rows, 'row')}, {100 * done // self._rows} %",
                file=sys.stderr,
                flush=True,
            )
            self._next = monotonic() + _EVERY
        self._done = done

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.close()


def _bar(rows: int) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=rows, unit=" rows", unit_scale=True)
