"""HDF5 of strangers: nothing from elsewhere, nothing without an end."""

import io
import json

import h5py
import numpy as np
import pytest

from app.files.errors import MalformedModel, UnsupportedModel
from app.files.reading import read_file
from app.nn.errors import LimitExceeded

from . import archives
from .network_files import B2, W2, keras_h5_file


def h5_with(change):
    def fill(file):
        config = archives.sequential([archives.dense(2, "tanh", "a", use_bias=False)])
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights/a")
        group.attrs["weight_names"] = ["kernel:0"]
        change(file, group)

    return archives.hdf5(fill)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda file, group: group.__setitem__("kernel:0", h5py.ExternalLink("secret.h5", "/x")),
            "hard links",
        ),
        (lambda file, group: group.__setitem__("kernel:0", h5py.SoftLink("/other")), "hard links"),
        (lambda file, group: file.__setitem__("inner", h5py.SoftLink("/model_weights")), "hard links"),
        (lambda file, group: group.create_dataset("kernel:0", (1 << 20, 1 << 10), "f8"), "at most"),
        (
            lambda file, group: group.create_dataset(
                "kernel:0", (4, 4), "f8", chunks=(4, 4), compression="lzf"
            ),
            "gzip",
        ),
        (lambda file, group: file.__setitem__("model_weights/loop", file["model_weights"]), "levels"),
        (
            lambda file, group: group.create_dataset("kernel:0", (2, 2), "f8", external=[("secret", 0, 32)]),
            "in the file itself",
        ),
    ],
    ids=["external", "soft", "inner", "shape", "filter", "cycle", "storage"],
)
def test_hdf5_reads_nothing_from_elsewhere_or_without_end(change, match):
    with pytest.raises((UnsupportedModel, LimitExceeded), match=match):
        read_file(h5_with(change))


def test_virtual_datasets_are_refused():
    def change(file, group):
        layout = h5py.VirtualLayout((2, 2), "f8")
        layout[:] = h5py.VirtualSource("secret.h5", "x", (2, 2))
        group.create_virtual_dataset("kernel:0", layout)

    with pytest.raises(UnsupportedModel, match="in the file itself"):
        read_file(h5_with(change))


def with_text_of(length, number=3):
    """Return a file of Keras whose third text has a number and a length that are told."""
    body = bytearray(keras_h5_file())
    place = body.index(b"GCOL") + 16
    for _ in range(2):
        place += 16 + -(-int.from_bytes(body[place + 8 : place + 16], "little") // 8) * 8
    assert body[place : place + 2] == b"\x03\0"
    body[place : place + 2] = number.to_bytes(2, "little")
    body[place + 8 : place + 16] = length.to_bytes(8, "little")
    return bytes(body)


@pytest.mark.parametrize(
    ("number", "length"), [(0, 0), (0, 8), (3, 2**64 - 16), (3, 2**64 - 23), (3, 2**64 - 1), (3, 8_000)]
)
def test_hdf5_texts_end_behind_where_they_begin(number, length):
    """Texts of HDF5 end behind where they begin, and in their heap: some others libhdf5 reads for ever."""
    with pytest.raises(MalformedModel, match="texts that are whole"):
        read_file(with_text_of(length, number))


def test_hdf5_of_other_widths_is_refused():
    body = bytearray(keras_h5_file())
    body[14] = 4
    with pytest.raises(MalformedModel, match="8 bytes"):
        read_file(bytes(body))


def test_hdf5_of_the_latest_version_is_read():
    """A file of the latest version of HDF5 is read to the same bits."""
    stream = io.BytesIO()
    with h5py.File(io.BytesIO(keras_h5_file())) as old, h5py.File(stream, "w", libver="latest") as new:
        for name in old:
            old.copy(name, new)
        for name, value in old.attrs.items():
            new.attrs[name] = value
    assert stream.getvalue()[8] >= 2
    first, second = read_file(keras_h5_file()).read, read_file(stream.getvalue()).read
    for one, other in zip(first.network.layers, second.network.layers, strict=True):
        assert one.weight.tobytes() == other.weight.tobytes()


def test_hdf5_of_many_attributes_is_read():
    """A group with so many attributes that they lie in a heap of their own is read."""

    def fill(file):
        file.attrs["model_config"] = json.dumps(archives.sequential([archives.dense(2, "tanh", "a")]))
        for index in range(40):
            file.attrs[f"other{index}"] = "x" * 300
        group = file.create_group("model_weights/a")
        group.attrs["weight_names"] = ["kernel", "bias"]
        group["kernel"], group["bias"] = W2, B2

    stream = io.BytesIO()
    with h5py.File(stream, "w", libver="latest") as file:
        fill(file)
    assert b"FRHP" in stream.getvalue()
    (layer,) = read_file(stream.getvalue()).read.network.layers
    assert np.array_equal(layer.weight, W2.T)


@pytest.mark.parametrize("version", [{}, {"libver": "latest"}], ids=["first", "latest"])
@pytest.mark.parametrize("name", ["model_config", "weight_names"])
def test_hdf5_texts_are_as_long_as_they_tell(name, version):
    """No memory is taken for the 3.7 GB that a reference tells of a text."""
    stream = io.BytesIO()
    with h5py.File(io.BytesIO(keras_h5_file())) as old, h5py.File(stream, "w", **version) as new:
        for one in old:
            old.copy(one, new)
        for one, value in old.attrs.items():
            new.attrs[one] = value
    body = bytearray(stream.getvalue())
    heap = body.index(b"GCOL").to_bytes(8, "little")
    place = body.index(heap, body.rindex(name.encode() + b"\0")) - 4
    length = int.from_bytes(body[place : place + 4], "little")
    assert 0 < length < 1_000
    body[place + 3] = 0xDD
    # What the headers of the latest version are summed to is not looked at before.
    with pytest.raises((LimitExceeded, MalformedModel), match=r"bytes of texts|is whole"):
        read_file(bytes(body))
