"""A matrix written as text, as MATLAB and tables have it, read without an object for each number."""

import re
import warnings

import numpy as np

from ..nn.activations.record import Floats
from ..nn.errors import LimitExceeded
from .errors import MalformedModel
from .limits import limits

_NUMBERS_OF_A_PART = 5
_NOT_OF_MATRICES = re.compile(r"[^-+\d.eE\s,;]")


def matrix_of(written: str) -> Floats:
    """Return the numbers, rows between semicolons or lines. Raises `MalformedModel` and `LimitExceeded`."""
    if _NOT_OF_MATRICES.search(written):
        raise MalformedModel("expected matrices of numbers, rows between semicolons or lines")
    most = limits().parts
    if sum(map(written.count, " ,;\n")) > _NUMBERS_OF_A_PART * most:
        detail = f"expected at most {_NUMBERS_OF_A_PART * most} numbers in a matrix, got more"
        raise LimitExceeded("model_parts", detail)
    rows = written.replace(",", " ").replace("\n", ";").split(";", most)
    if len(rows) > most:
        raise LimitExceeded("model_parts", f"expected at most {most} rows of a matrix, got more")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # older NumPys take the numbers before what is none, and warn
            return np.array([np.fromstring(row, np.float64, sep=" ") for row in rows if row.strip()])
    except (ValueError, DeprecationWarning):
        raise MalformedModel("expected matrices of numbers, rows between semicolons or lines") from None
