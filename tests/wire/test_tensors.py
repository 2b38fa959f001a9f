"""Named tensors ↔ documents and answers: the same as the JSON they stand for, or refused at its place."""

import json
from typing import Any, NotRequired

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors import deserialize
from safetensors.numpy import load, save
from typing_extensions import TypedDict

from app.nn.errors import Fault, LimitExceeded, NotFinite, Overflow, ShapeMismatch
from app.wire import tensors
from app.wire.answer_arrays import layout_of
from app.wire.answers import encode
from app.wire.arrays import AnyArray, Matrix, Vector
from app.wire.faults import InvalidRequest, MalformedDocument
from app.wire.problems import pointer
from app.wire.request_models import RequestBody
from app.wire.tensor_file import parse

NESTING, HEADER = 64, 10_000


class Part(RequestBody):
    weight: Matrix
    bias: Vector | None = None
    kind: str = "plain"


class RequestModel(RequestBody):
    parts: list[Part]
    inputs: AnyArray
    name: str | None = None


def read(named: dict[str, Any], request: Any = None) -> tensors.Asked:
    metadata = (
        {} if request is None else {"request": request if isinstance(request, str) else json.dumps(request)}
    )
    return tensors.read(save(named, metadata=metadata or None), NESTING, HEADER)


def outcome(document: Any) -> Any:
    try:
        asked = RequestModel.of(document)
    except InvalidRequest as refused:
        return {(pointer(one.at), one.detail, one.kind) for one in refused.findings}
    except Fault as fault:
        return type(fault)
    parts = [
        (one.weight.tobytes(), one.weight.shape, one.kind, None if one.bias is None else one.bias.tobytes())
        for one in asked.parts
    ]
    return parts, asked.inputs.tobytes(), asked.inputs.shape, asked.name


floats = arrays.arrays(np.float64, arrays.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3))


@settings(max_examples=80)
@given(
    parts=st.lists(
        st.fixed_dictionaries({"weight": floats}, optional={"bias": floats}), min_size=1, max_size=12
    ),
    inputs=floats,
)
def test_tensors_say_what_the_same_json_says(parts: list[dict[str, Any]], inputs: Any) -> None:
    named = {f"parts.{i}.{name}": array for i, part in enumerate(parts) for name, array in part.items()}
    rest = {"parts": [{"kind": str(i)} for i in range(len(parts))], "name": "x"}
    binary = read({**named, "inputs": inputs}, rest).document
    document = {
        "parts": [{"kind": str(i), **part} for i, part in enumerate(parts)],
        "inputs": inputs,
        "name": "x",
    }
    plain = json.loads(encode(document))
    assert outcome(binary) == outcome(plain)


def test_objects_and_lists_left_out_are_made_in_order() -> None:
    """Objects and lists that the JSON leaves out are made in the order of their numbers."""
    named = {f"parts.{i}.weight": np.full((1, 1), float(i)) for i in range(12)}
    asked = RequestModel.of(read({**named, "inputs": np.array(0.5)}).document)
    assert [one.weight.item() for one in asked.parts] == list(range(12))
    assert asked.inputs.shape == () and asked.inputs == 0.5


ONE = np.ones((1, 1))


