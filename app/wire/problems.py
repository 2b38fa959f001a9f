"""Problem documents (RFC 9457): what went wrong, where, and what was expected instead."""

from collections.abc import Sequence
from typing import NotRequired

import orjson
from typing_extensions import TypedDict

from ..nn.errors import pointer
from .faults import Finding
from .json.strict import MOST_FINDINGS

PROBLEM_JSON = "application/problem+json"


class ProblemPlace(TypedDict):
    """One thing wrong: a JSON pointer (RFC 6901) into the request, and what was expected there."""

    pointer: str
    detail: str


class ProblemDocument(TypedDict):
    """Every answer with a status of 400 and above."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    limit: NotRequired[str]
    errors: list[ProblemPlace]


def problem(
    slug: str | None,
    title: str,
    status: int,
    detail: str,
    instance: str,
    findings: Sequence[Finding] = (),
    limit: str | None = None,
    root: str = "",
) -> bytes:
    """Return the problem as JSON bytes. No value of the request is ever in it, only places.

    `root` is the path below which the service is. Without a slug the problem means no more than its status
    does (RFC 9457 §4.2.1).
    """
    document: ProblemDocument = {
        "type": "about:blank" if slug is None else f"{root}/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": root + instance,
        "errors": [
            {"pointer": pointer(finding.at), "detail": finding.detail} for finding in findings[:MOST_FINDINGS]
        ],
    }
    if limit is not None:
        document["limit"] = limit
    return orjson.dumps(document)
