"""The function that MATLAB generates of a shallow network (genFunction), read as text.

Source: MathWorks, genFunction: rows of IW1_1 and LW2_1 are outputs; mapminmax is
(x − xoffset)·gain + ymin before, and (y − ymin)/gain + xoffset behind. tansig(n) = 2/(1 + e⁻²ⁿ) − 1.
"""

import re
from collections.abc import Iterator, Mapping

import numpy as np

from ..nn.activations.catalogue import create
from ..nn.activations.record import Floats
from ..nn.errors import LimitExceeded
from ..nn.networks.network import SOFTMAX
from .chain import Chain, ReadNetwork
from .errors import MalformedModel, UnsupportedModel
from .limits import limits
from .text_matrix import matrix_of

_MOST_STATEMENTS = 10_000
# Each pattern is tried where a line begins and holds no line's end, so a text is walked once.
_FUNCTION = re.compile(r"^[ \t]*+function\b", re.M)
_STATEMENT = re.compile(r"[ \t]*+([A-Za-z]\w{0,62}(?:\.[A-Za-z]\w{0,62})?)[ \t]*+=[ \t]*+")
_NUMBER = re.compile(r"[-+\d.eE]{1,64}")
_OTHER_STEPS = re.compile(
    r"^[ \t]*+(?:% *+)?+(?:removeconstantrows|fixunknowns|processpca)_apply\("
    r"|=[ \t]*+removeconstantrows_apply",
    re.M,
)
_APPLIED = re.compile(r"a([1-9]\d?)$")
_WANTED = re.compile(r"(?:IW1_1|LW[1-9]\d?_[1-9]\d?|b[1-9]\d?|[xy]1_step1\.(?:xoffset|gain|ymin))$")
_CALLED = re.compile(r"(\w{1,63})_apply\(")
_ACTIVATIONS = {"tansig": "tanh", "logsig": "sigmoid", "poslin": "relu", "satlin": None, "softmax": SOFTMAX}
_WEIGHT = re.compile(r"^(?:IW1_1|LW\d+_\d+)$")


def is_generated(text: str) -> bool:
    """Tell whether a text is such a function."""
    return "IW1_1" in text and _FUNCTION.search(text) is not None


def read_matlab(text: str) -> ReadNetwork:
    """Return the network. Raises `UnsupportedModel` for what is no chain of layers, and `LimitExceeded`."""
    if text.count("\n") > limits().parts:
        raise LimitExceeded("model_parts", f"expected at most {limits().parts} lines, got more")
    if _OTHER_STEPS.search(text):
        raise UnsupportedModel("expected inputs that are scaled by mapminmax alone")
    values: dict[str, Floats] = {}
    activations: dict[int, str] = {}
    for name, written in _statements(text):
        if _WANTED.match(name):
            values[name] = matrix_of(written)
        elif applied := _APPLIED.match(name):
            activations[int(applied[1])] = written
    chain = Chain()
    _scaling(chain, values, "x1_step1")
    for number in range(1, limits().layers + 1):
        name = "IW1_1" if number == 1 else f"LW{number}_{number - 1}"
        weight = values.get(name)
        if weight is None:
            break
        bias = values.get(f"b{number}")
        chain.affine(weight, None if bias is None else bias.reshape(-1), (name, f"b{number}"))
        _activate(chain, activations.get(number))
    layers = sum(_WEIGHT.match(name) is not None for name in values)
    if layers != number - 1:
        raise UnsupportedModel("expected layers that each read the one before, got others")
    _unscaling(chain, values, "y1_step1")
    return chain.finish()


def _statements(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names that are given a value, and how it is written, matrices over several lines too."""
    at, left = 0, _MOST_STATEMENTS
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        found = _STATEMENT.match(text, at, end)
        if found is not None:
            left -= 1
            if left < 0:
                raise UnsupportedModel(f"expected at most {_MOST_STATEMENTS} statements in the function")
            at = found.end()
            if text.startswith("[", at):
                closed = text.find("]", at)
                if closed < 0:
                    raise MalformedModel("expected a function that is whole, got a matrix without its end")
                yield found[1], text[at + 1 : closed]
                at, end = closed, text.find("\n", closed)
                end = len(text) if end < 0 else end
            elif (number := _NUMBER.match(text, at, end)) is not None and text.startswith(";", number.end()):
                yield found[1], number[0]
            else:
                yield found[1], text[at : min(end, at + 100)]
        at = end + 1


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
