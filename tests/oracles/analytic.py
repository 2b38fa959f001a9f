"""The activations as functions of a complex argument near the real axis, for the complex step.

A piecewise one is the piece on which the real part lies; kinks are not for it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

Complex = Any


def _erfc_of_one(z: complex) -> complex:
    with mp.workdps(60):  # an imaginary part of 1e-30 beside a real one of 1
        return complex(mp.erfc(mp.mpc(z)))


_erfc = np.vectorize(_erfc_of_one, otypes=[complex])


def sigmoid(z: Complex) -> Complex:
    return 1.0 / (1.0 + np.exp(-z))


def softplus(z: Complex) -> Complex:
    return np.log(1.0 + np.exp(z))


def between(z: Complex, low: float, high: float) -> Complex:
    return np.where(z.real < low, low, np.where(z.real > high, high, z))


def selu(z: Complex, alpha: float = 1.6732632423543772, gamma: float = 1.0507009873554805) -> Complex:
    return gamma * np.where(z.real > 0, z, alpha * (np.exp(z) - 1.0))


def shrunk(z: Complex, lambd: float, bias: float) -> Complex:
    return np.where(z.real > lambd, z - bias, np.where(z.real < -lambd, z + bias, 0))


def gelu_tanh(z: Complex) -> Complex:
    return 0.5 * z * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (z + 0.044715 * z**3)))


ANALYTIC: dict[str, Callable[..., Complex]] = {
    "identity": lambda z: z,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "softplus": lambda z, beta=1.0: softplus(beta * z) / beta,
    "relu": lambda z: np.where(z.real > 0, z, 0),
    "heaviside": lambda z: np.where(z.real >= 0, 1.0 + 0j, 0),
    "leaky_relu": lambda z, negative_slope=0.01: np.where(z.real > 0, z, negative_slope * z),
    "elu": lambda z, alpha=1.0: np.where(z.real > 0, z, alpha * (np.exp(z) - 1.0)),
    "selu": selu,
    "celu": lambda z, alpha=1.0: np.where(z.real > 0, z, alpha * (np.exp(z / alpha) - 1.0)),
    "gelu": lambda z: z * _erfc(-z / np.sqrt(2.0)) / 2.0,
    "gelu_tanh": gelu_tanh,
    "silu": lambda z, beta=1.0: z * sigmoid(beta * z),
    "mish": lambda z: z * np.tanh(softplus(z)),
    "softsign": lambda z: z / (1.0 + np.where(z.real < 0, -z, z)),
    "log_sigmoid": lambda z: -softplus(-z),
    "relu6": lambda z: between(z, 0.0, 6.0),
    "hard_sigmoid": lambda z, alpha=1 / 6, beta=0.5: between(alpha * z + beta, 0.0, 1.0),
    "hard_tanh": lambda z, min_val=-1.0, max_val=1.0: between(z, min_val, max_val),
    "hard_swish": lambda z: z * between(z + 3.0, 0.0, 6.0) / 6.0,
    "tanhshrink": lambda z: z - np.tanh(z),
    "softshrink": lambda z, lambd=0.5, bias=None: shrunk(z, lambd, lambd if bias is None else bias),
    "hardshrink": lambda z, lambd=0.5, bias=0.0: shrunk(z, lambd, bias),
    "threshold": lambda z, threshold=0.0, value=0.0: np.where(z.real > threshold, z, value),
    "squareplus": lambda z, b=4.0: 0.5 * (z + np.sqrt(z * z + b)),
    "exponential": np.exp,
}
