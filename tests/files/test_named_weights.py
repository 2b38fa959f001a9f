"""Weights by name: read in the order and the way that they are meant, or refused by what they are."""

import json

import numpy as np
import pytest
import safetensors.numpy

from app.files.errors import UnsupportedModel
from app.files.limits import FileLimits
from app.files.reading import read_file

from . import archives
from .network_files import W1, W2, arrays_of
from .onnx import models


def bodies(shapes):
    arrays = {name: models.array(*shape, seed=len(name)) for name, shape in shapes.items()}
    return safetensors.numpy.save(arrays), archives.npz(**arrays)


def names_read(body):
    return [weight for weight, _ in read_file(body).read.names]


MLP = {"0.weight": (4, 3), "0.bias": (4,), "2.weight": (4, 4), "2.bias": (4,)}


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"3.weight": (4,)}, "normalisation"),
        ({"3.weight": (4,), "3.bias": (4,)}, "normalisation"),
        ({"4.weight": (1, 4), "5.weight": (1,)}, "PReLU"),
        ({"norm.scale": (4,)}, "norm.scale, which is neither"),
        ({"skip.bias": (4,)}, "skip.bias, which is neither"),
        ({"emb.weight": (3, 3)}, "embeddings"),
        ({"tok_embeddings.weight": (3, 3)}, "embeddings"),
        ({"Embed_0/embedding": (3, 3)}, "embeddings"),
        ({"wte.weight": (3, 3)}, "embeddings"),
        ({"pos_embed": (3, 3)}, "embeddings"),
        ({"positional_encoding": (3, 3)}, "positions"),
        ({"attn.q_proj.weight": (3, 3)}, "attention"),
        ({"self_attn.in_proj_weight": (9, 3)}, "attention"),
        ({"mlp.gate_proj.weight": (3, 3)}, "gated"),
        ({"2.lora_A.weight": (4, 4)}, "LoRA"),
        ({"2.weight_scale": (4,)}, "quantised"),
        ({"1.weight": (4, 4, 3)}, "convolutions"),
        ({"GRUCell_0/hn/kernel": (3, 3)}, "recurrent"),
    ],
    ids=str,
)
def test_arrays_of_other_layers_are_refused_by_what_they_are(more, match):
    for body in bodies(MLP | more):
        with pytest.raises(UnsupportedModel, match=match):
            read_file(body)


def test_masks_are_refused():
    arrays = {"0.weight": models.array(3, 3), "mask": np.tri(3) > 0}
    with pytest.raises(UnsupportedModel, match="mask"):
        read_file(archives.npz(**arrays))


@pytest.mark.parametrize(
    ("shapes", "order"),
    [
        ({"decoder.weight": (6, 3), "encoder.weight": (3, 6)}, "encoder decoder"),
        (
            {"dec1.weight": (6, 4), "dec2.weight": (4, 3), "enc1.weight": (4, 6), "enc2.weight": (3, 4)},
            "enc1 enc2 dec2 dec1",
        ),
        (
            {"layer_32.weight": (3, 6), "layer_64.weight": (6, 8), "out.weight": (2, 3)},
            "layer_64 layer_32 out",
        ),
        ({"head.weight": (4, 4), "body.1.weight": (4, 4), "body.0.weight": (4, 4)}, "body.0 body.1 head"),
        (
            {
                "b2.fc.weight": (4, 4),
                "b2.out.weight": (4, 4),
                "b1.out.weight": (4, 4),
                "b1.fc.weight": (4, 4),
            },
            "b1.fc b1.out b2.fc b2.out",
        ),
        ({"embedding.weight": (5, 3), "embedding.bias": (5,), "fc.weight": (2, 5)}, "embedding fc"),
    ],
    ids=str,
)
def test_order_is_told_by_numbers_then_words_then_sides(shapes, order):
    for body in bodies(shapes):
        assert names_read(body) == [f"{one}.weight" for one in order.split()]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("W1", "W2", "the order is that of the numbers in the names: W1, W2, with"),
        ("fc1.weight", "fc2.weight", "the order is that of the numbers in the names: fc1.weight, fc2.weight"),
        (
            "encoder.weight",
            "decoder.weight",
            "names do not say an order: the one taken is encoder.weight,",
        ),
        ("layer_64.weight", "layer_32.weight", "names do not say an order: the one taken is layer_64.weight"),
        ("1.weight", "out.weight", "names do not say an order"),
    ],
)
def test_note_tells_whether_numbers_gave_the_order(first, second, said):
    for body in bodies({second: (2, 3), first: (3, 4)}):
        notes = [note.detail for note in read_file(body).read.notes if "order" in note.detail]
        assert len(notes) == 1
        assert notes[0].startswith(said)


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        ({"a.weight": (4, 4), "b.weight": (4, 4)}, "several orders"),
        ({"actor.0.weight": (4, 4), "actor.2.weight": (4, 4), "critic.0.weight": (4, 4)}, "several orders"),
        ({"0.weight": (10, 4), "1.weight": (4, 4)}, "chain"),  # an Embedding before a Linear
    ],
    ids=str,
)
def test_orders_that_are_not_told_are_refused(shapes, match):
    for body in bodies(shapes):
        with pytest.raises(UnsupportedModel, match=match):
            read_file(body)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("W1", "b1"), ("W2", "b2")),
        (("linear/w", "linear/b"), ("linear_1/w", "linear_1/b")),
        (("W1", None), ("W2", None)),
    ],
    ids=str,
)
def test_arrays_of_inputs_by_outputs_are_turned_and_told(first, second):
    """NumPy's users and Haiku write x·W: biases and numbers tell."""
    arrays = {}
    for pair, array in ((first, W1), (second, W2)):
        arrays |= {pair[0]: array} | ({pair[1]: models.array(array.shape[1])} if pair[1] else {})
    read = read_file(archives.npz(**arrays)).read
    for (weight, bias), pair, array in zip(arrays_of(read), (first, second), (W1, W2), strict=True):
        assert np.array_equal(weight, array.T)
        assert pair[1] is None or np.array_equal(bias, arrays[pair[1]])
    assert sum("(inputs, outputs) only" in note.detail for note in read.notes) == 2
    # Written under these names, they would be (outputs, inputs).
    assert read.names == ((None, None), (None, None))


def test_layers_that_share_their_arrays_are_all_read():
    """The library save_model writes a shared array once, with the other names as metadata."""
    arrays = {"0.weight": models.array(3, 3), "0.bias": models.array(3), "4.weight": models.array(2, 3)}
    body = safetensors.numpy.save(arrays, {"2.weight": "0.weight", "2.bias": "0.bias", "format": "pt"})
    read = read_file(body).read
    assert read.names == (("0.weight", "0.bias"), ("2.weight", "2.bias"), ("4.weight", None))
    assert np.array_equal(read.network.layers[0].weight, read.network.layers[1].weight)


def test_most_weights_of_one_shape_are_ordered_in_time():
    """Of all sets of square weights without numbers only two orders are looked for."""
    count = FileLimits().weights
    named = {f"{chr(97 + index)}.weight": [[1.0, 2.0], [3.0, 4.0]] for index in range(count)}
    turned = dict(reversed(named.items()))
    assert names_read(json.dumps(turned).encode()) == list(turned)
    arrays = {name: np.array(one) for name, one in named.items()}
    with pytest.raises(UnsupportedModel, match="several orders"):
        read_file(safetensors.numpy.save(arrays))
    arrays["z.weight"] = arrays.pop("a.weight")[:, :1]
    with pytest.raises(UnsupportedModel, match="several orders"):
        read_file(safetensors.numpy.save(arrays))
