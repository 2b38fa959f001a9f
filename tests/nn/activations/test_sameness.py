"""The same function: decided as mpmath decides it, whatever the names and the parameters."""

import math
from itertools import combinations_with_replacement

import pytest
from mpmath import mp, mpf

from app.nn.activations.catalogue import create
from app.nn.activations.comparison import compare_activations
from app.nn.activations.sameness import same_function
from tests.oracles.activations import CASES, Case, label, reference

# One bit from an identity of the catalogue, or from a default.
NEAR: list[Case] = [
    ("softplus", {"beta": -1.0}),
    ("softplus", {"beta": math.nextafter(-1.0, 0.0)}),
    ("softplus", {"beta": math.nextafter(1.0, 2.0)}),
    ("leaky_relu", {"negative_slope": -0.0}),
    ("leaky_relu", {"negative_slope": 5e-324}),
    ("leaky_relu", {"negative_slope": math.nextafter(1.0, 0.0)}),
    ("elu", {"alpha": 5e-324}),
    ("elu", {"alpha": math.nextafter(1.0, 2.0)}),
    ("celu", {"alpha": math.nextafter(1.0, 2.0)}),
    ("softshrink", {"lambd": 5e-324}),
    ("hardshrink", {"lambd": 5e-324}),
    ("hard_tanh", {"min_val": 5e-324, "max_val": 6.0}),
    ("hard_tanh", {"min_val": 0.0, "max_val": math.nextafter(6.0, 7.0)}),
    ("hard_tanh", {"min_val": -1.0, "max_val": 1e16}),
    ("hard_tanh", {"min_val": -1.0, "max_val": 1e16 + 4}),
    ("threshold", {"threshold": 5e-324, "value": 5e-324}),
    ("threshold", {"threshold": 0.0, "value": 5e-324}),
]
EVERY = [*CASES, *NEAR]
# Of a large size are the kinks of hard_tanh only. Some of the reals between floats are there as well.
PLACES = sorted(
    {
        sign * mpf(place)
        for _, parameters in EVERY
        for one in (*parameters.values(), 0.0, 0.3, 1.0, 2.9, 7.0, 40.0)
        for place in (one, math.nextafter(one, -math.inf), math.nextafter(one, math.inf), mpf(one) / 2)
        for sign in (-1, 1)
        if abs(place) < 50 or 1e16 <= place <= 1e16 + 4
    }
)


def test_the_same_are_those_with_the_same_values() -> None:
    activations = [create(name, **parameters) for name, parameters in EVERY]
    with mp.workprec(400):
        values = [
            [reference(one.name, dict(one.parameters), False)(x) for x in PLACES] for one in activations
        ]
    same = 0
    for i, j in combinations_with_replacement(range(len(EVERY)), 2):
        named = same_function(activations[i], activations[j])
        assert named == same_function(activations[j], activations[i])
        assert named == (values[i] == values[j]), (label(EVERY[i]), label(EVERY[j]))
        same += named and i != j
    assert same >= 19


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("identity", {}), ("softshrink", {"lambd": 0.0})),
        (("log_sigmoid", {}), ("softplus", {"beta": -1.0})),
        (("celu", {"alpha": -2.0}), ("celu", {"alpha": -2.0})),
    ],
    ids=lambda case: label(case),
)
def test_they_are_told_so(first: Case, second: Case) -> None:
    found = compare_activations(create(first[0], **first[1]), create(second[0], **second[1]))
    assert "They are the same function." in [one.statement for one in found.similarities]
    assert found.largest_gap.value == 0
