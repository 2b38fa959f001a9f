"""The route whose answer may be a network with names of its own for its arrays."""

from typing import Any

from fastapi import Response

from ..wire.named_tensors import write_named
from .reading import TENSORS, prefers_tensors
from .request import ServiceRequest
from .responses import LargeResponse
from .route import ProcessRoute


class NamedNetworkRoute(ProcessRoute):
    """A route that answers in tensors of the names that it was asked with, where it was."""

    def respond(self, request: ServiceRequest, result: Any) -> Response:
        """Return the answer as JSON, or as named tensors where the caller prefers them."""
        if "names" in result and prefers_tensors(request.field(b"accept")):
            return LargeResponse(write_named(result, result["stored_as"]), TENSORS)
        return super().respond(request, result)
