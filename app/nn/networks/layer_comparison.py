"""Comparisons by bounds from layer to layer and by samples."""

from dataclasses import replace

import numpy as np

from ..activations.record import Floats
from .comparison_result import Comparison, Method, ShownDifference, constant_statement, rounded_up
from .extended import LEAST_DIGITS
from .layerwise import Gap
from .network import Network
from .sampling import SAMPLES, Sample, sampled


def _decimals(values: Floats, errors: Floats) -> tuple[str, ...]:
    """Return the numbers up to the first digit that may be wrong; its unit is no larger than the error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = np.ceil(np.log10(np.abs(values))) - np.floor(np.log10(errors))
    known = np.clip(np.nan_to_num(digits, nan=1.0), 1, LEAST_DIGITS)  # of what is exact, as many as there are
    return tuple(f"{value:.{int(n)}g}" for value, n in zip(values.tolist(), known, strict=True))


def agreement(judged: int) -> str:
    """Return at how many samples the two agree; elsewhere they may differ visibly."""
    agree = "they agree within what their evaluation can be off"
    if judged == SAMPLES:
        return f"at {SAMPLES} inputs {agree}"
    unknown = "no bound is known on what their evaluation is off"
    if not judged:
        return f"at none of {SAMPLES} inputs could they be told apart, since {unknown}"
    return f"at {judged} of {SAMPLES} inputs {agree}; at the others {unknown}"


def shown_sample(sample: Sample) -> ShownDifference:
    """Return a sample with the digits that are known."""
    return ShownDifference(
        sample.input,
        _decimals(sample.first, sample.first_error),
        _decimals(sample.second, sample.second_error),
        sample.apart,
    )


def compare_layers(found: Gap) -> Comparison:
    """Return what the bounds and samples tell."""
    bounded = found.witness is None and (found.lower > 0 or np.isfinite(found.upper))
    method: Method = "bound" if bounded else "sampling"
    if found.upper == 0:
        equal: bool | None = True
        statement = "the two networks are the same function: layer by layer nothing remains between them"
    elif found.constant and found.lower > 0:
        equal, method = False, "exact"
        statement = constant_statement(found.upper, found.rounding_only)
        if found.witness is None:
            statement += "; no witness, since their evaluation can be off by more"
    elif found.lower > 0:
        equal = False
        statement = (
            "the two networks differ at the witness by more than their evaluation can be off"
            if found.witness is not None
            else "the two networks differ by a constant in an output where nothing else is between them"
        )
    else:
        equal = None
        undecided = "no theorem decides whether networks like these are the same function"
        statement = f"{undecided}; {agreement(found.judged)}"
    witness = None if found.witness is None else shown_sample(found.witness)
    if np.isfinite(found.upper) and found.upper > 0 and not found.constant:
        statement += f", and they differ by at most {rounded_up(found.upper)} anywhere"
    return Comparison(
        equal=equal,
        rounding_only=equal is False and found.rounding_only,
        method=method,
        lower=found.lower,
        upper=found.upper,
        witness=witness,
        matching=(),
        statement=statement,
    )


def seen_at_samples(found: Comparison, first: Network, second: Network) -> Comparison:
    """Return the comparison with a larger lower end where samples, or inputs far away, show one."""
    if found.equal or found.constant:
        return found
    seen = sampled(first, second)
    if seen.witness is None or seen.lower <= found.lower:
        return found
    lower = min(seen.lower, found.upper)
    return replace(found, lower=lower, witness=shown_sample(seen.witness))
