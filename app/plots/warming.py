"""What a process does before its first picture, so that nobody waits for it."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def warm() -> None:
    """Draw a little of everything that is loaded on first use: the fonts, the backend, the encoder.

    Where the font cache is missing it is built here, in the directory that MPLCONFIGDIR names.
    """
    drawn = Figure(figsize=(1, 1))
    FigureCanvasAgg(drawn)
    added = drawn.add_axes((0.3, 0.3, 0.6, 0.6))
    added.plot([0, 1], [0, 1], label=r"$\alpha$")
    added.legend()
    added.set_title("∂ℓ/∂Θ", fontweight="bold")
    for form in ("png", "svg", "pdf"):
        drawn.savefig(io.BytesIO(), format=form)
