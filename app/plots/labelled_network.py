"""A network under the name that a picture gives it."""

from dataclasses import dataclass

from ..nn.activations.record import Activation
from ..nn.networks.network import Network


@dataclass(frozen=True, slots=True)
class LabelledNetwork:
    """A network and the name that its sender gave it."""

    label: str
    network: Network

    @property
    def sizes(self) -> list[int]:
        """The numbers of inputs and of units of each layer."""
        return [self.network.inputs, *(layer.outputs for layer in self.network.layers)]

    @property
    def kinds(self) -> list[str]:
        """The names of the layers' activations."""
        activations = [layer.activation for layer in self.network.layers]
        return [one.name if isinstance(one, Activation) else one for one in activations]

    def architecture(self) -> str:
        """Return in words what the network is made of: "1 input, 3 tanh units, 1 output"."""
        (inputs, *units), kinds = self.sizes, self.kinds
        parts = [f"{inputs} input{'s' * (inputs != 1)}"]
        parts += [
            f"{count} {kind} unit{'s' * (count != 1)}" for count, kind in zip(units[:-1], kinds, strict=False)
        ]
        last = "" if kinds[-1] == "identity" else f"{kinds[-1]} "
        parts.append(f"{units[-1]} {last}output{'s' * (units[-1] != 1)}")
        return ", ".join(parts)
