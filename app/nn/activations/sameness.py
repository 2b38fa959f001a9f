"""Which activations of the catalogue are the same function of all real numbers."""

from .elu import celu, elu
from .hard import hard_sigmoid, hard_tanh
from .identity import identity
from .record import Activation
from .rectifier import leaky_relu, relu, relu6
from .shrink import hardshrink
from .sigmoid import log_sigmoid
from .softplus import softplus
from .step import threshold

# −ln(1 + e⁻ˣ) is softplus with β = −1; the others can be read off the formulas.
_ONE_FUNCTION = (
    (identity(), leaky_relu(1.0), hardshrink(0.0, 0.0)),
    (relu(), leaky_relu(0.0), elu(0.0), threshold(0.0, 0.0)),
    (relu6(), hard_tanh(0.0, 6.0)),
    (hard_tanh(0.0, 1.0), hard_sigmoid(1.0, 0.0)),
    (elu(1.0), celu(1.0)),
    (log_sigmoid(), softplus(-1.0)),
)

_FIRST_OF = {one: group[0] for group in _ONE_FUNCTION for one in group}


def same_function(first: Activation, second: Activation) -> bool:
    """Tell whether f(x) = g(x) for every real x: no tolerance.

    The same name and parameters, or one of the identities between names: two shrinkages of the same lambd and
    bias, a selu with gamma 1 and the elu of its alpha, or one of the groups above. In each family no two
    parameters give the same function, and no others agree between families.
    """
    return _representative(first) == _representative(second)


def _representative(activation: Activation) -> Activation:
    """Return one and the same activation for all that are one function."""
    of = activation.parameters
    if activation.name == "softshrink":
        activation = hardshrink(of["lambd"], of["bias"])
    elif activation.name == "selu" and of["gamma"] == 1:
        activation = elu(of["alpha"])
    return _FIRST_OF.get(activation, activation)
