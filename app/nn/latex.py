"""Numbers, matrices and networks as LaTeX, for notebooks."""

from typing import TYPE_CHECKING

from .activations.catalogue import create
from .activations.record import Activation, Floats

if TYPE_CHECKING:  # a network shows itself by this module
    from .networks.network import Layer, Network

LARGEST = 8
"""Rows and columns of a matrix that is written in full."""


def _number(value: float) -> str:
    """Return a number with six significant digits at most."""
    text = f"{value:.6g}"
    if "e" in text:
        digits, exponent = text.split("e")
        return rf"{digits} \times 10^{{{int(exponent)}}}"
    return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{NaN}"}.get(text, text)


def shown_matrix(array: Floats) -> str:
    """Return a matrix, or a vector as a column; of a large one the corners."""
    rows = array.reshape(-1, 1) if array.ndim < 2 else array
    lines = [
        " & ".join(_shortened([_number(float(one)) for one in row], r"\cdots")) for row in rows[:LARGEST]
    ]
    if len(rows) > LARGEST:
        width = min(rows.shape[1], LARGEST + (rows.shape[1] > LARGEST))
        last = " & ".join(_shortened([_number(float(one)) for one in rows[-1]], r"\cdots"))
        lines = [*lines[: LARGEST - 2], " & ".join([r"\vdots"] * width), last]
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def _shortened(cells: list[str], dots: str) -> list[str]:
    return cells if len(cells) <= LARGEST else [*cells[: LARGEST - 1], dots, cells[-1]]


def network(one: "Network") -> str:
    """Return F(x) as an expression from the inside out, a line for each layer."""
    last = len(one.layers)
    lines = []
    for index, layer in enumerate(one.layers, 1):
        before = "x" if index == 1 else rf"h_{{{index - 1}}}"
        name = "F(x)" if index == last else rf"h_{{{index}}}"
        lines.append(f"{name} &= {_layer(layer, before)}")
    return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"


def _layer(layer: "Layer", before: str) -> str:
    affine = rf"{shown_matrix(layer.weight)} {before}"
    if layer.bias is not None:
        affine += f" + {shown_matrix(layer.bias)}"
    return affine if layer.affine else rf"{_activation(layer.activation)}\left({affine}\right)"


def _activation(activation: Activation | str) -> str:
    """Return the name, and below it the parameters where these are not the defaults."""
    name = activation if isinstance(activation, str) else activation.name
    shown = rf"\operatorname{{{_escaped(name)}}}"
    if isinstance(activation, str) or activation == create(name):
        return shown
    given = (
        rf"\mathrm{{{_escaped(one)}}} = {_number(value)}" for one, value in activation.parameters.items()
    )
    return rf"{shown}_{{{', '.join(given)}}}"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def displayed(latex: str) -> str:
    """Return a formula as a notebook shows it."""
    return f"$\\displaystyle {latex}$"


def lines(formulas: list[str]) -> str:
    """Return formulas below each other, lined up at their first equals sign."""
    body = r" \\ ".join(one.replace("=", "&=", 1) if "=" in one else f"&{one}" for one in formulas)
    return displayed(rf"\begin{{aligned}} {body} \end{{aligned}}")
