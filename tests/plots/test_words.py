"""The alternative text says what is to be seen, in words that are true."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nn.activations.catalogue import CATALOGUE, create
from app.nn.identities.catalogue import IDENTITIES
from app.nn.networks.conversion import convert
from app.nn.networks.network import Layer, Network
from app.nn.words import linear, short
from app.plots.activation_curves import ActivationCurves
from app.plots.ascii import LONGEST, in_ascii
from app.plots.curve import Curve
from app.plots.extremes import turning_points
from app.plots.formula import plain
from app.plots.identity_curves import IdentityCurves
from app.plots.marks import Area
from app.plots.network_words import course
from app.plots.networks import NetworkPicture
from app.plots.sampling import Break, Piece
from tests.plots.specs import CONVERTED, SHEET, chosen, drawn, network, specs
from tests.plots.test_axis import SUPERSCRIPTS


@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_an_activation_is_told_by_its_record(make) -> None:
    one = make()
    words = ActivationCurves((one,)).scene().words
    for line in (one.left, one.right):
        told = f"y = {linear(line.slope, line.intercept)}" if line else "has no asymptote"
        assert told in words
    assert ("convex" in words) == (one.convex and one.left != one.right)
    assert ("never falling" in words) == (one.monotone and one.lipschitz > 0 and one.name != "identity")
    for kink in one.kinks:
        assert short(kink) in words.partition("kink")[2]
    for jump in one.jumps:
        assert f"jumps up by {short(jump.height)} at x = {short(jump.at)}" in words
    if one.range.infimum_attained and not one.monotone:
        assert f"a minimum of {short(one.range.infimum)}" in words
    assert f"crosses the y-axis at {short(float(one.evaluate(np.zeros(1))[0]))}" in words


@pytest.mark.parametrize("name", ["gelu", "gelu_tanh", "silu", "mish", "hard_swish"])
def test_turning_points_are_where_the_derivative_vanishes(name: str) -> None:
    one = create(name)
    ((x, kind),) = turning_points(one, -9.0, 9.0)
    assert kind == "minimum"
    assert one.evaluate(np.array([x]))[0] == pytest.approx(one.range.infimum, rel=1e-12)


@pytest.mark.parametrize("name", ["relu", "tanh", "heaviside", "hardshrink", "hard_tanh"])
def test_what_never_turns_has_no_turning_point(name: str) -> None:
    assert turning_points(create(name), -3.0, 3.0) == []


WIDE = [(-1e2, 3e3), (-1e6, 3e6), (-1e13, 1e13), (-50.0, 151.0), (-1.7e308, 1.7e308)]


@pytest.mark.parametrize(("low", "high"), WIDE)
@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_wide_window_has_the_turns_of_a_narrow_one(make, low: float, high: float) -> None:
    """A wide window has the turns and the slopes of a narrow one."""
    one = make()
    turns = turning_points(one, low, high)
    expected = turning_points(one, -9.0, 9.0)
    assert [kind for _, kind in turns] == [kind for _, kind in expected]
    assert [at for at, _ in turns] == pytest.approx([at for at, _ in expected], rel=1e-12)
    slopes = one.derivative(np.array([low, *np.linspace(-9.0, 9.0, 200_001), high]))
    words = words_of(one.name, low=low, high=high, derivative=True).partition(f"derivative of {one.name} ")[2]
    if np.isinf(slopes).any():
        assert "grows beyond the largest float64" in words
    elif np.ptp(slopes):
        left, right = re.findall(r"lies between (\S+) and ([^\s,]*[^\s,.])", words)[0]
        assert read(left) == pytest.approx(slopes.min(), rel=2e-3, abs=1e-3)
        assert read(right) == pytest.approx(slopes.max(), rel=2e-3, abs=1e-3)


@pytest.mark.parametrize(("low", "high"), WIDE)
@pytest.mark.parametrize("make", CATALOGUE, ids=lambda make: make.__name__)
def test_slopes_told_in_a_wide_window_are_in_its_numbers(make, low: float, high: float) -> None:
    """What is told of a slope in a wide window is in its numbers."""
    one = make()
    scene = ActivationCurves((one,), low, high, derivative=True).scene()
    near = np.linspace(-9.0, 9.0, 200_001)
    near = near[(near >= low) & (near <= high)]
    drawn_slopes, slopes = scene.table.rows[:, 2], one.derivative(np.array([low, *near, high]))
    assert drawn_slopes.max() == pytest.approx(slopes.max(), abs=1e-3)
    assert drawn_slopes.min() == pytest.approx(slopes.min(), abs=1e-3)
    if abs(one.range.infimum) < np.inf and not one.monotone:
        assert scene.table.rows[:, 1].min() == pytest.approx(one.range.infimum, rel=1e-2)


@pytest.mark.parametrize(("low", "high"), WIDE[:-1])  # beyond that they overflow
@pytest.mark.parametrize("one", [one for one in IDENTITIES if one.curves], ids=lambda one: one.name)
def test_a_wide_window_of_an_identity_has_all_its_values(one, low: float, high: float) -> None:
    scene = IdentityCurves(one.name, low, high).scene()
    near = one.curves[0].evaluate(np.array([low, *np.linspace(-9.0, 9.0, 2001), high]))
    values = scene.table.rows[:, 1]
    height = np.ptp(near)
    assert values.min() == pytest.approx(near.min(), abs=2e-3 * height)
    assert values.max() == pytest.approx(near.max(), abs=2e-3 * height)
    assert "The curve at the points drawn" in scene.words
    assert "constant" not in scene.words


@pytest.mark.parametrize(("first", "second"), [("silu", "gelu"), ("tanh", "softsign"), ("elu", "silu")])
def test_area_between_activations_is_shaded_in_wide_windows(first: str, second: str) -> None:
    """What lies between two activations is shaded in a wide window too."""
    scene = ActivationCurves(chosen(first, second), -1e5, 1.1e5, gap=True).scene()
    (shaded,) = [mark for mark in scene.marks if isinstance(mark, Area)]
    middle = scene.frames[0].x.at(0.0)
    assert (np.abs(shaded.points[:, 0] - middle) < 0.05).sum() > 60


def read(number: str) -> float:
    mantissa, _, exponent = number.replace("−", "-").partition("×10")
    return float(mantissa) * 10.0 ** int(exponent.translate(SUPERSCRIPTS) or 0)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("tanh", -50.0, 151.0), "and 1, largest near x = 0."),
        (("sigmoid", -1e6, 3e6), "lies between 0 and 0.25, largest near x = 0."),
        (("silu", -1000.0, 3000.0), "lies between −0.09984 and 1.1, largest near x = 2.4."),
        (("gelu", -1e6, 3e6), "lies between −0.1289 and 1.129, largest near x = 1.4."),
    ],
)
def test_extreme_slopes_are_told_where_they_are(asked: tuple[str, float, float], told: str) -> None:
    name, low, high = asked
    assert told in words_of(name, low=low, high=high, derivative=True)


def test_a_slope_that_is_largest_beside_a_kink_is_told_at_it() -> None:
    one = create("elu", alpha=2.0)
    assert "lies between 0.03663 and 2, largest near x = 0, and jumps at x = 0." in (
        ActivationCurves((one,), -4.0, 6.0, derivative=True).scene().words
    )


def test_a_minimum_is_told_in_any_window() -> None:
    assert "a minimum of −0.375 at x = −1.5." in words_of("hard_swish", low=-100.0, high=3000.0)
    assert "a minimum of −0.2785 at x = −1.278." in words_of("silu", low=-1e5, high=1e5)
    # With a negative slope leaky_relu turns at its kink.
    assert turning_points(create("leaky_relu", negative_slope=-1e-9), -1e9, 3e9) == [(0.0, "minimum")]


def curve(x: list[float], y: list[float], *breaks: Break) -> Curve:
    return Curve("F", [Piece(np.array(x), np.array(y))], breaks, "#000000")


def test_a_course_tells_ends_turns_zeros_and_jumps() -> None:
    assert course(curve([0, 1, 2], [1, 1, 1])) == "is constant, 1."
    told = course(curve([0, 1, 2, 3], [-1, 2, -1, 3]))
    assert told == (
        "runs from −1 at the left edge to 3 at the right, with a maximum of 2 near x = 1 and a minimum of −1"
        " near x = 2, crossing zero near x = 0.333, 1.67 and 2.25."
    )
    assert "falling all the way" in course(curve([0, 1], [2, 1]))
    assert "jumping from 0 to 1 at x = 0.5" in course(curve([0, 1], [0, 1], Break(0.5, 0.0, 1.0, 1.0)))


def test_a_zero_that_is_drawn_is_the_zero_told() -> None:
    assert "crossing zero near x = 1." in course(curve([0, 1, 3], [-1, 0, 5]))


def test_a_map_is_told_as_a_sample() -> None:
    """A ridge between two points of the grid is on no map."""
    ridge = Layer(np.array([[1e6, 0.0], [1e6, 0.0]]), np.array([-1001.0, -1002.0]), create("heaviside"))
    one = Network([ridge, Layer(np.array([[1.0, -1.0]]), None, create("identity"))])
    words = NetworkPicture(drawn(one), -4.0, 4.0).scene().words
    assert "F at the points drawn is constant, 0." in words
    words = NetworkPicture(drawn(network([2, 3, 1]))).scene().words
    assert "F at the points drawn is smallest, " in words


def told_of(
    kind: str, weight: list[float], bias: list[float], last: list[float], plus: float = 0.0, side: float = 4.0
) -> str:
    """Return the words on last·activation(weight·x + bias) + plus over ±side."""
    hidden = Layer(np.array(weight)[:, np.newaxis], np.array(bias), create(kind))
    one = Network([hidden, Layer(np.array([last]), np.array([plus]), create("identity"))])
    return NetworkPicture(drawn(one), -side, side).scene().words


@pytest.mark.parametrize("kind", ["tanh", "relu", "silu", "heaviside"])
@pytest.mark.parametrize(("plus", "level"), [(0.0, "0"), (0.7, "0.7")])
def test_rounding_is_not_told_as_the_function(kind: str, plus: float, level: str) -> None:
    words = told_of(kind, [1.0] * 3, [0.0] * 3, [0.1, 0.2, -0.3], plus)
    assert f" is constant, {level}, to within rounding." in words or f" is constant, {level}." in words


@pytest.mark.parametrize("scale", [1e-290, 1e-12, 1.0, 1e12, 1e290])
def test_what_is_small_but_above_rounding_is_told(scale: float) -> None:
    assert "rising all the way, crossing zero near x = 0." in told_of("tanh", [1.0], [0.0], [scale])
    bump = told_of("relu", [1.0] * 3, [-1.0, -2.0, -3.0], [scale, -2 * scale, scale])
    assert f"with a maximum of {short(scale, 3)} near x = 2." in bump


@pytest.mark.parametrize("layers", [4, 16])
def test_deep_networks_are_no_rounding(layers: int) -> None:
    words = NetworkPicture(drawn(network([1, *[30] * layers, 1]))).scene().words
    assert "rounding" not in words


def test_all_the_way_is_said_only_of_curves_that_go_one_way() -> None:
    relu = told_of("relu", [1.0] * 4, [-10.0, -11.0, -12.0, -50.0], [1.0, -2.0, 1.0, 50.0], -0.5, 100.0)
    for words in (relu, told_of("silu", [1.0], [0.0], [1.0], side=1000.0)):
        assert "rising but for wiggles below a thousandth of its height" in words
    assert "rising all the way" in told_of("softplus", [1.0], [0.0], [1.0], side=1000.0)


def test_jumps_of_the_first_layer_are_told_however_small() -> None:
    assert "jumping from 0 to 1 at x = 0 and from 1 to 1.00001 at x = 0.5." in (
        told_of("heaviside", [1.0, 1.0], [0.0, -0.5], [1.0, 1e-5])
    )
    assert "jumping from −0.5 to 0 at x = −0.5 and from 0 to 0.5 at x = 0.5." in (
        told_of("hardshrink", [1.0], [0.0], [1.0], side=1000.0)
    )
    # Two that cancel are none.
    assert "jumping" not in told_of("heaviside", [1.0] * 4, [0.0] * 4, [0.1, 0.2, -0.3, 1.0]).replace(
        "jumping from 0 to 1 at x = 0.", ""
    )


def test_networks_that_are_one_function_are_told_once() -> None:
    words = NetworkPicture(drawn(SHEET, CONVERTED)).scene().words
    assert "F and G lie on each other: the curve at the points drawn runs from" in words
    assert "is proven to hold it for every x" in words
    assert "1 input, 2 tanh units, 1 output" in words
    assert "1 input, 2 sigmoid units, 1 output" in words
    apart = NetworkPicture(drawn(SHEET, network([1, 2, 1]))).scene().words
    assert "proven" not in apart
    assert "lie on each other" not in apart


def test_words_on_two_networks_claim_what_numbers_show() -> None:
    """The second has a bump of 2 between two pixels, which the numbers of the picture show."""
    narrow = Network(
        [
            Layer(np.array([[1.0], [3000.0], [3000.0]]), np.array([0.0, -1291.8, -1300.8]), create("tanh")),
            Layer(np.array([[1.0, 1.0, -1.0]]), None, create("identity")),
        ]
    )
    plain = Network(
        [Layer(np.array([[1.0]]), None, create("tanh")), Layer(np.array([[1.0]]), None, create("identity"))]
    )
    scene = NetworkPicture(drawn(plain, narrow)).scene()
    largest = float(np.abs(scene.table.rows[:, -1]).max())
    assert largest == pytest.approx(2 * np.tanh(4.5), rel=1e-3)
    assert f"F − G as evaluated: up to {short(largest, 2)} in size at the points drawn." in scene.words
    assert "lie on each other" not in scene.words
    assert re.search(
        r"G at the points drawn runs from −0.9951 .* a maximum of 2.41 near x = 0.43", scene.words
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("hidden", ["tanh", "relu", "heaviside"])
def test_the_largest_difference_told_is_that_of_the_numbers(hidden: str, seed: int) -> None:
    both = network([1, 5, 4, 2], hidden, seed), network([1, 6, 2], hidden, seed + 100)
    scene = NetworkPicture(drawn(*both)).scene()
    first, second = (short(float(size), 2) for size in np.abs(scene.table.rows[:, -2:]).max(axis=0))
    assert f"F − G as evaluated: up to {first} and {second} in size at the points drawn" in scene.words


@pytest.mark.parametrize(
    ("sizes", "hidden", "sampled"),
    [
        ([1, 3, 1], "relu", False),
        ([1, 3, 1], "hardshrink", False),
        ([1, 3, 1], "hard_tanh", False),
        ([1, 3, 1], "tanh", True),
        ([1, 3, 1], "hard_swish", True),
        ([1, 3, 3, 1], "relu", True),
    ],
)
def test_what_bends_or_has_deeper_layers_is_told_as_a_sample(
    sizes: list[int], hidden: str, sampled: bool
) -> None:
    words = NetworkPicture(drawn(network(sizes, hidden))).scene().words
    assert ("F at the points drawn " in words) == sampled
    assert ("F runs" in words) != sampled


def test_networks_on_each_other_are_told_as_samples_once() -> None:
    deep = network([1, 3, 3, 1])
    assert "lie on each other: the curve at the points drawn runs" in (
        NetworkPicture(drawn(deep, convert(deep, "sigmoid").network)).scene().words
    )
    *below, last = deep.layers
    other = Network([*below, Layer(last.weight, last.bias + 1e-12, last.activation)])
    assert "lie on each other at the points drawn: the curve runs" in (
        NetworkPicture(drawn(deep, other)).scene().words
    )
    assert "It is proven to be 0 for every x." in NetworkPicture(drawn(deep, deep)).scene().words


def test_no_band_is_told_where_no_bound_is_known() -> None:
    """celu with a negative α falls ever more steeply: the window has none of it."""
    celu = [
        Layer(np.array([[1.0]]), np.array([0.0]), create("tanh")),
        Layer(np.array([[720.0]]), np.array([0.0]), create("celu", alpha=-1.0)),
        Layer(np.array([[1.0]]), np.array([0.0]), create("identity")),
    ]
    given = Network(celu)
    scene = NetworkPicture(drawn(given, convert(given, "sigmoid").network), 0.0, 4.0).scene()
    assert not any(isinstance(mark, Area) for mark in scene.marks)
    assert scene.words.endswith("No bound on it is known that holds for every x.")
    assert "∞" not in scene.words


def words_of(*names: str, low: float | None = None, high: float | None = None, **options: bool) -> str:
    return ActivationCurves(chosen(*names), low, high, **options).scene().words


def test_ends_that_differ_little_are_told_apart() -> None:
    words = words_of("softplus", low=1e6, high=1e6 + 1)
    assert "for x from 1000000 to 1000001." in words
    assert "from y = 1000000 at the left edge to y = 1000001 at the right" in words


def test_only_asymptotes_that_are_seen_are_said_to_be_shown() -> None:
    assert "Dashed lines show y = 0 and y = x." in words_of("softplus")
    assert "A dashed line shows y = x." in words_of("softplus", low=10.0, high=12.0)
    assert "ashed" not in words_of("relu6", low=2.0, high=4.0)
    assert "ashed" not in words_of("softplus", asymptotes=False)


def test_a_derivative_s_limits_at_its_jumps_are_its_extremes() -> None:
    words = words_of("hard_swish", derivative=True)
    assert "lies between −0.5 and 1.5, largest near x = 3, and jumps at x = −3 and 3." in words
    assert "The derivative of heaviside is constant, 0." in words_of("heaviside", derivative=True)


def test_a_slope_is_constant_only_where_the_function_is_a_line() -> None:
    for name in ("identity", "relu", "relu6", "leaky_relu", "hard_tanh", "heaviside"):
        assert f"The derivative of {name} is constant, " in words_of(
            name, low=0.5, high=0.75, derivative=True
        )
    assert "tanh as computed is constant, 0." in words_of("tanh", low=800.0, high=900.0, derivative=True)
    celu = create("celu", alpha=-0.00001)
    words = ActivationCurves((celu,), derivative=True).scene().words
    assert "The derivative of celu, alpha = −1×10⁻⁵ grows beyond the largest float64" in words


def test_gap_outside_the_window_is_told_beside_the_shown_one() -> None:
    """A gap that the window does not show is told beside the one that it does."""
    assert "it grows beyond all bounds; the largest shown is 4, at x = −4." in words_of(
        "relu", "identity", gap=True
    )
    assert "at its largest it is 0.6931, at x = 0; the largest shown is 0.3133, at x = 1." in words_of(
        "softplus", "relu", low=1.0, high=3.0, gap=True
    )
    assert words_of("softplus", "relu", gap=True).endswith("at its largest it is 0.6931, at x = 0.")


def test_the_kinks_of_a_network_are_told() -> None:
    """Of relu(x + 1), relu(2x − 1) and relu(1 − 0·x); outside of the window there is nothing to tell."""
    hidden = Layer(np.array([[1.0], [2.0], [0.0]]), np.array([1.0, -1.0, 1.0]), create("relu"))
    one = Network([hidden, Layer(np.array([[1.0, -3.0, 2.0]]), None, create("identity"))])
    assert "The first layer of F has kinks at x = −1 and 0.5." in NetworkPicture(drawn(one)).scene().words
    right = NetworkPicture(drawn(one), low=0.0, high=3.0).scene().words
    assert "The first layer of F has a kink at x = 0.5." in right
    assert "kink" not in NetworkPicture(drawn(one), low=1.0, high=3.0).scene().words
    assert "has 9 kinks in this window" in NetworkPicture(drawn(network([1, 9, 1], "relu"))).scene().words
    assert "kink" not in NetworkPicture(drawn(SHEET)).scene().words


def test_both_sides_of_an_identity_are_named() -> None:
    scene = IdentityCurves("tanh_as_sigmoid").scene()
    assert "tanh(x) and 2s₁(2x) − 1" in scene.words
    _, left, right = scene.table.rows.T
    apart = float(np.abs(left - right).max())
    assert 0 < apart < 4e-16
    assert f"they differ by up to {short(apart, 2)} at the points drawn." in scene.words


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\tanh(x)", "tanh(x)"),
        (r"2 \, s_1(2 x) - 1", "2s₁(2x) − 1"),
        (r"s_1(x) \left(1 - s_1(x)\right)", "s₁(x) (1 − s₁(x))"),
        ("s_0'(x)", "s₀′(x)"),
    ],
)
def test_labels_of_identities_are_plain(latex: str, text: str) -> None:
    assert plain(latex) == text


@given(st.text(max_size=1500))
def test_a_header_holds_any_words_in_ascii(words: str) -> None:
    plain_words = in_ascii(words)
    assert plain_words.isascii()
    assert plain_words.isprintable()
    assert len(plain_words) <= LONGEST


def test_ascii_spells_what_it_can() -> None:
    assert in_ascii("1.5×10⁻⁷ ≤ ∂ℓ/∂Θ − é → ∞") == "1.5x10^-7 <= dl/dTheta - e -> infinity"
    assert in_ascii("字") == "?"
    assert in_ascii("word " * 400) == "word " * 198 + "word..."
    assert in_ascii("x" * 2000) == "x" * 997 + "..."


@pytest.mark.parametrize("kind", specs())
def test_every_picture_has_words_without_accidents(kind: str) -> None:
    words = specs()[kind].scene().words
    assert 60 < len(words)
    for accident in ("nan", "inf ", "None", "np.", "array", "  ", "..", " ,"):
        assert accident not in words, words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.25, "−0.25"),
        (1.5e-7, "1.5×10⁻⁷"),
        (1e20, "1×10²⁰"),
        (float("inf"), "∞"),
        (-1e-9, "−1×10⁻⁹"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert short(value) == text


def test_several_curves_are_all_told() -> None:
    names = [make.__name__ for make in CATALOGUE][:8]
    words = ActivationCurves(chosen(*names)).scene().words
    for name in names:
        assert f"{name}: " in words
