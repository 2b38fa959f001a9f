"""Bounds on what goes through a layer, judged by mpmath where the function has no steepest slope."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation
from app.nn.networks.certificate import certify
from app.nn.networks.comparison import compare
from app.nn.networks.conversion import convert
from app.nn.networks.network import Network
from app.nn.networks.propagation import output_gaps, output_sizes, steepest
from tests.oracles.activations import CASES, Case, label, reference
from tests.oracles.networks import layer

STEEP = [-1.0, -0.03, -7.0, -1e300, -1e-300]


@pytest.mark.parametrize("case", [*CASES, *(("celu", {"alpha": alpha}) for alpha in STEEP)], ids=label)
def test_no_slope_is_steeper_than_the_steepest(case: Case) -> None:
    activation = create(case[0], **case[1])
    points = np.linspace(-30.0, 30.0, 601)
    for lowest in (-30.0, -2.0, 0.0, 5.0):
        most = steepest(activation, np.array([lowest]))
        assert (np.abs(activation.derivative(points[points >= lowest])) <= most * (1 + 2.0**-50)).all()


@pytest.mark.parametrize("alpha", STEEP)
@given(st.floats(-500.0, 500.0), st.floats(-500.0, 500.0))
def test_celu_that_falls_steeply_is_bounded_on_an_interval(alpha: float, one: float, other: float) -> None:
    """A celu that falls ever more steeply is bounded on an interval."""
    celu = create("celu", alpha=alpha)
    first, second = (number * min(abs(alpha), 1.0) for number in (one, other))
    with mp.workprec(3000):
        f, g = map(reference("celu", {"alpha": alpha}, False), (mp.mpf(first), mp.mpf(second)))
        gap, lowest = np.array([abs(first - second)]), np.array([min(first, second)])
        apart = output_gaps(celu, gap * (1 + 2.0**-50), lowest)[0]
        assert abs(f - g) <= mp.mpf(apart)
        assert np.isfinite(apart)
        assert abs(f) <= mp.mpf(output_sizes(celu, np.array([abs(first)]))[0])


def behind_tanh(celu: Activation, weight: float) -> Network:
    """x ↦ celu(3·tanh(weight·x + ¼) + 0.1), a steep layer behind a bounded one."""
    return Network([layer([[weight]], [0.25], "tanh"), layer([[3.0]], [0.1], celu), layer([[1.0]])])


@pytest.mark.parametrize("alpha", [-1.0, -0.5])
def test_behind_a_bounded_layer_its_bounds_are_finite(alpha: float) -> None:
    celu = create("celu", alpha=alpha)
    network, near = behind_tanh(celu, 1.0), behind_tanh(celu, 1.0 + 2.0**-40)
    conversion = convert(network, "sigmoid")
    certificate = certify(conversion)
    # 6s(2z) − 2.9 is bounded by 8.9, term by term
    assert certificate.evaluation_bound[0] < 1e-13 * np.exp(8.9 / abs(alpha))
    bound = mp.mpf(float(certificate.difference[0]))
    found = compare(network, near)
    assert found.upper < 6.1 * np.exp(3.1 / abs(alpha))
    with mp.workprec(400):
        for x in (-40.0, -3.0, -0.3, 0.0, 1.0, 20.0):
            exact = [value(one, x) for one in (network, conversion.network, near)]
            assert abs(exact[0] - exact[1]) <= bound
            assert abs(exact[0] - exact[2]) <= mp.mpf(found.upper)


def value(network: Network, x: float) -> mp.mpf:
    """Return F(x) of one unit a layer."""
    number = mp.mpf(x)
    for one in network.layers:
        assert isinstance(one.activation, Activation)
        bias = 0.0 if one.bias is None else float(one.bias[0])
        number = mp.mpf(float(one.weight[0, 0])) * number + bias
        number = reference(one.activation.name, dict(one.activation.parameters), False)(number)
    return number


def test_a_steep_layer_shows_where_two_networks_differ() -> None:
    celu = create("celu", alpha=-1.0)
    found = compare(*(Network([layer([[weight]], [0.0], celu)]) for weight in (1.0, 2.0)))
    assert (found.equal, found.upper) == (False, np.inf)
    assert found.witness is not None
    assert "both come to affine maps, which differ" in found.statement
