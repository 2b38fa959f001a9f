"""Problem documents as responses: for faults, for what routing refuses, for defects of ours."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from ..nn.errors import Fault, LimitExceeded
from ..wire.faults import Finding, InvalidRequest
from ..wire.problems import PROBLEM_JSON, problem
from ..work.errors import Busy
from ..work.machine import lack
from .errors import SlowBody, Unauthorized, UnsupportedCoding, UnsupportedMediaType
from .gzip_body import CODING
from .nearest import nearest
from .problem_types import BY_CLASS, BY_SLUG, INTERNAL, ProblemType
from .trace import marks

CHALLENGE = "ApiKey"
"""What a 401 asks for, which has to say something (RFC 9110 §15.5.2): no registered scheme is like ours."""

log = logging.getLogger("softstep")

# What the framework itself refuses, by status.
_REFUSED = {
    one.status: one
    for one in map(BY_SLUG.__getitem__, ("not-found", "method-not-allowed", "changed", "no-such-range"))
}


def type_of(fault: Fault) -> ProblemType:
    """Return how `fault` is answered; several findings of one type are a problem of that type."""
    if isinstance(fault, InvalidRequest):
        types = {_type_of_class(finding.kind) for finding in fault.findings}
        return types.pop() if len(types) == 1 else BY_CLASS[InvalidRequest]
    return _type_of_class(type(fault))


def _type_of_class(kind: type[Fault]) -> ProblemType:
    # As Starlette looks up its handlers: by class, then by its nearest ancestor.
    return next(BY_CLASS[ancestor] for ancestor in kind.__mro__ if ancestor in BY_CLASS)


def answer_fault(request: Request, fault: Fault) -> Response:
    """Answer a `Fault` with its problem document."""
    alone = (Finding(fault.at, fault.detail, type(fault)),)
    findings = fault.findings if isinstance(fault, InvalidRequest) else alone
    limit = fault.limit if isinstance(fault, LimitExceeded) else None
    response = _response(request, type_of(fault), fault.detail, findings, limit)
    if isinstance(fault, SlowBody):
        response.headers["Connection"] = "close"  # RFC 9110 §15.5.9: nobody waits for the rest
    if isinstance(fault, Busy):
        response.headers["Retry-After"] = str(fault.seconds)
    if isinstance(fault, Unauthorized):
        response.headers["WWW-Authenticate"] = CHALLENGE
    if isinstance(fault, UnsupportedCoding):
        response.headers["Accept-Encoding"] = CODING
    elif isinstance(fault, UnsupportedMediaType):
        response.headers["Accept"] = response.headers["Accept-Post"] = ", ".join(fault.accepted)
    return response


async def _answer_framework(request: Request, error: Exception) -> Response:
    """Answer what routing itself refuses: no such path, no such method."""
    # No plain function: that would be called in a thread, for which there may be no room any more.
    assert isinstance(error, HTTPException)
    otherwise = replace(INTERNAL, status=error.status_code, title="The request failed")
    refused = _REFUSED.get(error.status_code, otherwise)
    missing = error.status_code == 404
    expected = nearest(request.scope["path"], request.app.state.served_paths()) if missing else ()
    response = _response(request, refused, expected[0].detail if expected else refused.title, expected)
    response.headers.update(error.headers or {})
    return response


def answer_failure(request: Request, error: Exception) -> Response:
    """Answer a lack of the machine, or a defect of ours; of that the log has all, under the request's id."""
    if (fault := lack(error)) is not None:
        return answer_fault(request, fault)
    log.error("a request failed", exc_info=error, extra=marks(request.scope))
    return _response(request, INTERNAL, "the defect is ours and has been logged under this request's id")


async def _answer_failure(request: Request, error: Exception) -> Response:
    return answer_failure(request, error)


def _response(
    request: Request,
    kind: ProblemType,
    detail: str,
    findings: Sequence[Finding] = (),
    limit: str | None = None,
) -> Response:
    request.app.state.metrics.refused(kind.slug)
    root: str = request.app.state.settings.root_path
    body = problem(kind.slug, kind.title, kind.status, detail, request.url.path, findings, limit, root)
    return Response(body, kind.status, media_type=PROBLEM_JSON)


def install(app: FastAPI) -> None:
    """Make every answer of 400 and above a problem document."""
    app.add_exception_handler(HTTPException, _answer_framework)
    for kind in (OSError, MemoryError, Exception):
        app.add_exception_handler(kind, _answer_failure)
