"""The legend: within its share of the picture, nothing cut that need not be, dashes shown whole."""

import numpy as np
import pytest

from app.plots.canvas import Canvas, Rectangle
from app.plots.lettering import LABEL
from app.plots.marks import Stroke, Words
from app.plots.palette import DASHES, SOLID
from app.plots.placement import label_box
from app.plots.title_and_legend import MARGIN, Entry, header

ENTRIES = [
    Entry(f"{name} {index}", "#000000", dash, width)
    for index, dash in enumerate(DASHES)
    for name, width in (("function", 2.25), ("slope", 1.25))
]
CANVASES = [Canvas(200, 200), Canvas(200, 2000), Canvas(2000, 200), Canvas()]


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
@pytest.mark.parametrize("title", ["", "A title"])
@pytest.mark.parametrize("count", [1, 3, 8, 16])
def test_legend_leaves_half_the_height_and_counts_the_rest(canvas: Canvas, title: str, count: int) -> None:
    """A legend leaves half the height and counts what has no room."""
    top = header(canvas, title, ENTRIES[:count])
    assert top.bottom <= canvas.height / 2
    words = [one for one in top.marks if isinstance(one, Words) and one.text != title]
    shown = [one for one in words if one.text.startswith(("function", "slope"))]
    rest = [one.text for one in words if one not in shown]
    assert rest == ([f"and {count - len(shown)} more"] if len(shown) < count else [])
    assert len([one for one in top.marks if isinstance(one, Stroke)]) == len(shown)
    boxes = [label_box(one) for one in words]
    inside = Rectangle(MARGIN, 0, canvas.width - MARGIN + 1e-9, top.bottom)
    assert all(box.overlap(inside) == pytest.approx(box.width * box.height) for box in boxes)
    assert not any(a.overlap(b) for index, a in enumerate(boxes) for b in boxes[index + 1 :])


def test_a_label_is_written_smaller_before_it_is_cut() -> None:
    label = "hard_tanh, min_val = −3, max_val = 3"
    (words,) = [one for one in header(Canvas(300, 240), "", [Entry(label, "#000000")]).marks
                if isinstance(one, Words)]  # fmt: skip
    assert words.text == label
    assert words.size < LABEL
    (cut,) = [one for one in header(Canvas(200, 240), "", [Entry(label, "#000000")]).marks
              if isinstance(one, Words)]  # fmt: skip
    assert cut.text.endswith("…")


@pytest.mark.parametrize("dash", [dash for dash in DASHES if dash != SOLID], ids=str)
@pytest.mark.parametrize("width", [2.25, 1.25])
def test_the_sample_of_a_dash_ends_with_a_whole_piece_of_ink(dash: tuple[float, ...], width: float) -> None:
    top = header(Canvas(), "", [Entry("a", "#000000", dash, width)])
    (sample,) = [one for one in top.marks if isinstance(one, Stroke)]
    length = np.ptp(sample.points[:, 0])
    lengths = np.cumsum(width * np.array(dash * 20))
    assert np.abs(lengths[::2] - length).min() < 1e-9
    assert length > sum(dash[:2]) * width  # more than one piece
