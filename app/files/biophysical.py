"""The tables of one network of ESA's biophysical processor (SNAP's Sentinel-2 toolbox), in a zip archive.

Source: s2tbx, BiophysicalAuxdata.java (tables of numbers between commas, one row a line, each file named
VARIABLE_ and its kind) and BiophysicalAlgo.java: rows of weights are units, the hidden ones tansig; before,
2·(x − min)/(max − min) − 1, and behind, ½·(y + 1)·(max − min) + min, with min and max of each in a row.
"""

import numpy as np

from ..nn.activations.catalogue import create
from ..nn.activations.record import Floats
from ..nn.errors import LimitExceeded
from .archive import Archive
from .chain import Chain, ReadNetwork
from .errors import MalformedModel, UnsupportedModel
from .limits import limits
from .text_matrix import matrix_of

WEIGHTS = "_Weights_Layer1_Neurons"
_READ = ("_Normalisation", WEIGHTS, "_Weights_Layer1_Bias", "_Weights_Layer2_Neurons",
         "_Weights_Layer2_Bias", "_Denormalisation")  # fmt: skip


def read_biophysical(archive: Archive) -> ReadNetwork:
    """Return the network of a variable, inputs and output in their own units.

    Raises `UnsupportedModel` for the tables of several variables, and as the tables do.
    """
    found = [name.removesuffix(WEIGHTS) for name in archive.names if name.endswith(WEIGHTS)]
    if len(found) > 1:
        raise UnsupportedModel("expected the tables of one variable in an archive, got those of several")
    before, w1, b1, w2, b2, behind = (_table(archive, found[0] + kind) for kind in _READ)
    chain = Chain()
    low, width = _range(before)
    chain.width = low.size
    chain.add(-low, "-Normalisation")
    with np.errstate(all="ignore"):
        chain.scale(2 / width, "2/Normalisation")
    chain.add(np.array(-1.0), None)
    chain.note("the scaling 2·(x − min)/(max − min) − 1 is kept as layers of its own, its factor rounded",
               "layers", 0)  # fmt: skip
    chain.affine(w1, b1.reshape(-1), ("Weights_Layer1_Neurons", "Weights_Layer1_Bias"))
    chain.activate(create("tanh"))
    chain.affine(w2, b2.reshape(-1), ("Weights_Layer2_Neurons", "Weights_Layer2_Bias"))
    low, width = _range(behind)
    chain.add(np.ones(low.size), None)
    chain.scale(width / 2, "Denormalisation/2")
    chain.note("the scaling back, ½·(y + 1)·(max − min) + min, is kept as layers of its own")
    chain.add(low, "Denormalisation")
    chain.note("the processor looks at domains before and behind the network: they are left out", "layers")
    return chain.finish()


def _table(archive: Archive, name: str) -> Floats:
    data = archive.read(name)
    if len(data) > limits().text_bytes:
        detail = f"expected at most {limits().text_bytes} bytes in a table, got {len(data)}"
        raise LimitExceeded("model_text_bytes", detail)
    try:
        return matrix_of(data.decode("ascii"))
    except UnicodeDecodeError:
        raise MalformedModel("expected tables of numbers between commas") from None


def _range(table: Floats) -> tuple[Floats, Floats]:
    """Return the smallest of each number, and how far it is from the largest."""
    if table.ndim != 2 or table.shape[1] != 2 or not (table[:, 0] < table[:, 1]).all():
        raise UnsupportedModel("expected tables of normalisation with a smallest and a largest number a row")
    with np.errstate(over="ignore"):
        return table[:, 0], table[:, 1] - table[:, 0]
