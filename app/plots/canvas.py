"""Figures and axes in the house's style: fixed places, styled artists, no global state."""

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from app.nn.activations.record import Floats
from app.plots.frame import PIXELS_PER_INCH, Frame
from app.plots.palette import Dash

TITLE, LABEL, TICK = 11.0, 9.5, 8.5  # points
CURVE_WIDTH = 2.0
_TITLE_LETTER = 10.2  # CSS pixels that a bold letter of the title takes, on average


class Box(NamedTuple):
    """A rectangle in CSS pixels, from the top left corner."""

    left: float
    top: float
    width: float
    height: float


def figure(frame: Frame) -> Figure:
    """Return an empty figure of the frame's size, with a canvas of its own."""
    drawn = Figure(
        figsize=(frame.width / PIXELS_PER_INCH, frame.height / PIXELS_PER_INCH),
        dpi=PIXELS_PER_INCH,
        facecolor=frame.palette.background,
    )
    FigureCanvasAgg(drawn)
    return drawn


def axes(drawn: Figure, frame: Frame, box: Box) -> Axes:
    """Return axes that fill `box` exactly; laying them out by content would double the time."""
    palette = frame.palette
    added = drawn.add_axes(
        (
            box.left / frame.width,
            1 - (box.top + box.height) / frame.height,
            box.width / frame.width,
            box.height / frame.height,
        )
    )
    added.set_facecolor("none" if frame.transparent else palette.background)
    added.tick_params(colors=palette.quiet, labelsize=TICK, length=3, width=0.8)
    for side, spine in added.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(palette.quiet)
        spine.set_linewidth(0.8)
    added.set_axisbelow(True)
    return added


def grid(added: Axes, frame: Frame) -> None:
    """Draw a quiet grid, and the lines x = 0 and y = 0 a little stronger."""
    added.grid(color=frame.palette.grid, linewidth=0.8)
    added.axhline(0, color=frame.palette.quiet, linewidth=0.8, zorder=1)
    added.axvline(0, color=frame.palette.quiet, linewidth=0.8, zorder=1)


def title(drawn: Figure, frame: Frame, *texts: str) -> Text:
    """Write the first of the titles that fits, literally: nothing in it is read as mathematics."""
    room = (frame.width - 32) / _TITLE_LETTER
    text = next((text for text in texts if len(text) <= room), texts[-1])
    return drawn.text(
        16 / frame.width,
        1 - 14 / frame.height,
        text,
        ha="left",
        va="top",
        fontsize=TITLE,
        color=frame.palette.text,
        fontweight="bold",
        parse_math=False,
    )


def curve(added: Axes, x: Floats, y: Floats, color: str, dash: Dash, label: str) -> None:
    """Draw one curve; one without a label has no place in the legend."""
    (line,) = added.plot(x, y, color=color, linewidth=CURVE_WIDTH, label=label or "_", solid_capstyle="round")
    if dash:
        line.set_dashes(dash)


def legend(added: Axes, frame: Frame) -> None:
    """Name the curves in one row or more above the axes, where no curve can run through them."""
    handles, labels = added.get_legend_handles_labels()
    if not handles:
        return
    drawn = added.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=min(len(handles), max(1, frame.width // 150)),
        frameon=False,
        fontsize=LABEL,
        labelcolor=frame.palette.text,
        handlelength=2.8,
        borderaxespad=0.2,
        columnspacing=1.4,
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)


def label_axes(added: Axes, frame: Frame, x: str, y: str = "") -> None:
    """Name what runs along the axes."""
    added.set_xlabel(x, fontsize=LABEL, color=frame.palette.text, parse_math=False)
    if y:
        added.set_ylabel(y, fontsize=LABEL, color=frame.palette.text, parse_math=False)
