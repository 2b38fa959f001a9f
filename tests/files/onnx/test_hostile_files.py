"""Mutated files: each is answered or refused by its name, in time and without growth."""

import resource
import warnings
from functools import partial

import numpy as np
import pytest
from onnx import helper

from app.files.description import describe_file
from app.files.errors import UnsupportedModel
from app.files.onnx.conversion import convert_file
from app.files.reading import read_file
from app.nn.errors import Fault
from tests.files.network_files import FILES
from tests.timing import cpu_seconds

from . import judge, models

BODIES = [build(f) for build in models.ALL for f in ("Tanh", "Sigmoid")] + [make() for make in FILES.values()]


def mutated(body, rng):
    changed = bytearray(body)
    for _ in range(int(rng.integers(1, 5))):
        kind, place = rng.integers(0, 5), int(rng.integers(0, len(changed)))
        length = int(rng.integers(1, 12))
        if kind == 0:
            changed[place] = int(rng.integers(0, 256))
        elif kind == 1:
            changed[place] ^= 1 << int(rng.integers(0, 8))
        elif kind == 2:
            del changed[place : place + length]
        elif kind == 3:
            other = BODIES[int(rng.integers(0, len(BODIES)))]
            start = int(rng.integers(0, len(other)))
            changed[place:place] = other[start : start + length]
        else:
            changed[place : place + length] = changed[place : place + length][::-1]
        if not changed:
            return b"\x08"
    return bytes(changed)


def ask(body, seed):
    """Ask all that can be asked of a file; every fault must be one of ours."""
    work = (
        lambda: describe_file(body),
        lambda: convert_file(body, "sigmoid" if seed % 2 else "tanh", "folded" if seed % 3 else "kept"),
        lambda: read_file(body),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in work:
            try:
                one()
            except Fault:
                pass


def run(seeds):
    slowest = 0.0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        body = mutated(BODIES[int(rng.integers(0, len(BODIES)))], rng)
        try:
            slowest = max(slowest, cpu_seconds(partial(ask, body, seed), times=1))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    return slowest


def test_mutated_files_are_answered_or_refused():
    assert run(range(1_000)) < 5


# A Conv of no such sides behind a function whose types are asked for; biases that fit no product; HDF5 whose
# places are beyond the machine's integers; a product without an output; HDF5 of a text without an end.
@pytest.mark.parametrize("seed", [4104, 4112, 21025, 51120, 809029])
def test_what_once_failed_is_refused(seed):
    run([seed])


def call(name, given, made):
    return helper.make_node(name, [given], [made], domain="own")


def own(name, *nodes):
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["a"], ["o"], nodes, imports)


def of_functions(*functions):
    """Return a model that calls the last function, and says nothing of types behind it."""
    nodes = [call(functions[-1].name, "x", "z"), models.node("Tanh", "z", "y")]
    untyped = helper.make_empty_tensor_value_info("y")
    return models.model(nodes, [models.value("x", "N", 3)], [untyped], functions=functions)


@pytest.mark.parametrize(
    "functions",
    [
        [own("F", call("F", "a", "o"))],
        [own("F", call("G", "a", "o")), own("G", call("F", "a", "t"), models.node("Tanh", "t", "o"))],
        [own("F0", models.node("Tanh", "a", "o")), *(own(f"F{i}", call(f"F{i - 1}", "a", "o"))
                                                    for i in range(1, 600))],
        [own("F0", models.node("Tanh", "a", "o")), *(own(f"F{i}", call(f"F{i - 1}", "a", "m"),
                                                         call(f"F{i - 1}", "m", "o")) for i in range(1, 60))],
    ],
    ids=["itself", "each other", "deep", "doubling"],
)  # fmt: skip
def test_functions_without_end_stay_and_take_no_time(functions):
    body = of_functions(*functions)
    assert cpu_seconds(lambda: ask(body, 1), times=1) < 5
    (*_, last) = describe_file(body)["sites"]
    assert (last["before"], "type" in last["reason"]) == ("kept", True)


