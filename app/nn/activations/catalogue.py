"""All activations, each a function of its parameters."""

import copyreg
from collections.abc import Callable
from functools import cache

from ..errors import UnknownName
from .elu import celu, elu, selu
from .exponential import exponential
from .gelu import gelu
from .gelu_tanh import gelu_tanh
from .hard import hard_sigmoid, hard_swish, hard_tanh
from .identity import identity
from .mish import mish
from .parameter import Parameter, parameters_of
from .record import Activation
from .rectifier import leaky_relu, relu, relu6
from .shrink import hardshrink, softshrink
from .sigmoid import log_sigmoid, sigmoid
from .silu import silu
from .softplus import softplus
from .softsign import softsign
from .spelling import question
from .squareplus import squareplus
from .step import heaviside, threshold
from .tanh import tanh
from .tanhshrink import tanhshrink

__all__ = ["CATALOGUE", "Parameter", "create", "factory", "has_defaults", "names", "parameters_of"]

# A factory's name is the activation's.
CATALOGUE: tuple[Callable[..., Activation], ...] = (
    identity,
    sigmoid,
    tanh,
    softplus,
    relu,
    heaviside,
    leaky_relu,
    elu,
    selu,
    celu,
    gelu,
    gelu_tanh,
    silu,
    mish,
    softsign,
    log_sigmoid,
    relu6,
    hard_sigmoid,
    hard_tanh,
    hard_swish,
    tanhshrink,
    softshrink,
    hardshrink,
    threshold,
    squareplus,
    exponential,
)

_BY_NAME = {one.__name__: one for one in CATALOGUE}


def names() -> tuple[str, ...]:
    """Return the names of all activations, in the catalogue's order."""
    return tuple(_BY_NAME)


def factory(name: str) -> Callable[..., Activation]:
    """Return the factory of that name.

    Raises `UnknownName`.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownName(f"expected the name of an activation: {question(name, names())}") from None


def create(name: str, **parameters: float) -> Activation:
    """Return the activation of that name with the given parameters, the others at their defaults.

    Raises `UnknownName` for an unknown name or parameter, with the parameter as place, and
    `NotFinite` or `InvalidValue` at the parameter whose value it may not have.
    """
    make = factory(name)
    if not parameters:
        return _with_defaults(make)
    known = {one.name: one for one in parameters_of(make)}
    for given in parameters:
        if given not in known:
            if not known:
                raise UnknownName(f"expected no parameter: {name} has none", (given,))
            raise UnknownName(f"expected a parameter of {name}, one of {', '.join(known)}", (given,))
    return make(**{given: known[given].check(value) for given, value in parameters.items()})


def has_defaults(activation: Activation) -> bool:
    """Tell whether every parameter of the activation has its default."""
    return activation == _with_defaults(factory(activation.name))


@cache
def _with_defaults(make: Callable[..., Activation]) -> Activation:
    """Return the activation that is asked for most often, made once: a record never changes."""
    return make()


def _made_again(name: str, parameters: tuple[tuple[str, float], ...]) -> Activation:
    return create(name, **dict(parameters))


def _name_and_parameters(activation: Activation) -> tuple[object, tuple[object, ...]]:
    return _made_again, (activation.name, tuple(activation.parameters.items()))


# Kernels are closures, which cannot be pickled; a name and its parameters say it all.
copyreg.pickle(Activation, _name_and_parameters)  # type: ignore[arg-type]  # typeshed asks for a tuple of str
