"""Pictures, against the same curves drawn the usual way with pyplot, and a kept one against small JSON."""

import io
import os
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count

import matplotlib
import matplotlib.pyplot as plt  # noqa: TID251  # the peer
import numpy as np
import orjson

from app.nn.activations.catalogue import create
from app.plots.activation_curves import ActivationCurves
from app.plots.canvas import Canvas
from app.plots.rendering import render
from tests.benchmarks.servers import CLIENT_CORE, SOFTSTEP, hammer, request, serving
from tests.benchmarks.table import Row

_ROUNDS = 21
_CANVAS = Canvas(640, 480)
_NUMBERS = count(1)  # so that no two pictures of a run are the same


def rows() -> Iterator[Row]:
    """Measure pictures of which one thing is new, drawn and encoded, and one that is kept."""
    yield _row("another parameter", lambda: _ours(alpha=1 + next(_NUMBERS) / 1e4), 0.3)
    yield _row("another curve", lambda: _ours(("elu", "celu")[next(_NUMBERS) % 2]), 0.3)
    yield _row("the derivative", lambda: _ours(derivative=next(_NUMBERS) % 2 == 0), 0.3)
    yield _row("another window", lambda: _ours(low=-5 - next(_NUMBERS) / 1e4), 0.7)
    yield from _kept()


def _ours(name: str = "elu", low: float = -5.0, derivative: bool = True, alpha: float = 1.0) -> None:
    drawn = (create(name, alpha=alpha),)
    render(ActivationCurves(drawn, low, 5.0, derivative=derivative, canvas=_CANVAS), "png")


def _pyplot() -> None:
    """Draw f, f′ and both asymptotes with grid, labels and legend, as a notebook does."""
    alpha = 1 + next(_NUMBERS) / 1e4
    name = f"elu, alpha = {alpha:.4g}"
    x = np.linspace(-5, 5, 500)
    figure, axes = plt.subplots(figsize=(6.4, 4.8))
    axes.plot(x, np.where(x > 0, x, alpha * np.expm1(x)), label=name)
    axes.plot(x, np.where(x > 0, 1.0, alpha * np.exp(x)), "--", label=f"{name}, derivative")
    axes.plot(x, x, ":", color="grey")
    axes.axhline(-alpha, linestyle=":", color="grey")
    axes.set_xlabel("x")
    axes.grid(visible=True)
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)


def _row(what: str, draw: Callable[[], None], goal: float) -> Row:
    ours = dict(matplotlib.rcParams)
    theirs = dict(matplotlib.rcParamsDefault, backend="agg")
    pairs = []
    for _ in range(_ROUNDS + 3):  # the first three warm up
        seconds = _seconds(draw)
        dict.update(matplotlib.rcParams, theirs)
        pairs.append((seconds, _seconds(_pyplot)))
        dict.update(matplotlib.rcParams, ours)
    ratio = statistics.median(mine / usual for mine, usual in pairs[3:])
    mine = statistics.median(seconds for seconds, _ in pairs[3:])
    return Row(
        f"a picture, new: {what}", f"{1000 * mine:.0f} ms", "pyplot", ratio, f"≤ {goal}", ratio <= goal
    )


def _seconds(draw: Callable[[], None]) -> float:
    begin = time.process_time()
    draw()
    return time.process_time() - begin


def _kept() -> Iterator[Row]:
    """Ask the running service for a picture that it has, and for the sigmoid of 100 floats."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    small = request("/v1/activations/sigmoid", orjson.dumps({"inputs": np.linspace(-9, 9, 100).tolist()}))
    picture = request("/v1/activations/gelu/plot.png?derivative=true")
    try:
        with serving(SOFTSTEP, request("/readyz")) as ours:
            for message in (picture, small):
                hammer(ours.port, message, 0.5)
            ratios, rate = [], 0.0
            for _ in range(5):
                rate = len(hammer(ours.port, picture, 1.0))
                ratios.append(len(hammer(ours.port, small, 1.0)) / rate)
            ratio = statistics.median(ratios)
            yield Row("a kept picture", f"{rate:.0f}/s", "100 floats, JSON", ratio, "≤ 1.2", ratio <= 1.2)
    finally:
        os.sched_setaffinity(0, everywhere)
