"""Products whose every row has the same bits, whichever rows stand around it.

BLAS rounds a matrix times a vector and a matrix times a matrix differently, and even a product of two
matrices differently for different numbers of rows: it splits the sum over d by kernel, by blocking and by
the number of threads, and all three depend on the shape. A row asked alone and the same row in a batch
would then differ, and a bound on the difference of two networks would not hold between two requests. So
every product here is one of blocks of a fixed number of rows; too few for a block are filled up with zeros.

Nor does one shape promise one order: with AVX-512, OpenBLAS 0.3.31 takes the last 4 of 64 rows by another
kernel than the 60 before them. So how many rows make a block is tried out, once for each shape of weight.
"""

from functools import lru_cache

import numpy as np

from .activations.record import Floats

# Measured against plain `@` over a thousand rows or more (784 → 128, 100 → 1000, 1024 → 1024; one thread):
# blocks of 8 rows take 1.6–2.2 times as long, 16: 1.3–2.0, 32: 1.2–1.4, 64: 1.1–1.2, 128: 1.0–1.2.
BLOCK = 64

# Of many rows, blocks of so many take 1.06 times as long as plain `@` where the weight has a million numbers,
# those of 64 take 1.2 times: BLAS lays the whole weight out anew for each block.
_TALL = 256

# What a block may be, the quickest first. A block of one row knows no other.
_HEIGHTS = (BLOCK, 48, 32, 24, 16, 8, 1)

# What fewer rows may be filled up to: one alone in a block of 64 costs ten times what it does in one of 4.
_LOW = (4, 12, 24)

# Wider and deeper weights are taken in pieces, cut at the same places for every row: trying a piece out then
# takes milliseconds, and filling up a block for one row of a million numbers takes kilobytes, not 512 MiB.
_WIDEST = 2**10

# Two orders of addition give the same number with a chance of up to 0.7 (a sum of three), 0.2 for 64 terms:
# so many rows tell them apart, fewer where the weight has so many numbers that a trial would take long.
_MOST_TRIED, _FEWEST_TRIED = 64, 16
_NUMBERS_TRIED = 2**22


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
    with np.errstate(over="ignore", invalid="ignore"):
        if width <= _WIDEST and depth <= _WIDEST:
            _multiply(inputs, weight, answer)
            return answer
        for unit in range(0, width, _WIDEST):
            units = slice(unit, unit + _WIDEST)
            _multiply(inputs[:, :_WIDEST], weight[units, :_WIDEST], answer[:, units])
            for column in range(_WIDEST, depth, _WIDEST):
                columns = slice(column, column + _WIDEST)
                part = np.empty((len(inputs), len(weight[units])))
                _multiply(inputs[:, columns], weight[units, columns], part)
                answer[:, units] += part
    return answer


