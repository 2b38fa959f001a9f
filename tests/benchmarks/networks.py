"""Row-independent products against plain ones, and how long exact decisions take."""

import time
from collections.abc import Callable, Iterator

import numpy as np

from app.nn.activations.catalogue import create
from app.nn.networks.box import Box
from app.nn.networks.box_distance import box_distance
from app.nn.networks.canonical import canonical
from app.nn.networks.certificate import certify
from app.nn.networks.comparison import compare
from app.nn.networks.conversion import convert
from app.nn.networks.evaluation import evaluate
from app.nn.networks.reduction import reduce
from app.nn.networks.steps import as_steps
from app.nn.products import rows_times
from tests.benchmarks.table import Row
from tests.oracles.disguises import deep_disguise
from tests.oracles.networks import disguised, one_ulp_off, random_network

ROUNDS = 7
DECIDED_WITHIN = 0.5
EVALUATION = 2.0


def best(*functions: Callable[[], object]) -> list[float]:
    """Return the shortest of some runs of each, in turns, in seconds; each run is long enough to be timed."""
    repeats = [_repeats(function) for function in functions]
    shortest = [float("inf")] * len(functions)
    for _ in range(ROUNDS):
        for index, (function, times) in enumerate(zip(functions, repeats, strict=True)):
            start = time.perf_counter()
            for _ in range(times):
                function()
            shortest[index] = min(shortest[index], (time.perf_counter() - start) / times)
    return shortest


def _repeats(function: Callable[[], object]) -> int:
    repeats = 1
    while True:
        start = time.perf_counter()
        for _ in range(repeats):
            function()
        if time.perf_counter() - start > 0.02:
            return repeats
        repeats *= 4


def rows() -> Iterator[Row]:
    """Yield what was measured."""
    yield from _products()
    yield _evaluation()
    yield from _decisions()
    yield from _normal_forms()


def _products() -> Iterator[Row]:
    generator = np.random.default_rng(0)
    goals = {
        (1024, 784, 128): 1.8,
        (1024, 100, 1000): 1.8,
        (1000, 10, 32): 3,
        (1, 784, 128): 10,
        (1, 10, 32): 12,
    }
    for (count, inputs, units), goal in goals.items():
        batch, weight = generator.standard_normal((count, inputs)), generator.standard_normal((units, inputs))
        ours, plain = best(lambda b=batch, w=weight: rows_times(b, w), lambda b=batch, w=weight: b @ w.T)
        ratio = ours / plain
        subject = f"rows_times ({count}, {inputs})·({units}, {inputs})ᵀ"
        yield Row(subject, "time", "plain @", ratio, f"≤ {goal:g}", ratio <= goal)


def _evaluation() -> Row:
    network = random_network(np.random.default_rng(1), (784, 128, 10), ["tanh", "identity"])
    batch = np.random.default_rng(2).standard_normal((1024, 784))
    hidden, output = network.layers

    def plain() -> object:
        return np.tanh(batch @ hidden.weight.T + hidden.bias) @ output.weight.T + output.bias

    ours, theirs = best(lambda: evaluate(network, batch), plain)
    ratio = ours / theirs
    return Row(
        "evaluate 784 → 128 → 10, 1024 rows",
        "time",
        "plain NumPy",
        ratio,
        f"≤ {EVALUATION:g}",
        ratio <= EVALUATION,
    )


def _decisions() -> Iterator[Row]:
    """100 inputs, 1,000 hidden units, 10 outputs."""
    generator = np.random.default_rng(3)
    network = random_network(generator, (100, 1000, 10), ["tanh", "identity"])
    other = random_network(generator, (100, 1000, 10), ["tanh", "identity"])
    hidden = disguised(generator, network)
    converted = convert(network, "sigmoid").network
    neighbour, _ = one_ulp_off(generator, network)
    decisions: dict[str, Callable[[], object]] = {
        "canonical form and fingerprint": lambda: canonical(network).fingerprint(),
        "compare with itself in disguise": lambda: compare(network, hidden),
        "compare with its conversion": lambda: compare(network, converted),
        "compare with a neighbour (one ulp)": lambda: compare(network, neighbour),
        "compare with another, with a witness": lambda: compare(network, other),
        "reduce a disguise": lambda: reduce(hidden),
        "convert and certify": lambda: certify(convert(network, "sigmoid")),
        "as steps, with a witness": lambda: as_steps(network),
    }
    for subject, decide in decisions.items():
        (seconds,) = best(decide)
        ratio = seconds / DECIDED_WITHIN
        yield Row(f"{subject}, 100 → 1000 → 10", "time", "0.5 s", ratio, "≤ 1", ratio <= 1)


def _normal_forms() -> Iterator[Row]:
    """Yield networks that are decided by their normal forms, deep ones and units of relu, and a box."""
    generator = np.random.default_rng(3)
    kinds = ["tanh", "tanh", "tanh", "identity"]
    deep = random_network(generator, (256, 256, 256, 256, 10), kinds)
    converted = convert(deep, "sigmoid").network
    relu = random_network(generator, (100, 1000, 10), [create("relu"), "identity"])
    hidden = deep_disguise(generator, relu)
    pair = [random_network(generator, (10, 100, 1), ["tanh", "identity"]) for _ in range(2)]
    box = Box.of(np.array(-1.0), np.array(1.0), 10)
    decisions: list[tuple[str, float, Callable[[], object]]] = [
        ("compare with its conversion, 256 → 256 → 256 → 256 → 10", 2.0, lambda: compare(deep, converted)),
        ("compare relu with itself in disguise, 100 → 1000 → 10", 0.5, lambda: compare(relu, hidden)),
        ("first bounds on a box, 10 → 100 → 1", 0.5, lambda: box_distance(*pair, box, most=1)),
    ]
    for subject, goal, decide in decisions:
        (seconds,) = best(decide)
        yield Row(subject, "time", f"{goal:g} s", seconds / goal, "≤ 1", seconds <= goal)
