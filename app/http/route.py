"""The one route class: decode → call → encode.

OpenAPI still comes from the endpoint's signature, by FastAPI; the work does not go through FastAPI's
request handler, which validates number by number and answers 500 to a body that holds NaN.
"""

import inspect
from collections.abc import Callable, Iterator
from itertools import product
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import Body, Depends, Request, Response
from fastapi import Query as _InQuery
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from ..nn.cost import Cost
from ..nn.errors import Fault
from ..settings import Settings
from ..wire import tensors
from ..wire.answer_arrays import layout_of
from ..wire.answers import PIECE, encode, encode_in_pieces
from ..wire.request_models import Parameters, RequestBody, RequestModel
from ..work.admission import Queue
from .compression import compressed, lastingly_compressed
from .errors import NotFound, Unauthorized
from .keys import EXPECTED_KEY, guarded
from .limits import within
from .problem_responses import answer_failure, answer_fault
from .reading import (
    FILE_TYPES,
    JSON,
    TENSORS,
    body_type,
    file_type,
    prefers_tensors,
    read_parameters,
    read_question,
)
from .request import ServiceRequest
from .responses import LARGE_ANSWER, JsonResponse, LargeResponse

FileBody = Annotated[bytes, Body(media_type=FILE_TYPES[0], description="The file's bytes, as they are.")]
"""Marks an endpoint's argument as the body itself: a file, of which the endpoint finds out what it is.

In a thread it may be a bytearray, as it was gathered: only a process gets it without a copy on the loop."""

FromQuery = _InQuery()
"""Marks an endpoint's argument as the model of its URL parameters: `Annotated[PlotQuery, FromQuery]`."""


def current_settings(request: Request) -> Settings:
    """Return the settings of the service that answers `request`."""
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(current_settings)]


def operation_id(route: APIRoute) -> str:
    """Return a name for the operation, activationsEvaluateElu, fit for addresses and for languages."""
    words = [*map(str, route.tags[:1]), *route.name.split("_")]
    return words[0] + "".join(word.capitalize() for word in words[1:])


