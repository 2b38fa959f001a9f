"""`softstep convert`: an ONNX file in which one activation stands for the other, with its certificate."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..files.onnx.conversion import convert_file
from ..wire.answers import encode
from . import _model_file as model_file


def main(arguments: Sequence[str]) -> None:
    """Convert a file as the arguments say, and say what was done."""
    parser = model_file.parser(
        "convert", "Write the ONNX file in which sigmoid stands for tanh, or tanh for sigmoid, certified."
    )
    parser.add_argument(
        "--to", choices=("sigmoid", "tanh"), required=True, help="the activation of the new file"
    )
    parser.add_argument(
        "--shift",
        choices=("kept", "folded"),
        default="kept",
        help="kept: exactly the same function; folded: fewest nodes, biases rounded once (default: kept)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="the new file; - is standard output (default: NAME.sigmoid.onnx beside the model)",
    )
    parser.add_argument("--report", type=Path, help="write the report here, as JSON")
    given = parser.parse_args(arguments)
    output: Path = given.output or _beside(given.model, given.to)
    # Before the work: who has waited a minute should not be told then.
    if given.report is not None and given.report.resolve() == output.resolve():
        raise model_file.fail("the new file and the report need places of their own", model_file.USAGE)
    if output == model_file.STANDARD and sys.stdout.isatty():
        raise model_file.fail("-o FILE, or a pipe, is needed: the new file is no text", model_file.USAGE)
    for path in (output, given.report):
        if path not in (None, model_file.STANDARD) and path.exists() and not given.force:
            raise model_file.fail(f"{path} exists: --force overwrites it", model_file.USAGE)
    made = model_file.work_on(
        given.model, "converting", lambda body: convert_file(body, given.to, given.shift)
    )
    model_file.write(output, made.body, force=given.force)
    if given.report is not None:
        model_file.write(given.report, encode(made.report), force=given.force)
    sites = made.report["sites"]
    stay = sum(one["before"] == "kept" for one in sites)
    difference = made.report["certificate"]["difference"]
    said = {
        "exact": "exactly the same function",
        "bound": "the same function but for the rounding of biases, which is bounded",
        "unknown": "the same function but for the rounding of biases; no bound is known",
    }
    sentence = f"{len(sites) - stay} replaced, {stay} stay; {said[difference['kind']]}"
    if model_file.STANDARD in (output, given.report):
        print(sentence, file=sys.stderr)
    else:
        print(f"{output}: {sentence}")


def _beside(model: Path, to: str) -> Path:
    if model == model_file.STANDARD:
        return model_file.STANDARD
    return model.with_name(f"{model.stem}.{to}.onnx")
