"""The activations again, in mpmath: an independent definition of each, and the parameters to try them with.

Every formula here keeps its relative accuracy at the working precision, for any float64 argument.
"""

from collections.abc import Callable, Iterator
from typing import Any

from mpmath import mp, mpf

Case = tuple[str, dict[str, float]]
Reference = Callable[..., Any]

# Where a derivative is 0 without being so beyond, the origin left out.
ZEROS_OF_DERIVATIVES = {
    "gelu": -0.7517915246935645,
    "gelu_tanh": -0.7524614220710163,
    "silu": -1.2784645427610737,
    "mish": -1.1924312145154952,
}

# Other parameters than the defaults: usual ones, both signs, and the ends of the float64 range.
PARAMETERS: dict[str, list[dict[str, float]]] = {
    "softplus": [{"beta": beta} for beta in (0.001, 0.3, 2.7, 20.0, -1.5, 1e-310, -3e300)],
    "leaky_relu": [{"negative_slope": slope} for slope in (0.0, -1.0, 0.3, 1.0, 2.5, 1e300)],
    "elu": [{"alpha": alpha} for alpha in (0.0, 0.3, 2.5, -2.0, 1e10, 1.7e308, 1e-320)],
    "celu": [{"alpha": alpha} for alpha in (0.001, 0.3, 1.7, 1000.1, -0.7, 1e-310, -1e-300, 3e307)],
    "selu": [
        {"alpha": alpha, "gamma": gamma}
        for alpha, gamma in (
            (1.0, 1.0),
            (0.3, 1.0),
            (0.0, 1.0),
            (0.0, 2.5),
            (1.0, 3.0),
            (-2.0, 0.7),
            (1e9, 1e-310),
        )
    ],
    "silu": [{"beta": beta} for beta in (1.702, 0.001, -1.0, -2.7, 1e-308, -3e300)],
    "hard_sigmoid": [
        {"alpha": alpha, "beta": beta}
        for alpha, beta in ((0.2, 0.5), (1.0, 0.0), (1 / 6, 0.3), (0.7, -1.3), (3.0, 1e-300), (1e-300, 7.0))
    ],
    "squareplus": [{"b": b} for b in (1.0, 0.3, 1000.0, 1e-307, 1.7e308)],
    "softshrink": [
        *({"lambd": lambd} for lambd in (0.0, 1.7, 1e300)),
        *({"lambd": edge, "bias": bias} for edge, bias in ((0.5, 0.0), (1.7, 2.5), (0.0, 0.4), (0.0, -0.4))),
    ],
    "hardshrink": [
        *({"lambd": lambd} for lambd in (0.0, 1.7, 1e-310)),
        *({"lambd": lambd, "bias": bias} for lambd, bias in ((0.5, 0.5), (1.7, 1.0), (1.7, -1.0))),
    ],
    "hard_tanh": [
        {"min_val": low, "max_val": high}
        for low, high in ((-2.0, 0.5), (0.0, 6.0), (3.0, 4.0), (-1e-320, 1e308))
    ],
    "threshold": [
        {"threshold": edge, "value": value}
        for edge, value in ((1.0, 1.0), (1.0, 0.0), (-1.0, 2.0), (0.5, 0.25))
    ],
}


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def sigmoid_slope(x: Any) -> Any:
    e = mp.exp(-abs(x))
    return e / (1 + e) ** 2


def log1p_exp(x: Any) -> Any:
    return mp.log1p(mp.exp(-abs(x))) + max(x, 0)


def tanhshrink(x: Any) -> Any:
    if abs(x) < mpf(10) ** -10:  # the next term is 1e-60 of the first
        return x**3 / 3 - 2 * x**5 / 15 + 17 * x**7 / 315
    return x - mp.tanh(x)


def gauss(x: Any) -> tuple[Any, Any]:
    """Φ(x) and φ(x)."""
    return mp.erfc(-x / mp.sqrt(2)) / 2, mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def gelu_slope(x: Any) -> Any:
    distribution, density = gauss(x)
    return distribution + x * density


CUBIC = mpf(0.044715)  # the double, as the service says


def gate(x: Any) -> tuple[Any, Any]:
    """w(x) of gelu_tanh, and its derivative."""
    scale = 2 * mp.sqrt(2 / mp.pi)
    return scale * (x + CUBIC * x**3), scale * (1 + 3 * CUBIC * x * x)


def gelu_tanh(x: Any) -> Any:
    return x * sigmoid(gate(x)[0])


def gelu_tanh_slope(x: Any) -> Any:
    w, slope = gate(x)
    return sigmoid(w) + x * slope * sigmoid_slope(w)


def mish(x: Any) -> Any:
    return x * mp.tanh(log1p_exp(x))


def mish_slope(x: Any) -> Any:
    inner = log1p_exp(x)
    return mp.tanh(inner) + x * sigmoid(x) / mp.cosh(inner) ** 2


def selu_constants(alpha: Any, gamma: Any) -> tuple[Any, Any]:
    """λ and λα; the defaults stand for PyTorch's decimals."""
    if (alpha, gamma) == (mpf(1.6732632423543772), mpf(1.0507009873554805)):
        scale = mpf("1.0507009873554804934193349852946")
        return scale, scale * mpf("1.6732632423543772848170429916717")
    return gamma, gamma * alpha


