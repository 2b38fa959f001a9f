"""The function that MATLAB generates of a shallow network (genFunction), read as text.

Source: MathWorks, genFunction: rows of IW1_1 and LW2_1 are outputs; mapminmax is
(x − xoffset)·gain + ymin before, and (y − ymin)/gain + xoffset behind. tansig(n) = 2/(1 + e⁻²ⁿ) − 1.
"""

import re
from collections.abc import Mapping

import numpy as np

from ..nn.activations.catalogue import create
from ..nn.activations.record import Floats
from ..nn.errors import LimitExceeded
from ..nn.networks.network import SOFTMAX
from .chain import Chain, ReadNetwork
from .errors import MalformedModel, UnsupportedModel
from .limits import limits

_ASSIGNED = re.compile(r"^\s*([A-Za-z]\w*(?:\.\w+)?)\s*=\s*(\[[^\]]*\]|[-+\d.eE]+)\s*;", re.M)
_APPLIED = re.compile(r"^\s*a(\d+)\s*=\s*(.*)$", re.M)
_CALLED = re.compile(r"^(\w+)_apply\(")
_ACTIVATIONS = {"tansig": "tanh", "logsig": "sigmoid", "poslin": "relu", "satlin": None, "softmax": SOFTMAX}
_WEIGHT = re.compile(r"^(?:IW1_1|LW(\d+)_(\d+))$")


def is_generated(text: str) -> bool:
    """Tell whether a text is such a function."""
    return "IW1_1" in text and re.search(r"^\s*function\b", text, re.M) is not None


def read_matlab(text: str) -> ReadNetwork:
    """Return the network. Raises `UnsupportedModel` for what is no chain of layers."""
    most = limits().text_bytes
    if len(text) > most:
        raise LimitExceeded("model_text_bytes", f"expected a function of at most {most} letters, got more")
    if re.search(
        r"^\s*(?:% *)?(?:removeconstantrows|fixunknowns|processpca)_apply\(|=\s*removeconstantrows_apply",
        text,
        re.M,
    ):
        raise UnsupportedModel("expected inputs that are scaled by mapminmax alone")
    values = {name: _matrix(written) for name, written in _ASSIGNED.findall(text)}
    activations = {int(number): written for number, written in _APPLIED.findall(text)}
    chain = Chain()
    _scaling(chain, values, "x1_step1")
    for number in range(1, limits().layers + 1):
        weight = values.get("IW1_1" if number == 1 else f"LW{number}_{number - 1}")
        if weight is None:
            break
        bias = values.get(f"b{number}")
        name = "IW1_1" if number == 1 else f"LW{number}_{number - 1}"
        chain.affine(weight, None if bias is None else bias.reshape(-1), (name, f"b{number}"))
        _activate(chain, activations.get(number))
    layers = sum(_WEIGHT.match(name) is not None for name in values)
    if layers != number - 1:
        raise UnsupportedModel("expected layers that each read the one before, got others")
    _unscaling(chain, values, "y1_step1")
    return chain.finish()


def _matrix(written: str) -> Floats:
    rows = [row.replace(",", " ").split() for row in written.strip("[]").split(";")]
    try:
        matrix = np.array([[float(one) for one in row] for row in rows if row], np.float64)
    except (ValueError, OverflowError):
        raise MalformedModel("expected matrices of numbers, rows between semicolons") from None
    return matrix


def _part(values: Mapping[str, Floats], step: str, name: str) -> Floats | None:
    found = values.get(f"{step}.{name}")
    return None if found is None else found.reshape(-1)


def _scaling(chain: Chain, values: Mapping[str, Floats], step: str) -> None:
    offset, gain, low = (_part(values, step, name) for name in ("xoffset", "gain", "ymin"))
    if offset is None or gain is None or low is None:
        return
    chain.width = offset.size
    chain.add(-offset, f"-{step}.xoffset")
    chain.scale(gain, f"{step}.gain")
    chain.add(low, f"{step}.ymin")
    chain.note("mapminmax, (x − xoffset)·gain + ymin, is kept as layers of its own", "layers", 0)


def _unscaling(chain: Chain, values: Mapping[str, Floats], step: str) -> None:
    offset, gain, low = (_part(values, step, name) for name in ("xoffset", "gain", "ymin"))
    if offset is None or gain is None or low is None:
        return
    chain.add(-low, f"-{step}.ymin")
    with np.errstate(all="ignore"):
        inverse = 1 / gain
    chain.scale(inverse, f"1/{step}.gain")
    chain.note("the division by the outputs' gain is read as its reciprocal, which was rounded")
    chain.add(offset, f"{step}.xoffset")


def _activate(chain: Chain, written: str | None) -> None:
    called = _CALLED.match(written or "")
    if called is None:
        return
    name = _ACTIVATIONS.get(called[1])
    if name is None:
        raise UnsupportedModel("expected tansig, logsig, poslin, softmax or purelin")
    chain.activate(SOFTMAX if name == SOFTMAX else create(name))
