"""The assumption of every evaluation bound, and that breaking it is noticed."""

import numpy as np
import pytest

from app.nn.activations.tanh import tanh
from app.nn.networks import assumption


def test_our_sigmoid_and_tanh_are_well_within_it() -> None:
    errors = assumption.largest_errors()
    assert set(errors) == {"sigmoid", "tanh"}
    assert all(0 < error <= 2 for error in errors.values())
    assert assumption.holds()


@pytest.mark.parametrize("factor", [1 + 2.0**-49, 1 - 2.0**-49, np.nan])
def test_a_function_that_is_off_is_noticed(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    class Off:
        def evaluate(self, inputs: np.ndarray) -> np.ndarray:
            return tanh().evaluate(inputs) * factor

    monkeypatch.setattr(assumption, "tanh", Off)
    errors = assumption.largest_errors.__wrapped__()
    assert errors["sigmoid"] <= 2
    assert errors["tanh"] > assumption.ULPS
