"""The one table of what can go wrong: type of problem, status, page, and the errors that it answers.

A new type of error is a class (in `nn/errors.py`, `wire/faults.py`, `work/errors.py` or `http/errors.py`)
and a row here. The page at `/problems/{slug}`, OpenAPI and the answers themselves are derived.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..files import errors as files
from ..nn import errors as nn
from ..wire import faults as wire
from ..work.errors import Busy, TimeLimit
from .errors import NotFound, PreconditionFailed, SlowBody, TooLarge, Unauthorized, UnsupportedMediaType
from .reading import JSON


class ProblemRequestExample(NamedTuple):
    """A request that is answered with the problem, and what that answer names."""

    method: str
    path: str
    errors: tuple[tuple[str, str], ...]
    """The places, as JSON pointers, and what is said of each; the first is the problem's own detail."""
    body: str | None = None
    media_type: str = JSON
    settings: Mapping[str, str] = {}
    """What the service must have been started with, beyond the defaults."""
    limit: str | None = None


@dataclass(frozen=True, eq=False)
class ProblemType:
    """A type of problem (RFC 9457): the last segment of its URL, its status, its page."""

    slug: str
    status: int
    title: str
    errors: tuple[type[nn.Fault], ...]
    """The classes that are answered with it; subclasses go with their nearest ancestor."""
    meaning: str
    remedy: str
    example: ProblemRequestExample | None


_TANH = "/v1/activations/tanh"
_EIGHT = ("sigmoid", "tanh", "softplus", "relu", "gelu", "silu", "mish", "elu")
_THREE = '{"inputs": [0.5, 1.5, 2.5]}'

