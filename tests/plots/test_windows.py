"""Windows that show what a function does."""

import numpy as np
import pytest

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.errors import InvalidValue
from app.plots.windows import of_activations, of_networks, window
from tests.plots.specs import SHEET, network


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_window_shows_corners_and_where_the_curve_arrives(make) -> None:
    """The window shows every corner and where the curve arrives."""
    one = make()
    low, high = of_activations([one])
    assert low < 0 < high
    for at in (*one.kinks, *(jump.at for jump in one.jumps)):
        assert low + 0.1 * (high - low) < at < high - 0.1 * (high - low)
    x = np.concatenate([np.geomspace(1e-6, 1e6, 2000)])
    for line, end, sign in ((one.left, low, -1), (one.right, high, 1)):
        if line is None:
            continue
        apart = np.abs(one.evaluate(sign * x) - (line.slope * sign * x + line.intercept))
        outside = x > abs(end)
        # softsign arrives like 1/x: a tenth is all that a window can show.
        assert apart[outside].max() <= 0.11 * apart.max() + 1e-9
    # Round numbers, and not so wide that nothing is to be seen.
    assert (low, high) == (float(f"{low:.2g}"), float(f"{high:.2g}"))
    assert high - low <= 30


@pytest.mark.parametrize("beta", [1e-300, 1e-3, 1.0, 1e3, 1e300])
def test_the_window_follows_a_parameter(beta: float) -> None:
    _, high = of_activations([create("softplus", beta=beta)])
    assert high * beta == pytest.approx(5.5, rel=0.15) or high == 1e300 or beta == 1e-300


@pytest.mark.parametrize(
    ("low", "high"), [(-5e-324, 0.0), (0.0, 5e-324), (-5e-324, 5e-324), (-1.7e308, 1.7e308)]
)
def test_there_is_a_window_for_the_smallest_and_the_largest_bend(low: float, high: float) -> None:
    left, right = of_activations([create("hard_tanh", min_val=low, max_val=high)])
    assert left < 0 < right
    assert left <= max(low, -1e300) < min(high, 1e300) <= right


def test_several_functions_share_the_widest_window() -> None:
    wide, narrow = of_activations([create("silu")]), of_activations([create("tanh")])
    both = of_activations([create("silu"), create("tanh")])
    assert both[0] <= min(wide[0], narrow[0])
    assert both[1] >= max(wide[1], narrow[1])


def test_a_network_is_shown_where_its_units_bend() -> None:
    low, high = of_networks([SHEET])
    for weight, bias in zip(SHEET.layers[0].weight[:, 0], SHEET.layers[0].bias, strict=True):
        assert low < (-bias - 2) / abs(weight) or high > (-bias + 2) / abs(weight)
        assert low < -bias / weight < high
    assert of_networks([network([1, 1])]) == (-4.0, 4.0)
    assert of_networks([network([2, 5, 1])])[0] < 0


@pytest.mark.parametrize(
    ("low", "high"), [(20.0, None), (None, -20.0), (1e308, None), (None, -1e308), (0.5, None)]
)
def test_one_end_alone_is_met(low: float | None, high: float | None) -> None:
    found = window(low, high, lambda: (-6.0, 6.0))
    assert found[0] < found[1]
    assert np.isfinite(found).all()
    assert low is None or found[0] == low
    assert high is None or found[1] == high


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (float(np.finfo(float).max), None)])
def test_what_is_no_window_is_refused(low: float, high: float | None) -> None:
    with pytest.raises(InvalidValue) as fault:
        window(low, high, lambda: (-6.0, 6.0))
    assert fault.value.at == ("low",)
