"""Model files: what one holds, the file with the other activation, the network that it is."""

from dataclasses import fields
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter

from ..files.description import DescriptionAnswer, describe_file
from ..files.limits import FileLimits, limited
from ..files.onnx.conversion import ConversionReport, ConvertedFile, convert_file
from ..files.reading import read_file
from ..http.file_route import FileRoute
from ..http.route import CurrentSettings, FileBody, FromQuery
from ..settings import Settings
from ..wire.model_files import FileConversionQuery, FileReading, FileReadingQuery
from ..wire.network import network_answer
from ..wire.network_conversion import note_answers

router = APIRouter(prefix="/v1/models", route_class=FileRoute, tags=["models"])

_FILE = {"type": "string", "format": "binary", "description": "The file, with its certificate inside."}
_CONVERTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file; where Accept prefers JSON, the report about it.",
        "content": {"application/onnx": {"schema": _FILE}},
    }
}


@router.post("/describe")
def describe(file: FileBody, settings: CurrentSettings) -> DescriptionAnswer:
    """Tell what a model file holds, where its tanh and sigmoid stand, and whether it reads as layers."""
    with limited(_limits(settings)):
        return describe_file(bytes(file))


@router.post("/convert", response_model=ConversionReport, responses=_CONVERTED)
def convert(
    file: FileBody, query: Annotated[FileConversionQuery, FromQuery], settings: CurrentSettings
) -> ConvertedFile:
    """Return the ONNX file in which one activation stands for the other, with its certificate inside."""
    with limited(_limits(settings)):
        return convert_file(bytes(file), query.to, query.shift)


@router.post("/read")
def read(
    file: FileBody, query: Annotated[FileReadingQuery, FromQuery], settings: CurrentSettings
) -> FileReading:
    """Return the network in a model file, for every other endpoint, with all that was assumed."""
    with limited(_limits(settings)):
        found = read_file(bytes(file), query.chosen())
    told: FileReading = {
        "network": network_answer(found.read.network),
        "names": [list(pair) for pair in found.read.names],
        "notes": note_answers(found.read.notes),
        "source": {"format": found.format, "sha256": sha256(file).hexdigest()},
    }
    if found.stored_as is not None:
        told["stored_as"] = found.stored_as
    return told


def _limits(settings: Settings) -> FileLimits:
    return FileLimits(**{one.name: getattr(settings, f"max_model_{one.name}") for one in fields(FileLimits)})
