"""How much of a stranger's file is read: one record, in force for the file that is being read."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What a model file may have at most; the service has a setting for each, `max_model_` before its name.

    `parts` are fields of all of ONNX's messages, or lists, objects and texts of JSON: shipped models of 20 MB
    have some 5,000, and 200,000 take 100 MB of memory. `packed_numbers` are ONNX's of variable length, of
    which each byte may become eight. All orders of `weights` by name are tried, each set once: 2¹⁶ of them.
    A scaling of n numbers is a layer of n² of `numbers`, a quarter of them at most. `unpacked_bytes` are of
    an archive's members, or of HDF5's arrays; `text_bytes` of JSON and other texts, 16 MB of which took 2 s
    and 213 MB; `header_bytes` of safetensors.
    """

    parts: int = 200_000
    levels: int = 32
    packed_numbers: int = 8_000_000
    layers: int = 64
    weights: int = 16
    numbers: int = 16_000_000
    unpacked_bytes: int = 64 << 20
    text_bytes: int = 8 << 20
    header_bytes: int = 1 << 20


_DEFAULT = FileLimits()
_IN_FORCE: ContextVar[FileLimits] = ContextVar("limits of files", default=_DEFAULT)


def limits() -> FileLimits:
    """Return the limits in force."""
    return _IN_FORCE.get()


@contextmanager
def limited(to: FileLimits) -> Iterator[None]:
    """Read files within these limits."""
    token = _IN_FORCE.set(to)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)
