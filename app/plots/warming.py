"""What a process does before its first picture, so that nobody waits for it."""

import matplotlib.backends.backend_pdf  # noqa: F401  # which the painter does not import before it is asked

from ..nn.activations.catalogue import create
from .activation_curves import ActivationCurves
from .canvas import Canvas
from .rendering import FORMATS, render, version


def warm() -> None:
    """Draw a little picture in every format: that loads the fonts, the backends and the encoder.

    Where the font cache is missing it is built here, in the directory that MPLCONFIGDIR names.
    """
    version()
    small = ActivationCurves((create("heaviside"),), derivative=True, title="Θ", canvas=Canvas(200, 200))
    for form in FORMATS:
        render(small, form)
