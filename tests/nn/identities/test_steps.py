"""Every step of every identity, verified by SymPy as it is written."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
import sympy

from app.nn.activations.catalogue import create
from app.nn.identities.catalogue import IDENTITIES, identity
from app.nn.identities.record import Identity
from app.nn.networks.evaluation import evaluate
from app.nn.networks.network import Layer, Network
from tests.oracles.latex import Algebra, read

x = sympy.Symbol("x", real=True)


def sigmoid(z: sympy.Expr) -> sympy.Expr:
    return 1 / (1 + sympy.exp(-z))


def softplus(z: sympy.Expr) -> sympy.Expr:
    return sympy.log(1 + sympy.exp(z))


ONE_VARIABLE = Algebra(
    number=sympy.Rational,
    symbols={"x": x, "e": sympy.E},
    functions={
        "s_0": softplus,
        "s_1": sigmoid,
        "s_0'": lambda z: sympy.diff(softplus(x), x).subs(x, z),
        "s_1'": lambda z: sympy.diff(sigmoid(x), x).subs(x, z),
        r"\ln": sympy.log,
        r"\tanh": sympy.tanh,
    },
    root=sympy.sqrt,
    derivative=lambda expression: sympy.diff(expression, x),
)


def lines(steps: Identity) -> list[str]:
    """The expressions of a chain of equations, in order."""
    first, *rest = [step.latex for step in steps.steps]
    assert all(line.startswith("= ") for line in rest)
    return [*first.split(" = "), *(line.removeprefix("= ") for line in rest)]


CHAINS = [one for one in IDENTITIES if one.problem in ("1a", "1b", None) or one.name == "tanh_as_sigmoid"]


@pytest.mark.parametrize("one", CHAINS, ids=lambda one: one.name)
def test_each_line_equals_the_one_before(one: Identity) -> None:
    """Each line equals the one before and the ends are the statement."""
    expressions = [read(line, ONE_VARIABLE) for line in lines(one)]
    for earlier, later in pairwise(expressions):
        difference = sympy.simplify((earlier - later).rewrite(sympy.exp))
        difference = sympy.simplify(sympy.expand_log(difference, force=True))
        assert difference == 0 or sympy.simplify(sympy.exp(earlier) / sympy.exp(later)) == 1
    assert [lines(one)[0], lines(one)[-1]] == one.statement.split(" = ")


def test_a_false_line_would_be_noticed() -> None:
    right, wrong = (read(line, ONE_VARIABLE) for line in (r"\frac{1}{1 + e^{-x}}", r"\frac{1}{1 - e^{-x}}"))
    assert sympy.simplify(right - wrong) != 0


def matrix(name: str, rows: int, columns: int) -> sympy.Matrix:
    return sympy.Matrix(rows, columns, lambda i, j: sympy.Symbol(f"{name}{i}{j}", real=True))


def entrywise(function):
    return lambda z: z.applyfunc(function)


def test_the_network_s_chain_holds_for_every_weight() -> None:
    # Two outputs, three units, two inputs, every number a symbol.
    one = identity("tanh_network_as_sigmoid_network")
    symbols = {
        "x": matrix("x", 2, 1),
        "W_1": matrix("u", 3, 2),
        "b_1": matrix("p", 3, 1),
        "W_2": matrix("v", 2, 3),
        "b_2": matrix("q", 2, 1),
        "ones": sympy.ones(3, 1),
    }
    algebra = Algebra(
        sympy.Rational, symbols, {r"\tanh": entrywise(sympy.tanh), "s_1": entrywise(sigmoid)}, sympy.sqrt
    )
    equation, _, where = one.statement.partition(r" \;\text{for}\; ")
    for definition in where.split(r",\quad "):
        name, value = definition.split(" = ")
        symbols[name] = read(value, algebra)
    written = lines(one)
    assert (written[0], written[-1]) == ("F(x)", "G(x)")
    assert equation.split(" = ") == [written[1], written[-2]]
    networks = [read(line, algebra) for line in written[1:-1]]
    for earlier, later in pairwise(networks):
        difference = (earlier - later).applyfunc(lambda entry: sympy.simplify(entry.rewrite(sympy.exp)))
        assert difference == sympy.zeros(2, 1)


def test_step_networks_take_at_most_one_value_for_a_pattern() -> None:
    """Step networks take at most as many values as there are patterns."""
    random = np.random.default_rng(0)
    for units, inputs in product((1, 2, 3, 4), (1, 2)):
        steps = Network(
            (
                Layer(random.normal(size=(units, inputs)), random.normal(size=units), create("heaviside")),
                Layer(random.normal(size=(2, units)), random.normal(size=2), create("identity")),
            )
        )
        points = random.normal(0, 5, (20_000, inputs))
        assert len(np.unique(evaluate(steps, points), axis=0)) <= 2**units
    assert set(create("heaviside").evaluate(np.array([-np.inf, -1.0, 0.0, 1.0, np.inf])).tolist()) == {
        0.0,
        1.0,
    }


def test_tanh_networks_take_every_value_between_two() -> None:
    z = sympy.Symbol("z", real=True)
    assert sympy.calculus.util.continuous_domain(sympy.tanh(z), z, sympy.S.Reals) == sympy.S.Reals
    random = np.random.default_rng(1)
    tanh = Network(
        (
            Layer(random.normal(size=(3, 2)), random.normal(size=3), create("tanh")),
            Layer(random.normal(size=(1, 3)), random.normal(size=1), create("identity")),
        )
    )

    def along(t: np.ndarray) -> np.ndarray:
        return evaluate(tanh, np.array([[-2.0, 1.0]]) + t[:, None] * np.array([[3.0, -2.5]]))[:, 0]

    ends = along(np.array([0.0, 1.0]))
    assert ends[0] != ends[1]
    wanted = np.linspace(ends[0], ends[1], 202)[1:-1]
    low, high = np.zeros(200), np.ones(200)
    for _ in range(60):
        middle = (low + high) / 2
        before = (along(middle) < wanted) == (ends[0] < ends[1])
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    assert np.abs(along(low) - wanted).max() < 1e-14
    assert len(np.unique(along(low))) == 200 > 2**3


def test_a_constant_tanh_network_is_a_step_network() -> None:
    # The last step of the proof, for a network whose units cancel.
    random = np.random.default_rng(2)
    weight, bias = random.normal(size=(2, 3)), random.normal(size=2)
    pairs = Layer(np.concatenate([weight, weight]), np.concatenate([bias, bias]), create("tanh"))
    constant = np.array([0.75, -3.0])
    cancelling = Layer(
        np.array([[1.5, 2.0, -1.5, -2.0], [1.0, -0.5, -1.0, 0.5]]), constant, create("identity")
    )
    steps = Network(
        (
            Layer(pairs.weight, pairs.bias, create("heaviside")),
            Layer(np.zeros((2, 4)), evaluate(Network((pairs, cancelling)), np.zeros(3)), create("identity")),
        )
    )
    points = random.normal(0, 5, (500, 3))
    np.testing.assert_allclose(
        evaluate(steps, points), evaluate(Network((pairs, cancelling)), points), rtol=0, atol=1e-15
    )


def test_the_proof_of_2b_is_whole() -> None:
    one = identity("no_step_network")
    text = " ".join(step.reason for step in one.steps)
    for word in (
        "0 or 1",
        "2ⁿ patterns",
        "not constant",
        "continuous",
        "intermediate value theorem",
        "infinitely many",
        "the one exception",
    ):
        assert word in text
    assert one.check is None
    assert one.curves is None


def test_no_name_is_given_twice() -> None:
    assert len({one.name for one in IDENTITIES}) == len(IDENTITIES)
    for one in IDENTITIES:
        assert one.title
        assert all(step.reason and step.latex for step in one.steps)
        assert (one.check is None) == (one.checked == "")


def test_live_checks() -> None:
    for one in IDENTITIES:
        if one.check is None:
            continue
        check = one.check()
        assert check.points > 200
        assert math.isfinite(check.at)
        # 2 ulp for functions; F and G differ by their sums' roundings too.
        assert 0 <= check.largest_error_ulp <= (8 if one.name == "tanh_network_as_sigmoid_network" else 2)


def test_both_sides_are_the_same_curve() -> None:
    points = np.linspace(-30, 30, 601)
    for one in IDENTITIES:
        if one.curves is not None:
            left, right = (curve.evaluate(points) for curve in one.curves)
            assert left.shape == right.shape == points.shape
            np.testing.assert_allclose(left, right, rtol=0, atol=1e-14 * np.abs(left).max())
