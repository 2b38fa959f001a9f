"""Softstep: the mathematics of a first neural-networks course, as a library and as a web service.

`softstep.sigmoid(x)`, `softstep.convert(network, "sigmoid")`, `softstep.check(…)`: everything here is loaded
when it is first asked for (PEP 562), so that an import costs little and needs NumPy and mpmath alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "library.verbs": (
        "check",
        "check_network_gradients",
        "compare",
        "convert",
        "convert_file",
        "describe",
        "evaluate",
        "gradients",
        "identity",
        "network_gradients",
        "plot",
        "plot_gradients",
        "read",
        "reduce",
        "values",
    ),
    "library.activation_function": ("ActivationFunction", "activation"),
    "batch.over_files": ("evaluate_over_files", "gradients_over_files"),
    "nn.networks.network": ("Layer", "Network"),
    "nn.activations.record": ("Activation",),
    "nn.errors": (
        "Fault",
        "InvalidValue",
        "LimitExceeded",
        "NotFinite",
        "Overflow",
        "ShapeMismatch",
        "UnknownName",
        "UnsupportedNetwork",
        "Withheld",
    ),
    "work.errors": ("Busy", "TimeLimit"),
    "http.errors": ("NotFound", "TooLarge", "Unauthorized"),
    "files.errors": ("MalformedModel", "NothingToConvert", "UnsupportedModel"),
    "client.errors": ("ServiceFailure",),
    "client.client": ("Client",),
    "client.async_client": ("AsyncClient",),
}
"""Where the names are that this package has."""

_MORE_NEEDED = {
    "client": ("a client needs", "'softstep[client]'"),
    "batch": ("sums over files need", "softstep"),
}
"""What needs more than NumPy and mpmath, and what brings that."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

_ACTIVATIONS = (
    "sigmoid",
    "tanh",
    "softplus",
    "relu",
    "heaviside",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "softsign",
    "log_sigmoid",
    "relu6",
    "hard_sigmoid",
    "hard_tanh",
    "hard_swish",
    "tanhshrink",
    "softshrink",
    "hardshrink",
    "threshold",
    "squareplus",
    "exponential",
)
"""All but the activation `identity`, whose name is that of a verb: `activation("identity")`."""

__all__ = ["__version__", *_HOME_OF, *_ACTIVATIONS]

if TYPE_CHECKING:
    from .batch.over_files import evaluate_over_files as evaluate_over_files
    from .batch.over_files import gradients_over_files as gradients_over_files
    from .client.async_client import AsyncClient as AsyncClient
    from .client.client import Client as Client
    from .client.errors import ServiceFailure as ServiceFailure
    from .files.errors import MalformedModel as MalformedModel
    from .files.errors import NothingToConvert as NothingToConvert
    from .files.errors import UnsupportedModel as UnsupportedModel
    from .http.errors import NotFound as NotFound
    from .http.errors import TooLarge as TooLarge
    from .http.errors import Unauthorized as Unauthorized
    from .library.activation_function import ActivationFunction as ActivationFunction
    from .library.activation_function import activation as activation
    from .library.verbs import check as check
    from .library.verbs import check_network_gradients as check_network_gradients
    from .library.verbs import compare as compare
    from .library.verbs import convert as convert
    from .library.verbs import convert_file as convert_file
    from .library.verbs import describe as describe
    from .library.verbs import evaluate as evaluate
    from .library.verbs import gradients as gradients
    from .library.verbs import identity as identity
    from .library.verbs import network_gradients as network_gradients
    from .library.verbs import plot as plot
    from .library.verbs import plot_gradients as plot_gradients
    from .library.verbs import read as read
    from .library.verbs import reduce as reduce
    from .library.verbs import values as values
    from .nn.activations.record import Activation as Activation
    from .nn.errors import Fault as Fault
    from .nn.errors import InvalidValue as InvalidValue
    from .nn.errors import LimitExceeded as LimitExceeded
    from .nn.errors import NotFinite as NotFinite
    from .nn.errors import Overflow as Overflow
    from .nn.errors import ShapeMismatch as ShapeMismatch
    from .nn.errors import UnknownName as UnknownName
    from .nn.errors import UnsupportedNetwork as UnsupportedNetwork
    from .nn.errors import Withheld as Withheld
    from .nn.networks.network import Layer as Layer
    from .nn.networks.network import Network as Network
    from .work.errors import Busy as Busy
    from .work.errors import TimeLimit as TimeLimit

    celu: ActivationFunction
    elu: ActivationFunction
    exponential: ActivationFunction
    gelu: ActivationFunction
    gelu_tanh: ActivationFunction
    hard_sigmoid: ActivationFunction
    hard_swish: ActivationFunction
    hard_tanh: ActivationFunction
    hardshrink: ActivationFunction
    heaviside: ActivationFunction
    leaky_relu: ActivationFunction
    log_sigmoid: ActivationFunction
    mish: ActivationFunction
    relu: ActivationFunction
    relu6: ActivationFunction
    selu: ActivationFunction
    sigmoid: ActivationFunction
    silu: ActivationFunction
    softplus: ActivationFunction
    softshrink: ActivationFunction
    softsign: ActivationFunction
    squareplus: ActivationFunction
    tanh: ActivationFunction
    tanhshrink: ActivationFunction
    threshold: ActivationFunction

else:  # which a type checker would take for every name

    def __getattr__(name: str) -> Any:
        """Load what is asked for, once."""
        if name in _ACTIVATIONS:
            value = import_module(".library.activation_function", __name__).activation(name)
        elif name in _HOME_OF:
            value = getattr(_home(_HOME_OF[name]), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def _home(module: str) -> Any:
    try:
        return import_module(f".{module}", __name__)
    except ModuleNotFoundError as missing:
        room = module.partition(".")[0]
        if room not in _MORE_NEEDED:
            raise
        what, way = _MORE_NEEDED[room]
        raise ImportError(f"{what} {missing.name}: pip install {way}") from missing


def __dir__() -> list[str]:
    """Return the names of the library."""
    return sorted(__all__)
