"""Networks in exact and extended arithmetic, and random networks of every temper."""

from collections.abc import Sequence
from fractions import Fraction

import mpmath as mp
import numpy as np

from app.nn.activations.record import Activation
from app.nn.networks.network import Layer, Network

TEMPERS = ("plain", "cancelling", "saturated", "huge", "tiny", "integers", "mixed")


def layer(weight: object, bias: object = None, activation: Activation | str = "identity") -> Layer:
    """Return a layer from nested lists or arrays."""
    return Layer(
        np.array(weight, dtype=np.float64),
        None if bias is None else np.array(bias, dtype=np.float64),
        activation,
    )


def two_layers(
    W1: object, b1: object, W2: object, b2: object, activation: Activation | str = "tanh"
) -> Network:
    """Return the sheet's F(x) = W2·σ(W1·x + b1) + b2."""
    return Network([layer(W1, b1, activation), layer(W2, b2)])


def random_network(
    generator: np.random.Generator,
    widths: Sequence[int],
    activations: Sequence[Activation | str],
    temper: str = "plain",
    *,
    biases: bool = True,
) -> Network:
    """Return a network with `widths` = (d, …, m) of random numbers of one temper."""
    layers = []
    for inputs, outputs, activation in zip(widths[:-1], widths[1:], activations, strict=True):
        weight = _numbers(generator, (outputs, inputs), temper)
        bias = _numbers(generator, (outputs,), temper) if biases else None
        if temper == "cancelling" and inputs > 1:
            weight[:, -1] = -weight[:, :-1].sum(axis=1)
        layers.append(layer(weight, bias, activation))
    return Network(layers)


def _numbers(generator: np.random.Generator, shape: tuple[int, ...], temper: str) -> np.ndarray:
    numbers = generator.standard_normal(shape)
    match temper:
        case "saturated":
            return numbers * 300.0
        case "huge":
            return numbers * 10.0 ** generator.integers(100, 290, shape)
        case "tiny":
            return numbers * 10.0 ** -generator.integers(100, 320, shape).astype(float)
        case "integers":
            return generator.integers(-4, 5, shape).astype(float)
        case "mixed":
            return numbers * 10.0 ** generator.integers(-20, 21, shape).astype(float)
    return numbers


def exact(number: float) -> mp.mpf:
    """Return the double as an mpf, unrounded at any precision."""
    return mp.mpf(float(number))


def values_at(network: Network, point: Sequence[float], digits: int = 60) -> list[mp.mpf]:
    """Return F(point) to about `digits` digits for tanh, sigmoid and identity layers."""
    with mp.workdps(digits):
        values = [exact(number) for number in point]
        for one in network.layers:
            assert isinstance(one.activation, Activation)
            sums = [
                mp.fdot([(exact(w), v) for w, v in zip(row, values, strict=True)])
                + (0 if one.bias is None else exact(one.bias[unit]))
                for unit, row in enumerate(one.weight)
            ]
            values = [_activate(one.activation.name, number) for number in sums]
        return values


def _activate(name: str, z: mp.mpf) -> mp.mpf:
    match name:
        case "identity":
            return z
        case "tanh":
            return mp.tanh(z)
        case "sigmoid":
            return 1 / (1 + mp.exp(-z)) if z >= 0 else mp.exp(z) / (1 + mp.exp(z))
    raise ValueError(name)


def fractions_of(array: np.ndarray) -> list[Fraction]:
    """Return the entries, flattened, as the rationals that they are."""
    return [Fraction(float(number)) for number in array.ravel()]


def disguised(generator: np.random.Generator, network: Network) -> Network:
    """Return the same one-hidden-layer function with its units permuted, flipped, split and joined by others.

    Every number stays a float: coefficients are split into halves, and sigmoid units are not flipped, since
    s(−z) = 1 − s(z) would round the bias.
    """
    hidden, output = network.layers
    assert isinstance(hidden.activation, Activation)
    odd = hidden.activation.name == "tanh"
    rows = np.column_stack([hidden.weight, np.zeros(hidden.outputs) if hidden.bias is None else hidden.bias])
    columns = output.weight.T
    rows, columns = list(rows), list(columns)
    bias = np.zeros(network.outputs) if output.bias is None else output.bias.copy()
    for unit in range(len(rows)):
        match generator.integers(4):
            case 0:  # split in two equal parts
                columns[unit] = columns[unit] / 2
                rows.append(rows[unit].copy())
                columns.append(columns[unit].copy())
            case 1:  # a dead unit
                rows.append(generator.standard_normal(rows[unit].shape))
                columns.append(np.zeros(network.outputs))
            case 2:  # a pair that cancels
                row, column = (
                    generator.standard_normal(rows[unit].shape),
                    generator.integers(1, 9, network.outputs),
                )
                rows += [row, row.copy()]
                columns += [column.astype(float), -column.astype(float)]
            case 3:  # a constant unit without effect: tanh 0 = 0; s(0) = ½ goes into the bias
                rows.append(np.zeros_like(rows[unit]))
                columns.append(
                    np.zeros(network.outputs) if not odd else generator.standard_normal(network.outputs)
                )
    order = generator.permutation(len(rows))
    weight, coefficients = np.array(rows)[order], np.array(columns)[order]
    if odd:
        flips = np.where(generator.random(len(order)) < 0.5, -1.0, 1.0)[:, np.newaxis]
        weight, coefficients = weight * flips, coefficients * flips
    return Network(
        [
            Layer(weight[:, :-1], weight[:, -1], hidden.activation),
            Layer(coefficients.T, bias, output.activation),
        ]
    )


def as_tanh(network: Network) -> Network:
    """Return the tanh form of a sigmoid network of small integers, exactly: s(z) = ½ + ½·tanh(z/2)."""
    hidden, output = network.layers
    bias = np.zeros(network.outputs) if output.bias is None else output.bias
    assert hidden.bias is not None
    return two_layers(
        hidden.weight / 2, hidden.bias / 2, output.weight / 2, bias + output.weight.sum(axis=1) / 2
    )


def one_ulp_off(generator: np.random.Generator, network: Network) -> tuple[Network, str]:
    """Return the network with one number moved to its neighbour, and which array it is in."""
    layers = list(network.layers)
    index = int(generator.integers(2))
    name = str(generator.choice(["weight", "bias"]))
    arrays = {"weight": layers[index].weight.copy(), "bias": layers[index].bias}
    assert arrays["bias"] is not None
    arrays["bias"] = arrays["bias"].copy()
    place = tuple(int(generator.integers(side)) for side in arrays[name].shape)
    arrays[name][place] = np.nextafter(arrays[name][place], generator.choice([-np.inf, np.inf]))
    layers[index] = Layer(arrays["weight"], arrays["bias"], layers[index].activation)
    return Network(layers), f"{name} {index}"
