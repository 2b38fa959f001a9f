"""A finished picture, and what can be drawn."""

import io
from dataclasses import dataclass
from typing import Protocol

from matplotlib.figure import Figure

from app.plots.frame import PIXELS_PER_INCH, Frame


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of a file, its media type, and in words what it shows."""

    body: bytes
    media_type: str
    alternative_text: str


class Scene(Protocol):
    """What is to be seen, as plain values: equal scenes give equal bytes."""

    @property
    def frame(self) -> Frame:
        """The size and the dress."""

    def draw(self) -> Figure:
        """Return the figure."""

    def describe(self) -> str:
        """Return in words what the figure shows, from the mathematics rather than from the drawing."""


def render(scene: Scene) -> Picture:
    """Return the scene as a PNG, the same bytes in every process: no date, no version, no state."""
    figure, words = scene.draw(), scene.describe()
    body = io.BytesIO()
    figure.savefig(
        body,
        format="png",
        dpi=PIXELS_PER_INCH * scene.frame.scale,
        transparent=scene.frame.transparent,
        metadata={"Software": None, "Description": words},
    )
    return Picture(body.getvalue(), "image/png", words)
