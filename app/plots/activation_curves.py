"""Activations as curves, with the asymptotes that their records claim."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.nn.activations.record import Activation, Floats, Line
from app.plots import canvas
from app.plots.canvas import Box
from app.plots.frame import Frame
from app.plots.palette import ASYMPTOTE_DASH, DASHES, Dash
from app.plots.sampling import Function, pieces
from app.plots.window import default_window, height, window
from app.plots.words import describe_activation


@dataclass(frozen=True, slots=True)
class _Stroke:
    """One curve: a function with its look, its kinks, and the places where it jumps."""

    function: Function
    label: str
    color: str
    dash: Dash
    kinks: tuple[float, ...]
    jumps: tuple[float, ...]

    def draw(self, added: Axes, low: float, high: float, background: str) -> Floats:
        """Draw the curve in pieces between its jumps; return all values drawn."""
        values = []
        for part, (x, y) in enumerate(pieces(self.function, low, high, self.kinks, self.jumps)):
            canvas.curve(added, x, y, self.color, self.dash, self.label if part == 0 else "")
            values.append(y)
        for at in self.jumps:
            if low < at < high:
                self._ends(added, at, background)
        return np.concatenate(values)

    def _ends(self, added: Axes, at: float, background: str) -> None:
        """Mark the ends at a jump: a full dot where the value is, an open one where it is not."""
        near = np.array([np.nextafter(at, -np.inf), at, np.nextafter(at, np.inf)])
        before, value, after = self.function(near)
        for end in {float(before), float(after)} if before != after else ():
            face = self.color if end == value else background
            added.plot([at], [end], "o", color=self.color, markerfacecolor=face, markersize=6, zorder=4)


@dataclass(frozen=True, slots=True)
class ActivationCurves:
    """One or several activations on one pair of axes, over [low, high] or a window of their own.

    Raises `Overflow` in `draw` where no value in the window is finite.
    """

    activations: tuple[Activation, ...]
    low: float | None = None
    high: float | None = None
    derivative: bool = False
    asymptotes: bool = True
    frame: Frame = field(default_factory=Frame)

    @property
    def window(self) -> tuple[float, float]:
        """The ends of the x-axis: those asked for, else what shows the functions."""
        return window(self.low, self.high, default_window(self.activations))

    def draw(self) -> Figure:
        """Return the figure."""
        frame = self.frame
        drawn = canvas.figure(frame)
        entries = len(self.activations) * (2 if self.derivative else 1)
        rows = -(-entries // max(1, frame.width // 150))
        top = 34 + 20 * rows
        added = canvas.axes(drawn, frame, Box(52, top, frame.width - 72, frame.height - top - 44))
        canvas.title(drawn, frame, *_titles(self.activations))
        low, high = self.window
        seen = [stroke.draw(added, low, high, frame.palette.background) for stroke in self._strokes()]
        bottom, ceiling = height(np.concatenate(seen))
        added.set_xlim(low, high)
        added.set_ylim(bottom, ceiling)
        canvas.grid(added, frame)
        if self.asymptotes:
            self._asymptotes(added, low, high)
        canvas.label_axes(added, frame, "x")
        canvas.legend(added, frame)
        return drawn

    def describe(self) -> str:
        """Return in words what each curve does, and over which window."""
        low, high = self.window
        words = [describe_activation(activation, self.derivative) for activation in self.activations]
        return " ".join([*words, f"Shown for x from {low:g} to {high:g}."])

    def _strokes(self) -> Iterator["_Stroke"]:
        """Yield what is drawn: each activation, then its derivative where that is asked for.

        The derivative of a single activation has the next colour; among several each has its function's,
        in dots.
        """
        colors = self.frame.palette.curves
        alone = len(self.activations) == 1
        for index, one in enumerate(self.activations):
            color, dash = colors[index % len(colors)], DASHES[index % len(DASHES)]
            jumps = tuple(jump.at for jump in one.jumps)
            yield _Stroke(one.evaluate, one.name, color, dash, one.kinks, jumps)
            if self.derivative:
                shade, dots = (colors[1], DASHES[1]) if alone else (color, DASHES[2])
                # Where the function has a kink its derivative jumps.
                yield _Stroke(one.derivative, f"{one.name}′", shade, dots, (), (*jumps, *one.kinks))

    def _asymptotes(self, added: Axes, low: float, high: float) -> None:
        """Draw each line once over the half on which it is one, with its equation."""
        for line, sides in _lines(self.activations).items():
            start = low if "left" in sides else max(0.0, low)
            end = high if "right" in sides else min(0.0, high)
            if start >= end:
                continue
            ends = np.array([start, end])
            (drawn,) = added.plot(
                ends,
                line.slope * ends + line.intercept,
                color=self.frame.palette.quiet,
                linewidth=1.1,
                zorder=1.5,
            )
            drawn.set_dashes(ASYMPTOTE_DASH)
            drawn.set_gid("asymptote")
            self._equation(added, line, "left" in sides)

    def _equation(self, added: Axes, line: Line, at_left: bool) -> None:
        (low, high), (bottom, top) = added.get_xlim(), added.get_ylim()
        x = low + (high - low) * (0.03 if at_left else 0.97)
        y = line.slope * x + line.intercept
        if line.slope and not bottom < y < top:
            # A slanting line leaves through the top or the bottom: its name stands where it leaves.
            y = top - 0.06 * (top - bottom) if y >= top else bottom + 0.06 * (top - bottom)
            x = (y - line.intercept) / line.slope
        # Level lines carry their name on the side with more room, slanting ones beside them.
        above = y < (bottom + top) / 2
        slants = abs(line.slope) * (high - low) > 0.2 * (top - bottom)
        shift = (-12 if at_left == (line.slope < 0) else 12, 0) if slants else (0, 6 if above else -6)
        level = "bottom" if above else "top"
        added.annotate(
            equation(line),
            (x, y),
            xytext=shift,
            textcoords="offset points",
            ha="left" if shift[0] > 0 or (not slants and at_left) else "right",
            va="center" if slants else level,
            fontsize=canvas.TICK,
            color=self.frame.palette.quiet,
            annotation_clip=True,
            parse_math=False,
        )


def equation(line: Line) -> str:
    """Return the line's equation in plain characters: y = 2x − 1."""
    slope, intercept = line.slope, line.intercept
    if not slope:
        return f"y = {intercept:g}".replace("-", "−")
    factor = {1.0: "", -1.0: "−"}.get(slope, f"{slope:g}")
    shift = "" if not intercept else f" {'+' if intercept > 0 else '−'} {abs(intercept):g}"
    return f"y = {factor}x{shift}".replace("-", "−")


def _lines(activations: tuple[Activation, ...]) -> dict[Line, set[str]]:
    found: dict[Line, set[str]] = {}
    for activation in activations:
        for side, line in (("left", activation.left), ("right", activation.right)):
            if line is not None:
                found.setdefault(line, set()).add(side)
    return found


def _titles(activations: tuple[Activation, ...]) -> tuple[str, ...]:
    """Return titles from the fullest to the shortest: the first that fits is taken."""
    if len(activations) > 2:
        return (f"{len(activations)} activation functions",)
    forms = (lambda one: one.title + _parameters(one), lambda one: one.title, lambda one: one.name)
    return tuple(" and ".join(map(form, activations)) for form in forms)


def _parameters(activation: Activation) -> str:
    inside = ", ".join(f"{name} = {value:g}" for name, value in activation.parameters.items())
    return f" ({inside})" if inside else ""
