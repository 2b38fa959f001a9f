"""An activation is a value: by name and parameters it is equal, hashed, pickled and copied."""

import copy
import itertools
import math
import pickle
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from app.nn.activations.catalogue import create, factory, has_defaults, parameters_of
from app.nn.activations.record import Activation
from tests.oracles.activations import CASES, Case, label

POINTS = np.array([-math.inf, -7.0, -1.0, -0.3, -0.0, 0.0, 0.5, 1.0, 3.0, 900.0, math.inf, math.nan])
KERNELS = {"value", "slope"}


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.tobytes() == other.tobytes()


@pytest.mark.parametrize("case", CASES, ids=label)
@pytest.mark.parametrize("again", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy])
def test_pickle_and_copy_give_an_equal_activation(case: Case, again) -> None:
    name, parameters = case
    one = create(name, **parameters)
    other = again(one)
    assert isinstance(other, Activation)
    assert other == one
    assert hash(other) == hash(one)
    assert list(other.parameters) == list(one.parameters)
    for field in fields(Activation):
        if field.name not in KERNELS:
            assert getattr(other, field.name) == getattr(one, field.name)
    assert same_bits(other.evaluate(POINTS), one.evaluate(POINTS))
    assert same_bits(other.derivative(POINTS), one.derivative(POINTS))


def test_equal_means_same_name_and_parameters() -> None:
    every = [(name, create(name, **parameters)) for name, parameters in CASES]
    for (one_case, one), (other_case, other) in itertools.product(every, every):
        same = one_case == other_case and dict(one.parameters) == dict(other.parameters)
        assert (one == other) is same
        assert not same or hash(one) == hash(other)
    assert create("elu") != "elu"
    assert create("tanh") not in ("tanh", None, 0)


@pytest.mark.parametrize("case", [one for one in CASES if one[1]], ids=label)
def test_next_float_of_a_parameter_is_another_value(case: Case) -> None:
    name, parameters = case
    one = create(name, **parameters)
    for parameter, value in parameters.items():
        near = {**parameters, parameter: math.nextafter(value, 0.0 if value else 1.0)}
        assert create(name, **near) != one
        assert pickle.loads(pickle.dumps(create(name, **near))) == create(name, **near)


def test_a_parameter_minus_zero_is_zero() -> None:
    minus, plus = create("leaky_relu", negative_slope=-0.0), create("leaky_relu", negative_slope=0.0)
    assert minus == plus
    assert hash(minus) == hash(plus)
    assert len({minus, plus}) == 1
    assert math.copysign(1.0, minus.parameters["negative_slope"]) == 1.0
    assert same_bits(minus.evaluate(POINTS), plus.evaluate(POINTS))
    assert same_bits(minus.derivative(POINTS), plus.derivative(POINTS))


def test_order_in_which_parameters_are_given_does_not_count() -> None:
    one = create("hard_tanh", max_val=2.0, min_val=-3.0)
    other = create("hard_tanh", min_val=-3.0, max_val=2.0)
    assert one == other
    assert hash(one) == hash(other)


def test_has_defaults_where_every_parameter_has_its_own() -> None:
    for name, parameters in CASES:
        defaults = {one.name: one.default for one in parameters_of(factory(name))}
        assert has_defaults(create(name, **parameters)) is ({**defaults, **parameters} == defaults)


def test_an_activation_cannot_be_changed() -> None:
    one = create("elu")
    with pytest.raises(FrozenInstanceError):
        one.name = "relu"  # type: ignore[misc]
    with pytest.raises(TypeError):
        one.parameters["alpha"] = 2.0  # type: ignore[index]
