"""One number in an answer that may be ±∞."""

from typing import Annotated

from pydantic import WithJsonSchema

Extended = Annotated[
    float,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "format": "double"},
                {"type": "string", "enum": ["Infinity", "-Infinity"]},
            ]
        }
    ),
]
"""A float64, ±∞ written as the words "Infinity" and "-Infinity"."""
