"""Every mistake of the table by its name, alone or with what the numbers cannot tell from it."""

from itertools import product

import mpmath
import numpy as np
import pytest

from app.nn.gradients.grading import grade, hidden_mistakes
from app.nn.gradients.problem import Problem, gradients, penalised
from app.nn.gradients.rounding import Rounding
from app.nn.gradients.targets import preparation, prepare
from tests.nn.gradients.slips import ONLY_OBLONG, SEVERAL_ROWS, SLIPS, SQUARE, Author

EYE = np.eye(2)


class Asked:
    """A random problem of labels, with sizes of 2 to 6 and one to six rows."""

    def __init__(self, seed, *, alpha=0.0, weights=False, l2=0.0, name=""):
        random = np.random.default_rng(seed)
        h, d, k = (int(one) for one in random.integers(2, 7, 3))
        n = int(random.integers(2 if name in SEVERAL_ROWS else 1, 7))
        if name == "N − 1":
            n = max(n, 3)
        if name == "p[y]":
            n = max(n, k)
        if name == "N·k" or name == "binary cross-entropy":
            k = max(k, 3)  # half of a gradient, or twice it, is a factor for two classes
        d = h if SQUARE.get(name) == "h = d" else d
        k = h if SQUARE.get(name) == "h = k" else k
        if name in ONLY_OBLONG:
            d, k = h + 1, h + 2
        self.W, self.Theta, self.X = (random.normal(size=size) for size in ((h, d), (h, k), (n, d)))
        self.labels = random.integers(0, k, n)
        self.alpha, self.l2 = alpha, l2
        self.weights = random.uniform(0.5, 2.0, k) if weights else None
        self.problem = Problem(self.W, self.Theta, self.X)
        settled = {"label_smoothing": alpha, "class_weights": self.weights}
        labels = self.labels.astype(float)
        self.targets = prepare(labels, self.X.shape, k, **settled)
        self.before = preparation(labels, self.X.shape, k, **settled)
        self.found = penalised(self.problem, gradients(self.problem, self.targets), l2)

    def author(self, *, exactly=False):
        return Author(
            self.W, self.Theta, self.X, self.labels,
            exactly=exactly, alpha=self.alpha, weights=self.weights, l2=self.l2,
        )  # fmt: skip

    def grade(self, submission, tolerance=1e-9, **rules):
        return grade(
            self.problem, self.targets, self.found, "mean", submission, tolerance, before=self.before, **rules
        )

    def hidden(self):
        return hidden_mistakes(self.problem, self.targets, self.found, "mean", before=self.before)


def rounded(pair, how):
    if how is None:
        return pair
    kind, digits = how
    if kind == "decimals":
        return {part: np.round(one, digits) for part, one in pair.items()}
    return {
        part: np.array([float(f"{x:.{digits - 1}e}") for x in one.ravel()]).reshape(one.shape)
        for part, one in pair.items()
    }


# Two digits of a parameter, or of a gradient, may be more than a step.
SHOWN_IN_FULL = {"ln(p + 1e-7)", "a step", "Θ's step first"}
ROUNDINGS = [None, *product(("decimals", "significant"), (2, 3, 4))]


@pytest.mark.parametrize("name", SLIPS)
def test_each_mistake_in_numbers_of_mpmath_has_its_name(name):
    code, make = SLIPS[name]
    asked = Asked(7, name=name)
    right = asked.found
    with mpmath.workdps(50):
        submission = {part: one.astype(float) for part, one in make(asked.author(exactly=True)).items()}
    told = asked.grade(submission)
    for part, one in told.items():
        there = getattr(right, part)
        if submission[part].shape != there.shape or not np.allclose(submission[part], there, rtol=1e-12):
            assert not one.correct
            assert code in one.codes, (part, one.explanation)


