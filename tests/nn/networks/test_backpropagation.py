"""Every layer's rule against the complex step, at kinks against the stated convention."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import create, names
from app.nn.activations.record import Floats
from app.nn.errors import NotFinite, Overflow, ShapeMismatch
from app.nn.gradients.problem import gradients
from app.nn.gradients.targets import Labels, Targets, prepare
from app.nn.networks.backpropagation import Backpropagation, Loss, backpropagate, cost
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import SOFTMAX, Layer, Network
from tests.nn.gradients.problems import REDUCTIONS, random_case
from tests.oracles.analytic import ANALYTIC

STEP = 1e-30


def complex_loss(network: Network, parameters: list[Any], inputs: Any, targets: Floats, loss: Loss) -> Any:
    """Return each row's loss from complex parameters [W, b, W, b, …] and inputs."""
    h = inputs
    for index, layer in enumerate(network.layers):
        z = h @ parameters[2 * index].T + parameters[2 * index + 1]
        last = layer.activation == SOFTMAX
        h = z if last else ANALYTIC[layer.activation.name](z, **layer.activation.parameters)
    if loss == "cross_entropy" or network.layers[-1].activation == SOFTMAX:
        shifted = h - h.real.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        if loss == "cross_entropy":
            return -(targets * log_p).sum(axis=1)
        h = np.exp(log_p)
    return 0.5 * ((h - targets) ** 2).sum(axis=1)


def parameters_of_network(network: Network) -> list[Floats]:
    parameters = []
    for layer in network.layers:
        parameters += [layer.weight, np.zeros(layer.outputs) if layer.bias is None else layer.bias]
    return parameters


def by_complex_step(network: Network, rows: Floats, targets: Floats, loss: Loss) -> list[Floats]:
    """Return the derivative of each row's loss by every parameter, then by the inputs: (…, N) each."""
    known = [*parameters_of_network(network), rows]
    found = []
    for which, array in enumerate(known):
        derivative = np.empty((*array.shape, len(rows)))
        for place in np.ndindex(array.shape):
            moved = [np.array(one, dtype=complex) for one in known]
            moved[which][place] += STEP * 1j
            derivative[place] = complex_loss(network, moved[:-1], moved[-1], targets, loss).imag / STEP
        found.append(derivative)
    return found


def dense(targets: Targets, width: int) -> Floats:
    return targets.dense(width) if isinstance(targets, Labels) else targets


def demand_the_complex_step(network: Network, rows: Floats, targets: Targets, loss: Loss) -> None:
    y = dense(targets, network.outputs)
    exact = by_complex_step(network, rows, y, loss)
    count = len(rows)
    for reduction in REDUCTIONS:
        got = backpropagate(network, rows, targets, loss, reduction)
        r = 1.0 / count if reduction == "mean" else 1.0
        for index, (layer, gradient) in enumerate(zip(network.layers, got.layers, strict=True)):
            agree(gradient.weight, exact[2 * index], reduction, r)
            if layer.bias is None:
                assert gradient.bias is None
            else:
                agree(gradient.bias, exact[2 * index + 1], reduction, r)
        agree(got.inputs, exact[-1], "sum", r)
        losses = complex_loss(network, parameters_of_network(network), rows, y, loss)
        expected = losses if reduction == "none" else losses.sum() * r
        np.testing.assert_allclose(got.loss, expected.real, rtol=1e-11, atol=1e-14)
        assert got.outputs.tobytes() == evaluate(network, rows).tobytes()


def agree(got: Floats | None, exact: Floats, reduction: str, factor: float) -> None:
    expected = np.moveaxis(exact, -1, 0) if reduction == "none" else exact.sum(axis=-1) * factor
    assert got is not None
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-13 * (1 + np.abs(expected).max()))


def random_network(seed: int, sizes: list[int], activations: list[Any], biases: bool = True) -> Network:
    random = np.random.default_rng(seed)
    return Network(
        tuple(
            Layer(
                random.normal(size=(n, d)),
                random.normal(size=n) if biases or random.integers(2) else None,
                activation,
            )
            for d, n, activation in zip(sizes, sizes[1:], activations, strict=False)
        )
    )


