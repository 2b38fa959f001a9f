"""At how many points the networks of one picture can be evaluated, so that no picture takes long."""

from ..nn.activations.record import Activation
from ..nn.networks.evaluation import cost
from ..nn.networks.network import Network
from .sampling import MOST_POINTS

# Multiply-adds, as `cost` counts them, of sampling everything in a picture: a second, and where activations
# are slow less than three. As many again may go into finding jumps.
_SAMPLING = 3e9
_SMOOTH = 60  # further ones for a smooth activation: gelu takes 100 ns
_BLOCK = 1024  # points over which the cost of one is averaged


def points_allowed(network: Network, panels: int, most: int = MOST_POINTS) -> int:
    """Return at how many points, at most `most`, a network may be evaluated for each of `panels`."""
    smooth = sum(
        layer.outputs
        for layer in network.layers
        if isinstance(layer.activation, Activation)
        and layer.activation.differentiable
        and layer.activation.name != "identity"
    )
    each = cost(network, _BLOCK).multiply_adds / _BLOCK + _SMOOTH * smooth
    return max(1, min(most, int(_SAMPLING / (panels * each))))
