"""What tells that digits may have been lost on the way to a product of matrices."""

from fractions import Fraction
from operator import mul

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.nn.gradients.problem import Problem, gradients
from app.nn.gradients.targets import Labels
from app.nn.gradients.trilinear import Logits, doubtful, doubtful_outer

NUMBERS = st.sampled_from(
    [0.0, -0.0, 1.0, -2.5, 2.0**-500, 3e-200, 1e-320, 1e200, -1e308, np.inf, -np.inf, np.nan]
)


def rows(width: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, (5, width), elements=NUMBERS)


@given(rows(3), rows(2))
def test_doubt_about_an_outer_product_is_told_by_its_factors(columns, others):
    with np.errstate(all="ignore"):
        whole = columns[:, :, np.newaxis] * others[:, np.newaxis]
        expected = doubtful(whole)
    assert doubtful_outer(columns, others).tolist() == expected.tolist()


def product(*factors):
    """The product of matrices in Fractions, rounded once."""
    exact = [[Fraction(one) for one in row] for row in factors[0]]
    for factor in factors[1:]:
        columns = [[Fraction(one) for one in column] for column in zip(*factor, strict=True)]
        exact = [[sum(map(mul, row, column)) for column in columns] for row in exact]
    return np.array([[float(one) for one in row] for row in exact])


@pytest.mark.parametrize(
    ("W", "Theta", "x"), [(1e-200, 1e300, 3e-118), (1e-315, 1e300, 0.7), (1e300, 1e-310, 1e-5)]
)
@pytest.mark.parametrize(("h", "d", "k"), [(5, 1, 9), (2, 3, 2), (40, 30, 3), (3, 40, 30)])
def test_logits_lose_no_digits_where_factors_are_far_apart(W, Theta, x, h, d, k):
    """What comes between may end among the subnormals, whose lost digits a large factor shows."""
    random = np.random.default_rng(h)
    W, Theta = W * random.uniform(1, 2, (h, d)), Theta * random.uniform(1, 2, (h, k))
    rows = x * random.uniform(1, 2, (4, d))
    logits, _ = Logits.of(W, Theta)(rows)
    expected = product(rows.tolist(), W.T.tolist(), Theta.tolist())
    np.testing.assert_allclose(logits, expected, rtol=1e-13)


@pytest.mark.parametrize("rows", [2, 30])
@pytest.mark.parametrize(("h", "d", "k"), [(1, 1, 2), (40, 40, 3), (3, 4, 5)])
@pytest.mark.parametrize("x", [3e-315, 1e-320])
def test_sums_of_gradients_lose_no_digits_either(rows, h, d, k, x):
    random = np.random.default_rng(rows)
    W, Theta = 1e14 * random.uniform(1, 2, (h, d)), 1e300 * random.uniform(1, 2, (h, k))
    inputs = x * random.uniform(1, 2, (rows, d))
    labels = Labels(np.zeros(rows, np.intp), np.ones(rows))
    each = gradients(Problem(W, Theta, inputs), labels, "none")
    both = gradients(Problem(W, Theta, inputs), labels, "sum")
    for summed, parts in ((both.W, each.W), (both.Theta, each.Theta)):
        largest = np.abs(parts).sum(axis=0)
        spacings = (rows + 1) * 5e-324  # the smallest there are, one for each row and for their sum
        assert (np.abs(summed - parts.sum(axis=0)) <= 1e-13 * largest + spacings).all()
