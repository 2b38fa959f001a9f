"""From a fault to HTTP: the one table that knows status codes."""

import logging
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from ..nn import errors as nn
from ..wire import faults as wire
from ..wire.faults import Finding
from ..wire.problems import PROBLEM_JSON, problem
from ..work.errors import Busy, TimeLimit

log = logging.getLogger("softstep")


class Kind(NamedTuple):
    """A type of problem: the last segment of its URL, its status, its title."""

    slug: str
    status: int
    title: str


class TooLarge(nn.Fault):
    """A body beyond the limit of bytes."""


class UnsupportedMediaType(nn.Fault):
    """A body in a form that is not read here."""


class NotFound(nn.Fault):
    """A path that names nothing."""


class Unauthorized(nn.Fault):
    """A request without a key that is let in."""


KINDS: Mapping[type[nn.Fault], Kind] = {
    wire.MalformedDocument: Kind("malformed-json", 400, "The body cannot be parsed"),
    Unauthorized: Kind("unauthorized", 401, "A key is needed here"),
    nn.Withheld: Kind("withheld", 403, "This answer is withheld here"),
    NotFound: Kind("not-found", 404, "There is nothing at this path"),
    TooLarge: Kind("too-large", 413, "The body is too large"),
    UnsupportedMediaType: Kind("unsupported-media-type", 415, "The body's form is not read here"),
    nn.ShapeMismatch: Kind("shape-mismatch", 422, "Shapes do not fit together"),
    nn.NotFinite: Kind("not-finite", 422, "A number is not finite"),
    nn.Overflow: Kind("overflow", 422, "The answer is beyond the range of float64"),
    nn.UnsupportedNetwork: Kind("unsupported-network", 422, "No theorem answers for this network"),
    nn.LimitExceeded: Kind("limit", 422, "A limit of this service is exceeded"),
    nn.InvalidValue: Kind("invalid-request", 422, "The request is not as described"),
    wire.InvalidRequest: Kind("invalid-request", 422, "The request is not as described"),
    Busy: Kind("busy", 503, "The service is busy"),
    TimeLimit: Kind("time-limit", 503, "The work took too long"),
}

RETRY_AFTER = "1"
"""Seconds after which a busy service may be asked again: its queue is seconds long at most."""

CHALLENGE = "ApiKey"
"""What a 401 asks for, which has to say something (RFC 9110 §15.5.2): no registered scheme is like ours."""

# What the framework itself answers, by status.
FRAMEWORK = {
    404: Kind("not-found", 404, "There is nothing at this path"),
    405: Kind("method-not-allowed", 405, "This path does not take this method"),
}
INTERNAL = Kind("internal", 500, "The service failed")


def kinds() -> Mapping[str, Kind]:
    """Return every type of problem by its slug."""
    return {kind.slug: kind for kind in (*KINDS.values(), *FRAMEWORK.values(), INTERNAL)}


def kind_of(fault: nn.Fault) -> Kind:
    """Return how `fault` is answered; where all findings are of one kind, it is that kind's problem."""
    if isinstance(fault, wire.InvalidRequest):
        kinds = {_kind_of_class(finding.kind) for finding in fault.findings}
        return kinds.pop() if len(kinds) == 1 else KINDS[wire.InvalidRequest]
    return _kind_of_class(type(fault))


def _kind_of_class(fault: type[nn.Fault]) -> Kind:
    # As Starlette looks up its handlers: by class, then by its nearest ancestor.
    return next(KINDS[ancestor] for ancestor in fault.__mro__ if ancestor in KINDS)


def answer_fault(request: Request, fault: Exception) -> Response:
    """Answer a `Fault` with its problem document."""
    assert isinstance(fault, nn.Fault)
    found = fault.findings if isinstance(fault, wire.InvalidRequest) else _alone(fault)
    limit = fault.limit if isinstance(fault, nn.LimitExceeded) else None
    response = _response(request, kind_of(fault), fault.detail, found, limit)
    if isinstance(fault, Busy):
        response.headers["Retry-After"] = RETRY_AFTER
    if isinstance(fault, Unauthorized):
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def _alone(fault: nn.Fault) -> Iterable[Finding]:
    return [Finding(fault.at, fault.detail, type(fault))]


def answer_framework(request: Request, error: Exception) -> Response:
    """Answer what routing itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)
    kind = FRAMEWORK.get(error.status_code, Kind("internal", error.status_code, "The request failed"))
    response = _response(request, kind, kind.title)
    response.headers.update(error.headers or {})
    return response


def answer_failure(request: Request, error: Exception) -> Response:
    """Answer a defect of ours: nothing of the inside leaves; the log has it all under the request's id."""
    return _response(request, INTERNAL, "the defect is ours and has been logged under this request's id")


def _response(
    request: Request, kind: Kind, detail: str, found: Iterable[Finding] = (), limit: str | None = None
) -> Response:
    request.app.state.metrics.refused(kind.slug)
    body = problem(kind.slug, kind.title, kind.status, detail, request.url.path, tuple(found), limit)
    return Response(body, kind.status, media_type=PROBLEM_JSON)


def install(app: FastAPI) -> None:
    """Make every answer of 400 and above a problem document."""
    app.add_exception_handler(HTTPException, answer_framework)
    app.add_exception_handler(Exception, answer_failure)
