"""Which activation someone may have meant by an unknown name."""

import difflib
import re
from collections.abc import Sequence

# What others call them: MATLAB's toolbox, Keras, PyTorch, ONNX, SciPy and papers. Spelling aside (LeakyReLU,
# log-sigmoid) that is told by the letters alone. None of these is an alias: each function has one name here.
_ELSEWHERE = {
    "tansig": ("tanh",),
    "hyperbolictangent": ("tanh",),
    "logsig": ("sigmoid",),
    "logistic": ("sigmoid",),
    "expit": ("sigmoid",),
    "purelin": ("identity",),
    "linear": ("identity",),
    "none": ("identity",),
    "poslin": ("relu",),
    "ramp": ("relu",),
    "rectifier": ("relu",),
    "rectifiedlinear": ("relu",),
    "lrelu": ("leaky_relu",),
    "prelu": ("leaky_relu",),
    "satlin": ("hard_tanh",),
    "satlins": ("hard_tanh",),
    "clip": ("hard_tanh",),
    "hardlim": ("heaviside",),
    "step": ("heaviside",),
    "unitstep": ("heaviside",),
    "sign": ("heaviside",),
    "elliotsig": ("softsign",),
    "elliot": ("softsign",),
    "swish": ("silu",),
    "quickgelu": ("silu",),
    "hswish": ("hard_swish",),
    "hardsilu": ("hard_swish",),
    "hsigmoid": ("hard_sigmoid",),
    "htanh": ("hard_tanh",),
    "logsigm": ("log_sigmoid",),
    "softrelu": ("softplus",),
    "smoothrelu": ("softplus",),
    "gelunew": ("gelu_tanh",),
    "gelufast": ("gelu_tanh",),
    "gelupytorchtanh": ("gelu_tanh",),
    "geluapproximate": ("gelu_tanh",),
    "thresholdedrelu": ("threshold",),
    "shrink": ("softshrink", "hardshrink"),
    "softthreshold": ("softshrink",),
    "hardthreshold": ("hardshrink",),
    "exp": ("exponential",),
    "square": ("squareplus",),
}
_LONGEST = 64


def meant(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the known names that are nearest to `name`, three at most, none where it is like no other."""
    letters = re.sub(r"[^a-z0-9]", "", name[:_LONGEST].lower())
    if letters in _ELSEWHERE:
        return _ELSEWHERE[letters]
    plain = {one.replace("_", ""): one for one in known}
    if letters in plain:
        return (plain[letters],)
    near = difflib.get_close_matches(letters, [*plain, *_ELSEWHERE], n=3, cutoff=0.7)
    found = [one for other in near for one in _ELSEWHERE.get(other, (plain.get(other, ""),))]
    return tuple(dict.fromkeys(found))[:3]


def question(name: str, known: Sequence[str]) -> str:
    """Return "did you mean silu?" for an unknown name, or "one of …" with all that there are."""
    *most, last = meant(name, known) or ("",)
    if not last:
        return f"one of {', '.join(known)}"
    return f"did you mean {', '.join(most) + ' or ' + last if most else last}?"
