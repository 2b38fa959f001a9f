"""Gradients as heat maps, beside the probabilities and the targets they come from."""

from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from app.nn.activations.record import Floats
from app.plots import canvas
from app.plots.canvas import Box
from app.plots.frame import Frame

_DIGIT = (7.6, 16.0)  # CSS pixels, width and height, of a digit at the size of the ticks
_MOST_TICKS = 12
_DEEP = 0.6  # share of the largest value from which a cell is too deep for dark ink


@dataclass(frozen=True, slots=True, eq=False)
class GradientMaps:
    """∂ℓ/∂W (h, d) and ∂ℓ/∂Θ (h, k), and p beside y, (N, k) each: of a batch their means are drawn."""

    w_gradient: Floats
    theta_gradient: Floats
    probabilities: Floats
    targets: Floats
    frame: Frame = field(default_factory=Frame)

    def draw(self) -> Figure:
        """Return the figure."""
        frame = self.frame
        drawn = canvas.figure(frame)
        canvas.title(drawn, frame, "Gradients of the cross-entropy")
        top, left, gap = 62.0, 52.0, 56.0
        width = (frame.width - left - 2 * gap - 16) / 3
        height = frame.height - top - 46
        boxes = [Box(left + index * (width + gap), top, width, height) for index in range(3)]
        self._map(drawn, boxes[0], self.w_gradient, "∂ℓ/∂W", ("input", "hidden unit"))
        self._map(drawn, boxes[1], self.theta_gradient, "∂ℓ/∂Θ", ("class", "hidden unit"))
        self._bars(drawn, boxes[2])
        return drawn

    def describe(self) -> str:
        """Return in words where each gradient is largest, and how far p is from y."""
        p, y = self.probabilities.mean(axis=0), self.targets.mean(axis=0)
        guess = int(p.argmax())
        return " ".join(
            [
                f"Heat maps. {_largest('The gradient by W', self.w_gradient, 'hidden unit', 'input')}",
                _largest("The gradient by Theta", self.theta_gradient, "hidden unit", "class"),
                f"The most probable class is {guess} with p = {p[guess]:.4g}, where y = {y[guess]:.4g}.",
            ]
        )

    def _map(self, drawn: Figure, box: Box, values: Floats, name: str, along: tuple[str, str]) -> None:
        added = canvas.axes(drawn, self.frame, box)
        rows, columns = values.shape
        largest = float(np.abs(values).max())
        colors = LinearSegmentedColormap.from_list("diverging", self.frame.palette.diverging)
        # Divided first: imshow's own scaling would overflow on gradients near the largest float64.
        shares = values / largest if largest else values
        added.imshow(shares, cmap=colors, vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
        added.text(
            0,
            1.02,
            f"{name}   largest {largest:.3g}",
            transform=added.transAxes,
            fontsize=canvas.LABEL,
            color=self.frame.palette.text,
            parse_math=False,
        )
        added.set_xticks(_ticks(columns))
        added.set_yticks(_ticks(rows))
        canvas.label_axes(added, self.frame, *along)
        if box.width / columns >= 4 * _DIGIT[0] and box.height / rows >= _DIGIT[1]:
            self._values(added, values, shares, box.width / columns)

    def _values(self, added: Axes, values: Floats, shares: Floats, width: float) -> None:
        """Write the numbers into the cells if all of them fit, in the ink that can be read on each."""
        palette = self.frame.palette
        texts = {place: f"{value:.2g}".replace("-", "−") for place, value in np.ndenumerate(values)}
        if max(map(len, texts.values())) * _DIGIT[0] > width:
            return
        for (row, column), text in texts.items():
            ink = palette.background if abs(shares[row, column]) > _DEEP else palette.text
            added.text(
                column, row, text, ha="center", va="center", fontsize=canvas.TICK, color=ink, parse_math=False
            )

    def _bars(self, drawn: Figure, box: Box) -> None:
        added = canvas.axes(drawn, self.frame, box)
        palette = self.frame.palette
        p, y = self.probabilities.mean(axis=0), self.targets.mean(axis=0)
        place = np.arange(len(p))
        mean = "mean " if len(self.probabilities) > 1 else ""
        added.barh(place - 0.2, p, 0.38, color=palette.curves[0], label=f"{mean}p")
        added.barh(
            place + 0.2, y, 0.38, facecolor="none", edgecolor=palette.curves[1], linewidth=1.4, hatch="///",
            label=f"{mean}y",
        )  # fmt: skip
        added.set_ylim(len(p) - 0.5, -0.5)
        added.set_yticks(_ticks(len(p)))
        added.axvline(0, color=palette.quiet, linewidth=0.8)
        canvas.label_axes(added, self.frame, "probability", "class")
        canvas.legend(added, self.frame)


def _ticks(count: int) -> list[int]:
    step = -(-count // _MOST_TICKS)
    return list(range(0, count, step))


def _largest(name: str, values: Floats, row: str, column: str) -> str:
    at = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    return f"{name} is largest at {row} {at[0]}, {column} {at[1]}: {values[at]:.4g}."
