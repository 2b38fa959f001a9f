"""`softstep describe`: what a model file holds, as JSON."""

import sys
from collections.abc import Sequence

from ..files.description import describe_file
from ..wire.answers import encode
from . import _model_file as model_file


def main(arguments: Sequence[str]) -> None:
    """Print what a file holds, where its tanh and sigmoid stand, and whether it reads as layers."""
    given = model_file.parser("describe", "Tell what a model file holds.").parse_args(arguments)
    told = model_file.work_on(given.model, "reading", describe_file)
    sys.stdout.write(encode(told).decode() + "\n")
