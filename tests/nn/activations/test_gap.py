"""The largest gap of any two activations: nothing exceeds it, and it is there."""

import math
from itertools import combinations

import numpy as np
import pytest
from mpmath import mp, mpf

from app.nn.activations.catalogue import create, names
from app.nn.activations.gap import LimitsOfDifference, largest_gap, limits_of_difference
from app.nn.errors import InvalidValue, Overflow
from tests.oracles.activations import reference


def difference(first: str, second: str):
    f, g = (reference(name, dict(create(name).parameters), False) for name in (first, second))
    return lambda x: f(x) - g(x)


def larger(first: str, second: str, x: float) -> float:
    return max(abs(float(create(name).evaluate(np.array([x]))[0])) for name in (first, second))


@pytest.mark.parametrize("first", names())
def test_nothing_exceeds_it_and_it_is_where_it_is_said(first: str) -> None:
    x = np.concatenate([np.random.default_rng(5).normal(0, 4, 4000), np.linspace(-60, 60, 4001)])
    values = create(first).evaluate(x)
    for second in names():
        gap = largest_gap(create(first), create(second))
        mirrored = largest_gap(create(second), create(first))
        assert (gap.value, gap.at, gap.attained) == (mirrored.value, mirrored.at, mirrored.attained)
        others = create(second).evaluate(x)
        noise = 4 * (np.spacing(np.abs(values)) + np.spacing(np.abs(others)))
        assert (np.abs(values - others) <= gap.value + noise).all()
        with mp.workprec(200):
            exact = difference(first, second)
            if math.isinf(gap.at):
                assert not gap.attained
                limits = limits_of_difference(create(first), create(second))
                assert gap.value == abs(limits.right if gap.at > 0 else limits.left)
                far = abs(exact(math.copysign(1e6, gap.at)))
                assert far > 1e3 if math.isinf(gap.value) else abs(far - gap.value) < 1e-5
            elif gap.attained:
                error = abs(abs(exact(gap.at)) - gap.value)
                assert error <= 4 * np.spacing(larger(first, second, gap.at))
            else:
                sides = [abs(exact(float(np.nextafter(gap.at, end)))) for end in (-np.inf, np.inf)]
                assert abs(max(sides) - gap.value) <= 4 * np.spacing(larger(first, second, gap.at))
                assert abs(exact(gap.at)) < gap.value


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("tanh", "sigmoid"),
        ("gelu", "gelu_tanh"),
        ("silu", "mish"),
        ("relu", "gelu"),
        ("sigmoid", "hard_sigmoid"),
        ("tanh", "softsign"),
        ("softplus", "silu"),
    ],
)
def test_smooth_maxima_are_found_to_the_last_bits(first: str, second: str) -> None:
    gap = largest_gap(create(first), create(second))
    with mp.workprec(300):
        slopes = [reference(name, dict(create(name).parameters), True) for name in (first, second)]
        place = mp.findroot(lambda x: slopes[0](x) - slopes[1](x), mpf(gap.at))
        true = abs(difference(first, second)(place))
        assert abs(mpf(gap.value) - true) <= 4 * np.spacing(larger(first, second, gap.at))
        assert abs(mpf(gap.at) - place) <= 1e-12 * abs(place) + 1e-12 / float(true)


@pytest.mark.parametrize(
    ("first", "second", "value", "at", "attained"),
    [
        ("softplus", "relu", math.log(2), 0.0, True),
        ("sigmoid", "heaviside", 0.5, 0.0, True),
        ("log_sigmoid", "softplus", math.inf, math.inf, False),
        ("leaky_relu", "relu", math.inf, -math.inf, False),
        ("relu6", "hard_sigmoid", 5.0, 6.0, True),
        ("identity", "tanhshrink", 1.0, math.inf, False),
        ("hardshrink", "softshrink", 0.5, 0.5, False),
        ("identity", "hardshrink", 0.5, 0.5, True),
        ("elu", "celu", 0.0, 0.0, True),
        ("threshold", "relu", 0.0, 0.0, True),
        ("mish", "mish", 0.0, 0.0, True),
    ],
)
def test_known_gaps(first: str, second: str, value: float, at: float, attained: bool) -> None:
    gap = largest_gap(create(first), create(second))
    assert (gap.value, gap.at, gap.attained) == (value, at, attained)


