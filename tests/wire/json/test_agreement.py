"""Three ways to read a body, one answer: the short path, the lifting one and the strict reader alone."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.nn.errors import Fault, LimitExceeded
from app.wire.arrays import AnyArray
from app.wire.faults import InvalidRequest
from app.wire.json import reader
from app.wire.json.strict import read_strictly
from app.wire.json.structure import depth, outline
from app.wire.network import NetworkBody
from app.wire.networks import EvaluationBody
from app.wire.request_models import RequestBody

NESTING = 64
PADDING = b" " * reader.LIFTED


class Asked(RequestBody):
    inputs: AnyArray
    name: str | None = None
    count: int | None = None


def strictly(body: bytes) -> object:
    if depth(outline(body), NESTING) > NESTING:
        raise LimitExceeded("nesting", f"expected at most {NESTING} nested levels, got more")
    return read_strictly(body)


def outcome(model: type[RequestBody], read: Any, body: bytes) -> Any:
    """Return what a body comes to by one reader: every field to the bit, or all that is said of it."""
    try:
        asked = model.of(read(body))
    except InvalidRequest as refused:
        return sorted((*map(str, one.at), one.detail, one.kind.__name__) for one in refused.findings)
    except Fault as fault:
        return type(fault), fault.detail, fault.at
    return comparable(asked)


def comparable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if isinstance(value, RequestBody):
        return {name: comparable(member) for name, member in value}
    return [comparable(item) for item in value] if isinstance(value, (list, tuple)) else repr(value)


def leniently(body: bytes) -> object:
    return reader.read(body, NESTING)


def assert_one_answer(body: bytes, model: type[RequestBody] = Asked) -> Any:
    """Hold all ways together, to the last word of what they say, and return what they come to."""
    small, large = (outcome(model, leniently, text) for text in (body, body + PADDING))
    assert outcome(model, leniently, bytearray(body)) == small
    if body.strip():
        assert outcome(model, strictly, body) == small
        assert outcome(model, strictly, body + PADDING) == large
    if isinstance(small, tuple):  # what is no JSON, or too deep: padding may move where reading stopped
        assert (large[0], large[2]) == (small[0], small[2])
    else:
        assert large == small
    return small


ODD = [
    "-0", "-0.0", "0e0", "1E+2", "1e-999", "5e-324", "2.2250738585072011e-308", "0.1e1", "9007199254740993",
    "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1" + "0" * 400, "-1" + "0" * 400,
    "1" * 25 + ".5", "0." + "3" * 900, "1e308", "1.7976931348623157e308", "1.7976931348623159e308", "1e999",
    "-1e999", "1e99999999999999999999", "NaN", "Infinity", "-Infinity", "nan", "01", "-01", "00", "1.", ".5",
    "+1", "- 1", "0x1", "1_0", "1e", "1e+", "--1", "1 2", "true", "false", "null", "True", '"NaN"',
    '"Infinity"', '"-Infinity"', '"+Infinity"', '"1"', '""', '"\\u004eaN"', '"\\ud800"', '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"', '"\\u0000"', '"\x00"', '"\t"', '"[1,[2"', '"{:,"', '"\\"]"', '"\\\\"', "{}", "[]", 
    "[[]]", '{"a":1}', '{"a":1,"a":1}', '{"a":1,"\\u0061":2}', "[1,[2]]", "[[1],2]", "[1,]", "[,1]", "[1 1]",
    "]", "}", "/*1*/", "'1'", "\u00a01", "\ufeff1", "\u0661", "\uff11", "",
]  # fmt: skip


@pytest.mark.parametrize("token", ODD, ids=ascii)
@pytest.mark.parametrize("frame", ['{"inputs":%s}', '{"inputs":[1,%s]}', '{"inputs":[[%s,2.5],[3,4]]}'])
def test_every_odd_token_fares_alike_wherever_it_stands(token: str, frame: str) -> None:
    assert_one_answer((frame % token).encode("utf-8", "surrogatepass"))


@given(
    rows=st.integers(60, 90),
    columns=st.integers(40, 60),
    planted=st.lists(st.tuples(st.integers(0, 5399), st.sampled_from(ODD)), max_size=2),
    spaced=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60)
def test_large_arrays_with_something_planted_in_them_fare_alike(
    rows: int, columns: int, planted: list[tuple[int, str]], spaced: bool, seed: int
) -> None:
    numbers = np.random.default_rng(seed).standard_normal(rows * columns)
    texts = [repr(float(number)) for number in numbers]
    for place, token in planted:
        texts[place % len(texts)] = token
    comma = " ,\n " if spaced else ","
    lines = (comma.join(texts[row * columns : (row + 1) * columns]) for row in range(rows))
    body = ('{"inputs":[' + comma.join(f"[{line}]" for line in lines) + "]}").encode("utf-8", "surrogatepass")
    assert len(body) >= reader.LIFTED
    read = assert_one_answer(body)
    if not planted:
        assert read["inputs"] == ((rows, columns), numbers.tobytes())


# Arrays that lie: a regular one in which one bracket, comma or level has been moved.
regular = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)).map(
    lambda shape: json.dumps(np.arange(float(np.prod(shape))).reshape(shape).tolist(), separators=(",", ":"))
)


@given(
    text=regular, moves=st.lists(st.tuples(st.integers(0, 400), st.sampled_from('[],{}:" 1\\')), max_size=3)
)
@settings(max_examples=300)
def test_nesting_that_lies_fares_alike(text: str, moves: list[tuple[int, str]]) -> None:
    for place, sign in moves:
        at = place % (len(text) + 1)
        text = text[:at] + sign + text[at + place % 2 :]  # put in, or in another's place
    assert_one_answer(b'{"inputs":' + text.encode() + b"}")


keys = st.sampled_from(
    [
        "inputs",
        "inp\\u0075ts",
        "name",
        "count",
        "n\\u0061me",
        "other",
        "",
        "\\ud800",
        "\\u0000",
        "~/",
        "in puts",
    ]
)
pieces = st.tuples(keys, st.sampled_from([*ODD, "1", "[1,2]", "[[1],[2]]", '"x"', '{"name":1}']))


@given(
    fields=st.lists(pieces, max_size=5),
    front=st.sampled_from([b"", b" ", b"\n\t", b"\xef\xbb\xbf", b"\x00", b"\xff", b"\x0b", b"\xc2\xa0"]),
    back=st.sampled_from([b"", b" ", b",", b"}", b"{}", b"\x00", b"\xc3", b"//", b"\xed\xa0\x80"]),
    cut=st.none() | st.integers(0, 60),
)
@example(fields=[("inputs", "1"), ("inp\\u0075ts", "1")], front=b"", back=b"", cut=None)
@example(fields=[("inputs", "1"), ("name", '":"'), ("name", '"x"')], front=b"", back=b"", cut=None)
@example(fields=[("inputs", "1"), ("\\u0000", "1")], front=b"", back=b"", cut=None)
@settings(max_examples=400)
def test_objects_that_repeat_escape_and_break_off_fare_alike(
    fields: list[tuple[str, str]], front: bytes, back: bytes, cut: int | None
) -> None:
    text = "{" + ",".join(f'"{key}":{value}' for key, value in fields) + "}"
    body = (front + text.encode("utf-8", "surrogatepass") + back)[:cut]
    assert_one_answer(body)


layers = st.lists(
    st.tuples(
        st.sampled_from(["[[1]]", "[[1],[2]]", "[[1,2],[3]]", "[1]", "[]", "[[]]", "1", "null", "[[1e999]]"]),
        st.sampled_from(["null", "[0]", "[1,2]", "[[1]]", '["NaN"]', "0", '{"0":1}']),
        st.sampled_from(['"tanh"', '{"name":"elu","alpha":1}', '{"name":"elu","name":"elu"}', "null", '"x"']),
    ),
    max_size=3,
)  # fmt: skip


@given(layers=layers, inputs=st.sampled_from(["[1]", "[[1],[2]]", "1", "[1,2]", "[[1],2]", '["Infinity"]']))
@settings(max_examples=150)
def test_networks_fare_alike(layers: list[tuple[str, str, str]], inputs: str) -> None:
    written = ",".join(
        f'{{"weight":{weight},"bias":{bias},"activation":{activation}}}'
        for weight, bias, activation in layers
    )
    assert_one_answer(f'{{"network":{{"layers":[{written}]}},"inputs":{inputs}}}'.encode(), EvaluationBody)


@given(levels=st.integers(NESTING - 3, NESTING + 3), signs=st.lists(st.booleans(), min_size=70, max_size=70))
@settings(max_examples=60)
def test_the_deepest_nesting_is_the_same(levels: int, signs: list[bool]) -> None:
    chosen = signs[:levels]
    text = "".join("[" if sign else '{"a":' for sign in chosen)
    text += "1" + "".join("]" if sign else "}" for sign in reversed(chosen))
    body = b'{"inputs":' + text.encode() + b"}"
    found = assert_one_answer(body)
    assert (found[0] is LimitExceeded) == (levels + 1 > NESTING)


@given(bytes_=st.binary(max_size=40))
@settings(max_examples=200)
def test_any_bytes_fare_alike(bytes_: bytes) -> None:
    assert_one_answer(bytes_)
    assert_one_answer(b'{"inputs":' + bytes_ + b"}")


def test_a_network_read_by_any_way_is_one() -> None:
    body = json.dumps({"layers": [{"weight": np.eye(60).tolist()}]}).encode()
    assert len(body) > reader.LIFTED
    assert_one_answer(body, NetworkBody)


@pytest.mark.parametrize("layers", ["[[[[1.5],[-0.5]],[[2.0],[1.0]]]]", "[[1,2],[3,4]]", "[1,2]", "[[]]"])
def test_numbers_where_objects_are_due_fare_alike(layers: str) -> None:
    assert_one_answer(f'{{"network":{{"layers":{layers}}},"inputs":[1]}}'.encode(), EvaluationBody)


@pytest.mark.long
def test_more_numbers_than_the_parser_counts_are_lifted() -> None:
    """simdjson tells the length of a list up to 2²⁴ − 1: longer ones were read in seconds, by the loop."""
    body = b'{"inputs":[' + b"0," * 2**24 + b"1]}"
    read = reader.read(body, NESTING)
    assert isinstance(read, dict) and isinstance(read["inputs"], np.ndarray)
    assert (read["inputs"].size, read["inputs"].sum()) == (2**24 + 1, 1.0)
