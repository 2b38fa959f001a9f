"""What a model file of any known format is."""

from hashlib import sha256

from ..nn.errors import Fault
from .model_format import recognise
from .onnx.description import DescriptionAnswer as DescriptionAnswer
from .onnx.description import ReadableAnswer, describe
from .reading import read_recognised


def describe_file(body: bytes) -> DescriptionAnswer:
    """Return what a model file is: of ONNX the operators and sites, of others the network that they hold.

    Raises `UnsupportedModel` and `MalformedModel`; a file that holds no network says so under `network`.
    """
    file = recognise(body)
    if file.format == "onnx":
        return describe(body)
    parameters = 0
    network: ReadableAnswer = {"readable": True}
    try:
        read = read_recognised(file).read.network
        parameters = sum(one.weight.size + (0 if one.bias is None else one.bias.size) for one in read.layers)
    except Fault as fault:
        network = {"readable": False, "reason": fault.detail}
    return {
        "format": file.format,
        "bytes": len(body),
        "sha256": sha256(body).hexdigest(),
        "parameters": parameters,
        "sites": [],
        "discontinuous": [],
        "network": network,
    }
