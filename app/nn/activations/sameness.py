"""Which activations of the catalogue are the same function of all real numbers."""

from .elu import celu, elu
from .hard import hard_tanh
from .identity import identity
from .record import Activation
from .rectifier import leaky_relu, relu, relu6
from .shrink import hardshrink, softshrink
from .sigmoid import log_sigmoid
from .softplus import softplus
from .step import threshold

# −ln(1 + e⁻ˣ) is softplus with β = −1; the others can be read off the formulas.
_ONE_FUNCTION = (
    (identity(), leaky_relu(1.0), softshrink(0.0), hardshrink(0.0)),
    (relu(), leaky_relu(0.0), elu(0.0), threshold(0.0, 0.0)),
    (relu6(), hard_tanh(0.0, 6.0)),
    (elu(1.0), celu(1.0)),
    (log_sigmoid(), softplus(-1.0)),
)

_FIRST_OF = {one: group[0] for group in _ONE_FUNCTION for one in group}


def same_function(first: Activation, second: Activation) -> bool:
    """Tell whether f(x) = g(x) for every real x: no tolerance.

    The same name and parameters, or one of the identities between names; in each family no two parameters
    give the same function, and no others agree between families.
    """
    return _FIRST_OF.get(first, first) == _FIRST_OF.get(second, second)
