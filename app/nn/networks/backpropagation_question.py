"""What is asked when gradients of a network are checked, and the names of its parts."""

from dataclasses import dataclass

from ..activations.record import Floats
from ..gradients.reduction import Reduction
from .backpropagation import Loss
from .network import Network


def weight_name(index: int) -> str:
    """Return the name of a layer's weight among the parts."""
    return f"layers.{index}.weight"


def bias_name(index: int) -> str:
    """Return the name of a layer's bias among the parts."""
    return f"layers.{index}.bias"


INPUTS = "inputs"


@dataclass(frozen=True, slots=True, eq=False)
class BackpropagationQuestion:
    """What is asked about a network: its inputs as rows, targets as rows, what is made small."""

    network: Network
    rows: Floats
    single: bool
    targets: Floats
    loss: Loss
    reduction: Reduction
    l2: float

    @property
    def each(self) -> bool:
        """Whether every row has gradients of its own."""
        return self.reduction == "none" and not self.single

    @property
    def factor(self) -> float:
        """What the reduction multiplies each row's derivative by."""
        return 1.0 / len(self.rows) if self.reduction == "mean" else 1.0
