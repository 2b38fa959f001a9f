"""What a question takes: null where a field may be left out, and numbers in a URL as JSON writes them."""

import time
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import create, factory
from app.nn.cost import Cost
from app.nn.errors import ShapeMismatch
from app.wire.activations import ActivationQuery, query_of, values_of
from app.wire.arrays import AnyArray
from app.wire.faults import InvalidRequest
from app.wire.gradients import GradientsBody
from app.wire.grading import CheckBody
from app.wire.json import reader
from app.wire.network import LayerBody
from app.wire.networks import EvaluationBody
from app.wire.pictures import GradientsPictureBody, IdentityCurvesQuery, NetworksPictureBody
from app.wire.problems import pointer
from app.wire.request_models import RequestBody

PADDING = b" " * reader.LIFTED
LAYER = {"weight": [[1.0]]}
NETWORK = {"layers": [LAYER]}
PROBLEM = {"W": [[1.0]], "Theta": [[1.0]], "inputs": [1.0]}
LEAST: list[tuple[type[RequestBody], dict[str, Any]]] = [
    (values_of(factory("elu")), {"inputs": [1.0]}),
    (LayerBody, LAYER),
    (EvaluationBody, {"network": NETWORK, "inputs": [1.0]}),
    (GradientsBody, PROBLEM),
    (CheckBody, {**PROBLEM, "targets": 0, "submission": {}}),
    (GradientsPictureBody, {**PROBLEM, "targets": 0}),
    (NetworksPictureBody, {"networks": [{"network": NETWORK}]}),
]


def read(model: type[RequestBody], document: object, padding: bytes) -> RequestBody:
    return model.of(reader.read(orjson.dumps(document) + padding, 64))


def comparable(value: Any) -> Any:
    """Return a question as plain values, so that two can be compared."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, RequestBody):
        return {name: comparable(member) for name, member in value}
    return [comparable(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
@pytest.mark.parametrize(("model", "least"), LEAST, ids=lambda value: getattr(value, "__name__", ""))
def test_null_in_an_optional_field_means_absent(
    model: type[RequestBody], least: dict[str, Any], padding: bytes
) -> None:
    expected = comparable(read(model, least, padding))
    optional = [name for name, field in model.model_fields.items() if not field.is_required()]
    assert optional
    for names in [*([name] for name in optional), optional]:
        assert comparable(read(model, {**least, **dict.fromkeys(names)}, padding)) == expected


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
@pytest.mark.parametrize(("model", "least"), LEAST, ids=lambda value: getattr(value, "__name__", ""))
def test_null_in_a_required_or_unknown_field_is_refused(
    model: type[RequestBody], least: dict[str, Any], padding: bytes
) -> None:
    """Null in a field that must be there or is unknown is refused."""
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    for name in [*required, "unheard_of"]:
        with pytest.raises(InvalidRequest) as refused:
            read(model, {**least, name: None}, padding)
        assert [pointer(one.at) for one in refused.value.findings] == [f"/{name}"]


def test_null_means_absent_in_activation_parameters_too() -> None:
    """Null means absent below and in an activation's own parameters."""
    layer = {"weight": [[1.0]], "bias": None, "activation": {"name": "elu", "alpha": None}}
    body = EvaluationBody.of({"network": {"layers": [layer]}, "inputs": np.ones(1)})
    assert body.network.layers[0].activation == create("elu")
    with pytest.raises(InvalidRequest) as refused:
        LayerBody.of({"weight": [[1.0]], "activation": {"name": None}})
    assert pointer(refused.value.findings[0].at) == "/activation/name"


def test_an_array_beside_a_null_is_not_compared_with_it() -> None:
    class Both(RequestBody):
        many: AnyArray
        other: int | None = 3

    assert Both.of({"many": np.array([None, None], dtype=np.float64), "other": None}).other == 3
    assert Both.of({"many": np.zeros(3), "other": None}).cost() == Cost()


