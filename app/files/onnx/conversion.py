"""An ONNX file → the file with the other activation, and what is proven of it."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pickle import PickleBuffer
from typing import Any, SupportsIndex

from typing_extensions import TypedDict

from ...nn.networks.conversion import Squashing
from ..errors import UnsupportedModel
from ..model_format import recognise
from .certificate import METADATA, ModelCertificate, before, certificate_of
from .graphs import Model
from .model import parse, serialize
from .reach import jumps_behind
from .rewriting import Shift, Site, rewrite
from .wire_format import Bytes


class SiteAnswer(TypedDict):
    """An operator with the activation, and what became of the factor before and after it."""

    graph: str
    node: str
    operator: str
    before: str
    after: str
    reason: str


class ConversionReport(TypedDict):
    """The new file's SHA-256, what is proven of it, and what was done where."""

    sha256: str
    certificate: ModelCertificate
    sites: list[SiteAnswer]


@dataclass(frozen=True, slots=True)
class ConvertedFile:
    """The new file, with its certificate inside, and the report."""

    body: bytes
    report: ConversionReport
    name: str

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        # As arrays are: apart from the rest where the pickler asks for that, and without a copy.
        apart = int(protocol) >= 5
        return ConvertedFile, (PickleBuffer(self.body) if apart else self.body, self.report, self.name)


def convert_file(body: Bytes, to: Squashing, shift: Shift) -> ConvertedFile:
    """Return the file in which `to` stands for the other activation: the same bytes for the same file.

    Raises `MalformedModel`, `UnsupportedModel`, `LimitExceeded` and `NothingToConvert`.
    """
    file = recognise(bytes(body))
    if file.format != "onnx":
        raise UnsupportedModel(
            f"expected an ONNX file, got {file.format}: /v1/models/read makes a network of it, which "
            "/v1/networks/convert rewrites"
        )
    model = Model(parse(body))
    network = before(model)
    nodes = sum(len(scope.nodes) for scope in model.scopes)
    result = rewrite(model, to, shift)
    jumps = jumps_behind(model, result.converted)
    certificate = certificate_of(result, network, nodes, to, shift, jumps)
    sites = [site_answer(one) for one in result.sites]
    result.weights.store()
    model.store()
    inside = {"source": sha256(body).hexdigest(), "to": to, "shift": shift, **certificate}
    _set_metadata(model, json.dumps(inside, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    made = serialize(model)
    return ConvertedFile(
        made,
        {"sha256": sha256(made).hexdigest(), "certificate": certificate, "sites": sites},
        f"model.{to}.onnx",
    )


def site_answer(site: Site) -> SiteAnswer:
    """Return a site as JSON members."""
    written: SiteAnswer = asdict(site)  # type: ignore[assignment]
    return written


def _set_metadata(model: Model, text: str) -> None:
    properties = model.proto.metadata_props
    for index in reversed(range(len(properties))):
        if properties[index].key == METADATA:
            del properties[index]
    properties.add(key=METADATA, value=text)
