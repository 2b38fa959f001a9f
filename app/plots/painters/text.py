"""A scene without a picture: its words, and the numbers behind it."""

import csv
import io

import numpy as np

from ..scene import Scene

# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t")


def words(scene: Scene) -> bytes:
    """Return the alternative text, UTF-8, one line."""
    return (scene.words + "\n").encode()


def numbers(scene: Scene) -> bytes:
    """Return the table as CSV (RFC 4180), UTF-8: names, then rows of the fewest digits that read back equal.

    Infinities are written as "Infinity" and "-Infinity", NaN as "NaN". A name that a spreadsheet would run as
    a formula gets an apostrophe before it.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([f"'{name}" if name.startswith(_FORMULA) else name for name in scene.table.columns])
    rows = np.asarray(scene.table.rows, dtype=np.float64)
    whole = np.isfinite(rows).all()
    for row in rows.tolist():
        writer.writerow(
            [repr(value) if whole or np.isfinite(value) else _WORDS[repr(value)] for value in row]
        )
    return written.getvalue().encode()


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
