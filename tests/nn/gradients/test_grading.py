"""Grading: nothing right is called wrong, nothing wrong right, and mistakes are called by their names.

The wrong submissions are derived here once more, as a student would write them, in plain NumPy.
"""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings

from app.nn.activations.record import Floats
from app.nn.errors import InvalidValue, Overflow
from app.nn.gradients.codes import EXPLANATIONS
from app.nn.gradients.grading import PARTS, grade
from app.nn.gradients.problem import Part, Problem, gradients
from app.nn.gradients.targets import Labels
from tests.nn.gradients.problems import SEEDS, Case, random_case


class Student:
    """The sheet's formulas as plain NumPy, every factor open to a slip."""

    def __init__(self, case: Case, dtype: type = np.float64) -> None:
        self.W, self.Theta = (p.astype(dtype) for p in (case.problem.W, case.problem.Theta))
        self.X, self.y = case.problem.rows.astype(dtype), case.rows.astype(dtype)
        self.each = case.reduction == "none" and case.problem.inputs.ndim == 2
        self.r = dtype(1.0 / case.divisor)
        self.H = self.X @ self.W.T
        self.a = a = self.H @ self.Theta
        e = np.exp(a - a.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        self.s = self.y.sum(axis=1, keepdims=True)
        self.g = self.s * self.p - self.y

    def outer(self, left: Floats, right: Floats) -> Floats:
        return np.einsum("ni,nj->nij" if self.each else "ni,nj->ij", left, right)

    def by_w(self, g: Floats) -> Floats:
        return self.r * self.outer(g @ self.Theta.T, self.X)

    def by_theta(self, g: Floats) -> Floats:
        return self.r * self.outer(self.H, g)

    def pair(self, g: Floats) -> dict[str, Floats]:
        return {"W": self.by_w(g), "Theta": self.by_theta(g)}


def squared_error(student: Student) -> Floats:
    q = student.p - student.y
    return student.p * q - student.p * (student.p * q).sum(axis=1, keepdims=True)


def turned(pair: dict[str, Floats]) -> dict[str, Floats]:
    return {part: array.swapaxes(-1, -2) for part, array in pair.items()}


def scaled(pair: dict[str, Floats], factor: float) -> dict[str, Floats]:
    return {part: factor * array for part, array in pair.items()}


def no_factor(s: Student) -> dict[str, Floats]:
    return {
        "W": s.r * s.outer(s.g @ s.Theta.T, np.ones_like(s.X)),
        "Theta": s.r * s.outer(np.ones_like(s.H), s.g),
    }


def narrow(s: Student) -> dict[str, Floats]:
    one = np.ones((len(s.X), 1))
    return {
        "W": (s.r * s.outer(s.g @ s.Theta.T, one))[..., 0],
        "Theta": (s.r * s.outer(one, s.g))[..., 0, :],
    }


EYE = np.eye(2)

Slips = dict[str, tuple[tuple[str, ...], Callable[[Student], dict[str, Floats]]]]
SINGLE: Slips = {
    "sign": (("sign",), lambda s: s.pair(s.y - s.s * s.p)),
    "transposed": (("transposed",), lambda s: turned(s.pair(s.g))),
    "s·p alone": (("p_without_y",), lambda s: s.pair(s.s * s.p)),
    "p alone": (("p_without_y",), lambda s: s.pair(s.p)),
    "p − y": (("assumed_targets_sum_to_one",), lambda s: s.pair(s.p - s.y)),
    "other reduction": (("reduction",), lambda s: scaled(s.pair(s.g), 1 / s.r if s.r != 1 else 1 / len(s.X))),
    "swapped": (
        ("swapped_parameters",),
        lambda s: {"W": s.by_theta(s.g), "Theta": s.by_w(s.g)},
    ),
    "swapped and turned": (
        ("transposed", "swapped_parameters"),
        lambda s: turned({"W": s.by_theta(s.g), "Theta": s.by_w(s.g)}),
    ),
    "no factor": (("missing_input_factor",), no_factor),
    "no factor, narrow": (("missing_input_factor",), narrow),
    "x gᵀ": (
        ("missing_input_factor",),
        lambda s: {"W": s.r * s.outer(s.g, s.X), "Theta": s.r * s.outer(s.X, s.g)},
    ),
    "squared error": (("squared_error_gradient",), lambda s: s.pair(squared_error(s))),
    "base 2": (("log_base",), lambda s: scaled(s.pair(s.g), 1 / np.log(2))),
    "base 10": (("log_base",), lambda s: scaled(s.pair(s.g), 1 / np.log(10))),
    "scaled": (("scaled",), lambda s: scaled(s.pair(s.g), 0.7371)),
    "nearly doubled": (("scaled",), lambda s: scaled(s.pair(s.g), 1.9)),
}
DOUBLE: Slips = {
    "sign, transposed": (("sign", "transposed"), lambda s: turned(s.pair(-s.g))),
    "sign, p without y": (("sign", "p_without_y"), lambda s: s.pair(-s.s * s.p)),
    "other reduction, p without y": (
        ("p_without_y", "reduction"),
        lambda s: scaled(s.pair(s.s * s.p), 1 / s.r if s.r != 1 else 1 / len(s.X)),
    ),
    "other reduction, p − y": (
        ("assumed_targets_sum_to_one", "reduction"),
        lambda s: scaled(s.pair(s.p - s.y), 1 / s.r if s.r != 1 else 1 / len(s.X)),
    ),
    "sign, base 2": (("sign", "log_base"), lambda s: scaled(s.pair(s.g), -1 / np.log(2))),
    "squared error, transposed": (
        ("transposed", "squared_error_gradient"),
        lambda s: turned(s.pair(squared_error(s))),
    ),
    "no factor, p without y": (
        ("p_without_y", "missing_input_factor"),
        lambda s: {
            "W": s.r * s.outer((s.s * s.p) @ s.Theta.T, np.ones_like(s.X)),
            "Theta": s.r * s.outer(np.ones_like(s.H), s.s * s.p),
        },
    ),
    "transposed, scaled": (("transposed", "scaled"), lambda s: scaled(turned(s.pair(s.g)), 3.3)),
}


def graded(case: Case, submission: dict[str, Floats], tolerance: float = 1e-9, *, rounding: bool = True):
    found = gradients(case.problem, case.targets, case.reduction)
    return grade(case.problem, case.targets, found, case.reduction, submission, tolerance, rounding=rounding)


def slip_of(name: str, case: Case) -> tuple[tuple[str, ...], dict[str, Floats]]:
    codes, make = (SINGLE | DOUBLE)[name]
    other = "mean_instead_of_sum" if case.reduction == "sum" else "sum_instead_of_mean"
    named = {other if code == "reduction" else code for code in codes}
    return tuple(code for code in EXPLANATIONS if code in named), make(Student(case))


def applies(name: str, case: Case) -> bool:
    """Whether the slip is one for this problem, and not by chance another or none."""
    student = Student(case)
    if "reduction" in name and (student.each or len(student.X) == 1):
        return False
    # With s = 1 it is no slip, and with no target at all p − y is p, as if y were missing.
    if "p − y" in name and (np.allclose(student.s, 1.0, rtol=1e-6) or not case.rows.any()):
        return False
    return not ("base" in name and len(student.X) == 1 and np.allclose(student.g, 0))


def reach(case: Case, part: Part) -> float:
    """Return what an entry is made of: Σ|y|·max|Θ|·max|x| for W, Σ|y|·max|Wx| for Θ, reduced.

    On confident rows the gradient itself is far smaller, down to 10⁻³⁰⁰ of it, and what an honest program
    gets by p − y is noise: there no entry is wrong.
    """
    problem = case.problem
    factor = np.abs(case.rows).sum() / case.divisor
    if part == "W":
        return float(factor * np.abs(problem.Theta).max() * np.abs(problem.rows).max())
    return float(factor * np.abs(problem.rows @ problem.W.T).max())


# What a code stands for, written once more: residuals, factors beside them, numbers before them.
RESIDUALS: dict[str, list[Callable[[Student], Floats]]] = {
    "p_without_y": [lambda s: s.s * s.p, lambda s: s.p],
    "assumed_targets_sum_to_one": [lambda s: s.p - s.y],
    "squared_error_gradient": [squared_error],
    "softmax_derivative_again": [
        lambda s: s.g * s.p * (1 - s.p),
        lambda s: s.g * s.p,
        lambda s: s.g * (1 - s.p),
        lambda s: s.p * (s.g - (s.p * s.g).sum(axis=1, keepdims=True)),
    ],
    "not_normalised": [
        lambda s: np.exp(s.a) - s.y,
        lambda s: np.exp(s.a - s.a.max(axis=1, keepdims=True)) - s.y,
    ],
    "normaliser_forgotten": [lambda s: -s.y],
    "error_without_sign": [lambda s: np.abs(s.g), lambda s: s.g**2],
    "jacobian_diagonal": [lambda s: -s.y * (1 - s.p)],
}
FACTORS: dict[str, list[Callable[[Student], dict[str, Floats]]]] = {
    "missing_input_factor": [
        no_factor, narrow, lambda s: {"W": s.r * s.outer(s.g, s.X), "Theta": s.r * s.outer(s.X, s.g)}
    ],
    "first_layer_forgotten": [lambda s: {"Theta": s.r * s.outer(s.X, s.g)}],
    "swapped_parameters": [lambda s: {"W": s.by_theta(s.g), "Theta": s.by_w(s.g)}],
}  # fmt: skip


def could_be(codes: tuple[str, ...], case: Case, part: str, submitted: Floats) -> bool:
    """Tell whether the mistakes of these names, made in NumPy, give what was submitted."""
    student = Student(case)
    other = 1 / student.r if student.r != 1 else 1 / len(student.X)
    scales = {"sign": [-1.0], "log_base": [1 / np.log(2), 1 / np.log(10)],
              "sum_instead_of_mean": [other], "mean_instead_of_sum": [other]}  # fmt: skip
    if not set(codes) <= RESIDUALS.keys() | FACTORS.keys() | scales.keys() | {"transposed"}:
        return False
    g = student.g
    for residual in next((RESIDUALS[one] for one in codes if one in RESIDUALS), [lambda _: g]):
        student.g = residual(student)
        made = next((FACTORS[one] for one in codes if one in FACTORS), [lambda s: s.pair(s.g)])
        for numbers in (make(student).get(part) for make in made):
            if numbers is None:
                continue
            for one in codes:
                numbers = numbers.swapaxes(-1, -2) if one == "transposed" else numbers
            for scale in product(*(scales.get(one, [1.0]) for one in codes)):
                found = np.prod(scale) * numbers
                if found.shape == submitted.shape and np.allclose(
                    found, submitted, rtol=1e-7, atol=1e-8 * np.abs(submitted).max()
                ):
                    return True
        student.g = g
    return False


def demand_names(name: str, seeds: range) -> None:
    """Nearly each is named, alone or with what NumPy cannot tell from it either.

    Of a gradient that is zero nothing but its shape shows: there a sign, or a factor, is no mistake.
    """
    asked = named = sound = 0
    for seed in seeds:
        case = random_case(seed, reductions=("mean", "sum", "none"))
        if min(case.problem.W.shape) < 2 or not applies(name, case):
            continue
        codes, submission = slip_of(name, case)
        right = Student(case).pair(Student(case).g)
        for part, result in graded(case, submission).items():
            same = submission[part].shape == right[part].shape and np.allclose(
                submission[part], right[part], rtol=1e-7, atol=1e-9 * np.abs(right[part]).max()
            )
            if same or np.abs(right[part]).max() < 1e-9 * reach(case, part):
                continue  # the slip makes no difference here, or none that shows
            assert not result.correct
            assert result.wrong.shape == right[part].shape
            shows = codes if submission[part].any() else tuple(one for one in codes if one in OF_SHAPES)
            asked += 1
            named += shows in result.explanation.alternatives
            sound += all(
                one == shows or could_be(one, case, part, submission[part])
                for one in result.explanation.alternatives
            )
    assert asked >= len(seeds) // 4
    assert named >= 0.995 * asked, f"{named} of {asked}"
    assert sound >= 0.995 * asked, f"{sound} of {asked}"


OF_SHAPES = {"transposed", "swapped_parameters", "missing_input_factor"}


@pytest.mark.parametrize("name", SINGLE | DOUBLE)
def test_mistakes_are_called_by_their_names(name):
    demand_names(name, range(60))


@pytest.mark.long
@pytest.mark.parametrize("name", SINGLE | DOUBLE)
def test_mistakes_are_called_by_their_names_on_many(name):
    demand_names(name, range(1000, 2000))


def orders(student: Student) -> list[dict[str, Floats]]:
    """Return the right gradients as several honest programs would round them."""
    backwards = {
        "W": student.r * student.outer((student.g[:, ::-1] @ student.Theta[:, ::-1].T), student.X),
        "Theta": student.outer(student.H * student.r, student.g),
    }
    a = student.X @ (student.Theta.T @ student.W).T
    p = np.exp(
        a - (np.log(np.exp(a - a.max(1, keepdims=True)).sum(1, keepdims=True)) + a.max(1, keepdims=True))
    )
    by_logarithm = student.pair(student.s * p - student.y)
    row_by_row = {
        part: sum(parts) if not student.each else np.stack(parts)
        for part, parts in {
            "W": [
                student.r * np.outer(student.Theta @ g, x) for g, x in zip(student.g, student.X, strict=True)
            ],
            "Theta": [
                student.r * np.outer(student.W @ x, g) for g, x in zip(student.g, student.X, strict=True)
            ],
        }.items()
    }
    return [student.pair(student.g), backwards, by_logarithm, row_by_row]


def demand_right(case: Case, dtype: type = np.float64, tolerance: float = 1e-9) -> None:
    for submission in orders(Student(case, dtype)):
        submission = {
            part: np.asarray(array, dtype=np.float64).reshape(shape_of(case, part))
            for part, array in submission.items()
        }
        for part, result in graded(case, submission, tolerance).items():
            assert result.correct, part
            assert result.codes == ()


def labels(label: int) -> Labels:
    return Labels(np.array([label]), np.ones(1))


def shape_of(case: Case, part: str) -> tuple[int, ...]:
    each = case.reduction == "none" and case.problem.inputs.ndim == 2
    return (len(case.problem.rows),) * each + getattr(case.problem, part).shape


@given(SEEDS)
def test_nothing_right_is_called_wrong(seed):
    demand_right(random_case(seed, largest=12))


@given(SEEDS)
def test_nothing_right_is_called_wrong_for_being_float32(seed):
    demand_right(random_case(seed, largest=12), np.float32)


@pytest.mark.long
@settings(max_examples=5000)
@given(SEEDS)
def test_nothing_right_is_called_wrong_on_many(seed):
    demand_right(random_case(seed, largest=30), tolerance=0.0)


@pytest.mark.parametrize("scale", [30.0, 300.0, 1e4])
def test_wide_logits_raise_no_false_alarm(scale):
    for seed in range(40):
        case = random_case(seed)
        moved = Problem(case.problem.W, scale * case.problem.Theta, case.problem.inputs)
        demand_right(Case(moved, case.targets, case.reduction))


def usual_case(kind: str) -> Case:
    """Return a problem of a size that is really trained, and ways to make roundings add up."""
    random = np.random.default_rng(11)
    h, d, k, n = (1000, 2, 3, 5) if kind == "many hidden units" else (40, 784, 10, 64)
    W, Theta = random.normal(size=(h, d)) / d**0.5, random.normal(size=(h, k)) / h**0.5
    X, classes = random.normal(size=(n, d)), random.integers(0, k, n)
    if kind == "of one sign":
        W, Theta, X = np.abs(W), np.abs(Theta), np.abs(X)
    elif kind == "equal rows":
        X, classes = np.repeat(X[:1], n, axis=0), np.repeat(classes[:1], n)
    elif kind == "halves that cancel":
        W = np.full((h, d), 0.1)
        X = 0.3 * np.where(np.arange(d) < d // 2, 1.0, -1.0) + 0.001 * X
    return Case(Problem(W, Theta, X), Labels(classes, np.ones(n)), "mean")


def one_by_one(left: Floats, right: Floats) -> Floats:
    """Return a product as a plain loop sums it up."""
    total = np.zeros((left.shape[0], right.shape[1]), left.dtype)
    for column, row in zip(left.T, right, strict=True):
        total += np.outer(column, row)
    return total


@pytest.mark.parametrize(
    "kind", ["usual", "of one sign", "equal rows", "halves that cancel", "many hidden units"]
)
def test_float32_of_a_usual_size_is_right_however_it_is_summed(kind):
    case = usual_case(kind)
    problem, y = case.problem, case.rows
    W, Theta, X, y = (array.astype(np.float32) for array in (problem.W, problem.Theta, problem.inputs, y))
    hidden = one_by_one(X, W.T)
    a = one_by_one(hidden, Theta)
    e = np.exp(a - a.max(axis=1, keepdims=True))
    g = (e / e.sum(axis=1, keepdims=True) - y) / np.float32(len(X))
    by_w, by_theta = one_by_one(one_by_one(g, Theta.T).T, X), one_by_one(hidden.T, g)
    submission = {"W": by_w.astype(np.float64), "Theta": by_theta.astype(np.float64)}
    assert all(result.correct for result in graded(case, submission).values())


def test_float32_of_a_usual_size_lets_no_wrong_entry_pass():
    """The worst case of all roundings is larger there than the entries themselves."""
    case = usual_case("usual")
    found = gradients(case.problem, case.targets, case.reduction)
    for part in PARTS:
        right = getattr(found, part).astype(np.float32).astype(np.float64)
        place = np.unravel_index(np.abs(right).argmax(), right.shape)
        wrong = right.copy()
        wrong[place] = np.float32(1.003 * wrong[place])
        assert np.argwhere(graded(case, {part: wrong})[part].wrong).tolist() == [list(place)]
        less = (0.99 * right).astype(np.float32).astype(np.float64)
        assert graded(case, {part: less})[part].codes == ("scaled",)


@given(SEEDS)
def test_float32_in_its_fewest_digits_is_right(seed):
    """As orjson, Go, Java and Rust write it: 0.1 and not 0.10000000149011612."""
    case = random_case(seed, largest=12)
    student = Student(case, np.float32)
    for part, array in student.pair(student.g).items():
        written = np.array([float(str(entry)) for entry in array.flat]).reshape(shape_of(case, part))
        sizes = np.unique(np.abs(written[written != 0]))
        if sizes.size > 8 and sizes[0] >= 2.0**-126:  # a few numbers, or subnormal ones, may be short
            assert graded(case, {part: written})[part].correct


def float32_by_hand(W, Theta, x, label):
    """Return both gradients of one row as plain NumPy finds them in float32."""
    W, Theta, x = (np.array(array, np.float32) for array in (W, Theta, x))
    a = Theta.T @ (W @ x)
    e = np.exp(a - a.max())
    g = e / e.sum() - np.eye(len(a), dtype=np.float32)[label]
    return {"W": np.outer(Theta @ g, x), "Theta": np.outer(W @ x, g)}


def small_integers(seed):
    random = np.random.default_rng(seed)
    h, d, k = random.integers(1, 4, 3)
    numbers = [random.integers(-2, 3, shape).astype(float) for shape in ((h, d), (h, k), (d,))]
    return (*numbers, int(random.integers(k)))


# Where float32 leaves a power of two for 0, few of its numbers are long.
LEFT_OVER = ([[-2, 1, 1], [1, 1, 1]], [[2, 2, 2], [2, 1, 2]], [-2, -2, 1], 1)


def test_float32_is_right_in_exercises_with_whole_numbers():
    asked = 0
    for W, Theta, x, label in [LEFT_OVER, *map(small_integers, range(400))]:
        problem, targets = Problem(*(np.array(array, float) for array in (W, Theta, x))), labels(label)
        found = gradients(problem, targets)
        single = float32_by_hand(W, Theta, x, label)
        assert all(one.dtype == np.float32 for one in single.values())
        told = grade(problem, targets, found, "mean", single)
        assert all(graded.correct for graded in told.values()), (W, Theta, x, label)
        # As JSON has them the numbers must show it themselves, in either part: those that are short do not.
        double = {part: one.astype(float) for part, one in single.items()}
        mantissas = np.abs(np.frexp(np.concatenate([one.ravel() for one in double.values()]))[0])
        if (mantissas * 2**16 % 1 != 0).any():
            asked += 1
            shown = grade(problem, targets, found, "mean", double)
            assert all(graded.correct for graded in shown.values()), (W, Theta, x, label)
    assert asked > 100


def test_numbers_rounded_by_hand_are_not_taken_for_float32():
    problem, targets = Problem(EYE, EYE, np.array([1.0, 2.0])), Labels(np.array([0]), np.ones(1))
    right = gradients(problem, targets).Theta
    for digits in (3, 5, 6):
        rounded = np.vectorize(lambda entry, d=digits: float(f"{entry:.{d}g}"))(right)
        assert (rounded != right).all()
        found = gradients(problem, targets)
        got = grade(problem, targets, found, "mean", {"Theta": rounded}, rounding=False)["Theta"]
        assert got.wrong.all()


@given(SEEDS)
def test_rounding_to_three_digits_is_right_at_one_percent(seed):
    case = random_case(seed)
    found = gradients(case.problem, case.targets, case.reduction)
    rounded = {
        part: np.vectorize(lambda entry: float(f"{entry:.2e}"))(getattr(found, part)) for part in PARTS
    }
    assert all(result.correct for result in graded(case, rounded, 0.01).values())


def demand_caught(seeds: range) -> None:
    """One entry, changed by a millionth of itself: it and no other is wrong, unless it is noise itself."""
    asked = caught = 0
    for seed in seeds:
        case = random_case(seed, largest=8)
        found = gradients(case.problem, case.targets, case.reduction)
        random = np.random.default_rng(seed)
        for part in PARTS:
            changed = np.array(getattr(found, part))
            place = tuple(int(random.integers(size)) for size in changed.shape)
            least = max(1e-6 * np.abs(changed).max(), 1e-7 * reach(case, part))
            if changed[place] == 0 or abs(changed[place]) < least:
                continue  # what is left of a cancellation, or of confident rows
            changed[place] *= 1.0 + float(random.choice([-1, 1])) * 1e-6
            result = graded(case, {part: changed})[part]
            asked += 1
            caught += np.argwhere(result.wrong).tolist() == [list(place)]
            assert result.codes in ((), ("scaled",)) or changed.size < 4
    assert asked > len(seeds)
    assert caught == asked


def test_one_entry_wrong_by_a_millionth_is_called_wrong():
    demand_caught(range(150))


@pytest.mark.long
def test_one_entry_wrong_by_a_millionth_is_called_wrong_on_many():
    demand_caught(range(10_000, 20_000))


def test_entry_wrong_by_a_millionth_beside_float32_zeros():
    """An entry wrong by a millionth is wrong beside float32's zeros."""
    # Zeros and halves are float32 numbers too: they do not widen what is allowed.
    problem = Problem(np.eye(2), np.zeros((2, 2)), np.array([1.0, 0.0]))
    labels = Labels(np.array([0]), np.ones(1))
    right = gradients(problem, labels).Theta
    assert right.tolist() == [[-0.5, 0.5], [0.0, 0.0]]
    found = gradients(problem, labels)
    wrong = grade(problem, labels, found, "mean", {"Theta": right * [[1, 1.0 + 1.123456789e-6], [1, 1]]})
    assert wrong["Theta"].wrong.tolist() == [[False, True], [False, False]]


NOT_NUMBERS = [np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("value", NOT_NUMBERS)
def test_what_is_not_finite_is_wrong_and_says_so(value):
    case = random_case(7, reductions=("sum",))
    found = gradients(case.problem, case.targets, "sum")
    submission = {part: np.array(getattr(found, part)) for part in PARTS}
    submission["W"][0, 0] = value
    got = graded(case, submission)
    assert np.argwhere(got["W"].wrong).tolist() == [[0, 0]]
    assert got["W"].codes == ("not_finite",)
    assert got["Theta"].correct


@pytest.mark.parametrize("shape", [(), (0,), (1,), (7, 9), (1, 2, 2), (2, 2, 2)])
def test_another_shape_is_wrong_everywhere(shape):
    case = Case(
        Problem(np.ones((2, 3)), np.ones((2, 4)), np.ones((2, 3))),
        Labels(np.array([0, 1]), np.ones(2)),
        "sum",
    )
    got = graded(case, {"W": np.full(shape, 0.123), "Theta": np.full(shape, 0.123)})
    for part, right in (("W", (2, 3)), ("Theta", (2, 4))):
        assert got[part].wrong.shape == right
        assert got[part].wrong.all()
        assert got[part].codes == ("shape",)


def test_zeros_are_wrong_and_called_zeros():
    case = random_case(3, reductions=("sum",))
    got = graded(case, {part: np.zeros(shape_of(case, part)) for part in PARTS})
    assert [(got[part].correct, got[part].codes) for part in PARTS] == [
        (False, ("zeros",)),
        (False, ("zeros",)),
    ]


def test_one_number_alone_is_not_called_scaled():
    case = Case(Problem(np.ones((1, 1)), np.array([[1.0, 3.0]]), np.ones(1)), np.array([[0.3, 0.6]]), "sum")
    right = gradients(case.problem, case.targets).W
    assert graded(case, {"W": 1.234 * right})["W"].codes == ()


def test_only_the_given_parts_are_graded():
    case = random_case(5)
    found = gradients(case.problem, case.targets, case.reduction)
    assert set(graded(case, {"Theta": found.Theta})) == {"Theta"}
    with pytest.raises(InvalidValue) as caught:
        graded(case, {})
    assert caught.value.at == ("submission",)


@pytest.mark.parametrize("tolerance", [-1e-9, np.nan, np.inf])
def test_a_tolerance_is_finite_and_not_negative(tolerance):
    with pytest.raises(InvalidValue) as caught:
        graded(random_case(5), {"W": np.ones((1, 1))}, tolerance)
    assert caught.value.at == ("tolerance",)


def test_numbers_too_large_to_judge_are_refused_not_passed():
    problem = Problem(np.array([[1e200, -1e200]]), np.zeros((1, 2)), np.array([1e200, 1e200]))
    labels = Labels(np.array([0]), np.ones(1))
    with pytest.raises(Overflow):
        found = gradients(problem, labels)
        grade(problem, labels, found, "mean", {"W": np.zeros((1, 2))})


def test_every_code_has_one_sentence_that_holds_no_number():
    for sentence in EXPLANATIONS.values():
        assert sentence.endswith(".")
        assert sentence.count(". ") == 0
        assert not any(character.isdigit() for character in sentence)


def test_numbers_rounded_with_their_ratios_are_a_sign():
    """Rank one and two columns in the ratio 1 : 2: rounded to four digits it is an exact multiple."""
    W, Theta = np.eye(2), np.array([[1.0, -1.0], [0.0, 2.0]])
    problem, targets = Problem(W, Theta, np.array([1.0, 2.0])), Labels(np.array([1]), np.ones(1))
    found = gradients(problem, targets)
    submission = {"W": -np.round(found.W, 4)}
    assert (submission["W"][:, 1] == 2 * submission["W"][:, 0]).all()
    assert grade(problem, targets, found, "mean", submission, 0.001)["W"].codes == ("sign",)


def test_nothing_is_named_within_what_rounds() -> None:
    """On rows without doubt rounding is as large as the gradient: whatever was near was called `sign`."""
    W = np.array([[-2.0, 2, 0], [0, 1, -1], [1, 2, 2]])
    Theta = np.array([[-2.0, 2], [1, 1], [-2, 2]])
    X = np.array([[-1.0, 2, -1], [-2, 2, 0], [-1, 2, 2]])
    case = Case(Problem(W, Theta, X), Labels(np.array([1, 1, 1]), np.full(3, 3.0)), "mean")
    found = gradients(case.problem, case.targets, case.reduction)
    random = np.random.default_rng(0)
    for part in PARTS:
        right = np.array(getattr(found, part))
        noise = random.normal(size=right.shape) * np.abs(right).max()
        for submitted, codes in (
            (0 * right, ("zeros",)),
            (noise, ()),
            (right / 2, ("scaled",)),
            (right / np.log(2), ("log_base",)),
            (-right, ("sign",)),
        ):
            assert graded(case, {part: submitted})[part].codes == codes


def test_random_numbers_are_no_mistake_of_the_table_in_float32() -> None:
    random = np.random.default_rng(3)
    h, d, k, n = 64, 300, 10, 32
    W, X, Theta = (
        array.astype(np.float32).astype(float)
        for array in (
            random.normal(size=(h, d)) / d**0.5,
            random.normal(size=(n, d)),
            random.normal(size=(h, k)) / h**0.5 * 10,
        )
    )
    case = Case(Problem(W, Theta, X), Labels((X @ W.T @ Theta).argmax(1), np.ones(n)), "mean")
    found = gradients(case.problem, case.targets, case.reduction)
    for part in PARTS:
        right = getattr(found, part)
        noise = (random.normal(size=right.shape) * 0.3 * np.abs(right).max()).astype(np.float32)
        assert graded(case, {part: noise})[part].codes == ()
        half = (right / 2).astype(np.float32)
        assert graded(case, {part: half})[part].codes == ("scaled",)


def test_errors_beyond_float64_are_refused() -> None:
    """Errors beyond float64 are refused and not taken for any answer."""
    problem, targets = Problem(np.array([[1e-37]]), np.array([[1e124, 0.0]]), np.array([1e200])), labels(0)
    found = gradients(problem, targets)
    with pytest.raises(Overflow):
        grade(problem, targets, found, "mean", {"W": np.array(found.W)})
    assert grade(problem, targets, found, "mean", {"Theta": np.array(found.Theta)})["Theta"].correct


def of_equal_columns(seed: int) -> Case:
    """Return a problem in which a hidden unit pushes all classes alike: its row of ∂ℓ/∂W is 0."""
    random = np.random.default_rng(seed)
    h, d, k, n = random.integers(2, 4), random.integers(2, 4), random.integers(2, 4), random.integers(1, 5)
    W, Theta, X = (random.normal(size=shape).round(1) for shape in ((h, d), (h, k), (n, d)))
    Theta[-1] = Theta[-1, 0]
    return Case(Problem(W, Theta, X), Labels(random.integers(0, k, n), np.ones(n)), "mean")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("factor", "code"), [(-1.0, "sign"), (1 / np.log(2), "log_base"), (0.37, "scaled")])
def test_a_sign_or_a_base_is_no_odd_factor_however_it_is_rounded(dtype, factor, code):
    """Beside an exact 0, or in float32, some other factor fits a little better."""
    for seed in range(60):
        case = of_equal_columns(seed)
        found = gradients(case.problem, case.targets, case.reduction)
        for part in PARTS:
            right = np.array(getattr(found, part))
            if np.count_nonzero(np.abs(right) > 1e-3) < 2:
                continue
            told = graded(case, {part: (factor * right).astype(dtype)})[part].explanation.alternatives
            # Where both of two classes are as probable, the other label is a sign, and both are named.
            assert told == ((code,),) or (code == "sign" and told == (("sign",), ("wrong_label",)))


def test_targets_that_sum_to_one_are_said_to():
    """NumPy's p − y has a student's last bits, and ours has not."""
    asked = 0
    for seed in range(150):
        case = of_equal_columns(seed)
        problem, y = case.problem, case.rows
        a = problem.inputs @ problem.W.T @ problem.Theta
        e = np.exp(a - a.max(axis=1, keepdims=True))
        g = (e / e.sum(axis=1, keepdims=True) - y) / len(y)
        wrong = -(problem.Theta @ g.T @ problem.inputs)
        if np.abs(wrong).max() > 1e-3 and np.count_nonzero(np.abs(wrong) > 1e-3) > 1:
            asked += 1
            assert graded(case, {"W": wrong})["W"].codes == ("sign",)
    assert asked > 100


def test_short_float32_numbers_are_of_the_other_parts_arithmetic():
    case = Case(
        Problem(np.array([[0.2, 1.0]]), np.array([[0.3, -0.3]]), np.array([[0.6, -1.1]])),
        Labels(np.array([1]), np.ones(1)),
        "mean",
    )
    printed = {"W": np.array([[0.12855381, -0.23568197]]), "Theta": np.array([[-0.349952, 0.349952]])}
    assert all(result.correct for result in graded(case, printed).values())
    alone = graded(case, {"Theta": printed["Theta"]}, rounding=False)["Theta"]  # six digits by hand
    assert not alone.correct


def test_sign_rounded_by_hand_survives_a_small_entry_off():
    """A sign rounded by hand is a sign though a small entry is off by more than the tolerance."""
    W, Theta = [[1, -1.7, 0.6], [-0.8, 0.2, -0.1]], [[1.8, 0.2, -0.8], [0.2, 0, -0.2]]
    problem = Problem(np.array(W), np.array(Theta), np.array([[1.7, 0.8, 0.2]]))
    case = Case(problem, labels(0), "mean")
    wrong = np.array([[1.825, 0.859, 0.215], [0.258, 0.121, 0.03]])
    assert graded(case, {"W": wrong}, tolerance=0.01)["W"].codes == ("sign",)


def test_exact_half_is_a_factor_beside_two_near_mistakes():
    """An exact half is a factor though two mistakes come near it."""
    random = np.random.default_rng(5)
    W, Theta, X = (random.normal(size=shape) for shape in ((2, 3), (2, 3), (3, 3)))
    case = Case(Problem(W, Theta, X), Labels(np.array([0, 1, 2]), np.ones(3)), "sum")
    found = gradients(case.problem, case.targets, case.reduction)
    for tolerance in (1e-9, 0.01, 0.05):
        for part in PARTS:
            half = 0.5 * getattr(found, part)
            assert graded(case, {part: half}, tolerance=tolerance)[part].codes == ("scaled",)
