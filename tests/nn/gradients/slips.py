"""The mistakes of public threads, as their authors would write them: in float64, or in mpmath's numbers."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

Array = Any
Pair = dict[str, Array]


class Author:
    """The sheet's formulas for N rows, in plain arrays of floats or, `exactly`, of mpmath's numbers."""

    def __init__(self, W, Theta, X, labels, *, exactly=False, alpha=0.0, weights=None, l2=0.0):
        self.exactly = exactly
        self.W, self.Theta, self.X = (self.array(one) for one in (W, Theta, X))
        self.N, self.k = len(self.X), self.Theta.shape[1]
        self.labels, self.alpha, self.l2 = np.asarray(labels), alpha, l2
        self.weights = self.array(np.ones(self.k) if weights is None else weights)
        self.onehot = self.array(np.eye(self.k)[self.labels])
        self.y = self.targets(alpha, self.weights)
        self.H = self.X @ self.W.T
        self.a = self.H @ self.Theta
        self.p = self.softmax(self.a)
        self.s = self.y.sum(axis=1, keepdims=True)
        self.g = self.s * self.p - self.y

    def array(self, numbers):
        if not self.exactly:
            return np.array(numbers, dtype=float)
        return np.vectorize(lambda one: mpmath.mpf(float(one)), otypes=[object])(np.array(numbers))

    def exp(self, numbers):
        return np.vectorize(mpmath.exp, otypes=[object])(numbers) if self.exactly else np.exp(numbers)

    def log(self, numbers):
        return np.vectorize(mpmath.log, otypes=[object])(numbers) if self.exactly else np.log(numbers)

    def sigmoid(self, numbers):
        return 1 / (1 + self.exp(-numbers))

    def tanh(self, numbers):
        return 1 - 2 / (self.exp(2 * numbers) + 1)

    def softmax(self, a):
        e = self.exp(a - a.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def targets(self, alpha, weights):
        return (self.onehot * (1 - alpha) + self.array(alpha) / self.k) * weights

    def pair(self, g, *, left=None, right=None, back=None, divisor=None, gate=1) -> Pair:
        divisor = self.N if divisor is None else divisor
        left = self.H if left is None else left
        right = self.X if right is None else right
        back = self.Theta if back is None else back
        W = ((g @ back.T) * gate).T @ right / divisor + self.l2 * self.W
        return {"W": W, "Theta": left.T @ g / divisor + self.l2 * self.Theta}

    def through(self, v):
        return self.p * (v - (self.p * v).sum(axis=1, keepdims=True))


def _rows(author: Author, shift: int) -> Pair:
    y = np.roll(author.y, shift, axis=0)
    return author.pair(author.s * author.p - y)


def _alone(author: Author, row: int) -> Pair:
    keep = np.zeros((author.N, 1))
    keep[row] = 1
    return author.pair(author.g * keep)


def _indexed(author: Author, rows: bool) -> Array:
    g = author.p.copy()
    if rows:
        g[author.labels[author.labels < author.N]] -= 1
    else:
        g[:, author.labels] -= 1
    return g


def _predicted(author: Author) -> Pair:
    return author.pair(author.p - np.eye(author.k)[author.a.argmax(axis=1)])


def _over_rows(author: Author) -> Array:
    e = author.exp(author.a)
    return e / e.sum(axis=0, keepdims=True)


def _forward(author: Author, value: Callable[[Array], Array], slope: Callable[[Array], Array]) -> Pair:
    h = value(author.H)
    g = author.softmax(h @ author.Theta) - author.y
    return author.pair(g, left=h, gate=slope(author.H))


def _turned(author: Author) -> Pair:
    h = author.X @ author.W
    return author.pair(author.softmax(h @ author.Theta) - author.y, left=h)


SLIPS: dict[str, tuple[str, Callable[[Author], Pair]]] = {
    "y − p": ("sign", lambda z: z.pair(-z.g)),
    "transposed": ("transposed", lambda z: {part: one.T for part, one in z.pair(z.g).items()}),
    "p alone": ("p_without_y", lambda z: z.pair(z.p)),
    "squared error": ("squared_error_gradient", lambda z: z.pair(z.through(z.p - z.y))),
    "log₂": ("log_base", lambda z: {part: one / z.log(z.array(2.0)) for part, one in z.pair(z.g).items()}),
    "no 1/N": ("sum_instead_of_mean", lambda z: z.pair(z.g, divisor=1)),
    "N²": ("wrong_divisor", lambda z: z.pair(z.g, divisor=z.N**2)),
    "N − 1": ("wrong_divisor", lambda z: z.pair(z.g, divisor=z.N - 1)),
    "N·k": ("wrong_divisor", lambda z: z.pair(z.g, divisor=z.N * z.k)),
    "p′ − y": ("softmax_twice", lambda z: z.pair(z.softmax(z.p) - z.y)),
    "p′ − y, whole chain": ("softmax_twice", lambda z: z.pair(z.through(z.softmax(z.p) - z.y))),
    "(p − y)p(1 − p)": ("softmax_derivative_again", lambda z: z.pair(z.g * z.p * (1 - z.p))),
    "(p − y)p": ("softmax_derivative_again", lambda z: z.pair(z.g * z.p)),
    "(p − y)(1 − p)": ("softmax_derivative_again", lambda z: z.pair(z.g * (1 - z.p))),
    "(p − y)/(p(1 − p))": ("jacobian_forgotten", lambda z: z.pair(z.g / (z.p * (1 - z.p)))),
    "|p − y|": ("error_without_sign", lambda z: z.pair(abs(z.g))),
    "(p − y)²": ("error_without_sign", lambda z: z.pair(z.g * z.g)),
    "Σ p·y − y": (
        "one_probability_for_all",
        lambda z: z.pair((z.p * z.y).sum(axis=1, keepdims=True) - z.y),
    ),
    "argmax − y": (
        "class_for_probabilities",
        lambda z: z.pair(z.array(np.eye(z.k)[z.a.argmax(axis=1)]) - z.y),
    ),
    "(p − y)σ′(a)": (
        "gate_not_in_the_model",
        lambda z: z.pair(z.g * z.sigmoid(z.a) * (1 - z.sigmoid(z.a))),
    ),
    "(σ(a) − y)σ′(a)": (
        "sigmoid_for_softmax",
        lambda z: z.pair((z.sigmoid(z.a) - z.y) * z.sigmoid(z.a) * (1 - z.sigmoid(z.a))),
    ),
    "the Jacobian's sum over rows": (
        "axes_confused",
        lambda z: z.pair(z.p * z.y.sum(axis=0, keepdims=True) - z.y),
    ),
    "the class's number": ("target_indexing", lambda z: z.pair(z.p - z.labels[:, np.newaxis])),
    "−y(1 − p)": ("jacobian_diagonal", lambda z: z.pair(-z.y * (1 - z.p))),
    "−y/p": ("jacobian_forgotten", lambda z: z.pair(-z.y / z.p)),
    "−y": ("normaliser_forgotten", lambda z: z.pair(-z.y)),
    "p(1 − p)": ("loss_derivative_forgotten", lambda z: z.pair(z.p * (1 - z.p))),
    "σ(a) − y": ("sigmoid_for_softmax", lambda z: z.pair(z.sigmoid(z.a) - z.y)),
    "a − y": ("softmax_forgotten", lambda z: z.pair(z.a - z.y)),
    "exp(a) − y": ("not_normalised", lambda z: z.pair(z.exp(z.a) - z.y)),
    "ln p − y": ("log_probabilities", lambda z: z.pair(z.log(z.p) - z.y)),
    "binary cross-entropy": (
        "binary_cross_entropy",
        lambda z: z.pair(z.through((z.p - z.y) / (z.p * (1 - z.p)))),
    ),
    "softmax over rows": ("axes_confused", lambda z: z.pair(_over_rows(z) - z.y)),
    "classes from one": ("wrong_label", lambda z: z.pair(z.p - np.roll(z.y, 1, axis=1))),
    "classes less one": ("wrong_label", lambda z: z.pair(z.p - np.roll(z.y, -1, axis=1))),
    "always class 0": ("wrong_label", lambda z: z.pair(z.p - np.eye(z.k)[np.zeros(z.N, int)])),
    "the prediction": ("prediction_for_target", _predicted),
    "p[:, y]": ("target_indexing", lambda z: z.pair(_indexed(z, rows=False))),
    "p[y]": ("target_indexing", lambda z: z.pair(_indexed(z, rows=True))),
    "the next row's": ("rows_confused", lambda z: _rows(z, -1)),
    "the last row": ("row_overwritten", lambda z: _alone(z, -1)),
    "the first row": ("row_overwritten", lambda z: _alone(z, 0)),
    "ln(p + 1e-7)": ("epsilon_in_logarithm", lambda z: z.pair(z.through(-z.y / (z.p + 1e-7)))),
    "tanh throughout": (
        "gate_not_in_the_model",
        lambda z: _forward(z, z.tanh, lambda h: 1 - z.tanh(h) ** 2),
    ),
    "1 − h²": ("gate_not_in_the_model", lambda z: {"W": z.pair(z.g, gate=1 - z.H**2)["W"]}),
    "ReLU in Θ": (
        "gate_not_in_the_model",
        lambda z: {"Theta": z.pair(z.g, left=z.H * (z.H > 0))["Theta"]},
    ),
    "x for Wx": ("first_layer_forgotten", lambda z: {"Theta": z.pair(z.g, left=z.X)["Theta"]}),
    "Wᵀx for Wx": (
        "layer_weight_transposed",
        lambda z: {"Theta": z.pair(z.g, left=z.X @ z.W)["Theta"]},
    ),
    "Wᵀx for Wx throughout": ("layer_weight_transposed", _turned),
    "Θᵀ for Θ": ("theta_transposed", lambda z: {"W": z.pair(z.g, back=z.Theta.T)["W"]}),
    "λΘ added": (
        "regulariser",
        lambda z: {
            "W": z.pair(z.g)["W"] + z.array(0.3) * z.W,
            "Theta": z.pair(z.g)["Theta"] + z.array(0.3) * z.Theta,
        },
    ),
    "reshaped": (
        "reshaped",
        lambda z: {part: one.T.reshape(one.shape) for part, one in z.pair(z.g).items()},
    ),
    "backwards": (
        "order_reversed",
        lambda z: {part: one[::-1, ::-1] for part, one in z.pair(z.g).items()},
    ),
    "a step": (
        "step_for_gradient",
        lambda z: {
            "W": z.W - z.array(0.1) * z.pair(z.g)["W"],
            "Theta": z.Theta - z.array(0.1) * z.pair(z.g)["Theta"],
        },
    ),
    "Θ's step first": (
        "weights_updated",
        lambda z: {"W": z.pair(z.g, back=z.Theta - z.array(0.5) * z.pair(z.g)["Theta"])["W"]},
    ),
    "zeros": ("zeros", lambda z: {part: 0 * one for part, one in z.pair(z.g).items()}),
}
"""Each with the code that it is called by."""

SQUARE = {
    "x for Wx": "h = d",
    "Wᵀx for Wx": "h = d",
    "Wᵀx for Wx throughout": "h = d",
    "Θᵀ for Θ": "h = k",
}
"""What only square matrices can hold."""

ONLY_OBLONG = {"reshaped"}
SEVERAL_ROWS = {
    "no 1/N", "N²", "N − 1", "softmax over rows", "the next row's", "the last row", "the first row",
    "p[:, y]", "always class 0", "the Jacobian's sum over rows",
}  # fmt: skip
