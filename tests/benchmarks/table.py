"""One row of the measured table, and the table as Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


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


def summary(rows: Iterable[Row]) -> list[Row]:
    """Return one row for all of a kind, against the same peer with the same goal.

    The kind is the last word of the subject. Where there is a goal it is the worst row, else the middle one.
    """
    kinds: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        kinds.setdefault((row.subject.rpartition(" ")[2], row.against, row.goal), []).append(row)
    return [_summed(kind, alike) for (kind, *_), alike in kinds.items()]


def _summed(kind: str, alike: list[Row]) -> Row:
    ordered = sorted(alike, key=lambda row: (not row.met, row.ratio))
    has_goal = any(character.isdigit() for character in ordered[0].goal)
    one = ordered[-1] if has_goal else ordered[len(ordered) // 2]
    which = "slowest" if has_goal else "middle"
    return replace(one, subject=f"{which} of {len(alike)} {kind}: {one.subject.rpartition(' ')[0]}")


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
