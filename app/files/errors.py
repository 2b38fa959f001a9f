"""What can be wrong with a model file."""

from collections.abc import Sequence
from typing import Any

from ..nn.errors import Fault, Place


class MalformedModel(Fault):
    """Bytes that are not of the format they begin like: cut off, a length past the end, no UTF-8."""


class UnsupportedModel(Fault):
    """A file that is what it says, and that is not taken: the detail says why, and the way out."""


class NothingToConvert(Fault):
    """A model without a place where the activation asked for could replace the other one.

    `sites` are the places where it stands inside of other operators, and stays.
    """

    def __init__(self, detail: str, at: Place = (), sites: Sequence[Any] = ()) -> None:
        super().__init__(detail, at)
        self.sites = tuple(sites)
