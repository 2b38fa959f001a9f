"""Sums past memory: what exactness costs beside the textbook's five products, and what memory they take.

10⁶ rows of float32 pixels stand behind the goals; what is timed is two blocks of 4,096 of them, already
read, for W (128, 784) and Θ (128, 10). The textbook takes its five products over each block and adds
floats; plain is what `blocks` does without its care: the same fewer products, added as floats, nothing
looked at.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.batch.blocks import BLOCK_ROWS, empty_sums
from app.batch.model import LossQuestion, SoftmaxModel
from app.nn.gradients.cross_entropy import losses_and_residuals
from app.nn.gradients.trilinear import Logits
from tests.benchmarks.gradients import in_turns
from tests.benchmarks.table import Row

D, H, K, BLOCKS = 784, 128, 10, 2

GOALS = (("blocks", "plain", 1.2), ("blocks", "textbook", 0.35), ("exact", "textbook", 2.2))
MEMORY = 1.15

_PEAK = """
import sys
from app.batch.blocks import BatchJob, sum_rows
from app.batch.data import DataQuestion
from tests.peak import own_peak
job = BatchJob(DataQuestion((sys.argv[1],)), b'{"W": [%s], "Theta": [[1, 2]]}' % str([0.5] * 100).encode())
sum_rows(job, 0, int(sys.argv[2]))
print(own_peak())
"""


def rows() -> Iterator[Row]:
    """Yield what was measured."""
    generator = np.random.default_rng(0)
    model = SoftmaxModel(
        generator.standard_normal((H, D)) / D**0.5, generator.standard_normal((H, K)) / H**0.5
    )
    inputs = generator.random((BLOCKS * BLOCK_ROWS, D), dtype=np.float32).astype(np.float64)
    classes = generator.integers(0, K, len(inputs)).astype(np.float64)
    blocks = [slice(start, start + BLOCK_ROWS) for start in range(0, len(inputs), BLOCK_ROWS)]

    def summed(question: LossQuestion) -> object:
        sums = empty_sums(model, question)
        for some in blocks:
            block = empty_sums(model, question)
            model.add(block, inputs[some], classes[some], question)
            for name, one in block.items():
                sums[name].merge(one)
        return [one.limbs for one in sums.values()]

    logits = Logits.of(model.W, model.Theta)

    def plain() -> object:
        question = LossQuestion()
        loss, S = 0.0, np.zeros((K, D))
        for some in blocks:
            rows = question.prepared(classes[some], inputs[some], K)
            _, losses, residuals = losses_and_residuals(logits(inputs[some])[0], rows)
            loss += float(losses.sum())
            S += residuals.T @ inputs[some]
        return loss, model.Theta @ S, model.W @ S.T

    def textbook() -> object:
        W, Theta = np.zeros_like(model.W), np.zeros_like(model.Theta)
        for some in blocks:
            hidden = inputs[some] @ model.W.T
            logits = hidden @ model.Theta
            exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
            residuals = exponentials / exponentials.sum(axis=1, keepdims=True)
            residuals[np.arange(BLOCK_ROWS), classes[some].astype(np.intp)] -= 1.0
            Theta += hidden.T @ residuals
            W += (residuals @ model.Theta.T).T @ inputs[some]
        return W, Theta

    names = ("blocks", "exact", "plain", "textbook")
    taken = in_turns(
        lambda: summed(LossQuestion()), lambda: summed(LossQuestion(exact=True)), plain, textbook
    )
    times = dict(zip(names, taken, strict=True))
    for measured, against, goal in GOALS:
        ratio = times[measured] / times[against]
        what = "the textbook's five products" if against == "textbook" else against
        yield Row(f"sums, {measured}", "time", what, ratio, f"≤ {goal:g}", ratio <= goal)
    yield _memory()


def _memory() -> Row:
    """Return how much more memory ten times the rows take, of .npy with 100 columns of float32."""
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        for count in (10**5, 10**6):
            array = np.lib.format.open_memmap(path, "w+", np.float32, (count, 101))
            array[:] = 0.5
            array[:, -1] = 1.0
            array.flush()
            del array
            ran = subprocess.run(
                [sys.executable, "-c", _PEAK, path, str(count)], check=True, capture_output=True, text=True
            )
            peaks.append(int(ran.stdout))
    ratio = peaks[1] / peaks[0]
    return Row("sums over 10⁶ rows", "peak memory", "10⁵ rows", ratio, f"≤ {MEMORY:g}", ratio <= MEMORY)