GROWING = {
    "sites": lambda n: (
        [models.node("Tanh", f"v{i}" if i else "x", f"v{i + 1}") for i in range(n)], f"v{n}", {}
    ),
    "readers": lambda n: (
        [models.node("Tanh", "x", "h"), *(models.node("MatMul", "h W", f"v{i}") for i in range(n)),
         models.node("Sum", " ".join(f"v{i}" for i in range(n)), "y")], "y", {"W": models.array(3, 3)}
    ),
    "operands": lambda n: (
        [*(models.node("Tanh", "x", f"v{i}") for i in range(n)),
         models.node("Sum", " ".join(f"v{i}" for i in range(n)), "y")], "y", {}
    ),
    "weights": lambda n: (
        [models.node("Tanh", "x", "h"), *(models.node("MatMul", f"h W{i}", f"v{i}") for i in range(n)),
         models.node("Sum", " ".join(f"v{i}" for i in range(n)), "y")], "y",
        {f"W{i}": models.array(3, 3) for i in range(n)}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "ir"), [*((kind, 8) for kind in GROWING), ("weights", 3)])
def test_time_grows_as_the_file_does(kind, ir):
    def seconds(n, times):
        nodes, output, weights = GROWING[kind](n)
        given = [models.value("x", "N", 3), *(models.value(name, 3, 3) for name in weights if ir == 3)]
        body = models.model(nodes, given, [models.value(output, "N", 3)], weights, ir=ir, opset=8)
        return cpu_seconds(lambda: convert_file(body, "sigmoid", "kept"), times)

    # Where each node costs what all others do, ten times as many take a hundred times as long.
    assert seconds(1_500, times=2) < 30 * seconds(150, times=3)


def test_function_with_an_operators_name_is_no_operator():
    """A function with an operator's name is no operator: which of the two runs is the runtime's."""
    one = models.node("Constant", "", "c", value_float=1.0)
    add = models.node("Add", "a c", "o")
    relu = helper.make_function("", "Relu", ["a"], ["o"], [one, add], [helper.make_opsetid("", 17)])
    nodes = [models.node("Tanh", "x", "h"), models.node("Relu", "h", "r"), models.node("MatMul", "r W", "y")]
    weights = {"W": models.array(3, 2)}
    given, made = [models.value("x", "N", 3)], [models.value("y", "N", 2)]
    body = models.model(nodes, given, made, weights, functions=[relu])
    (site,) = convert_file(body, "sigmoid", "kept").report["sites"]
    assert (site["after"], judge.constants(body)["W"].tobytes()) == ("written", weights["W"].tobytes())
    with pytest.raises(UnsupportedModel, match=r"ai\.onnx\.Relu"):
        read_file(body)


@pytest.mark.long
def test_a_hundred_thousand_mutated_files():
    run(range(2_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert run(range(2_000, 102_000)) < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + (100 << 10)


@pytest.mark.parametrize("shift", ["kept", "folded"])
def test_readers_behind_factors_of_their_own_make_no_large_file(shift):
    """Of weights that many read, each behind a factor of its own, some copies are made, not one for each."""
    count, sides = 60, (128, 1024)
    nodes, constants = [models.node("Tanh", "x", "h")], {"W": models.array(*sides), "b": models.array(1024)}
    for k in range(count):
        constants[f"c{k}"] = np.float32(2.0 ** (k - count // 2))
        nodes += [models.node("Mul", f"h c{k}", f"m{k}"), models.node("MatMul", f"m{k} W", f"p{k}")]
        nodes.append(models.node("Add", f"p{k} b", f"y{k}"))
    outputs = [models.value(f"y{k}", "N", sides[1]) for k in range(count)]
    body = models.model(nodes, [models.value("x", "N", sides[0])], outputs, constants)
    made = convert_file(body, "sigmoid", shift)
    assert len(made.body) < 12 * len(body)
    assert judge.operators(made.body)["Tanh"] == 0
    assert judge.gap(body, made.body, judge.feeds(body)) <= 3e-5
