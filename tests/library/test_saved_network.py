"""A converted network that is saved: the service's own tensors, by the names that they came with."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import safetensors.numpy

import app as softstep
from app.nn.activations.record import Floats
from app.nn.networks.storage import StoredAs
from app.wire.tensor_file import parse
from tests.oracles.calls import TANH
from tests.service import Client as Service

NAMES: dict[str, list[list[str | None]]] = {
    "pytorch": [["fc1.weight", "fc1.bias"], ["fc2.weight", "fc2.bias"]],
    "keras": [["dense/kernel", None], ["dense_1/kernel", "dense_1/bias"]],
    "one name twice": [["same", "other"], ["same", None]],
    "no words": [["a", "b"], ["c", "d"]],
    "numbered backwards": [["layers.1.weight", "layers.1.bias"], ["layers.0.weight", "layers.0.bias"]],
    "the other's bias": [["fc1.weight", "fc2.bias"], ["fc2.weight", "fc1.bias"]],
}


@pytest.mark.parametrize("stored_as", get_args(StoredAs))
@pytest.mark.parametrize("names", NAMES)
def test_saved_file_has_the_tensors_of_the_service(
    client: Service, tmp_path: Path, names: str, stored_as: StoredAs
) -> None:
    made = softstep.convert(TANH, "sigmoid", stored_as=stored_as, names=NAMES[names])
    file = made.save(tmp_path / "network.safetensors")
    question = {"network": TANH, "to": "sigmoid", "stored_as": stored_as, "names": NAMES[names]}
    accept = {"Accept": "application/vnd.safetensors"}
    told = client.post("/v1/networks/convert", json=question, headers=accept).content
    saved, answered = parse(file.read_bytes(), 10**6), parse(told, 10**6)
    assert (
        list(saved.arrays)
        == list(answered.arrays)
        == [one for pair in made.names or () for one in pair if one]
    )
    for name, array in saved.arrays.items():
        assert array.dtype == answered.arrays[name].dtype
        assert array.tobytes() == answered.arrays[name].tobytes()
    assert made.stored_as == stored_as
    back = softstep.read(file)  # most of these names tell no order, and both orders chain
    assert back.network == made.network
    assert (back.names, back.stored_as) == (made.names, stored_as)


def test_network_saved_without_names_is_read_back(tmp_path: Path) -> None:
    made = softstep.convert(TANH, "sigmoid")
    assert (made.names, made.stored_as) == (None, None)
    file = made.save(str(tmp_path / "network.safetensors"))
    assert softstep.read(file).network == made.network
    tensors = parse(file.read_bytes(), 10**6)
    assert list(tensors.arrays)[:2] == ["network.layers.0.weight", "network.layers.0.bias"]
    assert json.loads(tensors.metadata["response"])["network"]["layers"][0] == {"activation": "sigmoid"}


def test_what_is_no_network_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(softstep.UnsupportedNetwork, match="none"):
        softstep.convert(TANH, "heaviside").save(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_names_told_of_a_file_are_what_convert_takes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = {f"{name}.weight": rng.normal(size=(3, 3)).astype(np.float32) for name in ("first", "second")}
    np.savez(tmp_path / "weights.npz", **weights)
    read = softstep.read(tmp_path / "weights.npz")
    assert read.stored_as == "float32"
    made = softstep.convert(read.network, "sigmoid", stored_as=read.stored_as, names=read.names)
    assert [pair[0] for pair in made.names or ()] == ["first.weight", "second.weight"]
    new = [note for note in made.notes or () if "no name of its own" in note.detail]
    assert len(new) == sum(pair[1] is not None for pair in made.names or ())


@pytest.mark.parametrize(
    ("names", "bias"),
    [([["a", ""], ["c", None]], np.ones(2)), ([["a", "b"], ["c", None]], np.ones(1))],
    ids=["a name of no letters", "one number for two outputs"],
)
def test_bias_of_an_edited_file_is_neither_dropped_nor_spread(
    tmp_path: Path, names: list[list[str | None]], bias: Floats
) -> None:
    arrays = {"a": np.ones((2, 3)), str(names[0][1]): bias, "c": np.ones((1, 2))}
    told = {"network": {"layers": [{"activation": "tanh"}, {"activation": "identity"}]}, "names": names}
    safetensors.numpy.save_file(arrays, tmp_path / "edited", {"response": json.dumps(told)})
    try:
        read = softstep.read(tmp_path / "edited")
    except softstep.UnsupportedModel:
        return
    kept = read.network.layers[0].bias
    assert (kept is not None and kept.tolist() == bias.tolist()) or any(
        "left out" in note.detail for note in read.notes
    )