def demand_names(name, seeds):
    """Exact and rounded, each wrong part has the name; what is right then is so by the numbers alone."""
    code, make = SLIPS[name]
    asked_for = named = 0
    for seed in seeds:
        asked = Asked(seed, name=name)
        how = ROUNDINGS[seed % len(ROUNDINGS)] if name not in SHOWN_IN_FULL else None
        pair = make(asked.author())
        if any(not np.isfinite(one).all() or np.abs(one).max() > 1e6 for one in pair.values()):
            continue
        submission = rounded(pair, how)
        honest = rounded({part: getattr(asked.found, part) for part in pair}, how)
        for part, one in asked.grade(submission).items():
            if one.correct:
                assert one.rounded is not None or code in asked.hidden(), (seed, part)
                if one.rounded is not None and one.rounded.digits < 12:
                    # No digit that is written tells it from the right one.
                    unit = 1.01 * one.rounded.half_units(getattr(asked.found, part)).max() * 2
                    assert np.abs(submission[part] - honest[part]).max() <= unit
                continue
            if how is not None and not Rounding(*how).keeps_enough(submission[part]):
                continue  # fewer than two digits are kept
            asked_for += 1
            named += code in one.codes or (not submission[part].any() and "zeros" in one.codes)
    assert asked_for
    return asked_for, named


@pytest.mark.parametrize("name", SLIPS)
def test_mistakes_of_random_problems_have_their_names(name):
    asked, named = demand_names(name, range(14))
    assert named >= 0.9 * asked, f"{named} of {asked}"


