"""One function at every float32: is each answer the true value rounded once?

The service takes float32 through float64 and rounds once, so an answer can only be wrong where the float64
value is within its own error of the middle between two float32. Those inputs are found among all 2³² and
judged by mpmath; all others are right if the float64 value is within 4 ulp.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from mpmath import mp, mpf

from app.nn.activations.catalogue import create
from tests.oracles.activations import reference

CHUNK = 2**22
CHUNKS = 2**32 // CHUNK
_WITHIN = 4  # ulp of float64: twice what is promised
_MOST_JUDGED = 64  # a chunk; of piecewise linear functions whole binades lie on the middle exactly

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass
class Tally:
    """What was found so far; `done` is the number of the next chunk."""

    name: str
    derivative: bool
    done: int = 0
    inputs: int = 0
    undecided: int = 0
    judged: int = 0
    differ: list[float] = field(default_factory=list)
    largest: float = 0.5
    not_rounded_once: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def chunk(number: int, stride: int = 1) -> Singles:
    """The float32 whose bits are the chunk's integers, every `stride`-th."""
    bits = np.arange(number * CHUNK, (number + 1) * CHUNK, stride, dtype=np.uint32)
    return bits.view(np.float32)


def advance(tally: Tally, stride: int = 1) -> None:
    """Try the next chunk."""
    activation = create(tally.name)
    function: Callable[[Any], Any] = activation.derivative if tally.derivative else activation.evaluate
    x = chunk(tally.done, stride)
    single = function(x)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        double = function(x.astype(np.float64))
        once = double.astype(np.float32)
    tally.not_rounded_once += int(
        np.count_nonzero(single.view(np.uint32) != once.view(np.uint32)) - unequal_nan(single, once)
    )
    at = np.flatnonzero(near_the_middle(double, once) & np.isfinite(x))
    tally.undecided += at.size
    for i in at[:: -(-at.size // _MOST_JUDGED) or 1]:
        error = single_error(tally, float(x[i]), float(single[i]))
        tally.judged += 1
        if error > 0.5:
            tally.differ.append(float(x[i]))
            tally.largest = max(tally.largest, error)
    tally.inputs += x.size
    tally.done += 1


def unequal_nan(a: Singles, b: Singles) -> int:
    """How many are NaN in both, of whatever bits."""
    both = np.isnan(a) & np.isnan(b)
    return int(np.count_nonzero(both & (a.view(np.uint32) != b.view(np.uint32))))


def near_the_middle(double: Doubles, once: Singles) -> npt.NDArray[np.bool_]:
    """Where a float64 is within a few of its ulp of the middle between two float32."""
    low = double.view(np.int64) & (2**29 - 1)
    near = np.abs(low - 2**28) <= _WITHIN
    small = np.flatnonzero((np.abs(double) < 2.0**-125) & (double != 0))  # float32 has fewer digits there
    if small.size:
        value, nearest = double[small], once[small].astype(np.float64)
        rest = np.abs(np.abs(value - nearest) - 2.0**-150)
        near[small] = rest <= _WITHIN * np.spacing(np.abs(value))
    largest = float(np.finfo(np.float32).max)
    near[np.abs(double) > largest * (1 + 2.0**-24)] = False
    return near


def single_error(tally: Tally, x: float, got: float) -> float:
    """|got − f(x)| in spacings of float32 at the true value."""
    with mp.workprec(240):
        parameters = dict(create(tally.name).parameters)
        true = reference(tally.name, parameters, tally.derivative)(x)
        exponent = max(mp.mag(true) - 24, -149) if true else -149
        return float(mp.ldexp(abs(mpf(got) - true), -exponent))
