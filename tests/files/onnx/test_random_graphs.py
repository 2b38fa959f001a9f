"""Random graphs: rewritten without a shift they are the same function, and there and back too."""

import numpy as np
import pytest

from app.files.errors import NothingToConvert
from app.files.onnx.conversion import convert_file

from . import judge
from .random_graphs import random_graph
from .test_rewriting import OPERATOR, OTHER, converted

Feeds = dict[str, np.ndarray]

SAMPLE = range(60)
KEPT, FOLDED = 1e-11, 3e-5  # of a float64 that is made by some ten operators; of biases rounded to float32


def untold(body: bytes, to: str) -> bool:
    """Tell whether a function's numbers are of a type that the file does not tell, and a site of it stays."""
    sites = convert_file(body, to, "kept").report["sites"]
    return any("not told" in one["reason"] for one in sites if one["before"] == "kept")


def runs(body: bytes, feeds: Feeds) -> bool:
    """Tell whether the runtime takes a model: of functions and subgraphs it refuses some that are valid."""
    try:
        judge.outputs(body, feeds)
    except Exception:  # of many kinds, without a class in common
        return False
    return True


def check(seed: int) -> bool:
    """Rewrite a graph in every way that it can be; tell whether there was a graph to be judged."""
    body = random_graph(seed)
    raised = judge.raised(body)
    feeds = judge.feeds(raised, seed)
    if not runs(raised, feeds):
        return False
    for to, other in OTHER.items():
        if not judge.operators(body)[OPERATOR[to]]:
            continue
        for shift, most in (("kept", KEPT), ("folded", FOLDED)):
            try:
                made = converted(body, to, shift)
            except NothingToConvert as nothing:
                assert nothing.sites and all("not told" in one.reason for one in nothing.sites), (seed, to)
                continue
            judge.session(made)
            assert judge.operators(made)[OPERATOR[to]] == 0 or untold(body, to), (seed, to)
            assert judge.gap(raised, judge.raised(made), feeds) <= most, (seed, to, shift)
            back = converted(made, other, shift)
            assert judge.gap(raised, judge.raised(back), feeds) <= 2 * most, (seed, to, shift, "back")
    return True


@pytest.mark.parametrize("seeds", [SAMPLE[start::6] for start in range(6)], ids=str)
def test_random_graphs_keep_their_function(seeds):
    assert all(check(seed) for seed in seeds)


@pytest.mark.long
def test_ten_thousand_random_graphs_keep_their_function():
    assert sum(check(seed) for seed in range(100, 10_100)) > 9_800
