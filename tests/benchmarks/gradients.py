"""The closed form's gradients against its five bare products, and against PyTorch's autograd.

What is timed is `gradients`: logits, probabilities and loss to 2 ulp, both gradients, every check for
overflow. Shapes and finite numbers are checked before, once, as the products and autograd do not at all.
The bare products are those of the closed form by NumPy's `@`, with residuals at hand and no softmax; ours
take fewer multiply-adds where that is possible. Of one row, `@` does the last one, an outer product, in a
loop of its own that takes four times as long as BLAS: the bare products are that much slower than they need
be. Of one row some runs meet 1.2 and some do not, since it has the same bits in every batch: M = ΘᵀW,
which makes 256 rows cheap, takes a fifth of what all five products do.

Naming mistakes is timed where it takes the most: every entry is off by a tenth, so that nothing of the table
fits and all of it is tried.
"""

import importlib.util
import time
from collections.abc import Callable, Iterator

import numpy as np

from app.nn.activations.record import Floats
from app.nn.gradients.cross_entropy import losses_and_residuals
from app.nn.gradients.grading import grade
from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.softmax import softmax
from app.nn.gradients.targets import Labels, preparation
from tests.benchmarks.table import Row

ROUNDS = 15

# (d, h, k, B): the most that gradients may take, in units of the bare products; of PyTorch, less than it.
GOALS = {(784, 128, 10, 256): 0.45, (1000, 1000, 1000, 1000): 1.1, (784, 128, 10, 1): 1.2}
SOFTMAX = 3.5

# Softmax, and with its loss and residuals, of one row of ten logits, in seconds.
ONE_ROW = 25e-6

# Naming mistakes: (d, h, k, B) of a large problem, against its gradients, and of the sheet's, in seconds.
NAMING, NAMING_SHEET = {(784, 128, 10, 256): 20.0}, {(3, 4, 3, 1): 0.01}


def in_turns(*functions: Callable[[], object]) -> list[float]:
    """Return the least processor time of each, one thread, in turns: a busy machine is fair to all."""
    shortest = [float("inf")] * len(functions)
    for _ in range(ROUNDS):
        for index, function in enumerate(functions):
            repeats = 1
            while True:
                start = time.process_time()
                for _ in range(repeats):
                    function()
                taken = time.process_time() - start
                if taken > 0.005:
                    break
                repeats *= 4
            shortest[index] = min(shortest[index], taken / repeats)
    return shortest


def rows() -> Iterator[Row]:
    """Yield what was measured."""
    for shape, goal in GOALS.items():
        yield from _gradients(shape, goal)
    yield _softmax()
    yield from _one_row()
    for shape, goal in NAMING.items():
        gradients_, naming = in_turns(*_named(*shape))
        subject = f"naming no mistake at (d, h, k, B) = {shape}"
        yield Row(
            subject, "time", "its gradients", naming / gradients_, f"≤ {goal:g}", naming <= goal * gradients_
        )
    for shape, goal in NAMING_SHEET.items():
        _, naming = in_turns(*_named(*shape))
        subject, measured = f"naming no mistake at (d, h, k, B) = {shape}", f"{1e3 * naming:.1f} ms"
        yield Row(subject, measured, f"{1e3 * goal:g} ms", naming / goal, "≤ 1", naming <= goal)


def _named(d: int, h: int, k: int, batch: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return what computes gradients, and what names the mistakes in others that are wrong all over."""
    random = np.random.default_rng(0)
    W, Theta = random.standard_normal((h, d)) / d**0.5, random.standard_normal((h, k)) / h**0.5
    inputs, classes = random.standard_normal((batch, d)), random.integers(0, k, batch)
    problem, labels = Problem(W, Theta, inputs), Labels(classes, np.ones(batch))
    before = preparation(classes.astype(np.float64), inputs.shape, k)
    right = gradients(problem, labels)
    off = {
        "W": right.W * (1 + 0.1 * random.standard_normal((h, d))),
        "Theta": right.Theta * (1 + 0.1 * random.standard_normal((h, k))),
    }
    told = grade(problem, labels, right, "mean", off, before=before)
    assert not any(one.correct or one.codes for one in told.values())
    return (
        lambda: gradients(problem, labels),
        lambda: grade(problem, labels, right, "mean", off, before=before),
    )


def _gradients(shape: tuple[int, int, int, int], goal: float) -> Iterator[Row]:
    d, h, k, batch = shape
    random = np.random.default_rng(0)
    W, Theta = random.standard_normal((h, d)) / d**0.5, random.standard_normal((h, k)) / h**0.5
    inputs, residuals = random.standard_normal((batch, d)), random.standard_normal((batch, k))
    classes = random.integers(0, k, batch)
    problem, labels = Problem(W, Theta, inputs), Labels(classes, np.ones(batch))

    def ours() -> object:
        return gradients(problem, labels)

    def bare() -> object:
        hidden = inputs @ W.T
        return hidden @ Theta, hidden.T @ residuals, (residuals @ Theta.T).T @ inputs

    torch = _autograd(W, Theta, inputs, classes)
    subject = f"gradients at (d, h, k, B) = {shape}"
    if torch is None:
        taken, products = in_turns(ours, bare)
        peer = Row(subject, "not installed", "PyTorch autograd", float("nan"), "< 1", True)
    else:
        taken, products, autograd = in_turns(ours, bare, torch)
        peer = Row(subject, "time", "PyTorch autograd", taken / autograd, "< 1", taken < autograd)
    yield Row(
        subject, "time", "five bare products", taken / products, f"≤ {goal:g}", taken <= goal * products
    )
    yield peer


def _autograd(W: Floats, Theta: Floats, inputs: Floats, classes: np.ndarray) -> Callable[[], object] | None:
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    torch.set_num_threads(1)
    w, theta = (torch.tensor(array, requires_grad=True) for array in (W, Theta))
    x, y = torch.tensor(inputs), torch.tensor(classes)

    def run() -> object:
        w.grad = theta.grad = None
        torch.nn.functional.cross_entropy(x @ w.T @ theta, y).backward()
        return w.grad, theta.grad

    return run


def _softmax() -> Row:
    logits = np.random.default_rng(1).normal(0, 3, (10_000, 100))

    def plain() -> object:
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    ours, textbook = in_turns(lambda: softmax(logits), plain)
    goal = f"≤ {SOFTMAX:g}"
    return Row(
        "softmax (10000, 100) to 2 ulp", "time", "textbook", ours / textbook, goal, ours <= SOFTMAX * textbook
    )


def _one_row() -> Iterator[Row]:
    logits, label = np.random.default_rng(1).normal(0, 3, (1, 10)), Labels(np.array([3]), np.ones(1))
    alone, with_loss = in_turns(lambda: softmax(logits), lambda: losses_and_residuals(logits, label))
    for subject, taken in (("softmax (1, 10)", alone), ("softmax, loss and residuals (1, 10)", with_loss)):
        goal = f"{1e6 * ONE_ROW:g} µs"
        yield Row(subject, f"{1e6 * taken:.1f} µs", goal, taken / ONE_ROW, "≤ 1", taken <= ONE_ROW)
