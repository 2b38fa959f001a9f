"""Routes that take a file as their body, and may answer with one."""

from typing import Any

from fastapi import Response

from ..files.onnx.conversion import ConvertedFile
from ..wire.answers import encode
from .negotiation import prefers
from .reading import FILE_TYPES, JSON, file_type
from .request import ServiceRequest
from .responses import JsonResponse
from .route import ProcessRoute

_ONNX = "application/onnx"


class FileRoute(ProcessRoute):
    """A route whose question is a file of a stranger's: parsed in a process that can be stopped.

    Its endpoint takes a `FileBody`, and `Parameters` from the URL. A `ConvertedFile` is answered as the file,
    of the media type of the request, or as the report about it where the caller prefers JSON.
    """

    def respond(self, request: ServiceRequest, result: Any) -> Response:
        """Return the file that was made, or the answer about it."""
        if not isinstance(result, ConvertedFile):
            return super().respond(request, result)
        kind = file_type(request)
        if kind not in FILE_TYPES[:4]:
            kind = _ONNX
        if prefers(request.field(b"accept"), JSON, kind):
            return JsonResponse(encode(result.report))
        headers = {"Content-Disposition": f'attachment; filename="{result.name}"'}
        return Response(result.body, media_type=kind, headers=headers)