PROBLEM_TYPES = (
    ProblemType(
        "malformed-json",
        400,
        "The body cannot be parsed",
        (wire.MalformedDocument, files.MalformedModel),
        "The bytes are not what their media type says: an empty body, text that is not UTF-8, JSON that is "
        "cut off, named tensors whose header does not match what stands behind it.",
        "Check that the whole body was sent, and write it with a JSON (or safetensors) library instead of by "
        "hand. The detail names the line and column, or the byte, where reading stopped.",
        ProblemRequestExample(
            "POST",
            _TANH,
            (("", "expected JSON, got something else at line 1, column 19: Expecting ',' delimiter"),),
            '{"inputs": [0.5, 1',
        ),
    ),
    ProblemType(
        "unauthorized",
        401,
        "A key is needed here",
        (Unauthorized,),
        "This service lets in only requests that carry a key, and this one carried none, or one that is not "
        "known here. Keys guard every POST and /metrics; where the service is private, everything but its "
        "health.",
        "Send the key that you were given in the header X-API-Key. Who runs the service adds keys by their "
        "SHA-256 hashes in SOFTSTEP_API_KEY_HASHES.",
        ProblemRequestExample(
            "POST",
            _TANH,
            (("", "expected a known key in the header X-API-Key"),),
            '{"inputs": [0.5]}',
            settings={"SOFTSTEP_API_KEY_HASHES": "0" * 64},
        ),
    ),
    ProblemType(
        "withheld",
        403,
        "This answer is withheld here",
        (nn.Withheld,),
        "The service is set to help only so far, so that a course can use it: below the level solution it "
        "checks gradients, and never tells them.",
        "Send what you have derived to /v1/gradients/check, with a level of feedback that is allowed here. "
        "Who runs the service raises the level by SOFTSTEP_HELP.",
        ProblemRequestExample(
            "POST",
            "/v1/gradients",
            (
                (
                    "",
                    "expected a service whose ceiling of help is solution; here submissions are checked only",
                ),
            ),
            '{"W": [[1]], "Theta": [[1, -1]], "inputs": [2], "targets": 0}',
            settings={"SOFTSTEP_HELP": "verdict"},
        ),
    ),
    ProblemType(
        "not-found",
        404,
        "There is nothing at this path",
        (NotFound,),
        "Nothing is served under this path: an unknown name, a picture format that is not drawn, a "
        "spelling mistake.",
        "Compare the path with those at /docs. The names of all activations are at /v1/activations, those of "
        "all identities at /v1/identities; pictures end in png, svg, pdf, csv or txt.",
        ProblemRequestExample("GET", "/v1/nothing", ()),
    ),
    ProblemType(
        "method-not-allowed",
        405,
        "This path does not take this method",
        (),
        "The path exists, and does not take this method.",
        "The header Allow of the answer names the methods that the path takes. Questions with a body are "
        "POST, everything else is GET or HEAD.",
        ProblemRequestExample("DELETE", _TANH, ()),
    ),
    ProblemType(
        "slow-body",
        408,
        "The body came too slowly",
        (SlowBody,),
        "A body holds memory while it comes. It may fall 30 seconds behind 64 kB a second, unless the "
        "service was set otherwise; then it is given up and the connection closed.",
        "Send it again over a faster line, or send less: compressed (Content-Encoding: gzip), as named "
        "tensors (safetensors), in several requests. The settings are SOFTSTEP_MIN_BODY_BYTES_PER_SECOND and "
        "SOFTSTEP_CLIENT_TIMEOUT_SECONDS.",
        None,
    ),
    ProblemType(
        "too-large",
        413,
        "The body is too large",
        (TooLarge,),
        "The body has more bytes than this service reads: 64 MiB, unless it was set otherwise.",
        "Send the rows in several requests: a row's answer does not depend on the rows around it. Named "
        "tensors (safetensors) need less than half of JSON's bytes. The limit is SOFTSTEP_MAX_BODY_BYTES.",
        ProblemRequestExample(
            "POST",
            _TANH,
            (("", "expected a body of at most 16 bytes"),),
            _THREE,
            settings={"SOFTSTEP_MAX_BODY_BYTES": "16"},
        ),
    ),
    ProblemType(
        "unsupported-media-type",
        415,
        "The body's form is not read here",
        (UnsupportedMediaType,),
        "The body is in a form that is not read here, is compressed in another way than gzip, or does not "
        "say what it is. The answer's header Accept, or Accept-Encoding, says what is read.",
        "Send JSON with the header Content-Type: application/json, or named tensors with "
        "application/vnd.safetensors; compressed with Content-Encoding: gzip, or not at all.",
        ProblemRequestExample(
            "POST",
            _TANH,
            (("", "expected a body of type application/json or application/vnd.safetensors"),),
            "0.5,1.5",
            "text/csv",
        ),
    ),
    ProblemType(
        "changed",
        412,
        "What there is, is another than was asked for",
        (PreconditionFailed,),
        "The header If-Match or If-Unmodified-Since asks for a file or a picture as it was; it is another "
        "by now, or is sent compressed, under a weak tag, which is never the same.",
        "Ask without the header, and take what there is; or with Accept-Encoding: identity, where the tag is "
        "that of the plain form.",
        None,
    ),
    ProblemType(
        "no-such-range",
        416,
        "The file has no such part",
        (),
        "The header Range asks for a part of a file that begins behind its end.",
        "Ask for the whole file, without the header Range. The header Content-Range of the answer tells how "
        "many bytes it has.",
        None,
    ),
    ProblemType(
        "shape-mismatch",
        422,
        "Shapes do not fit together",
        (nn.ShapeMismatch,),
        "Arrays do not fit together, or lists make no array: rows of different lengths, an input with more "
        "numbers than the network takes, an empty array where there must be numbers.",
        "Each pointer says which array, row or entry, and the detail what was expected there. Arrays are "
        "row-major; a weight has a row for each output and a column for each input.",
        ProblemRequestExample(
            "POST",
            "/v1/networks/evaluate",
            (("/network/layers/0/weight/1", "expected 2 columns, got 3"),),
            '{"network": {"layers": [{"weight": [[1, 2], [3, 4, 5]]}]}, "inputs": [1, 2]}',
        ),
    ),
    ProblemType(
        "not-finite",
        422,
        "A number is not finite",
        (nn.NotFinite,),
        "NaN, an infinity or a number beyond the range of float64 stands where it may not.",
        "JSON has no NaN: where a field takes what is not finite (inputs do, weights do not) write the "
        'strings "NaN", "Infinity" or "-Infinity". A number such as 1e999 is refused everywhere, since it '
        "would silently become an infinity.",
        ProblemRequestExample(
            "POST",
            _TANH,
            (("/inputs/1", 'expected a number, or one of the strings "NaN", "Infinity", "-Infinity"'),),
            '{"inputs": [0.5, NaN]}',
        ),
    ),
    ProblemType(
        "overflow",
        422,
        "The answer is beyond the range of float64",
        (nn.Overflow,),
        "All numbers sent are finite, and the answer is beyond the largest float64, about 1.8×10³⁰⁸.",
        "Scale the weights or the inputs down. The pointer says which number grew too large.",
        ProblemRequestExample(
            "POST",
            "/v1/networks/convert",
            (
                (
                    "/network/layers/0/weight/0/0",
                    "expected an entry whose 2-fold is below 1.8×10³⁰⁸ in size, got a larger one",
                ),
            ),
            '{"network": {"layers": [{"weight": [[1e308]], "activation": "tanh"}, {"weight": [[1]]}]}, '
            '"to": "sigmoid"}',
        ),
    ),
    ProblemType(
        "unsupported-network",
        422,
        "No theorem answers for this network",
        (nn.UnsupportedNetwork,),
        "The question is decided by a theorem, and the theorem does not speak about networks of this kind.",
        "Reducing takes networks with one hidden layer of tanh or sigmoid units. Evaluating, gradients and "
        "pictures take any network; comparing and converting do too, and say where nothing is known.",
        ProblemRequestExample(
            "POST",
            "/v1/networks/reduce",
            (
                (
                    "/network/layers/0/activation",
                    "expected tanh or sigmoid in the hidden layer, got another activation",
                ),
            ),
            '{"network": {"layers": [{"weight": [[1], [-1]], "activation": "relu"}, {"weight": [[1, 1]]}]}}',
        ),
    ),
    ProblemType(
        "limit",
        422,
        "A limit of this service is exceeded",
        (nn.LimitExceeded,),
        "Answering would cost more than one request may: too many pixels, curves, layers, nested levels, "
        "multiply-adds or numbers. It is refused from the shapes alone, before any work.",
        "The member limit names what there is too much of, and the detail how much is allowed. Ask for "
        "less, or in several requests. Whoever runs the service can raise most limits by the settings that "
        "begin with SOFTSTEP_MAX_.",
        ProblemRequestExample(
            "GET",
            "/v1/activations/tanh/plot.png?width=2000&height=2000&scale=4",
            (("", "expected at most 5000000 pixels, got 64000000"),),
            limit="pixels",
        ),
    ),
    ProblemType(
        "invalid-request",
        422,
        "The request is not as described",
        (nn.InvalidValue, wire.InvalidRequest),
        "The document can be read, and its fields are not those that were asked for: a field that is missing "
        "or unknown, a word that is not one of those allowed, a number out of range, a key that comes twice.",
        "Each pointer says which field, and the detail what was expected there. What a path takes stands at "
        "/docs, with an example that can be sent as it is.",
        ProblemRequestExample(
            "POST",
            "/v1/activations/elu",
            (
                ("/derivative", "expected a valid boolean"),
                ("/parameters/beta", "expected no field of this name"),
            ),
            '{"inputs": [0.5], "derivative": "yes", "parameters": {"beta": 2}}',
        ),
    ),
    ProblemType(
        "unsupported-model",
        422,
        "The model file is not taken",
        (files.UnsupportedModel,),
        "The file is what it says it is, and this service does not take it: a format that is not read, a "
        "pickle, which is never opened here, numbers that lie in another file, a network that is no chain of "
        "layers.",
        "The detail names what was found and, where there is one, the way out: safetensors or ONNX for a "
        "checkpoint, one file for a model in pieces, a newer opset.",
        ProblemRequestExample(
            "POST",
            "/v1/models/describe",
            (
                (
                    "",
                    "expected a network of dense layers, got GGUF, which holds language models",
                ),
            ),
            "GGUF, a model of language",
            "application/octet-stream",
        ),
    ),
    ProblemType(
        "nothing-to-convert",
        422,
        "There is nothing to convert",
        (files.NothingToConvert,),
        "The model holds no node of the activation that was to be replaced, or only inside of operators that "
        "have no place for what rewriting leaves, such as an LSTM.",
        "/v1/models/describe tells where tanh and sigmoid stand, and why one stays. To the other direction "
        "the parameter `to` leads.",
        ProblemRequestExample(
            "POST",
            "/v1/models/convert?to=sigmoid",
            (("", "expected a node Tanh that can be replaced, got none"),),
            # The smallest model there is: version, an empty graph, opset 17.
            "\x08\x08:\x00B\x02\x10\x11",
            "application/onnx",
        ),
    ),
    ProblemType(
        "internal",
        500,
        "The service failed",
        (),
        "The service has failed. That is a defect of ours, whatever the request was; nothing of the inside "
        "is told here, and all of it is in the service's log.",
        "Asking again seldom helps. Please report it with the X-Request-ID of the answer, under which the "
        "failure was logged. No request is known that provokes it, or it would have been mended.",
        None,
    ),
    ProblemType(
        "busy",
        503,
        "The service is busy",
        (Busy,),
        "The service has as much to do as it takes at once, is warming up, or lost the process that worked "
        "on this. Nothing was wrong with the request.",
        "Ask again after the seconds that the header Retry-After names.",
        ProblemRequestExample(
            "POST",
            _TANH,
            (("", "expected at most 16 bytes of bodies at once, got more"),),
            _THREE,
            settings={"SOFTSTEP_MAX_TOTAL_BODY_BYTES": "16"},
        ),
    ),
    ProblemType(
        "time-limit",
        503,
        "The work took too long",
        (TimeLimit,),
        "The work was stopped at its deadline. Pictures and exact decisions are given 20 seconds, unless the "
        "service was set otherwise.",
        "Ask for something smaller: fewer units, a smaller picture. The limit is SOFTSTEP_DEADLINE_SECONDS.",
        ProblemRequestExample(
            "GET",
            f"/v1/activations/plot.png?{'&'.join(f'name={name}' for name in _EIGHT)}&width=2000&height=2000",
            (("", "expected work that takes at most 0.001 seconds"),),
            settings={"SOFTSTEP_DEADLINE_SECONDS": "0.001"},
        ),
    ),
)

BY_SLUG: Mapping[str, ProblemType] = {one.slug: one for one in PROBLEM_TYPES}
BY_CLASS: Mapping[type[nn.Fault], ProblemType] = {kind: one for one in PROBLEM_TYPES for kind in one.errors}
INTERNAL = BY_SLUG["internal"]
