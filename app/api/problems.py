"""`GET /problems/{slug}`: where the `type` of a problem leads, for people and for programs."""

from html import escape
from typing import Annotated

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, WithJsonSchema
from typing_extensions import TypedDict

from ..http.negotiation import prefers
from ..http.problem_types import BY_SLUG, PROBLEM_TYPES, ProblemRequestExample, ProblemType
from ..http.reading import JSON
from ..http.route import Route
from ..wire.problems import ProblemDocument, ProblemPlace

HTML = "text/html"
router = APIRouter(prefix="/problems", route_class=Route, tags=["service"])


def _known(slug: str) -> str:
    if slug not in BY_SLUG:
        raise ValueError("expected the last segment of a problem's type")
    return slug


Slug = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(BY_SLUG)})]


class ProblemRequest(TypedDict):
    """A request that provokes the problem, where the service runs with these settings."""

    method: str
    path: str
    content_type: str | None
    body: str | None
    settings: dict[str, str]


class ProblemExample(TypedDict):
    """A request and its answer."""

    request: ProblemRequest
    answer: ProblemDocument


class ProblemPage(TypedDict):
    """What a type of problem means, an example of it, and what to do; null where nothing provokes it."""

    type: str
    title: str
    status: int
    meaning: str
    example: ProblemExample | None
    remedy: str


def explained(slug: str, root: str = "") -> ProblemPage:
    """Return the page of one type of problem, of a service below the path `root`."""
    kind = BY_SLUG[slug]
    return {
        "type": f"{root}/problems/{slug}",
        "title": kind.title,
        "status": kind.status,
        "meaning": kind.meaning,
        "example": None if kind.example is None else _example(kind, kind.example, root),
        "remedy": kind.remedy,
    }


def _example(kind: ProblemType, shown: ProblemRequestExample, root: str) -> ProblemExample:
    errors: list[ProblemPlace] = [{"pointer": pointer, "detail": detail} for pointer, detail in shown.errors]
    answer: ProblemDocument = {
        "type": f"{root}/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": errors[0]["detail"] if errors else kind.title,
        "instance": root + shown.path.partition("?")[0],
        "errors": errors,
    }
    if shown.limit is not None:
        answer["limit"] = shown.limit
    request: ProblemRequest = {
        "method": shown.method,
        "path": root + shown.path,
        "content_type": None if shown.body is None else shown.media_type,
        "body": shown.body,
        "settings": dict(shown.settings),
    }
    return {"request": request, "answer": answer}


@router.get(
    "/{slug}",
    response_model=ProblemPage,
    responses={200: {"description": "The page.", "content": {HTML: {"schema": {"type": "string"}}}}},
)
def problem(slug: Slug, request: Request) -> ProblemPage | Response:
    """Explain a type of problem: what it means, a request that provokes it, what to do about it."""
    page = explained(slug, request.app.state.settings.root_path)
    if prefers(request.headers.get("accept", ""), JSON, HTML):
        return page
    return Response(_html(page), media_type=HTML)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Softstep</title>
<link rel="icon" href="../static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../static/styles/tokens.css">
<link rel="stylesheet" href="../static/page.css">
<link rel="stylesheet" href="../static/styles/problems.css">
</head>
<body>
<header class="masthead">
  <p class="wordmark"><a href="../">Softstep</a></p>
  <div class="aside"><a href="../docs">API</a></div>
</header>
<main class="problem">
<div class="opening">
<h1>{title}</h1>
<p class="lead">Status {status}, type <code>{type}</code></p>
</div>
<section><h2>What it means</h2><p>{meaning}</p></section>
{example}<section><h2>What to do</h2><p>{remedy}</p></section>
<nav class="rule" aria-label="All problems"><h2>All types of problems</h2><ul>{others}</ul></nav>
</main>
</body>
</html>
"""
_EXAMPLE = """<section><h2>An example</h2>
<pre tabindex="0" aria-label="The request"><code>{request}</code></pre>
<p>{started}is answered with</p>
<pre tabindex="0" aria-label="The answer"><code>{answer}</code></pre>
</section>
"""


def _html(page: ProblemPage) -> str:
    return _PAGE.format(
        type=escape(page["type"]),
        title=escape(page["title"]),
        status=page["status"],
        meaning=escape(page["meaning"]),
        example="" if page["example"] is None else _html_example(page["example"]),
        remedy=escape(page["remedy"]),
        others="".join(map(_html_link, PROBLEM_TYPES)),
    )


def _html_link(kind: ProblemType) -> str:
    return f'<li><a href="{kind.slug}">{escape(kind.title)}</a> ({kind.status})</li>'


def shown(body: str) -> str:
    """Return a body with its control characters as pictures of them: ␈ for byte 8."""
    return "".join(chr(0x2400 + ord(one)) if ord(one) < 0x20 and one != "\n" else one for one in body)


def _html_example(example: ProblemExample) -> str:
    asked = example["request"]
    lines = [f"{asked['method']} {asked['path']}"]
    if asked["body"] is not None:
        lines += [f"Content-Type: {asked['content_type']}", "", shown(asked["body"])]
    started = " and ".join(f"{name}={value}" for name, value in asked["settings"].items())
    return _EXAMPLE.format(
        request=escape("\n".join(lines)),
        started=escape(f"where the service was started with {started}, " if started else ""),
        answer=escape(orjson.dumps(example["answer"], option=orjson.OPT_INDENT_2).decode()),
    )