def test_every_activation_has_an_analytic_form():
    assert set(ANALYTIC) == set(names())


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("name", ANALYTIC)
def test_every_activations_rule_agrees_with_the_complex_step(name, loss):
    random = np.random.default_rng(len(name))
    for seed in range(3):
        # The activation under test inside and last; tanh around it mixes the units.
        network = random_network(seed, [3, 4, 3, 2], [create(name), create("tanh"), create(name)], seed > 0)
        demand_the_complex_step(network, random.normal(size=(4, 3)), random.dirichlet(np.ones(2), 4), loss)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("softplus", {"beta": 2.5}),
        ("leaky_relu", {"negative_slope": -0.3}),
        ("elu", {"alpha": 0.4}),
        ("celu", {"alpha": 1.7}),
        ("softshrink", {"lambd": 0.2}),
        ("hardshrink", {"lambd": 0.1}),
        ("hard_tanh", {"min_val": -0.3, "max_val": 2.0}),
        ("threshold", {"threshold": 0.3, "value": 0.3}),
    ],
)
def test_parameters_reach_the_rule(name, parameters):
    random = np.random.default_rng(5)
    network = random_network(1, [3, 4, 2], [create(name, **parameters), create("identity")])
    demand_the_complex_step(network, random.normal(size=(4, 3)), random.normal(size=(4, 2)), "squared_error")


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_softmax_last_agrees_with_the_complex_step(loss):
    random = np.random.default_rng(3)
    network = random_network(2, [3, 5, 4], [create("silu"), SOFTMAX])
    labels = Labels(random.integers(0, 4, 6), random.uniform(0.5, 2, 6))
    demand_the_complex_step(network, random.normal(size=(6, 3)), labels, loss)
    demand_the_complex_step(network, random.normal(size=(6, 3)), random.uniform(0, 2, (6, 4)), loss)


# name, parameters, kink, σ′ there: PyTorch's.
KINKS = [
    ("relu", {}, 0.0, 0.0),
    ("leaky_relu", {}, 0.0, 0.01),
    ("leaky_relu", {"negative_slope": 0.3}, 0.0, 0.3),
    ("elu", {"alpha": 0.5}, 0.0, 0.5),
    ("selu", {}, 0.0, 1.0507009873554805 * 1.6732632423543772),
    ("relu6", {}, 0.0, 0.0),
    ("relu6", {}, 6.0, 0.0),
    ("hard_sigmoid", {}, -3.0, 0.0),
    ("hard_sigmoid", {}, 3.0, 0.0),
    ("hard_swish", {}, -3.0, 0.0),
    ("hard_swish", {}, 3.0, 1.0),
    ("hard_tanh", {}, -1.0, 0.0),
    ("hard_tanh", {}, 1.0, 0.0),
    ("softshrink", {}, 0.5, 0.0),
    ("softshrink", {}, -0.5, 0.0),
    ("hardshrink", {}, 0.5, 0.0),
    ("hardshrink", {}, -0.5, 0.0),
    ("threshold", {}, 0.0, 0.0),
    ("heaviside", {}, 0.0, 0.0),
]


@pytest.mark.parametrize(("name", "parameters", "kink", "slope"), KINKS)
def test_at_kinks_the_stated_convention_holds(name, parameters, kink, slope):
    activation = create(name, **parameters)
    network = Network([Layer(np.array([[2.0]]), np.array([kink - 2.0]), activation)])
    target = np.array([[activation.evaluate(np.array([kink]))[0] - 3.0]])  # so that ŷ − y is 3
    got = backpropagate(network, np.array([[1.0]]), target, "squared_error")
    assert got.layers[0].weight[0, 0] == pytest.approx(3.0 * slope, rel=1e-15)
    assert got.inputs[0, 0] == pytest.approx(6.0 * slope, rel=1e-15)
    assert kink in (*activation.kinks, *(jump.at for jump in activation.jumps))


def test_the_table_of_kinks_has_them_all():
    listed = {(name, kink) for name, parameters, kink, _ in KINKS if not parameters}
    for name in names():
        assert {(name, kink) for kink in create(name).kinks} <= listed, name
        assert {(name, jump.at) for jump in create(name).jumps} <= listed, name


@given(st.integers(0, 2**32 - 1))
def test_agrees_with_the_closed_form_of_the_sheet(seed):
    case = random_case(seed)
    expected = gradients(case.problem, case.targets, case.reduction)
    for last in (SOFTMAX, create("identity")):
        network = Network(
            [
                Layer(case.problem.W, None, create("identity")),
                Layer(np.ascontiguousarray(case.problem.Theta.T), None, last),
            ]
        )
        got = backpropagate(network, case.problem.inputs, case.targets, "cross_entropy", case.reduction)
        size = 1 + np.abs(expected.forward.logits).max()
        for part, other in (
            (got.layers[0].weight, expected.W),
            (got.layers[1].weight.swapaxes(-1, -2), expected.Theta),
        ):
            assert part.shape == other.shape
            scale = (
                np.abs(case.problem.Theta).max() * (1 + np.abs(case.problem.W).max()) * (1 + case.rows.sum())
            )
            np.testing.assert_allclose(part, other, rtol=1e-12, atol=1e-14 * size * scale * 10)
        np.testing.assert_allclose(got.loss, expected.loss, rtol=1e-12 * size, atol=1e-13 * size)


def deep(rows: int) -> tuple[Network, Floats, Labels]:
    random = np.random.default_rng(rows)
    network = random_network(4, [7, 90, 40, 5], [create("tanh"), create("gelu"), SOFTMAX])
    return network, random.normal(size=(rows, 7)), Labels(random.integers(0, 5, rows), np.ones(rows))


