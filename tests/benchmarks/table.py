"""One row of the measured table, and the table as Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A ratio measured in one run: `measured` against `against`, and the goal it has to meet.

    `ratio` is NaN where a peer is not installed; `measured` then says so, and `met` is True.
    """

    subject: str
    measured: str
    against: str
    ratio: float
    goal: str
    met: bool


HEADER = ("subject", "measured", "against", "ratio", "goal", "met")


def markdown(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
    for row in rows:
        ratio = "–" if row.ratio != row.ratio else f"{row.ratio:.3g}"
        met = "yes" if row.met else "**no**"
        cells = (row.subject, row.measured, row.against, ratio, row.goal, met)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
