"""Which format a model file has, told by its bytes; and what is refused by its name."""

from codecs import getincrementaldecoder
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..nn.errors import LimitExceeded
from . import biophysical, hdf5, matlab, npy
from .archive import Archive
from .errors import MalformedModel, UnsupportedModel
from .json_document import read_document
from .limits import limits
from .skops import SCHEMA

Format = Literal[
    "onnx", "safetensors", "npz", "keras", "keras_h5", "skops", "json", "lwtnn", "matlab", "biophysical"
]

_ZIP = b"PK\x03\x04"
_LENGTH = 8
_BEGINNING = 1024
_WAY_OUT = "safetensors.torch.save_file(model.state_dict(), path) or torch.onnx.export write what can be read"


@dataclass(frozen=True, slots=True, eq=False)
class ModelFile:
    """A file whose format is known, and what was opened of it."""

    format: Format
    body: bytes
    archive: Archive | None = None
    document: Mapping[str, Any] | None = None
    text: str = ""


def recognise(body: bytes) -> ModelFile:
    """Return the file with its format.

    Raises `UnsupportedModel` for a format that is known and not read, with the way out, `MalformedModel`
    for bytes that are none of them.
    """
    if not body:
        raise MalformedModel("expected a model file, got no bytes")
    if body.startswith(hdf5.MAGIC):
        return ModelFile("keras_h5", body)
    if body.startswith(_ZIP):
        return _of_archive(body, Archive(body))
    _refuse_known(body)
    if body[_LENGTH : _LENGTH + 1] == b"{" and int.from_bytes(body[:_LENGTH], "little") <= len(body):
        return ModelFile("safetensors", body)
    if body[:1] == b"\x08":
        return ModelFile("onnx", body)
    return _of_text(body)


def _of_archive(body: bytes, archive: Archive) -> ModelFile:
    names = archive.names
    if "config.json" in names and "model.weights.h5" in names:
        return ModelFile("keras", body, archive)
    if SCHEMA in names:
        return ModelFile("skops", body, archive)
    if any(name.endswith((".pkl", ".pth", ".pickle")) for name in names):
        raise UnsupportedModel(
            "expected a file of numbers, got an archive with a pickle in it (.pt, or a zip of "
            f"Stable-Baselines3), which is never opened here: {_WAY_OUT}"
        )
    if names and all(name.endswith(".npy") for name in names):
        return ModelFile("npz", body, archive)
    if any(name.endswith(biophysical.WEIGHTS) for name in names):
        return ModelFile("biophysical", body, archive)
    raise UnsupportedModel("expected an archive of Keras (.keras), NumPy (.npz) or skops, got another one")


def _refuse_known(body: bytes) -> None:
    if body[4:8] == b"TFL3":
        raise UnsupportedModel(
            "expected ONNX, got TFLite, which is not read yet: tf2onnx --tflite writes it as ONNX"
        )
    if body[:1] == b"\x80" and body[1:2] in b"\x02\x03\x04\x05":
        raise UnsupportedModel(
            f"expected a file of numbers, got a pickle, which is never opened here: {_WAY_OUT}"
        )
    if body.startswith(npy.MAGIC):
        raise UnsupportedModel(
            "expected weights by name, got one array: numpy.savez keeps several with their names"
        )
    if body.startswith(b"MATLAB 5.0"):
        raise UnsupportedModel(
            "expected MATLAB's generated function, got a .mat file: genFunction(net, 'name') writes it"
        )
    if body.startswith(b"GGUF"):
        raise UnsupportedModel("expected a network of dense layers, got GGUF, which holds language models")
    if body.startswith(b"\x1f\x8b"):
        raise UnsupportedModel("expected a file that is not compressed, got gzip")


def _of_text(body: bytes) -> ModelFile:
    try:
        getincrementaldecoder("utf-8")().decode(body[:_BEGINNING])
        most = limits().text_bytes
        if len(body) > most:
            detail = f"expected at most {most} bytes of JSON or another text, got {len(body)}"
            raise LimitExceeded("model_text_bytes", detail)
        text = body.decode()
    except UnicodeDecodeError:
        raise MalformedModel("expected a model file, got bytes of none of the known formats") from None
    if text.lstrip()[:1] in ("{", "["):
        form, document = read_document(body)
        return ModelFile(form, body, document=document)
    if matlab.is_generated(text):
        return ModelFile("matlab", body, text=text)
    raise MalformedModel("expected a model file, got bytes of none of the known formats")
