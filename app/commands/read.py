"""`softstep read`: the network in a model file, as the JSON that every endpoint takes."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..files.reading import read_file
from ..wire.answers import encode
from ..wire.network import network_answer
from ..wire.network_conversion import note_answers
from . import _model_file as model_file


def main(arguments: Sequence[str]) -> None:
    """Write the network in a file; what was assumed goes to standard error."""
    parser = model_file.parser("read", "Read a model file as a network of layers.")
    parser.add_argument("--activations", help="by name, separated by commas, where the file has none")
    parser.add_argument("-o", "--output", type=Path, help="write the JSON here (default: standard output)")
    given = parser.parse_args(arguments)
    chosen = None if given.activations is None else [one.strip() for one in given.activations.split(",")]
    found = model_file.work_on(given.model, "reading", lambda body: read_file(body, chosen))
    for note in note_answers(found.read.notes):
        print(f"{note['pointer']}: {note['detail']}", file=sys.stderr)
    told = {
        "network": network_answer(found.read.network),
        "names": [list(pair) for pair in found.read.names],
    }
    body = encode(told if found.stored_as is None else {**told, "stored_as": found.stored_as})
    if given.output is None:
        sys.stdout.write(body.decode() + "\n")
    else:
        model_file.write(given.output, body, force=given.force)
