"""Applying a function of finite numbers to arrays of any shape, in blocks."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..error_free import Floats
from ..finite import all_finite

# What a kernel is given: one-dimensional, contiguous, finite; it must not change it, nor return it. It may
# overflow to ±∞.
Kernel = Callable[[Floats], Floats]
Kernels = Callable[[Floats], tuple[Floats, ...]]
Limits = tuple[float, float]

# The temporaries of 16,384 numbers stay in the second-level cache; 4,096 cost half as much again, in calls.
BLOCK = 16_384

F = TypeVar("F", np.float32, np.float64)


def apply(kernel: Kernel, limits: Callable[[], Limits], inputs: npt.NDArray[F]) -> npt.NDArray[F]:
    """Return kernel(inputs), entry by entry, as a new C-contiguous array of the same shape.

    `limits` gives the answers at −∞ and +∞; NaN stays NaN. float32 is computed in float64
    and rounded once; anything else is taken as float64. Memory beyond the answer is that of one block.
    """
    (outputs,) = apply_together(lambda block: (kernel(block),), (limits,), inputs)
    return outputs


def apply_together(
    kernel: Kernels, limits: Sequence[Callable[[], Limits]], inputs: npt.NDArray[F]
) -> list[npt.NDArray[F]]:
    """Return what `apply` does for each of the functions that `kernel` computes together."""
    single = inputs.dtype == np.float32
    # Overflow to ±∞ and underflow to zero are right answers here, whatever the caller has made of them.
    # A signalling NaN of float32 becomes a quiet one, which the cast calls invalid.
    with np.errstate(over="ignore", under="ignore", invalid="ignore" if single else None):
        if inputs.size <= BLOCK:
            block = np.asarray(inputs.reshape(-1), dtype=np.float64)
            few: list[npt.NDArray[Any]] = [one.reshape(inputs.shape) for one in _block(kernel, limits, block)]
            return [one.astype(np.float32) for one in few] if single else few
        outputs = [np.empty(inputs.shape, np.float32 if single else np.float64) for _ in limits]
        targets = [one.reshape(-1) for one in outputs]
        source = inputs.reshape(-1) if inputs.flags.c_contiguous else inputs.flat
        for start in range(0, inputs.size, BLOCK):
            block = np.asarray(source[start : start + BLOCK], dtype=np.float64)
            for target, found in zip(targets, _block(kernel, limits, block), strict=True):
                target[start : start + BLOCK] = found
    return outputs


def _block(kernel: Kernels, limits: Sequence[Callable[[], Limits]], block: Floats) -> Sequence[Floats]:
    if all_finite(block):
        return kernel(block)
    finite = np.isfinite(block)
    found = kernel(np.where(finite, block, 0.0))
    return [np.where(finite, one, _at_ends(*ends(), block)) for one, ends in zip(found, limits, strict=True)]


def _at_ends(at_left: float, at_right: float, block: Floats) -> Floats:
    return np.where(block > 0, at_right, np.where(block < 0, at_left, block))