class Route(APIRoute):
    """Serves an endpoint that is a plain function of its question.

    An endpoint takes at most one `RequestBody` or `Parameters`, path parameters, `CurrentSettings` and, for
    what is known of the service itself, the `Request`; it returns a
    dictionary with arrays or a `Response`. Small questions run on the event loop, large ones on a thread.
    """

    queue = Queue.THREADS
    """What large questions wait for; where it is not threads, all do, to be stopped at a deadline."""
    narrows = True
    """Whether an answer to tensors of float32 is rounded to float32."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["generate_unique_id_function"] = operation_id
        options["summary"] = (inspect.getdoc(endpoint) or "").partition("\n")[0].rstrip(".")
        options["response_description"] = "The answer."
        super().__init__(path, endpoint, **options)
        self.served = frozenset(self.methods or ()) | ({"HEAD"} if "GET" in (self.methods or ()) else set())
        self._needs_key = any(guarded(method, path, private=False) for method in self.served)
        self._arguments = _Arguments(endpoint, path)
        self._layout = layout_of(get_type_hints(endpoint, include_extras=True).get("return"))
        self.app = self._serve

    def paths(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield every path that leads here, with its parameters; none where one of these is not a choice."""
        choices = self._arguments.choices()
        for chosen in product(*choices.values()):
            parameters = dict(zip(choices, chosen, strict=True))
            yield self.path_format.format(**parameters), parameters

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as FastAPI does, and take HEAD wherever there is GET."""
        match, child = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL and scope["method"] in self.served else match), child

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse other methods, then serve."""
        if scope["method"] not in self.served:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(self._allowed(scope)))})
        await self.app(scope, receive, send)

    def _allowed(self, scope: Scope) -> set[str]:
        """Return the methods of all routes of this path: each has one or two of them."""
        routes = scope["app"].router.routes
        return {name for one in routes if getattr(one, "path", "") == self.path for name in one.served}

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, its faults and our own failures too: this is the one place where they are met."""
        request = ServiceRequest(scope, receive)
        try:
            try:
                if self._needs_key and not scope["state"]["admitted"]:
                    raise Unauthorized(EXPECTED_KEY)
                response = await self.answer(request)
            except Fault as fault:
                response = answer_fault(Request(scope), fault)
            except ClientDisconnect:
                return  # nobody is left to be answered
            except Exception as failure:
                response = answer_failure(Request(scope), failure)
            try:
                response = await compressed(request, response)
            except Exception as failure:  # no thread for it, no memory
                response = answer_failure(Request(scope), failure)
            if scope["method"] == "HEAD":
                response.body = b""
            await response(scope, receive, send)
        except ClientDisconnect:
            pass  # it hung up while the answer was being sent
        finally:
            request.release()

    async def answer(self, request: ServiceRequest) -> Response:
        """Decode, refuse what costs too much, call, encode."""
        arguments, question = await self._arguments.read(request)
        cost = Cost() if question is None else within(question, request.settings)
        apart = self.queue is not Queue.THREADS or (question is not None and question.is_slow())
        if request.executor.at_once(cost, apart):
            return self.respond(request, self.endpoint(**arguments))
        request.reserve_answer(cost.answer)
        return await self.work(request, arguments, cost)

    async def work(self, request: ServiceRequest, arguments: dict[str, Any], cost: Cost) -> Response:
        """Return the answer of large work: written in the thread in which it was found, too."""

        def answered(**arguments: Any) -> Response:
            return self.respond(request, self.endpoint(**arguments))

        return await request.unless_gone(request.work(answered, arguments, self.queue, cost.multiply_adds))

    def respond(self, request: ServiceRequest, result: Any) -> Response:
        """Return the answer as a response: JSON, or named tensors where the caller prefers them."""
        if isinstance(result, Response):
            return result
        if self.narrows and request.single:
            result = tensors.narrowed(result, self._layout)
        if request.method == "POST" and prefers_tensors(request.field(b"accept")):
            return LargeResponse(tensors.write(result, self._layout), TENSORS)
        parts = [encode(result)] if request.answer_numbers < PIECE else encode_in_pieces(result)
        small = sum(map(len, parts)) < LARGE_ANSWER
        return JsonResponse(b"".join(parts)) if small else LargeResponse([*parts], JSON)


class LastingRoute(Route):
    """A route without a question, whose answer never changes: made, written and compressed once."""

    _written: bytes | None = None

    async def answer(self, request: ServiceRequest) -> Response:
        """Return what the first answer was."""
        arguments, _ = await self._arguments.read(request)
        if self._written is None:
            self._written = encode(self.endpoint(**arguments))
        accepted = request.field(b"accept-encoding")
        return lastingly_compressed(JsonResponse(self._written), self._written, accepted)


class ProcessRoute(Route):
    """A route whose work is never done on the event loop: pictures and exact decisions."""

    queue = Queue.DECISIONS
    # A network that is rounded again is not the one that its certificate is about.
    narrows = False

    async def work(self, request: ServiceRequest, arguments: dict[str, Any], cost: Cost) -> Response:
        """Return the answer of work that another process does."""
        working = request.work(self.endpoint, arguments, self.queue, cost.multiply_adds)
        result = await request.unless_gone(working)
        if request.answer_numbers < PIECE:
            return self.respond(request, result)
        response: Response = await request.executor.read(lambda: self.respond(request, result), is_long=True)
        return response


class _Arguments:
    """How an endpoint's arguments are read from a request, found once from its signature."""

    def __init__(self, endpoint: Callable[..., Any], path: str) -> None:
        hints = get_type_hints(endpoint, include_extras=True)
        self._body: tuple[str, type[RequestBody]] | None = None
        self._query: tuple[str, type[Parameters]] | None = None
        self._settings: str | None = None
        self._request: str | None = None
        self._file: str | None = None
        self._path: dict[str, TypeAdapter[Any]] = {}
        for name in inspect.signature(endpoint).parameters:
            hint = hints[name]
            plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
            if hint is CurrentSettings:
                self._settings = name
            elif plain is Request:
                self._request = name
            elif hint is FileBody:
                self._file = name
            elif isinstance(plain, type) and issubclass(plain, RequestBody):
                self._body = (name, plain)
            elif isinstance(plain, type) and issubclass(plain, Parameters):
                self._query = (name, plain)
            elif "{" + name in path:
                self._path[name] = TypeAdapter(hint)
            else:
                raise TypeError(f"{endpoint.__name__}: nothing says where {name} is read from")

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Return what each parameter in the path may be; nothing for one that may be anything."""
        return {name: tuple(adapter.json_schema().get("enum", ())) for name, adapter in self._path.items()}

    async def read(self, request: ServiceRequest) -> tuple[dict[str, Any], RequestModel | None]:
        arguments: dict[str, Any] = {}
        for name, adapter in self._path.items():
            try:
                arguments[name] = adapter.validate_python(request.scope["path_params"][name])
            except ValidationError:
                known = ", ".join(self.choices()[name])
                told = f": one of {known}" if known else ""
                raise NotFound(f"expected a known {name} in the path{told}") from None
        if self._settings is not None:
            arguments[self._settings] = request.settings
        if self._request is not None:
            arguments[self._request] = Request(request.scope)
        question: RequestModel | None = None
        if self._file is not None:
            file_type(request)
        if self._body is not None:
            name, model = self._body
            kind = body_type(request)
            _refuse_parameters(request.scope)
            arguments[name] = question = await read_question(request, kind, model)
        elif self._query is not None:
            name, asked = self._query
            arguments[name] = question = asked.of(read_parameters(request.scope, asked))
        else:
            _refuse_parameters(request.scope)
        if self._file is not None:
            arguments[self._file] = await request.body()
        return arguments, question


def _refuse_parameters(scope: Scope) -> None:
    """Raise `InvalidRequest` for any parameter in the URL of an endpoint that takes none."""
    if scope["query_string"]:
        Parameters.of(read_parameters(scope, Parameters))
