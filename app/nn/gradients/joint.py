"""One explanation for one submission: of all that explains its parts, what explains them together.

A mistake that is made is made once: what explains every wrong part, and is possible for the right ones, is
believed before what explains one part alone. Where the numbers cannot tell mistakes apart, all are named.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .allowances import ROUNDING_LEVELS
from .candidates import Deviation, Key
from .codes import Code, in_order
from .fits import Fits
from .multiples import Scaled

# A factor that is one of these is as well a plain slip of two as somebody's divisor.
_PLAIN_FACTORS = (2.0, 0.5)
_PLAIN = 1e-6

# A factor that all parts share is the same to so much.
_SHARED = 1e-6


@dataclass(frozen=True, slots=True)
class Explanation:
    """What explains a part: the codes of each explanation that its numbers cannot tell from the others."""

    alternatives: tuple[tuple[Code, ...], ...] = ()

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code that is named, in order."""
        return in_order(frozenset(code for one in self.alternatives for code in one))


UNEXPLAINED = Explanation()
"""What is said of right parts, and of those that nothing explains."""


@dataclass(frozen=True, slots=True, eq=False)
class SubmittedParts:
    """The wrong parts with what explains each, and of every right one the deviations that leave it right.

    Of the `levels` of allowances those below `rounded` are for how the parts are written. `follows` names
    the wrong parts that follow from another part as it was submitted, with that code; `last_resorts` is what
    a part may be where nothing else explains it.
    """

    wrong: Mapping[str, Fits]
    right: Mapping[str, frozenset[Deviation]]
    levels: int
    rounded: int
    follows: Callable[[], Mapping[str, Code]]
    last_resorts: Mapping[str, Callable[[], Iterable[tuple[Code, ...]]]]


def explain_together(submitted: SubmittedParts) -> dict[str, Explanation]:
    """Return what explains each wrong part; no alternatives where nothing does.

    What is recognised with less allowance comes first. At each: one deviation that explains all wrong parts
    and is possible for the right ones, one that is not, one factor, two deviations that explain all. Then
    what follows from another part, and each part alone.
    """
    for level in range(submitted.levels):
        found = _together(submitted, level)
        if found is not None:
            return found
    told: dict[str, Explanation] = {}
    follows = submitted.follows()
    for part in submitted.wrong:
        alone = _alone(part, submitted)
        if part in follows:  # unless one mistake alone explains it as well
            single = tuple(one for one in alone.alternatives if len(one) == 1 and one != ("scaled",))
            told[part] = Explanation((*single, (follows[part],)))
        else:
            told[part] = alone if alone.alternatives else Explanation(tuple(submitted.last_resorts[part]()))
    return told


def _alone(part: str, submitted: SubmittedParts) -> Explanation:
    """Return what explains one part by itself."""
    alone = SubmittedParts(
        {part: _possible(part, submitted)}, {}, submitted.levels, submitted.rounded, dict, {}
    )
    for level in range(submitted.levels):
        found = _together(alone, level)
        if found is not None:
            return found[part]
    return UNEXPLAINED


def _together(submitted: SubmittedParts, level: int) -> dict[str, Explanation] | None:
    """Return the simplest explanation of all wrong parts within an allowance, None where there is none."""
    keys = {key for one in submitted.wrong.values() for key, least in one.keys.items() if least <= level}
    explaining = [key for key in keys if _explains(submitted, key, level)]
    single = [key for key in explaining if len(key) == 1]
    possible = [key for key in single if _is_possible(submitted, key)]
    if possible:
        return _named(submitted, possible)
    apart = [key for key in single if not any(one.common for one in key)]
    if apart:
        return _named(submitted, apart)
    scaled = _one_factor(submitted, level)
    if scaled is not None:
        return _beside(submitted, level, scaled)
    double = [key for key in explaining if len(key) == 2 and not _is_needless(submitted, key)]
    possible = [key for key in double if _is_possible(submitted, key)]
    if possible:
        return _named(submitted, possible)
    apart = [key for key in double if not any(one.common for one in key)]
    return _named(submitted, apart) if apart else None


def _explains(submitted: SubmittedParts, key: Key, level: int) -> bool:
    """Tell whether each wrong part is what comes of those deviations that show in it.

    One of them must be explained so; beside it others may be rounded so that they are as near to what is
    right.
    """
    explained = False
    for part, one in submitted.wrong.items():
        shown = _shown(key, part)
        if one.keys.get(shown, level + 1) <= level:
            explained = True
        elif one.near.get(shown, level + 1) > level:
            return False
    return explained