@pytest.mark.long
def test_mistakes_of_5000_random_problems_have_their_names():
    counts = {name: demand_names(name, range(100, 100 + 5000 // len(SLIPS) + 1)) for name in SLIPS}
    asked, named = (sum(one[i] for one in counts.values()) for i in (0, 1))
    assert named >= 0.995 * asked, {name: one for name, one in counts.items() if one[0] != one[1]}


def demand_right(seeds):
    for seed in seeds:
        asked = Asked(seed, alpha=0.1 * (seed % 2), weights=seed % 3 == 0, l2=0.05 * (seed % 5 == 0))
        pair = asked.author().pair(asked.author().g)
        for how in ROUNDINGS:
            submission = rounded(pair, how)
            for part, one in asked.grade(submission).items():
                largest = np.abs(submission[part]).max()
                enough = how is None or how[0] == "significant" or largest >= 10.0 ** (1 - how[1])
                short = all(float(f"{x:.1g}") == x for x in submission[part].ravel())
                assert one.correct or not enough or short, (seed, how, part)


def test_no_right_answer_is_wrong_however_it_is_rounded():
    demand_right(range(60))


@pytest.mark.long
def test_no_right_answer_of_5000_problems_is_wrong():
    demand_right(range(1000, 6000))


def test_two_mistakes_in_one_submission_are_both_found():
    for seed in range(8):
        asked = Asked(seed, name="no 1/N")
        z = asked.author()
        turned = {part: -one.T for part, one in z.pair(z.g).items()}
        twice = z.pair(z.softmax(z.p) - z.y, divisor=1)
        for submission, codes in (
            (turned, {"sign", "transposed"}),
            (twice, {"softmax_twice", "sum_instead_of_mean"}),
        ):
            for one in asked.grade(submission).values():
                assert codes <= set(one.codes), one.explanation


def test_parts_are_explained_together_and_not_by_what_fits_each():
    """D5: (p − y)p(1 − p) of the README's problem, where whole numbers make much coincide."""
    problem = Problem(EYE, np.array([[1.0, -1.0], [0.0, 2.0]]), np.array([1.0, 2.0]))
    targets = prepare(np.array(1.0), (2,), 2)
    W = [[0.025031084347353478, 0.050062168694706956], [-0.025031084347353506, -0.05006216869470701]]
    Theta = [[0.012515542173676725, -0.012515542173676753], [0.02503108434735345, -0.025031084347353506]]
    submission = {"W": np.array(W), "Theta": np.array(Theta)}
    for given in (submission, rounded(submission, ("decimals", 5))):
        told = grade(problem, targets, gradients(problem, targets), "mean", given)
        assert all("softmax_derivative_again" in one.codes for one in told.values())
        assert told["W"].codes == told["Theta"].codes


def test_reduction_right_for_one_part_is_no_mistake_elsewhere():
    """A reduction that is right for one part is no mistake of the other."""
    problem = Problem(EYE, np.array([[1.0, 0, -1], [0, 1, 2]]), np.array([[1, 0.5], [-1, 2]]))
    targets = prepare(np.array([0.0, 2.0]), (2, 2), 3)
    found = gradients(problem, targets)
    told = grade(problem, targets, found, "mean", {"W": 2 * found.W, "Theta": found.Theta})
    assert (told["W"].codes, told["Theta"].correct) == (("scaled",), True)
    alone = grade(problem, targets, found, "mean", {"W": 2 * found.W, "Theta": 2 * found.Theta})
    assert alone["W"].codes == ("sum_instead_of_mean",)


D7 = {
    "true class only": ([[-0.2468, 0.0, 0.0248], [-0.1234, 0.0, -0.0497]], "jacobian_diagonal"),
    "(p−y)p(1−p)": ([[-0.0617, 0.0316, 0.0153], [-0.0308, 0.0185, 0.0047]], "softmax_derivative_again"),
    "softmax twice": ([[-0.4116, 0.0479, 0.3637], [0.0644, 0.3066, -0.3709]], "softmax_twice"),
    "whole chain": ([[-0.1151, 0.0583, 0.0568], [-0.0557, 0.0667, -0.011]], "softmax_twice"),
    "a − y": ([[0.5, -0.75, -2.0], [-1.0, 2.125, 4.0]], "softmax_forgotten"),
    "σ(a) − y": ([[-0.2689, -0.1292, 0.2533], [0.2017, 1.0364, 0.1183]], "sigmoid_for_softmax"),
    "−y/p": ([[-0.9872, 0.0, 0.5261], [-0.4936, 0.0, -1.0523]], "jacobian_forgotten"),
    "last row": ([[-0.0024, -0.0473, 0.0497], [0.0047, 0.0946, -0.0993]], "row_overwritten"),
    "0.1Θ": (
        [[-0.14793762, 0.12994087, 0.01799676], [-0.12102427, 0.22411313, 0.19691114]],
        "regulariser",
    ),
}


@pytest.mark.parametrize("tolerance", [1e-9, 0.01])
@pytest.mark.parametrize("name", D7)
def test_the_submissions_of_the_field_cases_have_their_names(name, tolerance):
    problem = Problem(EYE, np.array([[1.0, 0, -1], [0, 1, 2]]), np.array([[1, 0.5], [-1, 2]]))
    targets = prepare(np.array([0.0, 2.0]), (2, 2), 3)
    numbers, code = D7[name]
    told = grade(
        problem, targets, gradients(problem, targets), "mean", {"Theta": np.array(numbers)}, tolerance
    )
    assert code in told["Theta"].codes, told["Theta"].explanation
    right = [[-0.2479, 0.1299, 0.118], [-0.121, 0.1241, -0.0031]]
    told = grade(problem, targets, gradients(problem, targets), "mean", {"Theta": np.array(right)}, 0.001)
    assert told["Theta"].correct


@pytest.mark.parametrize(
    ("way", "code"),
    [
        (lambda z: z.pair(z.p * z.s - z.targets(0.0, z.weights)), None),
        (lambda z: _against(z, z.targets(0.0, z.weights)), "smoothing_misplaced"),
        (lambda z: _against(z, z.targets(z.alpha, 1.0)), "weights_misplaced"),
        (lambda z: z.pair(z.weights * (z.p - z.targets(z.alpha, 1.0))), "weights_misplaced"),
        (lambda z: z.pair(z.g, divisor=z.s.sum()), "weighted_mean"),
        (lambda z: z.pair(z.p - z.y), "assumed_targets_sum_to_one"),
    ],
)
def test_smoothing_and_weights_in_other_places_have_their_names(way, code):
    for seed in range(6):
        asked = Asked(seed, alpha=0.1, weights=True)
        for one in asked.grade(way(asked.author())).values():
            assert not one.correct
            assert code is None or code in one.codes


def _against(z, y):
    return z.pair(y.sum(axis=1, keepdims=True) * z.p - y)


def test_a_regulariser_that_is_left_out_or_doubled_is_one():
    for seed in range(6):
        asked = Asked(seed, l2=0.2)
        z = asked.author()
        for factor in (0.0, 2.0, 0.5, 7.3, -1.0):
            z.l2 = 0.2 * factor
            assert all("regulariser" in one.codes for one in asked.grade(z.pair(z.g)).values())
        assert not any("sign" in one.codes for one in asked.grade(z.pair(z.g)).values())
        z.l2 = 0.2
        right = z.pair(z.g)
        assert all(one.correct for one in asked.grade(right).values())
        turned = asked.grade({part: -one for part, one in right.items()})
        assert all(one.codes == ("sign",) for one in turned.values())
        assert all("p_without_y" in one.codes for one in asked.grade(z.pair(z.p)).values())


def test_right_numbers_in_another_shape_are_a_shape_alone():
    asked = Asked(3)
    W = asked.found.W
    for given in (W.ravel(), W[np.newaxis], W[..., np.newaxis], W.ravel()[np.newaxis]):
        told = asked.grade({"W": given})["W"]
        assert told.codes == ("shape",) or given.ndim == 2, given.shape
    told = asked.grade({"W": -W.ravel()})["W"]
    assert told.codes == ("sign", "shape")


FEW_DIGITS = {
    "one digit": [[-0.2, 0.1, 0.1], [-0.1, 0.1, 0.0]],
    "cut off": [[-0.247, 0.129, 0.117], [-0.121, 0.124, -0.003]],
    "each to digits of its own": [[-0.248, 0.13, 0.118], [-0.12, 0.1241, -0.0031]],
}


@pytest.mark.parametrize("how", FEW_DIGITS)
def test_right_numbers_rounded_otherwise_are_called_so(how):
    """And so are those of a mistake by its name; one entry that is another number is neither."""
    problem = Problem(EYE, np.array([[1.0, 0, -1], [0, 1, 2]]), np.array([[1, 0.5], [-1, 2]]))
    targets = prepare(np.array([0.0, 2.0]), (2, 2), 3)
    found = gradients(problem, targets)

    def told(given, **rules):
        return grade(problem, targets, found, "mean", {"Theta": given}, **rules)["Theta"].codes

    given = np.array(FEW_DIGITS[how])
    assert told(given) == ("rounded_otherwise",)
    assert told(np.round(found.Theta, 3), rounding=False) == ("rounded_otherwise",)
    if how == "cut off":
        assert told(-given) == ("sign",)
    given[0, 0] += 0.2
    assert told(given) == ()
    assert told(0 * given) == ("zeros",)


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_right_numbers_cut_off_alike_are_called_so(decimals):
    """Whatever the last digit kept, and nothing else explains them: no factor that fits by chance."""
    for seed in range(40):
        asked = Asked(seed)
        pair = {"W": asked.found.W, "Theta": asked.found.Theta}
        cut = {part: np.trunc(one * 10.0**decimals) / 10.0**decimals for part, one in pair.items()}
        for part, told in asked.grade(cut).items():
            code = "rounded_otherwise" if cut[part].any() else "zeros"
            assert told.correct or told.codes == (code,), (seed, part)


def test_part_near_right_has_the_mistake_of_the_other():
    """Rounded, a part may be as near to what is right: what explains the other part explains it too."""
    asked = Asked(306, name="the last row")
    submission = rounded(SLIPS["the last row"][1](asked.author()), ("significant", 3))
    assert all(one.codes == ("row_overwritten",) for one in asked.grade(submission).values())
    assert asked.grade({"Theta": submission["Theta"]})["Theta"].codes == ()


def test_rounded_numbers_in_plain_ratios_are_no_factor_alone():
    """Of two classes and one row half the squared error is a factor of the right one, whatever it is."""
    problem = Problem(np.ones((3, 1)), np.array([[1.0, -1], [2, 0], [0, -2]]), np.ones(1))
    targets = prepare(np.array(1.0), (1,), 2)
    found = gradients(problem, targets)
    p = found.forward.probabilities
    submission = {"W": 2 * p[0] * p[1] * found.W, "Theta": 2 * p[0] * p[1] * found.Theta}
    for how in (("decimals", 4), ("significant", 3)):
        told = grade(problem, targets, found, "mean", rounded(submission, how))
        assert all("squared_error_gradient" in one.codes for one in told.values())
        alone = grade(problem, targets, found, "mean", {"W": rounded(submission, how)["W"]})["W"]
        assert alone.codes == ("squared_error_gradient", "scaled")


def test_short_parts_have_the_step_that_the_others_show():
    """Two entries show no factor: that of the step of the other part is theirs too."""
    random = np.random.default_rng(5)
    W, Theta, X = (random.normal(size=shape) for shape in ((1, 2), (1, 4), (3, 2)))
    problem, targets = Problem(W, Theta, X), prepare(np.array([0.0, 3.0, 1.0]), (3, 2), 4)
    found = gradients(problem, targets)
    step = {"W": W - 0.3 * found.W, "Theta": Theta - 0.3 * found.Theta}
    told = grade(problem, targets, found, "mean", step)
    assert {one.codes for one in told.values()} == {("step_for_gradient",)}
    assert grade(problem, targets, found, "mean", {"W": step["W"]})["W"].codes == ()


def test_zeros_of_another_shape_are_what_leads_to_that_shape():
    """Of targets that are zero all gradients are: what is left to be wrong is the shape."""
    problem = Problem(np.ones((2, 3)), np.ones((2, 4)), np.ones(3))
    targets = prepare(np.zeros(4), (3,), 4)
    found = gradients(problem, targets)
    for shape, code in (((3, 2), "transposed"), ((2, 4), "swapped_parameters"), ((7,), "shape")):
        told = grade(problem, targets, found, "mean", {"W": np.zeros(shape)})["W"]
        assert (told.correct, told.codes) == (False, (code,))


def test_what_follows_from_theta_is_told_so():
    for seed in range(10):
        asked = Asked(seed)
        z = asked.author()
        if asked.problem.rows.shape[0] > asked.problem.W.shape[0]:
            continue
        g = z.g + np.random.default_rng(seed).normal(size=z.g.shape)  # any slip of arithmetic
        told = asked.grade(z.pair(g))
        assert told["W"].codes == ("follows_from_Theta",)
        assert told["Theta"].codes == ()


def test_hidden_mistakes_are_those_that_the_numbers_hide():
    problem = Problem(EYE, np.array([[1.0, 0, -1], [0, 1, 2]]), np.array([[1, 0.5], [-1, 2]]))
    targets = prepare(np.array([0.0, 2.0]), (2, 2), 3)
    found = gradients(problem, targets)
    assert "first_layer_forgotten" in hidden_mistakes(problem, targets, found, "mean")
    told = grade(problem, targets, found, "mean", {"Theta": (problem.rows.T @ found.residuals) / 2})
    assert told["Theta"].correct
    assert Asked(11).hidden() == ()


@pytest.mark.parametrize("step", [1e-5, 1e-6, 1e-7])
@pytest.mark.parametrize("central", [True, False])
def test_finite_differences_are_right_at_a_fitting_tolerance(step, central):
    """Finite differences are told as that and right at a tolerance that fits."""
    for seed in range(4):
        asked = Asked(seed)

        def loss(W, asked=asked):
            return float(gradients(Problem(W, asked.Theta, asked.X), asked.targets).loss)

        given = np.zeros_like(asked.W)
        for place in np.ndindex(given.shape):
            ends = []
            for sign in (1, -1 if central else 0):
                moved = asked.W.copy()
                moved[place] += sign * step
                ends.append(loss(moved))
            given[place] = (ends[0] - ends[1]) / (step * (1 + central))
        told = asked.grade({"W": given})["W"]
        assert told.correct or told.codes == ("finite_differences",)
        assert not told.correct or central  # which is within the tolerance where no entry is small
        assert asked.grade({"W": given}, 1e-3, absolute_tolerance=1e-3)["W"].correct


def test_one_wrong_entry_is_no_finite_difference():
    asked = Asked(2)
    given = np.array(asked.found.W)
    given[0, 0] += 1e-6
    assert asked.grade({"W": given})["W"].codes == ()
