"""Model files on the wire: what is asked of one in the URL, and the network that was read."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from ..nn.networks.storage import StoredAs
from .network import NetworkAnswer
from .network_conversion import NoteAnswer
from .request_models import Parameters


class FileConversionQuery(Parameters):
    """Which activation replaces the other, and where the shift goes."""

    to: Annotated[Literal["sigmoid", "tanh"], Field(description="The activation of the new file.")]
    shift: Annotated[
        Literal["kept", "folded"],
        Field(
            description="kept: nothing is rounded, one subtraction stays. folded: the shift goes into the "
            "next bias, correctly rounded, with the fewest nodes."
        ),
    ] = "kept"


class FileReadingQuery(Parameters):
    """What a file of weights alone does not say."""

    activations: Annotated[
        str | None,
        Field(
            max_length=1000,
            description="Activations by name, separated by commas, one for each weight, where the file has "
            "none (safetensors, npz). Without them tanh is assumed, and identity in the last layer.",
        ),
    ] = None

    def chosen(self) -> list[str] | None:
        """Return the names that are asked for."""
        return None if self.activations is None else [one.strip() for one in self.activations.split(",")]


class FileSource(TypedDict):
    """The file that was read."""

    format: str
    sha256: str


class FileReading(TypedDict):
    """The network in a file, what its weight and bias are called there, and what was assumed.

    `stored_as` is the type of its numbers there, where the file tells it.
    """

    network: NetworkAnswer
    names: list[list[str | None]]
    stored_as: NotRequired[StoredAs]
    notes: list[NoteAnswer]
    source: FileSource
