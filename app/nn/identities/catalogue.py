"""All identities, in the sheet's order, then those beyond it."""

from ..errors import UnknownName
from .calculus import (
    sigmoid_derivative,
    sigmoid_symmetry,
    softplus_derivative,
    softplus_reflection,
    tanh_as_sigmoid,
)
from .gradients import gradient_theta, gradient_w
from .networks import no_step_network, tanh_network_as_sigmoid_network
from .record import Identity

IDENTITIES: tuple[Identity, ...] = (
    softplus_derivative,
    sigmoid_derivative,
    tanh_as_sigmoid,
    tanh_network_as_sigmoid_network,
    no_step_network,
    gradient_theta,
    gradient_w,
    sigmoid_symmetry,
    softplus_reflection,
)

_BY_NAME = {one.name: one for one in IDENTITIES}


def names() -> tuple[str, ...]:
    """Return the names of all identities."""
    return tuple(_BY_NAME)


def identity(name: str) -> Identity:
    """Return the identity of that name.

    Raises `UnknownName`.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownName(f"expected the name of an identity: one of {', '.join(_BY_NAME)}") from None
