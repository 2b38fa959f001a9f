"""One number in an answer that may be ±∞."""

from typing import Annotated

from pydantic import WithJsonSchema

from app.wire.arrays import LARGEST

Extended = Annotated[
    float,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": -LARGEST, "maximum": LARGEST},
                {"type": "string", "enum": ["Infinity", "-Infinity"]},
            ]
        }
    ),
]
"""A float64, ±∞ written as the words "Infinity" and "-Infinity"."""
