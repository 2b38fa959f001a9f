"""The catalogue: names, parameters, and what it refuses."""

import inspect
import math

import pytest

from app.nn.activations.catalogue import CATALOGUE, create, factory, names, parameters_of
from app.nn.errors import InvalidValue, NotFinite, UnknownName

NAMES = (
    "identity sigmoid tanh softplus relu heaviside leaky_relu elu selu celu gelu gelu_tanh silu mish "
    "softsign log_sigmoid relu6 hard_sigmoid hard_tanh hard_swish tanhshrink softshrink hardshrink threshold "
    "squareplus exponential"
)


def test_it_holds_the_26_of_the_contract() -> None:
    assert set(names()) == set(NAMES.split())
    assert len(names()) == len(CATALOGUE) == 26


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_a_record_carries_its_factory_s_name_and_parameters(make) -> None:
    activation = make()
    assert activation.name == make.__name__
    assert factory(activation.name) is make
    parameters = parameters_of(make)
    assert dict(activation.parameters) == {one.name: one.default for one in parameters}
    assert [one.name for one in parameters] == list(inspect.signature(make).parameters)
    for one in parameters:
        assert one.description
        assert one.check(one.default) == one.default
    assert inspect.getdoc(make)


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("leaky_relu", {"negative_slope": 0.01}),
        ("elu", {"alpha": 1.0}),
        ("celu", {"alpha": 1.0}),
        ("softplus", {"beta": 1.0}),
        ("softshrink", {"lambd": 0.5, "bias": 0.5}),
        ("hardshrink", {"lambd": 0.5, "bias": 0.0}),
        ("hard_tanh", {"min_val": -1.0, "max_val": 1.0}),
        ("threshold", {"threshold": 0.0, "value": 0.0}),
    ],
)
def test_defaults_are_pytorch_s(name: str, default: dict[str, float]) -> None:
    assert dict(create(name).parameters) == default


def test_parameters_reach_the_record() -> None:
    assert create("elu", alpha=0.5).left.intercept == -0.5
    assert create("leaky_relu", negative_slope=2).onnx.attributes == {"alpha": 2.0}
    assert create("softshrink", lambd=2.0).kinks == (-2.0, 2.0)
    assert create("threshold", threshold=1.0, value=3.0).jumps[0].height == -2.0
    assert create("softplus", beta=2.0).onnx is None
    assert create("softplus", beta=2.0).latex == r"\frac{1}{2} \ln\left(1 + e^{2 \, x}\right)"


@pytest.mark.parametrize(
    ("name", "parameters", "fault", "at"),
    [
        ("swishy", {}, UnknownName, ()),
        ("Relu", {}, UnknownName, ()),
        ("relu", {"alpha": 1.0}, UnknownName, ("alpha",)),
        ("elu", {"beta": 1.0}, UnknownName, ("beta",)),
        ("elu", {"alpha": math.nan}, NotFinite, ("alpha",)),
        ("elu", {"alpha": math.inf}, NotFinite, ("alpha",)),
        ("softplus", {"beta": 0.0}, InvalidValue, ("beta",)),
        ("softplus", {"beta": -0.0}, InvalidValue, ("beta",)),
        ("celu", {"alpha": 0.0}, InvalidValue, ("alpha",)),
        ("softshrink", {"lambd": -0.1}, InvalidValue, ("lambd",)),
        ("hardshrink", {"lambd": -5e-324}, InvalidValue, ("lambd",)),
        ("hard_tanh", {"min_val": 1.0}, InvalidValue, ("max_val",)),
        ("hard_tanh", {"min_val": 2.0, "max_val": 1.0}, InvalidValue, ("max_val",)),
        ("hard_sigmoid", {"alpha": 0.0}, InvalidValue, ("alpha",)),
        ("hard_sigmoid", {"alpha": 1e-309}, InvalidValue, ("beta",)),
        ("hard_sigmoid", {"alpha": 0.2, "beta": 1e20}, InvalidValue, ("beta",)),
        ("selu", {"gamma": 0.0}, InvalidValue, ("gamma",)),
        ("selu", {"alpha": 1e200, "gamma": 1e200}, InvalidValue, ("gamma",)),
        ("silu", {"beta": 0.0}, InvalidValue, ("beta",)),
        ("silu", {"beta": 1e-309}, InvalidValue, ("beta",)),
        ("softshrink", {"bias": -1.7e308, "lambd": 1.7e308}, InvalidValue, ("bias",)),
        ("hardshrink", {"bias": 1e308, "lambd": 0.0}, InvalidValue, ("bias",)),
        ("squareplus", {"b": 0.0}, InvalidValue, ("b",)),
        ("exponential", {"base": 2.0}, UnknownName, ("base",)),
    ],
)
def test_what_is_refused_and_where(name: str, parameters: dict[str, float], fault: type, at: tuple) -> None:
    with pytest.raises(fault) as caught:
        create(name, **parameters)
    assert type(caught.value) is fault
    assert caught.value.at == at
    assert caught.value.detail.startswith("expected ")
