"""Zip archives of strangers and the arrays in them: bounded before anything is made of them."""

import numpy as np
import pytest

from app.files.errors import MalformedModel, UnsupportedModel
from app.files.reading import read_file
from app.nn.errors import LimitExceeded

from . import archives
from .network_files import W1


def of_64_bits(body, size=None):
    """Return an archive with the directory of the larger kind, as PyTorch writes it."""
    end = body[-22:]
    entries, held, start = (int.from_bytes(end[i:j], "little") for i, j in ((10, 12), (12, 16), (16, 20)))
    counts = entries.to_bytes(8, "little") * 2
    told = (held if size is None else size).to_bytes(8, "little") + start.to_bytes(8, "little")
    fields = (44).to_bytes(8, "little") + bytes.fromhex("1e032d00") + bytes(8)
    record = b"PK\x06\x06" + fields + counts + told
    place = (len(body) - 22).to_bytes(8, "little")
    return body[:-22] + record + b"PK\x06\x07" + bytes(4) + place + (1).to_bytes(4, "little") + end


def test_archives_of_64_bits_are_read_within_bounds():
    body = archives.zipped({"w.npy": archives.npy(W1)})
    first, second = (read_file(one).read.network.layers[0] for one in (body, of_64_bits(body)))
    assert first.weight.tobytes() == second.weight.tobytes()
    with pytest.raises(UnsupportedModel, match="pickle"):
        read_file(of_64_bits(archives.zipped({"archive/data.pkl": b"x", "archive/data/0": bytes(48)})))
    with pytest.raises(UnsupportedModel, match="directory"):
        read_file(of_64_bits(body, 1 << 40))


def test_objects_are_never_unpickled():
    array = np.array([{"a": 1}], dtype=object)
    with pytest.raises(UnsupportedModel, match="never unpickled"):
        read_file(archives.zipped({"w.npy": archives.npy(array)}))


def test_headers_of_any_shape_make_no_array():
    header = archives.npy(np.zeros((1, 4))).replace(b"(1, 4)", b"(9, 4)")
    with pytest.raises(MalformedModel, match="shape"):
        read_file(archives.zipped({"w.npy": header}))
    vast = archives.npy(np.zeros((1, 4))).replace(b"(1, 4), }      ", b"(1, 999999999)}")
    with pytest.raises((MalformedModel, UnsupportedModel)):
        read_file(archives.zipped({"w.npy": vast}))


def test_zip_bombs_are_refused_before_they_are_unpacked():
    body = archives.zipped({"w.npy": bytes(100 << 20)})
    assert len(body) < 1 << 20
    with pytest.raises(LimitExceeded, match="unpacked"):
        read_file(body)


def test_zip_directories_are_bounded():
    body = archives.zipped({f"{index:060}.npy": b"" for index in range(12_000)})
    with pytest.raises(UnsupportedModel, match="directory"):
        read_file(body)
