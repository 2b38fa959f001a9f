"""The check of the parts of a submission, whatever they are gradients of: the verdicts, then the mistakes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ..activations.record import Floats
from ..errors import InvalidValue
from .allowances import ROUNDING_LEVELS
from .codes import Code, in_order
from .fits import fits
from .hidden import same_as_right
from .joint import Explanation, SubmittedParts, explain_together
from .layouts import ROUNDED_OTHERWISE, SHAPE, PartCandidates
from .multiples import scaled_mistakes
from .rounding import Numbers, Rounding, as_written, rounded
from .wrong_numbers import WrongNumbers


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as right: the tolerances, and whether what is rounded is.

    Raises `InvalidValue` for a tolerance that is negative or not finite.
    """

    tolerance: float
    absolute_tolerance: float = 0.0
    rounding: bool = True

    def __post_init__(self) -> None:
        for name in ("tolerance", "absolute_tolerance"):
            if not 0.0 <= getattr(self, name) < np.inf:
                raise InvalidValue("expected a finite tolerance of at least 0", (name,))


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Where a part is wrong, in the right one's shape, and how it is rounded if it is right but for that."""

    wrong: npt.NDArray[np.bool_]
    rounded: Rounding | None = None

    @property
    def correct(self) -> bool:
        """Whether no entry is wrong."""
        return not self.wrong.any()


@dataclass(frozen=True, slots=True, eq=False)
class WrongPart:
    """A part that is wrong, as it was submitted, and everything that it may be."""

    candidates: PartCandidates
    given: Numbers


# So much of a gradient's largest entry a usual step costs at most, and more than this of its entries.
_STEP_COSTS, _MOST = 1e-4, 0.5

Follows = Callable[[Mapping[str, WrongPart]], Mapping[str, Code]]
"""Which wrong parts follow from another part as it was submitted."""


def judge(given: Numbers, right: Floats, noise: Floats, rules: Rules) -> Verdict:
    """Return where `given` is neither right within the tolerances and `noise`, nor so when rounded."""
    if given.shape != right.shape:
        return Verdict(np.ones(right.shape, dtype=bool))
    with np.errstate(over="ignore", invalid="ignore"):
        slack = np.abs(right)
        slack *= rules.tolerance
        slack += rules.absolute_tolerance
        slack += noise
        off = given - right
        near: npt.NDArray[np.bool_] = np.abs(off, out=off) <= slack
    if near.all() or not rules.rounding:
        return Verdict(~near)
    found = rounded(given, right, noise)
    if found is None:
        return Verdict(~near)
    near = near | found[1]
    return Verdict(~near, found[0] if near.all() else None)


def meant_shape(given: Numbers, right: Floats) -> tuple[int, ...]:
    """Return the shape in which numbers are compared: the right one's where they are written otherwise."""
    return given.shape if _in_right_shape(given, right) is None else right.shape


def explain_parts(
    wrong: Mapping[str, WrongPart],
    right: Mapping[str, PartCandidates],
    rules: Rules,
    follows: Follows,
) -> dict[str, Explanation]:
    """Return what explains each wrong part; not finite numbers and other shapes are told first."""
    told: dict[str, Explanation] = {}
    reshaped: dict[str, Explanation] = {}
    left: dict[str, WrongPart] = {}
    for name, part in wrong.items():
        given = part.given
        if not np.isfinite(given).all():
            told[name] = Explanation((("not_finite",),))
            continue
        again = _in_right_shape(given, part.candidates.right)
        if again is None:
            left[name] = part
        elif judge(again, part.candidates.right, part.candidates.noise, rules).correct:
            told[name] = Explanation(((SHAPE.code,),))
        else:
            left[name] = WrongPart(part.candidates, again)
            reshaped[name] = Explanation(((SHAPE.code,),))
    if left:
        told |= _explained(left, right, rules, follows)
    for name, shape in reshaped.items():
        codes = tuple((SHAPE.code, *one) for one in told[name].alternatives)
        told[name] = Explanation(tuple(in_order(frozenset(one)) for one in codes)) if codes else shape
    return {
        name: one
        if one.alternatives or wrong[name].given.shape == wrong[name].candidates.right.shape
        else Explanation(((SHAPE.code,),))
        for name, one in told.items()
    }


def _explained(
    wrong: Mapping[str, WrongPart],
    right: Mapping[str, PartCandidates],
    rules: Rules,
    follows: Follows,
) -> dict[str, Explanation]:
    numbers: dict[str, WrongNumbers] = {}
    for name, part in wrong.items():
        given = part.given.astype(np.float64, copy=False)
        halves = [one.half_units(given) for one in as_written(part.given)] if rules.rounding else []
        numbers[name] = WrongNumbers.of(
            part.candidates, given, halves, rules.tolerance, rules.absolute_tolerance
        )
    same = {  # whether a part is rounded otherwise is its own affair
        name: same_as_right(part, rules.tolerance, rules.absolute_tolerance) | {ROUNDED_OTHERWISE}
        for name, part in right.items()
    }
    last = {name: partial(_last_resort, part, numbers[name]) for name, part in wrong.items()}
    levels = max(len(one.allowed) for one in numbers.values())
    rounded = ROUNDING_LEVELS + max(one.rounded for one in numbers.values())
    return explain_together(
        SubmittedParts(fits(numbers), same, levels, rounded, partial(follows, wrong), last)
    )


def _last_resort(part: WrongPart, numbers: WrongNumbers) -> Iterable[tuple[Code, ...]]:
    """Return one mistake times any factor, which fits the most, or what finite differences deviate by."""
    best = min(scaled_mistakes(numbers), key=lambda one: one.level, default=None)
    if best is not None:
        codes: set[Code] = {one.code for one in best.key}
        if abs(best.factor - 1.0) > best.slack:
            codes.add("scaled")
        return (in_order(frozenset(codes)),)
    return (("finite_differences",),) if _is_numerical(part, numbers) else ()


def _is_numerical(part: WrongPart, numbers: WrongNumbers) -> bool:
    """Tell whether most entries are off, each by as little as a step of differentiation costs.

    One entry that is wrong is no finite difference, and neither is what was rounded.
    """
    right, noise = part.candidates.right, part.candidates.noise
    if not numbers.off <= _STEP_COSTS * np.abs(right).max():
        return False
    off = np.abs(numbers.deviation.reshape(right.shape))
    most = np.count_nonzero(off > noise) > _MOST * right.size
    return bool(most) and not as_written(part.given)


def _in_right_shape(given: Numbers, right: Floats) -> Numbers | None:
    """Return numbers that were written flat, as a row for a column, or with an extra axis, as they are meant.

    None where they have the right shape, or are not the right one's written like that.
    """
    if given.shape == right.shape or given.size != right.size:
        return None
    flat = given.ndim == 1
    if flat or given.squeeze().shape == right.squeeze().shape:
        return given.reshape(right.shape)
    return None
