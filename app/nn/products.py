"""Products whose every row has the same bits, whichever rows stand around it.

BLAS rounds a matrix times a vector and a matrix times a matrix differently, and even a product of two
matrices differently for different numbers of rows: it splits the sum over d by kernel, by blocking and by
the number of threads, and all three depend on the shape. A row asked alone and the same row in a batch
would then differ, and a bound on the difference of two networks would not hold between two requests. So
every product here is one of blocks of a fixed number of rows, filled up with zeros.
"""

from functools import lru_cache

import numpy as np

from app.nn.activations.record import Floats

# Measured against plain `@` over a thousand rows or more (784 → 128, 100 → 1000, 1024 → 1024; one thread):
# blocks of 8 rows take 1.6–2.2 times as long, 16: 1.3–2.0, 32: 1.2–1.4, 64: 1.1–1.2, 128: 1.0–1.2.
# One row alone costs a whole block, 6 times as much for 64 rows as for 8.
BLOCK = 64
FEW = 8

# A weight beyond this many numbers takes longer to send than a block of 64 rows to multiply, and trying it
# out would cost as much again.
_LARGEST_TRIED = 2**20

# Wider and deeper weights are taken in pieces, cut at the same places for every row, so that filling up a
# block of 64 rows for one row of a million numbers takes 8 MiB, not 512.
_WIDEST = 2**14


def rows_times(inputs: Floats, weight: Floats) -> Floats:
    """Return X·Wᵀ with every row's bits a function of that row and the weight alone.

    `inputs` X is (N, d), `weight` W (n, d), the answer (N, n). Any split of a batch gives the same bits in
    the same process, and 2W gives exactly twice the answer for W (short of overflow and of products among
    the subnormals): the order of the operations depends on (n, d) only. Each entry is a sum of d products
    in some order, so its error is at most γ_d·(|X|·|W|ᵀ) (Higham, Accuracy and Stability of Numerical
    Algorithms, 2002, §3.1). Overflow gives ±∞ or NaN without a warning: the caller knows its place.
    Beside the answer it needs memory for a few million numbers at most, whatever the shapes.
    """
    inputs = np.ascontiguousarray(inputs)
    weight = np.ascontiguousarray(weight)
    if np.may_share_memory(inputs, weight):
        inputs = inputs.copy()  # NumPy would see X·Xᵀ and take a symmetric product, which rounds otherwise
    width, depth = weight.shape
    answer = np.empty((len(inputs), width))
    for unit in range(0, width, _WIDEST):
        units = slice(unit, unit + _WIDEST)
        _multiply(inputs[:, :_WIDEST], weight[units, :_WIDEST], answer[:, units])
        for column in range(_WIDEST, depth, _WIDEST):
            columns = slice(column, column + _WIDEST)
            part = np.empty((len(inputs), len(weight[units])))
            _multiply(inputs[:, columns], weight[units, columns], part)
            with np.errstate(over="ignore", invalid="ignore"):
                answer[:, units] += part
    return answer


def _multiply(inputs: Floats, weight: Floats, answer: Floats) -> None:
    """Write X·Wᵀ into `answer` where neither n nor d is beyond `_WIDEST`."""
    rows, (width, depth) = len(inputs), weight.shape
    whole = rows - rows % BLOCK
    _multiply_blocks(inputs[:whole], weight, answer[:whole], BLOCK)
    rest = rows - whole
    if rest:
        block = FEW if rest <= BLOCK // 2 and _few_rows_agree(width, depth) else BLOCK
        filled = -(-rest // block) * block
        padded = np.zeros((filled, depth))
        padded[:rest] = inputs[whole:]
        products = np.empty((filled, width))
        _multiply_blocks(padded, weight, products, block)
        answer[whole:] = products[:rest]


def _multiply_blocks(inputs: Floats, weight: Floats, answer: Floats, block: int) -> None:
    """Write X·Wᵀ into `answer`, `block` rows at a time; N is a multiple of `block`."""
    rows, width = answer.shape
    blocks = rows // block
    if blocks == 0:
        return
    with np.errstate(over="ignore", invalid="ignore"):
        np.matmul(
            inputs.reshape(blocks, block, inputs.shape[1]),
            weight.T,
            out=answer.reshape(blocks, block, width),
        )


@lru_cache(maxsize=1024)
def _few_rows_agree(width: int, inputs: int) -> bool:
    """Tell whether this machine's BLAS rounds blocks of 8 rows as it rounds blocks of 64.

    It is tried out once for each shape, since nothing promises it: with two threads, OpenBLAS 0.3.31 splits
    the sum over d = 300 differently for 4 rows and for 64. The order of the operations does not depend on
    the numbers, and another order would show: each of the 64·n sums of numbers of mixed size has a fair
    chance of another last bit. A row of −0 shows whether a sum starts from +0.
    """
    if width * inputs > _LARGEST_TRIED:
        return False
    generator = np.random.default_rng(0)
    trial = generator.standard_normal((BLOCK, inputs)) * 2.0 ** generator.integers(-3, 4, (BLOCK, inputs))
    trial[BLOCK // 2] = -0.0
    weight = generator.standard_normal((width, inputs))
    many, few = np.empty((BLOCK, width)), np.empty((BLOCK, width))
    _multiply_blocks(trial, weight, many, BLOCK)
    _multiply_blocks(trial, weight, few, FEW)
    return many.tobytes() == few.tobytes()
