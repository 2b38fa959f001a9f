"""Few numbers as Python's floats against the arrays of many: the same bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.nn.activations.record import Floats
from app.nn.gradients.cross_entropy import losses, residuals
from app.nn.gradients.few_rows import MOST, few_exponentials, few_losses_and_residuals
from app.nn.gradients.softmax import exponentials
from app.nn.gradients.targets import Labels
from tests.nn.gradients.test_softmax import kinds_of_rows


def demand_the_bits_of_arrays(logits: Floats, classes: np.ndarray) -> None:
    labels = Labels(classes, np.ones(len(classes)))
    found = few_losses_and_residuals(logits, labels)
    assert found is not None
    parts = exponentials(logits)
    probabilities = parts.probabilities()
    derivatives = residuals(parts, probabilities, labels, np.empty_like(logits))
    expected = (probabilities, losses(parts, labels), derivatives)
    for few, many in zip(found, expected, strict=True):
        assert np.array(few).tobytes() == many.tobytes(), logits.tolist()


def in_few(rows: Floats) -> list[Floats]:
    height = MOST // rows.shape[1]
    return [rows[start : start + height] for start in range(0, len(rows), height)] if height else []


@pytest.mark.parametrize("kind", kinds_of_rows(1))
def test_few_rows_of_every_kind_have_the_bits_of_arrays(kind):
    random = np.random.default_rng(1)
    for rows in in_few(kinds_of_rows(60)[kind]):
        if few_exponentials(rows) is not None:
            demand_the_bits_of_arrays(rows, random.integers(0, rows.shape[1], len(rows)))


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 6), st.integers(1, 10)),
        elements=st.floats(-300, 300) | st.floats(-1e-300, 1e-300) | st.sampled_from([-0.0, 0.5, 1.5, -2.5]),
    ),
    st.floats(-1e6, 1e6),
    st.integers(0, 2**32 - 1),
)
def test_few_rows_have_the_bits_of_arrays(logits, shift, seed):
    random = np.random.default_rng(seed)
    demand_the_bits_of_arrays(logits + shift, random.integers(0, logits.shape[1], len(logits)))


@pytest.mark.parametrize(
    "logits",
    [
        np.zeros((0, 3)),
        np.zeros((1, MOST + 1)),
        *(np.array([[0.0, one]]) for one in (np.inf, -np.inf, np.nan, -1100.0, 1e308)),
        np.array([[np.nan, 0.0]]),
    ],
    ids=["none", "many", "infinity", "minus-infinity", "nan", "far", "huge", "nan-first"],
)
def test_few_rows_leave_what_is_out_of_the_ordinary(logits):
    assert few_exponentials(logits) is None
