"""The first entry that is not finite is the one that is named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.nn.errors import NotFinite
from app.nn.finite import all_finite, refuse_non_finite

SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@given(arrays.arrays(np.float64, SHAPES, elements=st.sampled_from([0.0, -1e308, np.nan, np.inf, -np.inf])))
def test_refuse_non_finite_names_the_first_entry(array: np.ndarray) -> None:
    first = next((index for index in np.ndindex(array.shape) if not np.isfinite(array[index])), None)
    if first is None:
        refuse_non_finite(array, ("weight",))
        return
    with pytest.raises(NotFinite) as refused:
        refuse_non_finite(array, ("weight",))
    assert refused.value.at == ("weight", *first)


@given(
    arrays.arrays(
        np.float64, SHAPES, elements=st.sampled_from([0.0, 5e-324, 1e-200, 1e200, -1e308, np.nan, np.inf])
    )
)
def test_all_finite_is_so_for_every_size(array: np.ndarray) -> None:
    assert all_finite(array) == np.isfinite(array).all()
    assert all_finite(array.T) == np.isfinite(array).all()
