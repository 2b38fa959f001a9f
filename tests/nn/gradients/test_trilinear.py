"""What tells that digits may have been lost on the way to a product of matrices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.nn.gradients.trilinear import doubtful, doubtful_outer

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
