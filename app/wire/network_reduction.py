"""The smallest network with the same function, on the wire."""

from typing_extensions import TypedDict

from ..nn.cost import Cost
from ..nn.errors import located
from ..nn.networks.reduction import reduce, reduction_cost
from .network import NetworkAnswer, network_answer
from .network_conversion import DifferenceAnswer
from .networks import NetworkQuestion


class ReductionBody(NetworkQuestion):
    """A network with one hidden layer of tanh or sigmoid units."""

    def cost(self) -> Cost:
        """Return what reducing takes."""
        return reduction_cost(self.network)


class CountsAnswer(TypedDict):
    """Hidden units of the given and of the smallest network."""

    before: int
    after: int


class RemovalAnswer(TypedDict):
    """A hidden unit of the given network that is not needed, and why."""

    unit: int
    reason: str


class ReductionAnswer(TypedDict):
    """The smallest network; the fingerprint is the given function's, equal iff the functions are."""

    network: NetworkAnswer
    hidden_units: CountsAnswer
    removed: list[RemovalAnswer]
    fingerprint: str
    difference: DifferenceAnswer


def reduction(body: ReductionBody) -> ReductionAnswer:
    """Return the network of fewest hidden units, what was removed, and what writing it down cost."""
    with located("network"):
        found = reduce(body.network)
    return {
        "network": network_answer(found.network),
        "hidden_units": {"before": found.before, "after": found.after},
        "removed": [{"unit": one.unit, "reason": one.reason} for one in found.removed],
        "fingerprint": found.fingerprint,
        "difference": {"kind": found.kind, "value": found.difference},
    }