def each_row_times(inputs: Floats, weight: Floats) -> Floats:
    """Return X·Wᵀ as so many products of the matrix W with a vector, of shapes as `rows_times`.

    A row's bits depend on that row and the weight alone here too, but are not those of `rows_times`. One row
    takes a sixth of the time (784 → 128: 14 against 85 µs), each of many four times as long. Overflow gives
    ±∞ or NaN without a warning.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        answer: Floats = np.matvec(np.ascontiguousarray(weight), np.ascontiguousarray(inputs))
    return answer


def _multiply(inputs: Floats, weight: Floats, answer: Floats) -> None:
    """Write X·Wᵀ into `answer` where neither n nor d is beyond `_WIDEST`."""
    rows, (width, depth) = len(inputs), weight.shape
    heights = _heights(width, depth)
    many = heights[-1]
    # The last block of 256 may lack less than a block of 64: that much is worked out in any case.
    tall = (rows + many - 1) // _TALL * _TALL
    if tall and _tall_agrees(width, depth):
        _multiply_blocks(inputs[:tall], weight, answer[:tall], _TALL)
        if tall >= rows:
            return
    else:
        tall = 0
    rest = (rows - tall) % many
    if rest < rows - tall:
        _multiply_blocks(inputs[tall : rows - rest], weight, answer[tall : rows - rest], many)
    if rest:
        block = next(height for height in heights if height >= rest)
        _multiply_last(inputs, weight, answer, block)


def _multiply_blocks(inputs: Floats, weight: Floats, answer: Floats, block: int) -> None:
    """Write X·Wᵀ into `answer`, `block` rows at a time."""
    rows, width = answer.shape
    blocks = rows // block
    whole = blocks * block
    if blocks:
        np.matmul(
            inputs[:whole].reshape(blocks, block, inputs.shape[1]),
            weight.T,
            out=answer[:whole].reshape(blocks, block, width),
        )
    if whole < rows:
        _multiply_last(inputs, weight, answer, block)


def _multiply_last(inputs: Floats, weight: Floats, answer: Floats, block: int) -> None:
    """Write the last block of X·Wᵀ into `answer`, rows in it that are known again; too few are filled up."""
    rows = len(inputs)
    if rows >= block:
        np.matmul(inputs[-block:], weight.T, out=answer[-block:])
    else:
        padded = np.zeros((block, inputs.shape[1]))
        padded[:rows] = inputs
        answer[:] = (padded @ weight.T)[:rows]


@lru_cache(maxsize=4096)
def _heights(width: int, depth: int) -> tuple[int, ...]:
    """Return how many rows may make a block for weights (n, d), in rising order.

    The last is the quickest height at which a row has the same bits in every place of a block; those before
    it are such at which this machine's BLAS gives the same bits. All are tried out, since nothing promises
    them. The order of the operations does not depend on the numbers: what holds for some holds for
    all.
    """
    tried = _tried(width, depth)
    generator = np.random.default_rng(0)
    weight = generator.standard_normal((width, depth))
    rows = generator.standard_normal((tried, depth)) * 2.0 ** generator.integers(-3, 4, (tried, depth))
    rows[-1] = -0.0  # shows whether a sum starts from +0
    trials = ((height, _bits(rows, weight, height)) for height in _HEIGHTS)
    many, bits = next((height, found) for height, found in trials if found is not None)
    low = [height for height in _LOW if height < many and _bits(rows, weight, height) == bits]
    return (*low, many)


def _tried(width: int, depth: int) -> int:
    """Return how many rows tell two orders of addition apart."""
    return min(_MOST_TRIED, max(_FEWEST_TRIED, _NUMBERS_TRIED // (width * depth)))


@lru_cache(maxsize=4096)
def _tall_agrees(width: int, depth: int) -> bool:
    """Tell whether blocks of 256 rows give the bits of those that `_heights` found, in every place.

    Another kernel takes four rows or more, but it may differ in a single column: so each place is tried with
    a quarter of the rows that tell two orders apart.
    """
    generator = np.random.default_rng(0)
    weight = generator.standard_normal((width, depth))
    many = _heights(width, depth)[-1]
    for _ in range(_tried(width, depth) // 4):
        rows = generator.standard_normal((_TALL, depth)) * 2.0 ** generator.integers(-3, 4, (_TALL, depth))
        rows[generator.integers(_TALL)] = -0.0
        tall, known = np.empty((2, _TALL, width))
        _multiply_blocks(rows, weight, tall, _TALL)
        _multiply_blocks(rows, weight, known, many)
        if tall.tobytes() != known.tobytes():
            return False
    return True


def _bits(rows: Floats, weight: Floats, block: int) -> list[bytes] | None:
    """Return each row's bits in blocks of so many rows, None where they depend on the place in the block."""
    found = []
    for row in rows:
        answer = np.empty((block, len(weight)))
        _multiply_blocks(np.tile(row, (block, 1)), weight, answer, block)
        bits = answer.view(np.int64)
        if (bits != bits[0]).any():
            return None
        found.append(bits[0].tobytes())
    return found