def selu(x: Any, alpha: Any, gamma: Any) -> Any:
    scale, product = selu_constants(alpha, gamma)
    return scale * x if x > 0 else product * mp.expm1(x)


def selu_slope(x: Any, alpha: Any, gamma: Any) -> Any:
    scale, product = selu_constants(alpha, gamma)
    return scale if x > 0 else product * mp.exp(x)


def ramp(x: Any, alpha: Any, beta: Any) -> Any:
    """alpha·x + beta; the float nearest 1/6 stands for 1/6."""
    return (mpf(1) / 6 if alpha == mpf(1 / 6) else alpha) * x + beta


def squareplus(x: Any, b: Any) -> Any:
    root = mp.sqrt(x * x + b)
    return (x + root) / 2 if x > 0 else b / (2 * (root - x))


def squareplus_slope(x: Any, b: Any) -> Any:
    root = mp.sqrt(x * x + b)
    return (1 + x / root) / 2 if x > 0 else b / (2 * root * (root - x))


def inside(x: Any, low: float, high: float) -> Any:
    return min(max(x, mpf(low)), mpf(high))


def shrunk(x: Any, lambd: float, bias: float) -> Any:
    if abs(x) <= lambd:
        return mpf(0)
    return x - bias if x > 0 else x + bias


def shrunk_slope(x: Any, lambd: float, bias: float) -> Any:
    return mpf(abs(x) > lambd or lambd == bias == 0)


# name: (function, derivative), called with x: mpf and the parameters by keyword.
REFERENCES: dict[str, tuple[Reference, Reference]] = {
    "identity": (lambda x: x, lambda x: mpf(1)),
    "sigmoid": (sigmoid, sigmoid_slope),
    "tanh": (mp.tanh, lambda x: 1 / mp.cosh(x) ** 2),
    "softplus": (lambda x, beta: log1p_exp(beta * x) / beta, lambda x, beta: sigmoid(beta * x)),
    "relu": (lambda x: max(x, mpf(0)), lambda x: mpf(x > 0)),
    "heaviside": (lambda x: mpf(x >= 0), lambda x: mpf(0)),
    "leaky_relu": (
        lambda x, negative_slope: x if x > 0 else negative_slope * x,
        lambda x, negative_slope: mpf(1) if x > 0 else negative_slope,
    ),
    "elu": (
        lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
        lambda x, alpha: mpf(1) if x > 0 else alpha * mp.exp(x),
    ),
    "selu": (selu, selu_slope),
    "celu": (
        lambda x, alpha: x if x > 0 else alpha * mp.expm1(x / alpha),
        lambda x, alpha: mpf(1) if x > 0 else mp.exp(x / alpha),
    ),
    "gelu": (lambda x: x * gauss(x)[0], gelu_slope),
    "gelu_tanh": (gelu_tanh, gelu_tanh_slope),
    "silu": (
        lambda x, beta: x * sigmoid(beta * x),
        lambda x, beta: sigmoid(beta * x) + beta * x * sigmoid_slope(beta * x),
    ),
    "mish": (mish, mish_slope),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
    "log_sigmoid": (lambda x: -log1p_exp(-x), lambda x: sigmoid(-x)),
    "relu6": (lambda x: inside(x, 0, 6), lambda x: mpf(0 < x < 6)),
    "hard_sigmoid": (
        lambda x, alpha, beta: inside(ramp(x, alpha, beta), 0, 1),
        lambda x, alpha, beta: mpf(0 < ramp(x, alpha, beta) < 1) * ramp(1, alpha, 0),
    ),
    "hard_tanh": (
        lambda x, min_val, max_val: inside(x, min_val, max_val),
        lambda x, min_val, max_val: mpf(min_val < x < max_val),
    ),
    "hard_swish": (
        lambda x: x * inside(x + 3, 0, 6) / 6,
        lambda x: mpf(x >= 3) if abs(x) >= 3 else (2 * x + 3) / 6,
    ),
    "tanhshrink": (tanhshrink, lambda x: mp.tanh(x) ** 2),
    "softshrink": (shrunk, shrunk_slope),
    "hardshrink": (shrunk, shrunk_slope),
    "threshold": (
        lambda x, threshold, value: x if x > threshold else value,
        lambda x, threshold, value: mpf(x > threshold),
    ),
    "squareplus": (squareplus, squareplus_slope),
    "exponential": (mp.exp, mp.exp),
}


def cases() -> Iterator[Case]:
    """Every activation with its defaults, and with other parameters."""
    for name in REFERENCES:
        yield name, {}
        for parameters in PARAMETERS.get(name, []):
            yield name, parameters


def label(case: Case) -> str:
    name, parameters = case
    return "-".join([name, *(f"{value:g}" for value in parameters.values())])


CASES = list(cases())


def reference(name: str, parameters: dict[str, float], derivative: bool) -> Callable[[float], Any]:
    """The function or its derivative in mpmath, of a finite float64; `parameters` are all of them."""
    function = REFERENCES[name][derivative]
    exact = {key: mpf(value) for key, value in parameters.items()}

    return lambda x: function(mpf(x), **exact)