@pytest.mark.parametrize("rows", [1, 2, 63, 64, 65, 200])
def test_a_row_has_the_same_bits_alone_and_in_any_batch(rows):
    network, inputs, labels = deep(rows)
    whole = backpropagate(network, inputs, labels, "cross_entropy", "none")
    for row in {0, rows // 2, rows - 1}:
        alone = backpropagate(network, inputs[row : row + 1], labels[row : row + 1], "cross_entropy", "none")
        lone = backpropagate(network, inputs[row], labels[row : row + 1], "cross_entropy", "none")
        for index in range(3):
            assert alone.layers[index].weight[0].tobytes() == whole.layers[index].weight[row].tobytes()
            assert alone.layers[index].bias[0].tobytes() == whole.layers[index].bias[row].tobytes()
        for one in (alone, lone):
            assert one.inputs.reshape(-1).tobytes() == whole.inputs[row].tobytes()
            assert one.outputs.reshape(-1).tobytes() == whole.outputs[row].tobytes()
            assert float(np.reshape(one.loss, ())) == whole.loss[row]
    summed = backpropagate(network, inputs, labels, "cross_entropy", "sum")
    assert summed.inputs.tobytes() == whole.inputs.tobytes()


def test_many_rows_are_gathered_over_blocks():
    network, inputs, labels = deep(9000)
    whole = backpropagate(network, inputs, labels, "cross_entropy", "sum")
    parts = [
        backpropagate(network, inputs[rows], labels[rows], "cross_entropy", "sum")
        for rows in (slice(0, 4100), slice(4100, 9000))
    ]
    assert float(whole.loss) == pytest.approx(sum(float(part.loss) for part in parts), rel=1e-14)
    for index in range(3):
        together = sum(part.layers[index].weight for part in parts)
        np.testing.assert_allclose(
            whole.layers[index].weight, together, rtol=0, atol=1e-12 * np.abs(together).max()
        )
    assert whole.inputs.tobytes() == np.concatenate([part.inputs for part in parts]).tobytes()


def test_a_confident_row_keeps_its_gradient():
    network = Network([Layer(np.array([[600.0], [0.0]]), None, SOFTMAX)])
    got = backpropagate(network, np.array([1.0]), Labels(np.array([0]), np.ones(1)), "cross_entropy")
    tiny = 2.6503965530043107e-261
    assert float(got.loss) == pytest.approx(tiny, rel=1e-15, abs=0)
    np.testing.assert_allclose(got.layers[0].weight, [[-tiny], [tiny]], rtol=1e-15, atol=0)


def affine(weight: float, bias: float = 0.0) -> Network:
    return Network([Layer(np.array([[weight]]), np.array([bias]), create("identity"))])


def test_faults_say_where():
    ones = np.ones((2, 1))
    for network, inputs, targets, fault, at in [
        (affine(1e200), np.array([[1.0], [1e200]]), ones, Overflow, ("inputs", 1)),
        (affine(1e200), np.array([1e200]), ones[:1], Overflow, ("inputs",)),
        (affine(1.0), np.array([[1.0], [1e200]]), ones, Overflow, ("targets", 1)),
        (affine(1e-150), np.array([[1e250], [1.0]]), ones, Overflow, ("network", "layers", 0, "weight")),
        (affine(1e200), np.array([[1e-60], [0.0]]), ones, Overflow, ("inputs", 0)),
        (affine(1.0), np.array([[np.nan], [1.0]]), ones, NotFinite, ("inputs", 0, 0)),
        (affine(1.0), np.ones((2, 2)), ones, ShapeMismatch, ("inputs",)),
        (affine(1.0), np.ones((0, 1)), ones, ShapeMismatch, ("inputs",)),
    ]:
        with pytest.raises(fault) as caught:
            backpropagate(network, inputs, targets, "squared_error", "sum")
        assert caught.value.at == at


def test_overflow_beyond_the_first_block_has_its_own_place():
    inputs = np.ones((200_000, 1))
    inputs[150_000] = 1e300
    network = random_network(0, [1, 9, 1], [create("identity"), create("identity")])
    huge = Network([Layer(1e100 * network.layers[0].weight, None, create("identity")), network.layers[1]])
    with pytest.raises(Overflow) as caught:
        backpropagate(huge, inputs, np.ones((200_000, 1)), "squared_error", "sum")
    assert caught.value.at == ("inputs", 150_000)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cost_counts_the_answer(reduction):
    network, inputs, labels = deep(12)
    got: Backpropagation = backpropagate(network, inputs, labels, "cross_entropy", reduction)
    stated = cost(network, 12, reduction)
    held = got.loss.size + got.outputs.size + got.inputs.size
    held += sum(layer.weight.size + layer.bias.size for layer in got.layers)
    assert held <= stated.answer <= held + 12
    assert stated.multiply_adds > 3 * 12 * sum(layer.weight.size for layer in network.layers)


def test_targets_of_a_batch_are_prepared_as_elsewhere():
    network, inputs, _ = deep(3)
    targets = prepare(np.array([0.0, 4.0, 2.0]), inputs.shape, network.outputs)
    same = Labels(np.array([0, 4, 2]), np.ones(3))
    got, expected = (backpropagate(network, inputs, y, "cross_entropy") for y in (targets, same))
    assert got.loss == expected.loss > 0