def _is_needless(submitted: SubmittedParts, key: Key) -> bool:
    """Tell whether one of two deviations explains all wrong parts by itself, rounding apart."""
    return any(_explains(submitted, frozenset((one,)), ROUNDING_LEVELS - 1) for one in key)


def _is_possible(submitted: SubmittedParts, key: Key) -> bool:
    """Tell whether no right part would be wrong by these deviations."""
    return all(_shown(key, part) <= same for part, same in submitted.right.items())


def _shown(key: Key, part: str) -> Key:
    return frozenset(one for one in key if one.shows_in(part))


def _possible(part: str, submitted: SubmittedParts) -> Fits:
    """Return what explains one part without what is common to all parts and not so in another one."""
    own = submitted.wrong[part]
    impossible = {
        one
        for key in own.keys
        for one in key
        if one.common
        and (
            any(one.shows_in(right) and one not in same for right, same in submitted.right.items())
            or any(
                other != part
                and one.shows_in(other)
                and fits.keys  # what nothing explains speaks against nothing
                and not any(one in key for key in (*fits.keys, *fits.near))
                for other, fits in submitted.wrong.items()
            )
        )
    }
    keys = {key: level for key, level in own.keys.items() if not key & impossible}
    factors = {key: factor for key, factor in own.own_factors.items() if key in keys}
    return Fits(keys, own.scaled, factors)


def _one_factor(submitted: SubmittedParts, level: int) -> dict[str, Explanation] | None:
    """Return `scaled` where all wrong parts are off by one factor, which no other mistake is."""
    found: list[Scaled] = []
    for one in submitted.wrong.values():
        if one.scaled is None or one.scaled.level > level or abs(one.scaled.factor - 1.0) <= one.scaled.slack:
            return None
        found.append(one.scaled)
    first = found[0]
    if any(abs(one.factor / first.factor - 1.0) > _SHARED + first.slack + one.slack for one in found):
        return None
    # Rounded, as by hand or in float32, a factor of −1 may fit a little worse than another.
    own = [
        key
        for key in next(iter(submitted.wrong.values())).own_factors
        if all(
            key in one.own_factors and (len(key) == 1 or one.keys[key] <= level)
            for one in submitted.wrong.values()
        )
    ]
    least = min(map(len, own), default=0)
    own = [key for key in own if len(key) == least]
    own = [key for key in own if _is_possible(submitted, key) or not any(one.common for one in key)]
    if own:
        return _named(submitted, own)
    return {part: Explanation((("scaled",),)) for part in submitted.wrong}


def _beside(submitted: SubmittedParts, level: int, scaled: dict[str, Explanation]) -> dict[str, Explanation]:
    """Return what is told of parts that are off by one factor, and one mistake that they are when rounded.

    Rounded numbers in plain ratios keep these: of two classes, half the squared error is a factor, too.
    """
    if any(one.alternatives != (("scaled",),) for one in scaled.values()):
        return scaled
    keys = {key for one in submitted.wrong.values() for key in one.keys if len(key) == 1}
    # What fits before is what rounding in floating point allows, and the factor fits better.
    keys = {key for key in keys if not _explains(submitted, key, ROUNDING_LEVELS - 1)}
    for later in range(max(level + 1, ROUNDING_LEVELS), submitted.rounded):
        found = [key for key in keys if _explains(submitted, key, later) and _is_possible(submitted, key)]
        if found:
            return {
                part: Explanation((*one.alternatives, ("scaled",)))
                for part, one in _named(submitted, found).items()
            }
    return scaled


def _named(submitted: SubmittedParts, keys: Sequence[Key]) -> dict[str, Explanation]:
    """Return the codes of keys that the numbers cannot tell apart."""
    told = {}
    for part, fits in submitted.wrong.items():
        codes = {in_order(frozenset(one.code for one in _shown(key, part))) for key in keys}
        if codes == {("wrong_divisor",)} and fits.scaled is not None:
            # Half of a gradient is half of it, and divided by two classes too.
            if any(abs(abs(fits.scaled.factor) / plain - 1.0) <= _PLAIN for plain in _PLAIN_FACTORS):
                codes.add(("scaled",))
        told[part] = Explanation(tuple(sorted(codes, key=_rank)))
    return told


def _rank(codes: tuple[Code, ...]) -> tuple[int, ...]:
    order = in_order(frozenset(codes))
    return tuple(_ORDER[code] for code in order)


_ORDER = {code: place for place, code in enumerate(Code.__args__)}  # type: ignore[attr-defined]
