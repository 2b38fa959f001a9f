"""What can be wrong with a request as HTTP sees it: its path, its key, the size and the form of its body."""

from ..nn.errors import Fault
from ..work.errors import TimeLimit


class TooLarge(Fault):
    """A body beyond the limit of bytes."""


class UnsupportedMediaType(Fault):
    """A body in a form that is not read here; `accepted` are the media types that are."""

    def __init__(self, detail: str, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.accepted = accepted


class UnsupportedCoding(UnsupportedMediaType):
    """A body compressed in a way that is not undone here."""


class SlowBody(TimeLimit):
    """A body that comes too slowly."""


class PreconditionFailed(Fault):
    """A request for an answer of another tag, or an older one, than there is."""


class NotFound(Fault):
    """A path that names nothing."""


class Unauthorized(Fault):
    """A request without a known key where one is needed."""
