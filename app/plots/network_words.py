"""What a picture of networks shows, in words made from the mathematics."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from ..nn.activations.record import Floats
from ..nn.networks.certificate import Certificate
from ..nn.words import distinct, listed, short
from .curve import Curve
from .first_layer import bends, kinks, tells_all
from .labelled_network import LabelledNetwork
from .rounding import rounding
from .sampling import Break, Function

_MOST_NAMED = 4
_WIGGLE = 1e-3  # of a curve's height, the least that is told as a turn
_ALIKE = 1e-6  # of the largest value: far less than a pixel
SAMPLED = " at the points drawn"
"""Said of what a picture is a sample of."""


def describe_curves(
    networks: Sequence[LabelledNetwork],
    curves: Sequence[Sequence[Curve]],
    low: float,
    high: float,
    gaps: Floats | None,
    certificate: Certificate | None,
) -> str:
    """Return the alternative text of networks of one input: their curves, output by output.

    `gaps` are the largest |F − G| at the points drawn. Curves that bend, and those of deeper networks, are
    told as what they are, a sample: what happens between two points nobody knows.
    """
    names = listed([one.label for one in networks])
    word = "Graph" if len(networks) == 1 and len(curves) == 1 else "Graphs"
    left, right = distinct(low, high)
    parts = [f"{word} of {names} for x from {left} to {right}."]
    parts += [f"{one.label} is a network of {one.architecture()}." for one in networks]
    many = len(curves) > 1
    bounds = certificate.evaluation_bound if certificate else np.full(len(curves), np.inf)
    sampled = [
        bends(one.network) or not tells_all(one.network, len(networks) * len(curves)) for one in networks
    ]
    for index, row in enumerate(curves):
        of_output = f", output {index + 1}," if many else ""
        alike = _ALIKE * np.abs(row[0].values).max()
        if gaps is not None and gaps[index] <= alike:
            seen = "" if bounds[index] <= alike else SAMPLED
            told = SAMPLED if any(sampled) and not seen else ""
            way = course(row[0], partial(rounding, networks[0].network, index))
            parts.append(f"{names}{of_output} lie on each other{seen}: the curve{told} {way}")
            continue
        for one, curve, unsure in zip(networks, row, sampled, strict=True):
            way = course(curve, partial(rounding, one.network, index))
            parts.append(f"{curve.label}{of_output}{SAMPLED if unsure else ''} {way}")
    parts += [bend for one in networks if (bend := _kinks(one, low, high))]
    if gaps is not None:
        first, second = (one.label for one in networks)
        sizes = listed([short(float(gap), 2) for gap in gaps])
        each = ", output by output" if many else ""
        parts.append(f"Below, {first} − {second} as evaluated: up to {sizes} in size{SAMPLED}{each}.")
    if certificate is not None:
        parts.append(_proof(bounds))
    return " ".join(parts)


def _proof(bounds: Floats) -> str:
    """Return in words what is proven of F − G, output by output; ∞ is nothing."""
    known = np.flatnonzero(np.isfinite(bounds))
    if not known.size:
        return "No bound on it is known that holds for every x."
    bound = float(bounds[known].max())
    proven = (
        f"The shaded band of ±{short(bound, 2)} is proven to hold it" if bound else "It is proven to be 0"
    )
    if known.size == bounds.size:
        return f"{proven} for every x."
    outputs = f"output{'s' * (known.size > 1)} {listed([str(index + 1) for index in known])}"
    return f"{proven} for every x in {outputs}; elsewhere no such bound is known."


def _kinks(drawn: LabelledNetwork, low: float, high: float) -> str:
    """Return in words where the first layer has its kinks; those of deeper layers are not known."""
    inside = sorted({at for at in kinks(drawn.network) if low < at < high})
    if not inside:
        return ""
    if len(inside) > _MOST_NAMED:
        return f"The first layer of {drawn.label} has {len(inside)} kinks in this window."
    word = "kinks" if len(inside) > 1 else "a kink"
    return f"The first layer of {drawn.label} has {word} at x = {listed([short(at, 3) for at in inside])}."


def course(curve: Curve, noise: Function | None = None) -> str:
    """Return in words where a sampled curve starts and ends, turns, crosses zero and jumps.

    `noise` tells how far rounding moves it at given x: differences within that are not told.
    """
    x = np.concatenate([piece.x for piece in curve.pieces])
    y = np.concatenate([piece.y for piece in curve.pieces])
    if np.ptp(y) == 0:
        return f"is constant, {short(float(y[0]))}."
    blur = np.zeros(len(x)) if noise is None else noise(x)
    calmest = int(blur.argmin())
    if (np.abs(y - y[calmest]) <= blur + blur[calmest]).all():
        level = 0.0 if (np.abs(y) <= blur).all() else float(y[calmest])
        return f"is constant, {short(level)}, to within rounding."
    left, right = distinct(float(y[0]), float(y[-1]))
    parts = [f"runs from {left} at the left edge to {right} at the right"]
    turns = _turns(x, y, blur)
    if not turns:
        parts.append(_way(y, blur))
    elif len(turns) <= _MOST_NAMED:
        parts.append(
            "with "
            + listed([f"a {kind} of {short(value, 3)} near x = {short(at, 3)}" for at, value, kind in turns])
        )
    else:
        parts.append(
            f"turning {len(turns)} times, between {short(float(y.min()), 3)} and {short(float(y.max()), 3)}"
        )
    zeros = _zeros(x, y, blur)
    if 0 < len(zeros) <= _MOST_NAMED:
        parts.append(f"crossing zero near x = {listed([short(at, 3) for at in zeros])}")
    elif zeros:
        parts.append(f"crossing zero {len(zeros)} times")
    jumps = [jump for jump in curve.breaks if jump.left != jump.right]
    if 0 < len(jumps) <= _MOST_NAMED:
        parts.append("jumping " + listed([_jump(one) for one in jumps]))
    elif jumps:
        # Those of deeper layers below a thousandth of the height are none of them, nor is every one of very
        # many found.
        parts.append(f"jumping at least {len(jumps)} times")
    return ", ".join(parts) + "."


def _jump(one: Break) -> str:
    left, right = short(one.left, 3), short(one.right, 3)
    if left == right:
        left, right = distinct(one.left, one.right)
    return f"from {left} to {right} at x = {short(one.at)}"


def _way(y: Floats, blur: Floats) -> str:
    """Return which way a curve without turns goes, and whether every sample does."""
    sign = 1.0 if y[-1] > y[0] else -1.0
    steady = bool((sign * np.diff(y) >= -(blur[1:] + blur[:-1])).all())
    way = "rising" if sign > 0 else "falling"
    return f"{way} all the way" if steady else f"{way} but for wiggles below a thousandth of its height"


def _turns(x: Floats, y: Floats, blur: Floats) -> list[tuple[float, float, str]]:
    # Wiggles below a thousandth of the height are rounding or invisible.
    least = np.maximum(_WIGGLE * (float(y.max()) / 2 - float(y.min()) / 2) * 2, 2 * blur)
    found = []
    extreme, direction = 0, 0
    for index in range(1, len(y)):
        change = y[index] - y[extreme]
        if direction == 0:
            if abs(change) > least[index]:
                direction, extreme = (1 if change > 0 else -1), index
        elif change * direction > 0:
            extreme = index
        elif abs(change) > least[index]:
            found.append((float(x[extreme]), float(y[extreme]), "maximum" if direction > 0 else "minimum"))
            direction, extreme = -direction, index
    return found


def _zeros(x: Floats, y: Floats, blur: Floats) -> list[float]:
    signs = np.where(np.abs(y) > blur, np.sign(y), 0.0)
    moving = np.flatnonzero(signs)
    changes = np.flatnonzero(signs[moving[:-1]] != signs[moving[1:]])
    left, right = moving[changes], moving[changes + 1]
    share = y[left] / (y[left] - y[right])
    between = x[left] + share * (x[right] - x[left])
    # Where samples are 0 themselves the middle one is the place.
    return [float(at) for at in np.where(right - left > 1, x[(left + right) // 2], between)]