@pytest.mark.parametrize(
    ("named", "request_", "place"),
    [
        ({"inputs": ONE}, {"inputs": [[1.0]]}, "/inputs"),
        ({"inputs": ONE}, {"inputs": None}, "/inputs"),
        ({"inputs": ONE, "inputs.0": ONE}, None, "/inputs"),
        ({"parts.1.weight": ONE}, None, "/parts"),
        ({"parts.0.weight": ONE, "parts.2.weight": ONE}, None, "/parts"),
        ({"parts.x.weight": ONE}, {"parts": []}, "/parts"),
        ({"parts.0.weight": ONE}, {"parts": 1}, "/parts"),
        ({"parts.00.weight": ONE}, {"parts": [{}]}, "/parts"),
        ({"parts.99999999999999999999.weight": ONE}, {"parts": []}, "/parts"),
        ({"x" * 100: ONE, "x" * 100 + ".y": ONE}, None, ""),
        ({"x": ONE}, "[]", ""),
        ({"x": ONE}, "1", ""),
        ({"x": ONE}, '{"a": NaN}', "/a"),
        ({"x": ONE}, '{"a": 1, "a": 1}', "/a"),
    ],
)
def test_names_that_are_no_paths_are_refused_at_their_place(named: Any, request_: Any, place: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(named, request_)
    assert [pointer(one.at) for one in refused.value.findings] == [place]


def test_a_tensor_of_another_type_is_refused_at_its_path() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read({"parts.0.weight": np.ones((1, 1), np.int8)})
    assert [pointer(one.at) for one in refused.value.findings] == ["/parts/0/weight"]


@pytest.mark.parametrize("text", ["", " ", "{", '{"a":', "nul"])
def test_json_in_the_metadata_that_is_none_is_malformed(text: str) -> None:
    with pytest.raises(MalformedDocument):
        read({"inputs": ONE}, text)


def test_a_name_of_many_dots_meets_the_limit_of_nesting() -> None:
    with pytest.raises(LimitExceeded) as refused:
        read({".".join("a" * 65): ONE})
    assert refused.value.limit == "nesting"


@pytest.mark.parametrize(
    ("named", "single"),
    [
        ({}, False),
        ({"a": np.zeros(1, np.float32)}, True),
        ({"a": np.zeros(1, np.float32), "b": np.zeros(1)}, False),
        ({"a": np.zeros(1, np.float32), "b": np.zeros(1, np.int64)}, False),
    ],
)
def test_single_precision_is_asked_for_by_every_tensor(named: dict[str, Any], single: bool) -> None:
    assert read(named).single is single


class Layer(TypedDict):
    weight: Matrix
    bias: Vector | None
    kind: str


class JsonResponse(TypedDict):
    outputs: AnyArray
    loss: NotRequired[Vector]
    layers: list[Layer]
    parts: dict[str, Layer]
    stack: list[Matrix]
    note: str
    bound: float


LAYER: Layer = {"weight": np.array([[1.0, 0.1]]), "bias": None, "kind": "plain"}
ANSWER: JsonResponse = {
    "outputs": np.array(2.5),
    "layers": [LAYER, {"weight": ONE, "bias": np.array([0.1]), "kind": "other"}],
    "parts": {"W": LAYER},
    "stack": [ONE],
    "note": "hello",
    "bound": np.inf,
}


def test_answer_is_arrays_by_paths_and_the_rest_json() -> None:
    """An answer is its arrays by their paths and the rest as JSON."""
    body = b"".join(tensors.write(ANSWER, layout_of(JsonResponse)))
    named = load(body)
    assert set(named) == {
        "outputs",
        "layers.0.weight",
        "layers.1.weight",
        "layers.1.bias",
        "parts.W.weight",
        "stack.0",
    }
    assert named["outputs"].shape == () and named["outputs"] == 2.5
    assert json.loads(parse(body, HEADER).metadata["response"]) == {
        "layers": [{"bias": None, "kind": "plain"}, {"kind": "other"}],
        "parts": {"W": {"bias": None, "kind": "plain"}},
        "stack": [None],
        "note": "hello",
        "bound": "Infinity",
    }


def test_an_answer_without_arrays_is_its_json() -> None:
    body = b"".join(tensors.write({"correct": True}, None))
    assert deserialize(body) == []
    assert json.loads(parse(body, HEADER).metadata["response"]) == {"correct": True}


def test_whole_numbers_are_i64() -> None:
    class Entries(TypedDict):
        wrong: Matrix

    body = b"".join(tensors.write({"wrong": np.array([[0, 1]])}, layout_of(Entries)))
    assert load(body)["wrong"].dtype == np.int64


@given(array=arrays.arrays(np.float64, (3,), elements=st.floats(-1e38, 1e38)))
def test_a_narrowed_answer_is_rounded_once(array: Any) -> None:
    found = tensors.narrowed({**ANSWER, "loss": array}, layout_of(JsonResponse))
    assert found["loss"].dtype == np.float32
    assert found["loss"].tobytes() == array.astype(np.float32).tobytes()
    assert found["layers"][0]["weight"].tolist() == [[1.0, float(np.float32(0.1))]]
    assert found["bound"] == np.inf and found["layers"][0]["bias"] is None


def test_what_must_be_finite_never_turns_infinite_by_rounding() -> None:
    beyond = np.array([1e39])
    assert np.isinf(tensors.narrowed({"outputs": beyond}, layout_of(JsonResponse))["outputs"]).all()
    with pytest.raises(Overflow, match="loss"):
        tensors.narrowed({"loss": beyond}, layout_of(JsonResponse))


def test_finite_field_says_where_numbers_are_not() -> None:
    """A field that wants finite numbers says where they are not."""
    named = {"parts.0.weight": np.array([[1.0, np.nan]]), "inputs": ONE}
    with pytest.raises(InvalidRequest) as refused:
        RequestModel.of(read(named).document)
    assert [(pointer(one.at), one.kind) for one in refused.value.findings] == [
        ("/parts/0/weight/0/1", NotFinite)
    ]
    with pytest.raises(InvalidRequest) as refused:
        RequestModel.of(read({"parts.0.weight": np.ones(3), "inputs": ONE}).document)
    assert [(pointer(one.at), one.kind) for one in refused.value.findings] == [
        ("/parts/0/weight", ShapeMismatch)
    ]


@pytest.mark.parametrize("dtype", ["F64", "X9"], ids=["good", "refused"])
def test_a_name_of_many_parts_is_refused_untold(dtype: str) -> None:
    """A name of 400,000 parts is refused before it is split, and no problem points along it."""
    entry = {"dtype": dtype, "shape": [0], "data_offsets": [0, 0]}
    header = json.dumps({"__metadata__": {"request": "{}"}, "a." * 400_000: entry}).encode()
    with pytest.raises((LimitExceeded, InvalidRequest)) as refused:
        tensors.read(len(header).to_bytes(8, "little") + header, 64, 1 << 20)
    assert len(str(refused.value)) < 200
