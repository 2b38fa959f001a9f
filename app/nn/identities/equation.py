"""One line of a derivation with numbers in: a formula, what stands for it, and what that comes to."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar, cast

import numpy as np

from .decimals import Exact, Numbers, decimal, is_meant, matrix, read
from .record import ProofStep

_Array = TypeVar("_Array", bound=Numbers)


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A number that something stands before: negative ones and powers of ten get brackets."""

    value: float | Fraction


Piece = str | Numbers | Bracketed


def equation(
    formula: str, pieces: list[Piece], value: Numbers, reason: str, *, exact: Exact | bool = True
) -> ProofStep:
    """Return formula = pieces = value, the pieces LaTeX or numbers to be written as such.

    `exact` is what the pieces come to as they are written, or whether `value` is that; else it is ≈ value
    however short the numbers are.
    """
    middle = f" = {' '.join(map(_written, pieces))}" if pieces else ""
    equal = exact if isinstance(exact, bool) else bool((exact == read(value)).all())
    sign = "=" if equal and all(map(_is_short, (*pieces, value))) else r"\approx"
    return ProofStep(f"{formula}{middle} {sign} {_written(value)}", reason)


def between(sign: str, terms: list[list[Piece]]) -> list[Piece]:
    """Return terms with a sign between them."""
    return [piece for index, term in enumerate(terms) for piece in (*([sign] if index else []), *term)]


def bracketed(value: float | Fraction | Numbers) -> Bracketed:
    """Return a number, or an array of one, as it stands behind something."""
    return Bracketed(value.item() if isinstance(value, np.ndarray | np.float64) else value)


def column(values: _Array) -> _Array:
    """Return a vector as a matrix of one column."""
    return cast(_Array, values[:, np.newaxis])


def _written(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Bracketed):
        text = decimal(piece.value)
        return rf"\left({text}\right)" if text.startswith("-") or "times" in text else text
    return matrix(piece) if piece.ndim else decimal(piece.item())


def _is_short(piece: Piece) -> bool:
    """Tell whether a piece is written without rounding."""
    if isinstance(piece, str):
        return True
    values = [piece.value] if isinstance(piece, Bracketed) else piece.ravel().tolist()
    return all(map(is_meant, values))