@pytest.mark.parametrize(("first", "second"), list(combinations(names(), 2))[::5])
def test_limits_are_those_of_the_exact_difference(first: str, second: str) -> None:
    limits = limits_of_difference(create(first), create(second))
    with mp.workprec(400):
        exact = difference(first, second)
        for limit, x in ((limits.left, -1e7), (limits.right, 1e7)):
            if math.isinf(limit):
                assert exact(x) * np.sign(limit) > 1e4
            else:
                assert abs(exact(x) - mpf(limit)) < 1e-6


def test_parameters_count_at_every_scale() -> None:
    for beta in (1e-5, 0.3, 70.0, 1e6):
        gap = largest_gap(create("softplus", beta=beta), create("relu"))
        assert gap.value == pytest.approx(math.log(2) / beta, rel=4e-16)
        assert gap.at == 0
    wide = largest_gap(
        create("hard_tanh", min_val=-1e5, max_val=1e5), create("hard_tanh", min_val=-1e5, max_val=3e5)
    )
    assert (wide.value, wide.at) == (2e5, 3e5)


def test_without_an_asymptote() -> None:
    plunge = create("celu", alpha=-1.0)
    assert limits_of_difference(plunge, create("relu")).left == -math.inf
    assert limits_of_difference(create("relu"), plunge).left == math.inf
    with pytest.raises(InvalidValue):
        limits_of_difference(plunge, create("celu", alpha=-2.0))
    assert limits_of_difference(plunge, create("celu", alpha=-1.0)) == LimitsOfDifference(0.0, 0.0)


Parameters = dict[str, float]


@pytest.mark.parametrize(
    ("first", "second", "value", "at", "attained"),
    [
        (
            ("hard_tanh", {"min_val": -1.0, "max_val": 1e16}),
            ("hard_tanh", {"min_val": -1.0, "max_val": 1e16 + 4}),
            4.0,
            1e16 + 4,
            True,
        ),
        (("elu", {"alpha": 1.0}), ("elu", {"alpha": 1 + 2.0**-52}), 2.0**-52, -math.inf, False),
        (("celu", {"alpha": 1.0}), ("elu", {"alpha": 1 + 2.0**-52}), 2.0**-52, -math.inf, False),
        (("hardshrink", {"lambd": 5e-324}), ("identity", {}), 5e-324, 5e-324, True),
        (("elu", {"alpha": 5e-324}), ("relu", {}), 5e-324, -math.inf, False),
        (("relu6", {}), ("hard_tanh", {"min_val": 5e-324, "max_val": 6.0}), 5e-324, 0.0, True),
    ],
)
def test_what_only_a_parameter_s_last_bit_tells_apart_has_a_gap(
    first: tuple[str, Parameters], second: tuple[str, Parameters], value: float, at: float, attained: bool
) -> None:
    gap = largest_gap(create(first[0], **first[1]), create(second[0], **second[1]))
    assert (gap.value, gap.at, gap.attained) == (value, at, attained)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("softplus", {"beta": 1e-320}), ("softplus", {"beta": 2e-320})),
        (("softplus", {"beta": 1e-320}), ("relu", {})),
        (("threshold", {"value": -1.7e308}), ("threshold", {"value": 1.7e308})),
    ],
)
def test_a_gap_beyond_float64_is_an_error(
    first: tuple[str, Parameters], second: tuple[str, Parameters]
) -> None:
    with pytest.raises(Overflow):
        largest_gap(create(first[0], **first[1]), create(second[0], **second[1]))


def test_limits_that_are_infinite_have_the_right_sign() -> None:
    """Limits that are infinite have the sign of the difference."""
    for first, second in combinations(map(create, names()), 2):
        limits = limits_of_difference(first, second)
        for limit, x in ((limits.left, -700.0), (limits.right, 700.0)):
            far = np.array([x])
            difference = float(first.evaluate(far)[0] - second.evaluate(far)[0])
            if math.isinf(limit):
                assert difference * np.sign(limit) > 5.0, (first.name, second.name)


def test_limits_beside_a_function_without_asymptote() -> None:
    """Limits beside a function without an asymptote are its own."""
    falling, rising = create("celu", alpha=-2.0), create("exponential")
    assert limits_of_difference(falling, rising) == LimitsOfDifference(-math.inf, -math.inf)
    assert limits_of_difference(rising, falling) == LimitsOfDifference(math.inf, math.inf)
