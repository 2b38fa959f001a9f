"""Networks of steps as they are stored in a narrower type."""

from dataclasses import replace

import numpy as np

from .certificate import Certificate, certify
from .conversion import convert
from .propagation import UPWARDS
from .steps import StepDecision
from .storage import StoredAs


def stored_steps(decision: StepDecision, stored_as: StoredAs) -> StepDecision:
    """Return the decision with its network's numbers rounded once to a type, and what that cost.

    Raises `Overflow` for a number beyond the largest of the type.
    """
    if stored_as == "float64" or decision.network is None or decision.certificate is None:
        return decision
    # No layer is a sigmoid, so that nothing else changes.
    conversion = convert(decision.network, "tanh", stored_as)
    certificate = _together(decision.certificate, certify(conversion), stored_as)
    return replace(decision, network=conversion.network, certificate=certificate)


def _together(exact: Certificate, stored: Certificate, stored_as: StoredAs) -> Certificate:
    statement = f"{exact.statement} Its numbers are rounded once to {stored_as}; `difference` includes that."
    if not stored.difference.any() and not stored.evaluation_bound.any():
        return replace(exact, statement=statement)
    bound = (exact.evaluation_bound + stored.evaluation_bound) * UPWARDS
    if not exact.difference.any():
        return Certificate(stored.kind, stored.difference, bound, statement)
    total = np.nextafter(np.abs(exact.difference) + np.abs(stored.difference), np.inf)
    return Certificate("bound", total, bound, statement)
