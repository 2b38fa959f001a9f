"""The check of backpropagation: nothing right is wrong, and the mistakes of every layer have their names."""

import mpmath
import numpy as np
import pytest

from app.nn.activations.catalogue import create, names
from app.nn.errors import InvalidValue
from app.nn.gradients.parts import Rules
from app.nn.gradients.targets import prepare
from app.nn.networks.backpropagation import backpropagate, with_penalty
from app.nn.networks.gradient_grading import NetworkCheck
from app.nn.networks.network import SOFTMAX, Layer, Network

FUNCTIONS = {
    "tanh": (np.tanh, lambda z, h: 1 - h * h),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z, h: h * (1 - h)),
    "relu": (lambda z: np.maximum(z, 0), lambda z, h: (z > 0).astype(float)),
}


def softmaxed(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Author:
    """Two layers, the last one softmax, as anybody writes them in NumPy; every step open to a slip."""

    def __init__(self, seed, activation, *, square=False, rows=None):
        random = np.random.default_rng(seed)
        d, h, k = (int(one) for one in random.integers(2, 7, 3))
        d, k = (h, h) if square else (d, k)
        n = rows or int(random.integers(1, 7))
        self.W1, self.b1 = random.normal(size=(h, d)), random.normal(size=h)
        self.W2, self.b2 = random.normal(size=(k, h)), random.normal(size=k)
        self.X, self.labels = random.normal(size=(n, d)), random.integers(0, k, n)
        self.value, self.slope = FUNCTIONS[activation]
        self.network = Network(
            [Layer(self.W1, self.b1, create(activation)), Layer(self.W2, self.b2, SOFTMAX)]
        )
        self.targets = prepare(self.labels.astype(float), self.X.shape, k)
        self.right = backpropagate(self.network, self.X, self.targets, "cross_entropy")

    def check(self, l2=0.0):
        return NetworkCheck(self.network, self.X, self.targets, "cross_entropy", "mean", self.right, l2)

    def gradients(self, *, last=None, gate=None, back=None, divisor=None, hidden=None):
        z = self.X @ self.W1.T + self.b1
        h = self.value(z)
        p, y = softmaxed(h @ self.W2.T + self.b2), np.eye(len(self.b2))[self.labels]
        g = (p - y if last is None else last(p, y)) / (divisor or len(self.X))
        delta = (g @ (self.W2 if back is None else back)) * (gate or self.slope)(z, h)
        return {
            "layers.1.weight": g.T @ (h if hidden is None else hidden(z)),
            "layers.1.bias": g.sum(axis=0),
            "layers.0.weight": delta.T @ self.X,
            "layers.0.bias": delta.sum(axis=0),
            "inputs": delta @ self.W1,
        }


SLIPS = {
    "softmax_twice": lambda z: z.gradients(last=lambda p, y: softmaxed(p) - y),
    "jacobian_diagonal": lambda z: z.gradients(last=lambda p, y: -y * (1 - p)),
    "softmax_derivative_again": lambda z: z.gradients(last=lambda p, y: (p - y) * p * (1 - p)),
    "p_without_y": lambda z: z.gradients(last=lambda p, y: p),
    "sign": lambda z: z.gradients(last=lambda p, y: y - p),
    "sum_instead_of_mean": lambda z: z.gradients(divisor=1),
    "activation_derivative_forgotten": lambda z: z.gradients(gate=lambda z, h: np.ones_like(z)),
    "gate_inverted": lambda z: z.gradients(gate=lambda t, h: 1 - z.slope(t, h)),
    "derivative_of_the_wrong_thing": lambda z: z.gradients(gate=lambda t, h: z.slope(h, z.value(h))),
    "preactivations_for_activations": lambda z: z.gradients(hidden=lambda t: t),
}


def demand_names(code, activation, seeds):
    asked = named = 0
    for seed in seeds:
        author = Author(seed, activation, rows=3 if code == "sum_instead_of_mean" else None)
        submission = SLIPS[code](author)
        if seed % 2:
            submission = {part: np.array([float(f"{x:.3e}") for x in one.ravel()]).reshape(one.shape)
                          for part, one in submission.items()}  # fmt: skip
        hidden = author.check().hidden_mistakes()
        wrong = [one for one in author.check().grade(submission).values() if not one.correct]
        if not wrong:
            assert code in hidden, seed
        asked += len(wrong)
        named += sum(code in one.codes or "zeros" in one.codes for one in wrong)
    return asked, named


@pytest.mark.parametrize("activation", FUNCTIONS)
@pytest.mark.parametrize("code", SLIPS)
def test_mistakes_of_two_layers_have_their_names(code, activation):
    asked, named = demand_names(code, activation, range(6))
    assert named >= 0.95 * asked


@pytest.mark.long
@pytest.mark.parametrize("activation", FUNCTIONS)
def test_mistakes_of_many_networks_have_their_names(activation):
    counts = {code: demand_names(code, activation, range(100, 270)) for code in SLIPS}
    asked, named = (sum(one[i] for one in counts.values()) for i in (0, 1))
    assert named >= 0.995 * asked, counts


def demand_right(seeds):
    for seed in seeds:
        author = Author(seed, list(FUNCTIONS)[seed % 3])
        right = author.gradients()
        for digits in (17, 2, 3, 4):
            given = {
                part: np.array([float(f"{x:.{digits - 1}e}") for x in one.ravel()]).reshape(one.shape)
                for part, one in right.items()
            }
            for part, one in author.check().grade(given).items():
                short = (
                    all(float(f"{x:.{digits - 2}e}") == x for x in given[part].ravel()) if digits < 9 else 0
                )
                assert one.correct or short, (seed, part, digits)


def test_no_right_gradient_is_wrong_however_it_is_rounded():
    demand_right(range(40))


@pytest.mark.long
def test_no_right_gradient_of_many_networks_is_wrong():
    demand_right(range(1000, 5000))


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("last", ["softmax", "identity", "own"])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_finite_differences_of_every_activation_are_right(name, last, loss):
    """And its own gradients are right to the last digit, one entry changed by 10⁻⁵ is not."""
    activation = create(name)
    random = np.random.default_rng(5)
    layers = [
        Layer(random.normal(size=(3, 2)), random.normal(size=3), activation),
        Layer(
            random.normal(size=(2, 3)),
            None,
            {"softmax": SOFTMAX, "own": activation}.get(last) or create("identity"),
        ),
    ]
    network, X, y = Network(layers), random.normal(size=(4, 2)), random.uniform(0, 1, (4, 2))
    targets = prepare(y, X.shape, 2)
    right = backpropagate(network, X, targets, loss)
    step = 1e-6
    numerical = np.zeros((3, 2))
    for i, j in np.ndindex(3, 2):
        ends = []
        for sign in (1, -1):
            moved = layers[0].weight.copy()
            moved[i, j] += sign * step
            other = Network([Layer(moved, layers[0].bias, activation), layers[1]])
            ends.append(float(backpropagate(other, X, targets, loss).loss))
        numerical[i, j] = (ends[0] - ends[1]) / (2 * step)
    check = NetworkCheck(network, X, targets, loss, "mean", right)
    told = check.grade({"layers.0.weight": numerical}, Rules(1e-5, 1e-7))
    assert told["layers.0.weight"].correct
    told = check.grade({"layers.0.weight": right.layers[0].weight, "inputs": right.inputs}, Rules(0.0))
    assert all(one.correct for one in told.values())
    wrong = right.layers[0].weight.copy()
    place = np.unravel_index(np.abs(wrong).argmax(), wrong.shape)
    if wrong[place]:
        wrong[place] *= 1.00001
        told = check.grade({"layers.0.weight": wrong}, Rules(1e-9, rounding=False))
        assert np.argwhere(told["layers.0.weight"].wrong).tolist() == [list(place)]


def test_float32_is_right_and_a_wrong_entry_in_it_is_not():
    author = Author(3, "tanh", rows=5)
    for name in ("W1", "b1", "W2", "b2", "X"):
        setattr(author, name, getattr(author, name).astype(np.float32))
    single = {part: one.astype(np.float32) for part, one in author.gradients().items()}
    assert all(one.correct for one in author.check().grade(single).values())
    single["layers.0.weight"][0, 0] *= np.float32(1.01)
    told = author.check().grade(single)
    assert np.argwhere(told["layers.0.weight"].wrong).tolist() == [[0, 0]]


def test_weight_forgotten_or_not_transposed_has_its_name():
    """A weight that is forgotten or not transposed has its name."""
    for seed in range(5):
        author = Author(seed, "tanh", square=True, rows=3)
        for back, code in ((np.eye(len(author.b2)), "layer_weight_forgotten"),
                           (author.W2.T, "layer_weight_transposed")):  # fmt: skip
            told = author.check().grade(author.gradients(back=back))
            assert all(code in one.codes for one in told.values() if not one.correct)
            assert not told["layers.0.weight"].correct


def exactly(numbers):
    return np.vectorize(lambda one: mpmath.mpf(float(one)), otypes=[object])(numbers)


def through_relu(author, back):
    """Return δ of the last layer, and what `back` makes of it for the first, in mpmath's numbers."""
    W1, b1, W2, b2, X = (exactly(getattr(author, name)) for name in ("W1", "b1", "W2", "b2", "X"))
    z = X @ W1.T + b1
    a = (z * (z > 0)) @ W2.T + b2
    e = np.vectorize(mpmath.exp, otypes=[object])(a)
    g = (e / e.sum(axis=1, keepdims=True) - np.eye(len(b2))[author.labels]) / len(X)
    delta = back(g, z, W2)
    found = {"layers.0.weight": delta.T @ X, "layers.0.bias": delta.sum(axis=0), "inputs": delta @ W1}
    return {part: one.astype(float) for part, one in found.items()}


@pytest.mark.parametrize(
    ("code", "back"),
    [
        ("derivative_of_the_wrong_thing", lambda g, z, W2: (g @ W2) * ((g @ W2) > 0)),
        ("other_side_of_kink", lambda g, z, W2: (g @ W2) * (z >= 0)),
        ("other_side_of_kink", lambda g, z, W2: (g @ W2) * ((z > 0) + (z == 0) / mpmath.mpf(2))),
        ("weights_updated", lambda g, z, W2: (g @ (W2 - g.T @ (z * (z > 0)) / 3)) * (z > 0)),
    ],
)
def test_relu_and_its_kink_taken_otherwise_have_names(code, back):
    """The gradient in place of what ReLU met, another side of its kink, and weights changed too early."""
    named = 0
    for seed in range(8):
        author = Author(seed, "relu", rows=4)
        if code == "other_side_of_kink":
            author.X = np.round(author.X)
            author.W1, author.b1 = np.round(author.W1), -np.round(author.W1) @ author.X[0]
            author.network = Network([Layer(author.W1, author.b1, create("relu")), author.network.layers[1]])
            author.right = backpropagate(author.network, author.X, author.targets, "cross_entropy")
        right = through_relu(author, lambda g, z, W2: (g @ W2) * (z > 0))
        submission = through_relu(author, back)
        if code == "weights_updated":
            submission.pop("inputs")
        if any(np.allclose(submission[part], right[part]) for part in submission):
            continue
        told = author.check().grade(submission)
        assert not any(one.correct for one in told.values())
        assert all(code in one.codes for one in told.values()), (seed, told)
        named += 1
    assert named >= 4


def test_slips_of_the_bias_have_their_names():
    author = Author(1, "tanh", rows=4)
    right = author.gradients()
    z = author.X @ author.W1.T + author.b1
    h = np.tanh(z)
    g = (softmaxed(h @ author.W2.T + author.b2) - np.eye(len(author.b2))[author.labels]) / 4
    for bias, code in (
        (g, "bias_not_summed"),
        (g[-1], "row_overwritten"),
        (right["layers.1.bias"] / 4, "averaged_twice"),
        (right["layers.1.weight"].sum(axis=1), "weight_gradient_for_bias"),
    ):
        told = author.check().grade({"layers.1.bias": bias, "layers.1.weight": right["layers.1.weight"]})
        assert told["layers.1.weight"].correct
        assert not told["layers.1.bias"].correct
        assert told["layers.1.bias"].codes == (code,)
    divided = {part: one / 4 if part.endswith("bias") else one for part, one in right.items()}
    told = author.check().grade(divided)
    assert {part: one.codes for part, one in told.items() if not one.correct} == {
        "layers.0.bias": ("averaged_twice",), "layers.1.bias": ("averaged_twice",),
    }  # fmt: skip
    delta = (g @ author.W2) * (1 - h * h)
    told = author.check().grade({"layers.0.bias": np.full(len(author.b1), delta.sum())})
    assert told["layers.0.bias"].codes == ("bias_summed_over_units",)


@pytest.mark.parametrize(
    ("name", "gate", "code"),
    [
        ("tanh", lambda z, h: h, "activation_derivative_forgotten"),
        ("relu", lambda z, h: h, "activation_derivative_forgotten"),
        ("relu", lambda z, h: h * (1 - h), "derivative_of_the_wrong_thing"),
        ("sigmoid", lambda z, h: 1 - h * h, "derivative_of_the_wrong_thing"),
    ],
)
def test_functions_in_place_of_slopes_have_their_names(name, gate, code):
    author = Author(1, name, rows=4)
    told = author.check().grade(author.gradients(gate=gate))
    assert all(code in one.codes for part, one in told.items() if part.startswith("layers.0"))


def test_l2_on_biases_or_halved_has_its_name():
    author = Author(2, "tanh", rows=4)
    l2 = 0.3
    whole = with_penalty(author.network, author.right, l2)
    for bias, weight, codes in (
        (whole.layers[0].bias + l2 * author.b1, whole.layers[0].weight, ("bias_regularised",)),
        (whole.layers[0].bias, whole.layers[0].weight - l2 / 2 * author.W1, ("regulariser",)),
    ):
        told = author.check(l2).grade({"layers.0.bias": bias, "layers.0.weight": weight})
        assert {one.codes for one in told.values() if not one.correct} == {codes}


def test_what_follows_from_the_layer_after_is_told_so():
    for seed in range(8):
        author = Author(seed, "tanh", rows=2)
        noise = np.random.default_rng(seed).normal(size=(2, len(author.b2)))
        told = author.check().grade(author.gradients(last=lambda p, y, noise=noise: p - y + noise))
        assert told["layers.0.weight"].codes == ("follows_from_layer",)
        assert told["layers.0.bias"].codes == ("follows_from_layer",)
        assert told["layers.1.weight"].codes == ()


def test_parts_that_a_network_has_not_are_refused():
    author = Author(1, "tanh")
    for name in ("layers.2.weight", "layers.0.gain", "outputs"):
        with pytest.raises(InvalidValue):
            author.check().grade({name: np.zeros(2)})
    with pytest.raises(InvalidValue):
        author.check().grade({})


def test_dead_units_hide_what_is_told_to_be_hidden():
    author = Author(4, "relu", rows=2)
    dead = Network([Layer(author.W1, author.b1 - 100.0, create("relu")), author.network.layers[1]])
    right = backpropagate(dead, author.X, author.targets, "cross_entropy")
    check = NetworkCheck(dead, author.X, author.targets, "cross_entropy", "mean", right)
    assert "layer_weight_forgotten" in check.hidden_mistakes() or dead.outputs != len(author.b1)
    assert check.grade({"layers.0.weight": np.zeros_like(author.W1)})["layers.0.weight"].correct
