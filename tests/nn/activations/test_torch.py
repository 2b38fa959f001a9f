"""PyTorch's names and values, where PyTorch is installed: a benchmark's peer, not a test's need."""

import inspect

import numpy as np
import pytest

from app.nn.activations.catalogue import create
from tests.oracles.activations import CASES, Case, label
from tests.oracles.points import unit

torch = pytest.importorskip("torch", reason="needs PyTorch, 200 MB for this alone: pip install torch")

MODERATE = [
    case
    for case in CASES
    if create(case[0], **case[1]).torch
    and 1e-6 < unit(case[1]) < 1e6
    and all(value == 0 or 1e-6 < abs(value) < 1e6 for value in case[1].values())
]


def function_of(name: str, parameters: dict[str, float]):
    named = eval(create(name, **parameters).torch, {"torch": torch})
    if name == "heaviside":
        return lambda x: named(x, torch.ones((), dtype=x.dtype))
    if not isinstance(named, type):
        return named  # written with its arguments
    if name == "threshold":
        return named(**dict(create(name, **parameters).parameters))
    of = {key: value for key, value in parameters.items() if key in inspect.signature(named).parameters}
    return named(**of)


@pytest.mark.parametrize("case", MODERATE, ids=label)
def test_values_and_derivatives_agree_also_at_corners(case: Case) -> None:
    """Values and derivatives agree at ordinary points and at corners."""
    name, parameters = case
    activation = create(name, **parameters)
    corners = [*activation.kinks, *(jump.at for jump in activation.jumps)]
    points = np.concatenate([np.linspace(-8, 8, 321) + 1e-4, np.array(corners)])
    if parameters.get("beta", 1) != 1:  # PyTorch cuts softplus off at βx = 20
        points = points[parameters["beta"] * points < 20]
    tolerance = 1e-6 if parameters else 1e-8  # some of its kernels hold a parameter as float32
    x = torch.tensor(points, requires_grad=name != "heaviside")
    y = function_of(name, parameters)(x)
    np.testing.assert_allclose(
        y.detach().numpy(), activation.evaluate(points), rtol=tolerance, atol=tolerance
    )
    if name == "heaviside":
        return
    (slopes,) = torch.autograd.grad(y.sum(), x)
    ours = activation.derivative(points)
    # At lambd = 0 PyTorch cuts the point 0 out of the identity; our contract for hard_swish is its newer one.
    odd_ones = np.isin(points, [0.0]) if parameters.get("lambd") == 0 else np.zeros(points.shape, bool)
    np.testing.assert_allclose(slopes.numpy()[~odd_ones], ours[~odd_ones], rtol=tolerance, atol=tolerance)
