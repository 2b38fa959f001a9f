"""Networks of one input as curves, overlaid, and the difference of two below them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..nn.activations.record import Floats
from ..nn.errors import Overflow, located
from ..nn.networks.certificate import Certificate
from ..nn.networks.evaluation import evaluate
from ..nn.networks.network import Network
from ..nn.words import short
from . import sampling, windows
from .activation_words import window_of_y
from .axes import BOTTOM, LEFT, NOTE_LINE, RIGHT, Frame, padded
from .budget import points_allowed
from .canvas import Canvas, Rectangle
from .curve import MOST_DOTTED, Curve
from .first_layer import jumps, places, start
from .labelled_network import LabelledNetwork
from .lettering import LABEL, width
from .marks import Area, Mark, Stroke, line
from .network_jumps import has_jumps, value_at_jump
from .network_words import describe_curves
from .palette import DASHES
from .rounding import rounding
from .sampling import Function, Piece
from .scene import Scene, Table
from .title_and_legend import MARGIN, Entry, header

_ROOM = 14.0  # pixels free above and below the curves
_GAP = 34.0  # between panels above each other
_LEAST = (70.0, 40.0)  # the width and height of axes around which there is room for numbers
_BARE_GAP = 8.0
_MOST_ROWS = 40_000  # of the numbers behind the curves
_SURE = 4.0  # roundings: a jump above that is none of them
_DIFFERENCES = 801  # points at which two networks are subtracted, beside those of their curves


@dataclass(frozen=True, slots=True, eq=False)
class NetworkCurves:
    """The outputs of networks of one input over [low, high], each output on axes of its own.

    The first network is drawn broadly and the others over it, so that equal functions are seen to be equal.
    Of two networks F − G is drawn below each output; `certificate` is the bound on it that is proven, where
    one of the two is the other's conversion. `y_low` and `y_high` are the ends of every output's y-axis.
    """

    networks: Sequence[LabelledNetwork]
    low: float
    high: float
    title: str
    canvas: Canvas
    certificate: Certificate | None = None
    y_low: float | None = None
    y_high: float | None = None

    def scene(self) -> Scene:
        """Return everything that the picture shows. Raises `Overflow` at the network that does."""
        palette = self.canvas.palette
        outputs = self.networks[0].network.outputs
        curves = [self._curves(index) for index in range(outputs)]
        top = header(
            self.canvas,
            self.title,
            [Entry(one.label, one.colour, one.dash, one.width) for one in curves[0]] + self._band_entry(),
        )
        boxes, bare = self._boxes(top.bottom, outputs)
        uppers = self._uppers(curves, boxes, bare)
        if any(one.noted and one.box.top == top.bottom for one in uppers):
            boxes, bare = self._boxes(top.bottom + NOTE_LINE, outputs)
            uppers = self._uppers(curves, boxes, bare)
        differences = self._differences(curves) if len(self.networks) == 2 else None
        frames: list[Frame] = []
        marks: list[Mark] = [*top.marks]
        for index, (frame, (_, below)) in enumerate(zip(uppers, boxes, strict=True)):
            frames.append(frame.unnumbered() if below else frame)
            marks += [mark for curve in curves[index] for mark in curve.marks(frame, palette)]
            if below and differences:
                difference, drawn = self._difference(index, *differences, below, bare)
                frames.append(difference)
                marks += drawn
        gaps = np.abs(differences[1]).max(axis=0) if differences else None
        words = describe_curves(self.networks, curves, self.low, self.high, gaps, self.certificate)
        if self._chosen_y:
            words += "".join(self._cut(curves[index], frame) for index, frame in enumerate(uppers))
        return Scene(
            self.canvas,
            self.title or " and ".join(one.label for one in self.networks),
            words,
            self._table(curves),
            tuple(frames),
            marks,
        )

    @property
    def _chosen_y(self) -> bool:
        return self.y_low is not None or self.y_high is not None

    def _window_of_y(self, bottom: float, top: float) -> tuple[float, float]:
        """Return the ends of a y-axis that by itself would go from `bottom` to `top`."""
        if bottom == top:
            top = math.nextafter(top, math.inf)
        return windows.window(self.y_low, self.y_high, lambda: (bottom, top), "y_")

    @staticmethod
    def _cut(curves: Sequence[Curve], frame: Frame) -> str:
        """Return in words what of an output's curves its y-axis shows."""
        shown = (frame.bottom, frame.top)
        of_output = f", {frame.y_name}," if frame.y_name else ""
        return window_of_y(*shown, [(f"{one.label}{of_output}", one.cut(*shown)) for one in curves])

    def _uppers(
        self,
        curves: Sequence[Sequence[Curve]],
        boxes: Sequence[tuple[Rectangle, Rectangle | None]],
        bare: bool,
    ) -> list[Frame]:
        """Return the axes of each output's curves."""
        frames = []
        for index, (box, _) in enumerate(boxes):
            values = np.concatenate([curve.values for curve in curves[index]])
            usual = padded(float(values.min()), float(values.max()), box.height, _ROOM)
            bottom, ceiling = self._window_of_y(*usual)
            name = f"output {index + 1}" if len(boxes) > 1 else ""
            frames.append(Frame(box, self.low, self.high, bottom, ceiling, y_name=name, bare=bare))
        return frames

    def _boxes(self, top: float, outputs: int) -> tuple[list[tuple[Rectangle, Rectangle | None]], bool]:
        """Return for each output the rectangle of its curves, and of two networks that of F − G below it.

        And whether they are bare: so small that nothing is written around them.
        """
        two = len(self.networks) == 2
        whole = Rectangle(LEFT, top, self.canvas.width - RIGHT, self.canvas.height - BOTTOM)
        cells = whole.grid(outputs, LEFT + RIGHT, BOTTOM + 18, 1.0 if two else 1.6)
        bare = outputs > 1 and (cells[0].width < _LEAST[0] or cells[0].height < _LEAST[1] * (1 + two))
        if bare:
            whole = Rectangle(MARGIN, top, self.canvas.width - MARGIN, self.canvas.height - MARGIN)
            cells = whole.grid(outputs, _BARE_GAP, _BARE_GAP, 1.0 if two else 1.6)
        if not two:
            return [(cell, None) for cell in cells], bare
        gap = _BARE_GAP if bare else _GAP
        return [
            (
                Rectangle(cell.left, cell.top, cell.right, cell.bottom - 0.3 * cell.height - gap / 2),
                Rectangle(cell.left, cell.bottom - 0.3 * cell.height + gap / 2, cell.right, cell.bottom),
            )
            for cell in cells
        ], bare

    @property
    def _panels(self) -> int:
        return len(self.networks) * self.networks[0].network.outputs

    def _curves(self, index: int) -> list[Curve]:
        palette = self.canvas.palette
        found = []
        for number, drawn in enumerate(self.networks):
            network = drawn.network
            function = output(network, index)
            with located("networks", number):
                # With a window of y every curve is traced twice, and may cost as much as once.
                most = points_allowed(network, self._panels * (1 + self._chosen_y))
                through = places(network, self.low, self.high, self._panels)
                piece = sampling.trace(function, self.low, self.high, through, start(network), most)
                if self._chosen_y:
                    # What is said of the curve is of all of it; what is seen of it alone is drawn finer.
                    shown = self._window_of_y(float(piece.y.min()), float(piece.y.max()))
                    piece = sampling.trace(function, self.low, self.high, piece.x, 2, most, shown)
                if has_jumps(network):
                    parts, breaks = sampling.split(function, piece, most, _least(network, index, piece))
                    if len(breaks) <= MOST_DOTTED:
                        breaks = [
                            replace(
                                one,
                                value=value_at_jump(
                                    network, index, float(np.nextafter(one.at, -np.inf)), one.at
                                ),
                            )
                            for one in breaks
                        ]
                else:
                    parts, breaks = [piece], []
            # The first lies broadly underneath: where the others cover it, it still shows on both sides.
            broad = 5.0 if number == 0 and len(self.networks) > 1 else 2.25
            found.append(
                Curve(
                    drawn.label,
                    parts,
                    breaks,
                    palette.curves[number],
                    DASHES[number],
                    broad,
                    cased=number > 0,
                )
            )
        return found

    def _points(self, curves: Sequence[Sequence[Curve]]) -> Floats:
        """Return all x at which some curve or difference is drawn, of very many equally many of them."""
        x = np.concatenate([piece.x for row in curves for curve in row for piece in curve.pieces])
        if len(self.networks) == 2:
            share = np.linspace(0.0, 1.0, _DIFFERENCES)
            x = np.concatenate([x, self.low * (1 - share) + self.high * share])
        x = np.unique(x)
        return x[:: -(-len(x) // _MOST_ROWS)]

    def _differences(self, curves: Sequence[Sequence[Curve]]) -> tuple[Floats, Floats]:
        """Return points of the window and F − G there as evaluated in float64, (N,) and (N, m)."""
        x = self._points(curves)
        values = []
        for number, drawn in enumerate(self.networks):
            with located("networks", number):
                values.append(evaluate(drawn.network, x[:, np.newaxis]))
        with np.errstate(over="ignore"):
            difference = values[0] - values[1]
        if not np.isfinite(difference).all():
            raise Overflow(
                "expected two networks whose difference is below 1.8×10³⁰⁸, got one beyond it", ("networks",)
            )
        return x, difference

    def _difference(
        self, index: int, x: Floats, differences: Floats, box: Rectangle, bare: bool
    ) -> tuple[Frame, list[Mark]]:
        palette = self.canvas.palette
        difference = differences[:, index]
        bound = float(self.certificate.evaluation_bound[index]) if self.certificate else 0.0
        size = max(float(np.abs(difference).max()), bound if np.isfinite(bound) else 0.0)
        bottom, top = padded(-size, size, box.height, 8.0)
        first, second = (one.label for one in self.networks)
        name = f"{first} − {second}" if len(first) + len(second) <= 16 else "difference"
        frame = Frame(box, self.low, self.high, bottom, top, y_name=name, bare=bare)
        marks: list[Mark] = []
        if bound and np.isfinite(bound):
            edges = np.array([[self.low, -bound], [self.high, -bound], [self.high, bound], [self.low, bound]])
            marks.append(Area(frame.points(edges[:, 0], edges[:, 1]), palette.curves[2], 0.16, clip=box))
            for level in (-bound, bound):
                y = frame.y.at(level)
                marks.append(line(box.left, y, box.right, y, palette.curves[2], 1.25, DASHES[1]))
        marks.append(Stroke(frame.points(x, difference), palette.ink, 1.0, clip=box))
        return frame, marks

    def _band_entry(self) -> list[Entry]:
        if self.certificate is None or not np.isfinite(self.certificate.evaluation_bound).all():
            return []
        bounds = self.certificate.evaluation_bound
        bound = short(float(bounds.max()), 2)
        room = self.canvas.width - 2 * MARGIN - 40  # beside its sample
        text = f"proven: |difference| ≤ {bound}"
        if width(text, LABEL) > room:
            text = f"proven: ±{bound}"
        return [Entry(text, self.canvas.palette.curves[2], DASHES[1], 1.25)]

    def _table(self, curves: Sequence[Sequence[Curve]]) -> Table:
        names = [one.label for one in self.networks]
        if len(names) == 2:
            names.append(" − ".join(names))
        outputs = [f" {index + 1}" for index in range(len(curves))] if len(curves) > 1 else [""]
        columns = ["x", *(f"{name}{output}" for name in names for output in outputs)]
        return Table(columns, lambda: self._numbers(curves))

    def _numbers(self, curves: Sequence[Sequence[Curve]]) -> Floats:
        """Return every output at the points drawn, and of two networks their difference."""
        x = self._points(curves)
        values = [x[:, np.newaxis]]
        for number, drawn in enumerate(self.networks):
            with located("networks", number):
                values.append(evaluate(drawn.network, x[:, np.newaxis]))
        if len(self.networks) == 2:
            with np.errstate(over="ignore"):
                values.append(values[1] - values[2])
        return np.concatenate(values, axis=1)


def output(network: Network, index: int) -> Function:
    """Return one output of a network of one input, as a function of a vector of inputs."""

    def values(x: Floats) -> Floats:
        return np.ascontiguousarray(evaluate(network, x[:, np.newaxis])[:, index])

    return values


def _least(network: Network, index: int, curve: Piece) -> Floats:
    """Return how large jumps must be to count, (N − 1,): above rounding where the first layer has one."""
    least = sampling.least_step(curve)
    known = jumps(network)
    if len(known):
        before = np.searchsorted(known[:, 0], curve.x[:-1], "right") - 1
        inside = (before >= 0) & (curve.x[1:] <= known[before, 1])
        noise = rounding(network, index, curve.x)
        sure = _SURE * np.maximum(noise[1:], noise[:-1])
        least = np.where(inside, np.minimum(least, sure), least)
    return least
