"""Networks of one affine layer: the same function iff their weights and biases are the same.

If their weights are not all 0 they have no bound, so no bounded function is the same.
"""

import sys
from operator import mul

import numpy as np

from ..activations.identity import identity
from ..activations.record import Activation, Floats
from ..activations.sameness import same_function
from .canonical import CanonicalForm, quanta
from .network import Network


def is_affine(network: Network) -> bool:
    """Tell whether the network is x ↦ W·x + b."""
    (activation, *others) = (layer.activation for layer in network.layers)
    return not others and isinstance(activation, Activation) and same_function(activation, identity())


def axis_where_apart(first: Network, second: Network) -> Floats | None:
    """Return a point e or −e, for a unit vector e, at which two affine networks differ; None if W = W′.

    At e they are apart by (b − b′) + (w − w′), at −e by (b − b′) − (w − w′): not by 0 at both.
    """
    weight, other = first.layers[0].weight, second.layers[0].weight
    if np.array_equal(weight, other):
        return None
    row, column = np.argwhere(weight != other)[0].tolist()
    point = np.zeros(first.inputs)
    point[column] = 1.0
    apart = value_at(first, point).minus(value_at(second, point)).constant[row]
    return point if apart else -point + 0.0  # + 0.0 leaves no −0


def point_beyond(network: Network, form: CanonicalForm) -> Floats | None:
    """Return a point 2ᵏ·e, for a unit vector e, where |W·x + b| > sup|G| of a canonical form; W ≠ 0.

    k is 0 or as small as the sizes tell; None if no float is large enough.
    """
    (layer,) = network.layers
    row, column = np.unravel_index(int(np.argmax(np.abs(layer.weight))), layer.weight.shape)
    bias = 0.0 if layer.bias is None else float(layer.bias[row])
    sums = [unit.coefficients[row] for unit in form.units.values()]
    sums += [folded[row] for folded in form.folded.values()]
    most = sum(map(abs, (*sums, form.constant[row], quanta(bias))))
    k = max(most.bit_length() - abs(quanta(float(layer.weight[row, column]))).bit_length() + 1, 0)
    if k > sys.float_info.max_exp - 1:
        return None
    point = np.zeros(network.inputs)
    point[column] = 2.0**k
    return point


def value_at(network: Network, point: Floats) -> CanonicalForm:
    """Return W·x + b, exactly, as the form of a constant: for an x of whole numbers."""
    (layer,) = network.layers
    numbers = [int(x) for x in point[point != 0].tolist()]
    bias = [0.0] * layer.outputs if layer.bias is None else layer.bias.tolist()
    constant = tuple(
        sum(map(mul, map(quanta, row), numbers), quanta(b))
        for row, b in zip(layer.weight[:, point != 0].tolist(), bias, strict=True)
    )
    return CanonicalForm(network.inputs, network.outputs, {}, constant, {})
