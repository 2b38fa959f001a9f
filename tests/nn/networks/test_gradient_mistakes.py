"""Mistakes of backpropagation have their names whatever the activation, through one to three layers."""

import numpy as np
import pytest

from app.nn.activations.catalogue import create, names
from app.nn.gradients.targets import prepare
from app.nn.networks.backpropagation import backpropagate
from app.nn.networks.gradient_grading import NetworkCheck
from app.nn.networks.network import SOFTMAX, Layer, Network


class Author:
    """Layers of one activation, then softmax or as they are, in NumPy; every step open to a slip."""

    def __init__(self, name, seed, *, last="softmax"):
        random = np.random.default_rng(seed)
        self.count, self.activation = seed % 3 + 1, create(name)
        sizes = random.integers(2, 6, self.count + 1)
        shapes = list(zip(sizes[1:], sizes, strict=False))
        size = 0.3 if name == "exponential" else 1.0  # of an exponential of one, much is beyond float64
        self.weights = [size * random.normal(size=shape) for shape in shapes]
        self.biases = [random.normal(size=shape[0]) for shape in shapes]
        self.X = random.normal(size=(int(random.integers(2, 6)), sizes[0]))
        self.softmax = last == "softmax"
        kinds = [self.activation] * (self.count - 1) + [SOFTMAX if self.softmax else create("identity")]
        self.network = Network([Layer(*one) for one in zip(self.weights, self.biases, kinds, strict=True)])
        self.y = np.eye(sizes[-1])[random.integers(0, sizes[-1], len(self.X))]
        self.loss = "cross_entropy" if self.softmax else "squared_error"
        targets = prepare(self.y, self.X.shape, int(sizes[-1]))
        right = backpropagate(self.network, self.X, targets, self.loss)
        self.check = NetworkCheck(self.network, self.X, targets, self.loss, "mean", right)

    def gradients(
        self, *, last=None, slope=None, value=None, seen=None, back=None, divisor=None, biased=True
    ):
        value = value or self.activation.evaluate
        slope = slope or (lambda z, h: self.activation.derivative(z))
        zs, hs = [], [self.X]
        for index, (W, b) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            zs.append(hs[-1] @ W.T + (b if biased else 0.0))
            hs.append(value(zs[-1]) if index < self.count else zs[-1])
        p = zs[-1]
        if self.softmax:
            e = np.exp(p - p.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
        delta = (p - self.y if last is None else last(p, self.y)) / (divisor or len(self.X))
        found = {}
        for index in reversed(range(self.count)):
            below = hs[index] if seen is None or index == 0 else seen(zs[index - 1])
            found[f"layers.{index}.weight"] = delta.T @ below
            found[f"layers.{index}.bias"] = delta.sum(axis=0)
            delta = delta @ (self.weights[index] if back is None else back(self.weights[index]))
            if index:
                delta = delta * slope(zs[index - 1], hs[index])
        return {**found, "inputs": delta}


def softmaxed(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# Each with the least number of layers in which it can be made, and whether the last one must be softmax.
SLIPS = {
    "sign": (1, False, lambda z: z.gradients(last=lambda p, y: y - p)),
    "p_without_y": (1, False, lambda z: z.gradients(last=lambda p, y: p)),
    "sum_instead_of_mean": (1, False, lambda z: z.gradients(divisor=1)),
    "softmax_twice": (1, True, lambda z: z.gradients(last=lambda p, y: softmaxed(p) - y)),
    "jacobian_diagonal": (1, True, lambda z: z.gradients(last=lambda p, y: -y * (1 - p))),
    "bias_forgotten": (1, False, lambda z: z.gradients(biased=False)),
    "error_without_sign": (1, False, lambda z: z.gradients(last=lambda p, y: abs(p - y))),
    "activation_derivative_forgotten": (2, False, lambda z: z.gradients(slope=lambda t, h: np.ones_like(t))),
    "derivative_of_the_wrong_thing": (
        2, False, lambda z: z.gradients(slope=lambda t, h: z.activation.derivative(h)),
    ),
    "gate_inverted": (2, False, lambda z: z.gradients(slope=lambda t, h: 1 - z.activation.derivative(t))),
    "preactivations_for_activations": (2, False, lambda z: z.gradients(seen=lambda t: t)),
    "activation_forgotten": (
        2, False, lambda z: z.gradients(value=lambda t: t, slope=lambda t, h: np.ones_like(t)),
    ),
}  # fmt: skip
LAST_LAYERS = {
    "sign", "p_without_y", "sum_instead_of_mean", "softmax_twice", "jacobian_diagonal", "error_without_sign",
    "bias_forgotten",
}  # fmt: skip


def demand_names(name, seeds):
    """Return how many wrong parts there were, and how many had the name, alone or among others."""
    asked = named = 0
    missed = []
    for seed in seeds:
        for last in ("softmax", "identity"):
            author = Author(name, seed, last=last)
            for code, (layers, softmax, make) in SLIPS.items():
                if author.count < layers or (softmax and last != "softmax"):
                    continue
                if author.count > 2 and code not in LAST_LAYERS | {"activation_forgotten"}:
                    continue  # made in every layer at once it is two mistakes
                if name == "identity" and code not in LAST_LAYERS:
                    continue
                submission = make(author)
                if seed % 2:
                    submission = {part: np.array([float(f"{x:.4e}") for x in one.ravel()]).reshape(one.shape)
                                  for part, one in submission.items()}  # fmt: skip
                told = author.check.grade(submission)
                wrong = {part: one for part, one in told.items() if not one.correct}
                if not wrong:
                    assert code in author.check.hidden_mistakes(), (name, seed, code)
                asked += len(wrong)
                for part, one in wrong.items():
                    if code in one.codes or (not submission[part].any() and "zeros" in one.codes):
                        named += 1
                    else:
                        missed.append((seed, last, code, part, one.codes))
    return asked, named, missed


@pytest.mark.parametrize("name", names())
def test_mistakes_with_every_activation_have_their_names(name):
    asked, named, missed = demand_names(name, range(3))
    assert asked > 20
    assert named >= 0.95 * asked, missed


@pytest.mark.long
@pytest.mark.parametrize("name", names())
def test_mistakes_of_many_networks_have_names(name):
    """Mistakes of many networks of every activation have names."""
    asked, named, missed = demand_names(name, range(100, 160))
    assert named >= 0.99 * asked, missed


def demand_right(name, seeds):
    for seed in seeds:
        author = Author(name, seed, last=("softmax", "identity")[seed % 2])
        right = author.gradients()
        for digits in (17, 5, 3):
            given = {
                part: np.array([float(f"{x:.{digits - 1}e}") for x in one.ravel()]).reshape(one.shape)
                for part, one in right.items()
            }
            told = author.check.grade(given)
            assert all(one.correct for one in told.values()), (name, seed, digits)


@pytest.mark.parametrize("name", names())
def test_right_gradients_of_every_activation_are_right(name):
    demand_right(name, range(3))


@pytest.mark.long
@pytest.mark.parametrize("name", names())
def test_right_gradients_of_many_networks_are_right(name):
    demand_right(name, range(100, 300))


def test_a_forgotten_activation_has_its_name_in_every_layer():
    for seed in (1, 2, 4, 5):
        for name in ("tanh", "relu", "softplus"):
            author = Author(name, seed)
            plain = author.gradients(value=lambda t: t, slope=lambda t, h: np.ones_like(t))
            told = author.check.grade(plain)
            assert {one.codes for one in told.values()} == {("activation_forgotten",)}


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_a_bias_left_out_of_one_layer_has_its_name(name):
    """Rounded to four decimals, in whichever layer; the right one without it is right."""
    for seed in range(6):
        author = Author(name, seed)
        for index in range(author.count):
            kept = author.biases[index]
            author.biases[index] = np.zeros_like(kept)
            given = {part: np.round(one, 4) for part, one in author.gradients().items()}
            author.biases[index] = kept
            told = author.check.grade(given)
            wrong = {one.codes for one in told.values() if not one.correct}
            assert all("bias_forgotten" in codes for codes in wrong), (seed, index, wrong)
            assert wrong or name == "relu"


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_gradients_that_stand_in_reverse_have_their_name(name):
    for seed in range(6):
        author = Author(name, seed)
        for part, one in author.gradients().items():
            backwards = one[::-1] if one.ndim == 1 else one[::-1, ::-1]
            if np.allclose(backwards, -one) or np.allclose(backwards, one):
                continue  # two classes: a sign
            assert "order_reversed" in author.check.grade({part: backwards})[part].codes, (seed, part)
