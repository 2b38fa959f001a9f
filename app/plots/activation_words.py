"""What a picture of activations shows, in words made from the mathematics."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..nn.activations.catalogue import factory
from ..nn.activations.parameter import changed
from ..nn.activations.record import Activation, Line
from ..nn.words import distinct, linear, listed, short
from .curve import Cut
from .extremes import largest, points, straight, turning_points
from .shown_gap import ShownGap


def describe(
    activations: Sequence[Activation],
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
    names = listed([label(one) for one in activations])
    alone = len(activations) == 1
    kind = "Graph" if alone and not derivative else "Graphs"
    also = (" and its derivative" if alone else " and their derivatives") if derivative else ""
    parts = [f"{kind} of {names}{also} for x from {left} to {right}."]
    parts += [_curve(one, low, high) for one in activations]
    if asymptotes:
        lines = listed([f"y = {_equation(line)}" for line in asymptotes])
        several = len(asymptotes) > 1
        parts.append(f"{'Dashed lines show' if several else 'A dashed line shows'} {lines}.")
    if derivative:
        parts += [_derivative(one, low, high) for one in activations]
    if gap:
        parts.append(_gap(gap, activations))
    return " ".join(parts)


def window_of_y(low: float, high: float, cuts: Iterable[tuple[str, Cut]]) -> str:
    """Return in words what a chosen window of y shows of curves, and what it cuts off."""
    bottom, top = distinct(low, high)
    parts = [f" The y-axis runs from {bottom} to {top}."]
    for name, cut in cuts:
        sides = [
            side for side, there in ((f"above {top}", cut.above), (f"below {bottom}", cut.below)) if there
        ]
        if not cut.inside:
            parts.append(f"Nothing of {name} is inside: it is {' or '.join(sides)}.")
        elif sides:
            parts.append(f"{name} is cut off where it is {' or '.join(sides)}.")
    return " ".join(parts)


def label(activation: Activation) -> str:
    """Return the name, with the parameters that are not at their defaults: "elu, alpha = 0.5"."""
    given = changed(factory(activation.name), activation.parameters)
    return ", ".join([activation.name, *(f"{name} = {short(value)}" for name, value in given.items())])


def _curve(one: Activation, low: float, high: float) -> str:
    left, right = distinct(*one.evaluate(np.array([low, high])).tolist())
    parts = [f"{label(one)}: {_shape(one)}, from y = {left} at the left edge to y = {right} at the right."]
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


def _derivative(one: Activation, low: float, high: float) -> str:
    x = points(one, low, high)
    slopes = one.derivative(x)
    infinite = slopes[np.isinf(slopes)]
    if infinite.size:
        way = "grows" if infinite[0] > 0 else "falls"
        return f"The derivative of {label(one)} {way} beyond the largest float64 in this window."
    at, most = largest(one.derivative, x)
    _, opposite = largest(lambda x: -one.derivative(x), x)
    if most == -opposite:
        told = "is constant" if straight(one) else "as computed is constant"
        return f"The derivative of {label(one)} {told}, {short(most)}."
    text = f"The derivative of {label(one)} lies between {short(-opposite)} and {short(most)}"
    corners = [*one.kinks, *(jump.at for jump in one.jumps)]
    if most > max(slopes[0], slopes[-1]):
        # A limit at a corner is taken by the float beside it.
        beside = np.nextafter(at, [-np.inf, np.inf])
        at = next((corner for corner in corners if beside[0] <= corner <= beside[1]), at)
        text += f", largest near x = {short(at, 2)}"
    kinks = [kink for kink in one.kinks if low < kink < high]
    if kinks:
        text += f", and jumps at x = {listed([short(kink) for kink in kinks])}"
    return text + "."


def _gap(gap: ShownGap, activations: Sequence[Activation]) -> str:
    names = listed([label(one) for one in activations])
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
