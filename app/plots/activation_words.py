"""What a picture of activations shows, in words made from the mathematics."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from app.nn.activations.record import Activation, Line
from app.plots.axis import Axis
from app.plots.chosen import Chosen
from app.plots.numbers import distinct, linear, listed, short
from app.plots.shown_gap import ShownGap


def describe(
    chosen: Sequence[Chosen],
    low: float,
    high: float,
    derivative: bool,
    asymptotes: Sequence[Line],
    gap: ShownGap | None,
) -> str:
    """Return the alternative text: for each curve its shape, ends, crossings, turns, kinks and jumps.

    `asymptotes` are those that the window shows.
    """
    left, right = distinct(low, high)
    names = listed([one.label for one in chosen])
    kind = "Graph" if len(chosen) == 1 and not derivative else "Graphs"
    also = (" and its derivative" if len(chosen) == 1 else " and their derivatives") if derivative else ""
    parts = [f"{kind} of {names}{also} for x from {left} to {right}."]
    parts += [_curve(one, low, high) for one in chosen]
    if asymptotes:
        lines = listed([f"y = {_equation(line)}" for line in asymptotes])
        several = len(asymptotes) > 1
        parts.append(f"{'Dashed lines show' if several else 'A dashed line shows'} {lines}.")
    if derivative:
        parts += [_derivative(one, low, high) for one in chosen]
    if gap:
        parts.append(_gap(gap, chosen))
    return " ".join(parts)


def _curve(chosen: Chosen, low: float, high: float) -> str:
    one = chosen.activation
    left, right = distinct(*one.evaluate(np.array([low, high])).tolist())
    parts = [f"{chosen.label}: {_shape(one)}, from y = {left} at the left edge to y = {right} at the right."]
    parts.append(_ends(one))
    if low <= 0 <= high:
        parts.append(f"It crosses the y-axis at {short(float(one.evaluate(np.zeros(1))[0]))}.")
    turns = turning_points(one, low, high)
    for x, kind in turns:
        parts.append(f"It has a {kind} of {short(float(one.evaluate(np.array([x]))[0]))} at x = {short(x)}.")
    kinks = [at for at in one.kinks if low < at < high]
    if kinks:
        kind = "a kink" if len(kinks) == 1 else "kinks"
        parts.append(f"It has {kind} at x = {listed([short(at) for at in kinks])}.")
    for jump in one.jumps:
        if low < jump.at < high:
            value = float(one.evaluate(np.array([jump.at]))[0])
            way = "up" if jump.height > 0 else "down"
            parts.append(
                f"It jumps {way} by {short(abs(jump.height))} at x = {short(jump.at)},"
                f" where its value is {short(value)}."
            )
    if one.odd:
        parts.append("It is symmetric about the origin.")
    if one.even:
        parts.append("It is symmetric about the y-axis.")
    return " ".join(parts)


def _shape(one: Activation) -> str:
    words = []
    if one.lipschitz == 0 and one.jumps:
        words.append("a step, constant on each side")
    elif one.monotone:
        words.append("never falling")
    else:
        words.append("falling and rising")
    straight = one.left is not None and one.left == one.right and one.differentiable and one.convex
    if straight:
        words = ["a straight line"]
    elif one.convex:
        words.append("convex")
    if one.continuous and one.differentiable:
        words.append("smooth")
    elif one.continuous:
        words.append("continuous")
    if one.bounded:
        words.append(f"between {short(one.range.infimum)} and {short(one.range.supremum)}")
    return ", ".join(words)


def _ends(one: Activation) -> str:
    if one.left is not None and one.left == one.right:
        return f"At both ends it follows the line y = {_equation(one.left)}."
    return (
        f"As x goes to minus infinity it {_approach(one.left)},"
        f" as x goes to infinity it {_approach(one.right)}."
    )


def _approach(line: Line | None) -> str:
    return f"approaches y = {_equation(line)}" if line else "has no asymptote"


def _equation(line: Line) -> str:
    return linear(line.slope, line.intercept)


def _derivative(chosen: Chosen, low: float, high: float) -> str:
    one = chosen.activation
    corners = [at for at in (*one.kinks, *(jump.at for jump in one.jumps)) if low < at < high]
    x = Axis(low, high, 0.0, 1.0).value(np.linspace(0.0, 1.0, 513))
    # At a corner it jumps; its limits on both sides may be its extremes.
    x = np.unique([*x, *corners, *np.nextafter(corners, -np.inf), *np.nextafter(corners, np.inf)])
    slopes = one.derivative(x)
    finite = slopes[np.isfinite(slopes)]
    if not finite.size:
        return ""
    if finite.min() == finite.max():
        return f"The derivative of {chosen.label} is constant, {short(float(finite[0]))}."
    largest = int(np.argmax(np.where(np.isfinite(slopes), slopes, -np.inf)))
    between = f"{short(float(finite.min()))} and {short(float(finite.max()))}"
    text = f"The derivative of {chosen.label} lies between {between}"
    if slopes[largest] > max(slopes[0], slopes[-1]):
        text += f", largest near x = {short(float(x[largest]), 2)}"
    kinks = [at for at in one.kinks if at in corners]
    if kinks:
        text += f", and jumps at x = {listed([short(at) for at in kinks])}"
    return text + "."


def _gap(gap: ShownGap, chosen: Sequence[Chosen]) -> str:
    names = listed([one.label for one in chosen])
    overall = gap.overall
    if overall.value == 0:
        return f"{names} are the same function."
    text = f"The gap between {names} is shaded; "
    if np.isinf(overall.value):
        text += "it grows beyond all bounds"
    elif np.isfinite(overall.at):
        word = "at" if overall.attained else "near"
        text += f"at its largest it is {short(overall.value)}, {word} x = {short(overall.at)}"
    else:
        text += f"at its largest it is {short(overall.value)}, in the limit"
    return text + ("." if gap.whole else f"; the largest shown is {short(gap.value)}, {gap.place}.")


def turning_points(one: Activation, low: float, high: float) -> list[tuple[float, str]]:
    """Return where the function turns inside (low, high), "minimum" or "maximum", found by its derivative.

    Every change of the derivative's sign between 257 points is bisected to 10⁻⁶ of the window.
    """
    x = Axis(low, high, 0.0, 1.0).value(np.linspace(0.0, 1.0, 257))
    signs = np.sign(one.derivative(x))
    moving = np.flatnonzero(signs)
    found = []
    for before, after in pairwise(moving):
        if signs[before] == signs[after]:
            continue
        left, right = float(x[before]), float(x[after])
        for _ in range(60):
            middle = left / 2 + right / 2
            if not left < middle < right:
                break
            if np.sign(one.derivative(np.array([middle]))[0]) == signs[before]:
                left = middle
            else:
                right = middle
        if _is_jump(one, right, left):
            continue
        found.append(
            (
                0.0 if abs(right) < 1e-12 * (high / 2 - low / 2) else right,
                "minimum" if signs[before] < 0 else "maximum",
            )
        )
    return found


def _is_jump(one: Activation, *places: float) -> bool:
    jumps: Iterable[float] = (jump.at for jump in one.jumps)
    return any(abs(at - place) <= 1e-9 * max(1.0, abs(at)) for at in jumps for place in places)
