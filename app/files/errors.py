"""What can be wrong with a model file."""

from ..nn.errors import Fault


class MalformedModel(Fault):
    """Bytes that are not of the format they begin like: cut off, a length past the end, no UTF-8."""


class UnsupportedModel(Fault):
    """A file that is what it says, and that is not taken: the detail says why, and the way out."""


class NothingToConvert(Fault):
    """A model without a place where the activation asked for could replace the other one."""