ELU = query_of(factory("elu"))
NO_NUMBERS = [
    "", " 1", "1 ", "+1", "1_0", "1e", "01", "-01", "00", ".5", "1.", "0x1", "1e1_0", "1 000", "1,5",
    "--1", "- 1", "nan", "NaN", "inf", "Infinity", "-Infinity", "1e999", "-1e999", "\u0661", "\uff11",
    "1\n", "\t1", "true", "1e 3", "\u00bd", "1j",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_url_numbers_are_what_json_writes(text: str) -> None:
    """What JSON would not write as a finite number is none in a URL."""
    for model, name in ((ELU, "alpha"), (IdentityCurvesQuery, "low"), (IdentityCurvesQuery, "width")):
        with pytest.raises(InvalidRequest) as refused:
            model.of({name: text})
        assert [pointer(one.at) for one in refused.value.findings] == [f"/{name}"]


@given(number=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70).map(float))
def test_what_json_writes_is_read_to_the_same_bits(number: float) -> None:
    asked = ELU.of({"alpha": orjson.dumps(number).decode()})
    assert isinstance(asked, ActivationQuery)
    assert asked.alpha.hex() == number.hex()  # type: ignore[attr-defined]  # elu's own parameter


@pytest.mark.parametrize("text", ["-0", "1E5", "1e+5", "1.50e-7", "100"])
def test_the_other_ways_of_json_to_write_a_number_are_read_too(text: str) -> None:
    assert ELU.of({"alpha": text}).alpha == float(text)  # type: ignore[attr-defined]  # elu's own parameter


@pytest.mark.parametrize("text", ["yes", "on", "1", "0", "True", "TRUE", "t", "", " true"])
def test_true_and_false_are_the_only_truth_values(text: str) -> None:
    with pytest.raises(InvalidRequest):
        IdentityCurvesQuery.of({"transparent": text})
    for word, value in (("true", True), ("false", False)):
        assert IdentityCurvesQuery.of({"transparent": word}).transparent is value


def test_every_number_that_is_none_is_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as refused:
        IdentityCurvesQuery.of({"low": "1_0", "high": "+1", "transparent": "yes", "unheard_of": "1"})
    assert {pointer(one.at) for one in refused.value.findings} == {
        "/low", "/high", "/transparent", "/unheard_of",
    }  # fmt: skip


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["small", "large"])
def test_a_whole_number_may_be_written_with_a_point(padding: bytes) -> None:
    least = {"networks": [{"network": NETWORK}]}
    asked = read(NetworksPictureBody, {**least, "width": 800.0, "height": 3e2}, padding)
    assert isinstance(asked, NetworksPictureBody)
    assert (asked.width, asked.height) == (800, 300)
    assert IdentityCurvesQuery.of({"width": "800.0"}).width == 800
    for wrong in (800.5, "800", True, 8000.0):
        with pytest.raises(InvalidRequest) as refused:
            read(NetworksPictureBody, {**least, "width": wrong}, padding)
        assert [pointer(one.at) for one in refused.value.findings] == ["/width"]


@pytest.mark.parametrize(
    ("question", "body", "said"),
    [
        (EvaluationBody, {"network": {"layers": []}, "inputs": [1.0]}, "expected at least 1 item, got 0"),
        (
            NetworksPictureBody,
            {"networks": [{"label": "", "network": NETWORK}]},
            "expected at least 1 character",
        ),
        (
            NetworksPictureBody,
            {"networks": [{"label": "F" * 201, "network": NETWORK}]},
            "expected at most 200 characters",
        ),
    ],
)
def test_lengths_are_said_in_the_words_of_all_other_faults(
    question: type[RequestBody], body: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(question, body, b"")
    assert [found.detail for found in caught.value.findings] == [said]


@pytest.mark.parametrize("layer", [b"{}", b"1", b'{"weight":[[1]],"a":1,"b":2}'])
def test_limits_do_not_multiply_through_nesting(layer: bytes) -> None:
    """A thousand lists of a thousand items were a million findings: 14 seconds, 1.1 GB."""
    network = b'{"network":{"layers":[%b]}}' % b",".join([layer] * 80)
    body = b'{"networks":[%b]}' % b",".join([network] * 80)
    document = reader.read(body, 64)
    start = time.thread_time()
    with pytest.raises(ShapeMismatch, match="at most 1000 items in all") as refused:
        NetworksPictureBody.of(document)
    assert time.thread_time() - start < 0.1  # 0.2 s and more where every item was validated
    assert refused.value.at == ()


def test_limits_of_items_leave_room_for_any_question() -> None:
    networks = [{"network": {"layers": [LAYER] * 100}}] * 9
    assert len(NetworksPictureBody.of({"networks": networks}).networks) == 9


def test_findings_are_twenty_at_most_and_few_are_made() -> None:
    body = {"networks": [{"network": {"layers": [{f"k{i}": 0 for i in range(20)}] * 5}}] * 9}
    with pytest.raises(InvalidRequest) as refused:
        NetworksPictureBody.of(body)
    assert len(refused.value.findings) == 20
