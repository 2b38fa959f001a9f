"""Every activation and derivative on 10⁶ numbers, beside its largest error.

Against the plainest NumPy form (goal: 6 times at most; 2.5 for sigmoid, tanh and softplus), against
`np.copyto`, and against PyTorch on one thread where that is installed. Accuracy comes first: 2 ulp.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from mpmath import mp, mpf

from app.nn.activations.catalogue import create, names
from app.nn.activations.record import Activation
from tests.benchmarks.table import Row
from tests.oracles.activations import reference
from tests.oracles.points import adversarial
from tests.oracles.ulp import subnormal, ulps

try:
    import torch
except ImportError:
    torch = None

MANY = True
COUNT = 1_000_000
ROUNDS = 7
TIGHT = ("sigmoid", "tanh", "softplus")
SCALE = math.sqrt(2 / math.pi)

Function = Callable[[Any], Any]
erf: Function = np.vectorize(math.erf, otypes=[np.float64])  # NumPy has none


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(x))


def step(x: Any) -> Any:
    return np.where(x > 0, 1.0, 0.0)


def density(x: Any) -> Any:
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def inner(x: Any) -> Any:
    return np.tanh(SCALE * (x + 0.044715 * x**3))


def constant(x: Any, value: float) -> Any:
    """A constant that lets NaN through, as every one of ours does."""
    return np.where(np.isnan(x), x, value)


def outside(x: Any) -> Any:
    return np.where(np.abs(x) > 0.5, 1.0, 0.0)


def mish_slope(x: Any) -> Any:
    t = np.tanh(softplus(x))
    return t + x * sigmoid(x) * (1 - t * t)


def gelu_tanh_slope(x: Any) -> Any:
    t = inner(x)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SCALE * (1 + 0.134145 * x * x)


# What one would write down first: the function and its derivative.
PLAIN: dict[str, tuple[Function, Function]] = {
    "identity": (np.copy, lambda x: constant(x, 1.0)),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "softplus": (softplus, sigmoid),
    "relu": (lambda x: np.maximum(x, 0), step),
    "heaviside": (lambda x: np.where(x >= 0, 1.0, 0.0), lambda x: constant(x, 0.0)),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1.0, 0.01)),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(x)), lambda x: np.where(x > 0, 1.0, np.exp(x))),
    "selu": (
        lambda x: 1.05 * np.where(x > 0, x, 1.67 * np.expm1(x)),
        lambda x: 1.05 * np.where(x > 0, 1.0, 1.67 * np.exp(x)),
    ),
    "celu": (lambda x: np.where(x > 0, x, np.expm1(x / 1)), lambda x: np.where(x > 0, 1.0, np.exp(x / 1))),
    "gelu": (
        lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
        lambda x: 0.5 * (1 + erf(x / math.sqrt(2))) + x * density(x),
    ),
    "gelu_tanh": (lambda x: 0.5 * x * (1 + inner(x)), gelu_tanh_slope),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
    "mish": (lambda x: x * np.tanh(softplus(x)), mish_slope),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "log_sigmoid": (lambda x: -np.log1p(np.exp(-x)), lambda x: 1 / (1 + np.exp(x))),
    "relu6": (lambda x: np.clip(x, 0, 6), lambda x: np.where((x > 0) & (x < 6), 1.0, 0.0)),
    "hard_sigmoid": (
        lambda x: np.clip(x / 6 + 0.5, 0, 1),
        lambda x: np.where(np.abs(x) < 3, 1 / 6, 0.0),
    ),
    "hard_tanh": (lambda x: np.clip(x, -1, 1), lambda x: np.where(np.abs(x) < 1, 1.0, 0.0)),
    "hard_swish": (
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(x < -3, 0.0, np.where(x > 3, 1.0, (2 * x + 3) / 6)),
    ),
    "tanhshrink": (lambda x: x - np.tanh(x), lambda x: np.tanh(x) ** 2),
    "softshrink": (lambda x: np.where(x > 0.5, x - 0.5, np.where(x < -0.5, x + 0.5, 0)), outside),
    "hardshrink": (lambda x: np.where(np.abs(x) > 0.5, x, 0), outside),
    "threshold": (lambda x: np.where(x > 0, x, 0), step),
    "squareplus": (lambda x: (x + np.sqrt(x * x + 4)) / 2, lambda x: (1 + x / np.sqrt(x * x + 4)) / 2),
    "exponential": (np.exp, np.exp),
}


def fastest(functions: list[Callable[[], Any]]) -> list[float]:
    """The shortest time of each, in seconds, all taken by turns so that a noisy moment hits all."""
    best = [math.inf] * len(functions)
    for _ in range(ROUNDS):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def largest_error(activation: Activation, derivative: bool) -> float:
    """In ulp, over points whose value is normal and, near zeros of derivatives, no promise is absolute."""
    points = adversarial(1200, seed=9)
    computed = (activation.derivative if derivative else activation.evaluate)(points)
    worst = 0.0
    with mp.workprec(240):
        exact = reference(activation.name, dict(activation.parameters), derivative)
        for x, y in zip(points.tolist(), computed.tolist(), strict=True):
            true = exact(x)
            near_zero = derivative and abs(mpf(y) - true) <= mpf(2) ** -51 and -1.5 < x < -0.5
            if not subnormal(true) and not near_zero:
                worst = max(worst, ulps(y, true))
    return worst


def largest_error_in_single(activation: Activation, derivative: bool) -> float:
    """In spacings of float32 at the exact value, 2⁻¹⁴⁹ among its subnormals: ½ is the best there is."""
    with np.errstate(over="ignore", under="ignore"):
        points = adversarial(1200, seed=9).astype(np.float32)
    points = points[np.isfinite(points)]
    computed = (activation.derivative if derivative else activation.evaluate)(points)
    worst = 0.0
    with mp.workprec(240):
        exact = reference(activation.name, dict(activation.parameters), derivative)
        for x, y in zip(points.tolist(), computed.tolist(), strict=True):
            true = exact(x)
            if math.isfinite(y):
                exponent = max(mp.mag(true) - 24, -149) if true else -149
                worst = max(worst, float(mp.ldexp(abs(mpf(y) - true), -exponent)))
    return worst


def in_torch(activation: Activation, derivative: bool, x: Any) -> Callable[[], Any] | None:
    """PyTorch's own, the derivative by one forward and one backward pass."""
    if torch is None or (derivative and activation.name == "heaviside"):
        return None
    torch.set_num_threads(1)
    if activation.torch is None:
        return None
    named = eval(activation.torch, {"torch": torch})
    if activation.name == "heaviside":
        one = torch.ones((), dtype=torch.from_numpy(x).dtype)
        return lambda: named(torch.from_numpy(x), one)
    module = (
        named
        if not isinstance(named, type)
        else named(0.0, 0.0)
        if activation.name == "threshold"
        else named()
    )
    leaf = torch.from_numpy(x.copy()).requires_grad_(derivative)
    seed = torch.ones_like(leaf)
    if derivative:
        return lambda: torch.autograd.grad(module(leaf), leaf, seed)
    return lambda: module(leaf)


