"""Products in pieces against the products at once."""

import numpy as np
import pytest

from app.nn.small_products import product, sum_of_products


@pytest.mark.parametrize("shape", [(1, 1, 1), (256, 10, 784), (257, 10, 784), (33, 20, 784), (100, 100, 100)])
def test_products_in_pieces_are_the_products(shape):
    rows, width, other = shape
    random = np.random.default_rng(0)
    left, right = random.standard_normal((rows, width)), random.standard_normal((rows, other))
    # Whole numbers: every order of the additions gives the same.
    left, right = np.rint(8 * left), np.rint(8 * right)
    assert np.array_equal(sum_of_products(left, right), left.T @ right)
    assert np.array_equal(product(right, right.T @ left), right @ (right.T @ left))
