"""`softstep merge`: the gradients from the sums that `softstep gradients --part` wrote, in any order."""

from collections.abc import Sequence
from pathlib import Path

from ..batch.belonging import StatesDiffer
from ..batch.gradients import gradients_of
from ..batch.gradients_file import written_gradients
from ..batch.state import read_state
from ..nn.errors import Fault
from ..nn.words import plural
from . import _batch as batch


def main(arguments: Sequence[str]) -> None:
    """Add the parts, and write the gradients."""
    made = batch.batch_parser(
        "merge",
        "Add the parts that softstep gradients --part wrote, in any order: the bits are those of one run.",
    )
    made.add_argument("parts", nargs="+", type=Path, metavar="PART", help="the files of all parts")
    given = made.parse_args(arguments)
    batch.refuse_existing(given)
    with batch.one_sentence():
        whole = None
        for path in given.parts:
            try:
                state = read_state(path.read_bytes())
                whole = state if whole is None else whole.merged(state)
            except Fault as fault:
                raise StatesDiffer(f"{path}: {fault.detail}") from None
        assert whole is not None, "argparse asks for one at least"
        found = gradients_of(whole, batch.read_network(given))
        batch.write_whole(given.out, [written_gradients(found, whole)])
    print(f"{given.out}: loss {float(found['loss'])!r} over {plural(whole.belonging.rows, 'row')}")