def rows() -> Iterator[Row]:
    random = np.random.default_rng(0).normal(0, 3, COUNT)
    for dtype in (np.float64, np.float32):
        x = random.astype(dtype)
        target = np.empty_like(x)
        for name in names():
            activation = create(name)
            for derivative in (False, True):
                yield from measured(activation, derivative, x, target)


def measured(activation: Activation, derivative: bool, x: Any, target: Any) -> Iterator[Row]:
    ours = activation.derivative if derivative else activation.evaluate
    peer = in_torch(activation, derivative, x)
    with np.errstate(all="ignore"):
        candidates = [
            lambda: ours(x),
            lambda: PLAIN[activation.name][derivative](x),
            lambda: np.copyto(target, x),
        ]
        times = fastest([*candidates, *([peer] if peer else [])])
    subject = f"{activation.name}{'′' if derivative else ''} {x.dtype}"
    speed = f"{COUNT / times[0] / 1e6:.0f} M/s"
    if x.dtype == np.float64:
        error = largest_error(activation, derivative)
        goal = 2.5 if activation.name in TIGHT else 6.0
        yield Row(
            subject,
            f"{speed}, {error:.2f} ulp",
            "plainest NumPy",
            times[0] / times[1],
            f"≤ {goal:g}, ≤ 2 ulp",
            times[0] <= goal * times[1] and error <= 2,
        )
    else:
        speed = f"{speed}, {largest_error_in_single(activation, derivative):.2f} ulp"
    yield Row(subject, speed, "np.copyto", times[0] / times[2], "reported", True)
    if peer:
        yield Row(subject, speed, "PyTorch", times[0] / times[3], "reported", True)
    elif torch is None:
        yield Row(subject, f"{speed}; PyTorch is not installed", "PyTorch", math.nan, "reported", True)
