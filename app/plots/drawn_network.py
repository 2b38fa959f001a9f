"""A network as a picture holds it: plain values that can be hashed and sent to another process."""

from dataclasses import dataclass

import numpy as np

from ..nn.activations.record import Activation, Floats
from ..nn.networks.evaluation import evaluate
from ..nn.networks.network import SOFTMAX, Layer, Network
from .chosen import Chosen
from .sampling import Function


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLayer:
    """A layer's numbers, and its activation by name; None is softmax."""

    weight: Floats
    bias: Floats | None
    activation: Chosen | None


@dataclass(frozen=True, slots=True, eq=False)
class DrawnNetwork:
    """A network and the name that its sender gave it."""

    label: str
    layers: tuple[DrawnLayer, ...]

    @classmethod
    def of(cls, label: str, network: Network) -> "DrawnNetwork":
        """Return the network under a label."""
        return cls(
            label,
            tuple(
                DrawnLayer(
                    layer.weight,
                    layer.bias,
                    Chosen.of(layer.activation) if isinstance(layer.activation, Activation) else None,
                )
                for layer in network.layers
            ),
        )

    @property
    def network(self) -> Network:
        """The network itself."""
        return Network(
            [
                Layer(one.weight, one.bias, SOFTMAX if one.activation is None else one.activation.activation)
                for one in self.layers
            ]
        )

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return int(self.layers[0].weight.shape[1])

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return int(self.layers[-1].weight.shape[0])

    @property
    def sizes(self) -> list[int]:
        """The numbers of inputs and of units of each layer."""
        return [self.inputs, *(int(layer.weight.shape[0]) for layer in self.layers)]

    def architecture(self) -> str:
        """Return in words what the network is made of: "1 input, 3 tanh units, 1 output"."""
        inputs, *units = self.sizes
        kinds = ["softmax" if one.activation is None else one.activation.name for one in self.layers]
        parts = [f"{inputs} input{'s' * (inputs != 1)}"]
        parts += [
            f"{count} {kind} unit{'s' * (count != 1)}" for count, kind in zip(units[:-1], kinds, strict=False)
        ]
        last = "" if kinds[-1] == "identity" else f"{kinds[-1]} "
        parts.append(f"{units[-1]} {last}output{'s' * (units[-1] != 1)}")
        return ", ".join(parts)


def output(network: Network, index: int) -> Function:
    """Return one output of a network of one input, as a function of a vector of inputs."""

    def values(x: Floats) -> Floats:
        return np.ascontiguousarray(evaluate(network, x[:, np.newaxis])[:, index])

    return values


def steps(network: Network) -> bool:
    """Tell whether some layer's activation jumps."""
    return any(
        isinstance(layer.activation, Activation) and layer.activation.jumps for layer in network.layers
    )


def constant_in_pieces(network: Network) -> bool:
    """Tell whether the network is a step function: everything goes through some layer of steps."""
    return any(
        isinstance(layer.activation, Activation)
        and layer.activation.lipschitz == 0
        and layer.activation.jumps
        for layer in network.layers
    )


def value_at_jump(network: Network, index: int, low: float, high: float) -> float:
    """Return what an output takes at a jump between the neighbouring floats `low` and `high`.

    A unit jumps at a real number that is often no float. Its preactivation, continuous up to there, takes the
    jump's own place between the two floats, so its value is known all the same; the layers behind it are
    evaluated from that.
    """
    ends, here = np.array([[low], [high]]), np.array([high])
    jumped = False
    for layer in network.layers:
        alone = Network([layer])
        out = evaluate(alone, here)
        if not jumped and isinstance(layer.activation, Activation):
            bias = 0.0 if layer.bias is None else layer.bias
            sums = ends @ layer.weight.T + bias
            for jump in layer.activation.jumps:
                passing = (sums.min(axis=0) <= jump.at) & (jump.at <= sums.max(axis=0))
                out[passing] = layer.activation.evaluate(np.array([jump.at]))[0]
                jumped = jumped or bool(passing.any())
        ends, here = evaluate(alone, ends), out
    return float(here[index])
