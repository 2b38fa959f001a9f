"""Reading formulas with indices and sums entry by entry: LaTeX → SymPy, for Problem 3's derivations.

A vector or matrix without its indices stands for its entry at the indices at hand: W for W_{uv}, θ_i for
θ_{ui}, p for p_i, x for x_v; a matrix before a factor is the product, summed over the inner index. Anything
that is not understood is a SyntaxError.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy

H, D, K = 2, 2, 2
RANGES = {"u": H, "v": D, "i": K, "j": K, "m": K}

Env = Mapping[str, int]
Meaning = Callable[[Env], sympy.Expr]

_TOKEN = re.compile(r"\\[a-zA-Z]+|\d+|[a-zA-Z]|\S")


def symbol(name: str, *at: int) -> sympy.Symbol:
    return sympy.Symbol(name + "".join(map(str, at)), real=True)


THETA = [[symbol("t", u, i) for i in range(K)] for u in range(H)]
W = [[symbol("w", u, v) for v in range(D)] for u in range(H)]
X = [symbol("x", v) for v in range(D)]
Y = [symbol("y", j) for j in range(K)]
A = [symbol("a", j) for j in range(K)]
# e^{a_j}, so that everything but logarithms is a rational function, which SymPy decides.
E = [sympy.Symbol(f"E{j}", positive=True) for j in range(K)]
P = [one / sum(E) for one in E]
LOSS = -sum(y * sympy.log(p) for y, p in zip(Y, P, strict=True))
LOGITS = [sum(THETA[u][j] * W[u][v] * X[v] for u in range(H) for v in range(D)) for j in range(K)]


def partial(expression: sympy.Expr, by: sympy.Symbol) -> sympy.Expr:
    """Return the derivative by a logit, where e^{a_j} moves too, or by an entry of Θ or W, where all do."""
    if by in A:
        exponential = E[A.index(by)]
        return sympy.diff(expression, by) + sympy.diff(expression, exponential) * exponential
    through = sum(partial(expression, a) * sympy.diff(b, by) for a, b in zip(A, LOGITS, strict=True))
    return sympy.diff(expression, by) + through


def vanishes(expression: sympy.Expr) -> bool:
    """Tell whether an expression is 0 for all W, Θ, x and y."""
    expression = sympy.expand_log(expression)
    if sympy.cancel(expression) == 0:
        return True
    written_out = expression.subs([(sympy.log(e), a) for e, a in zip(E, A, strict=True)])
    return sympy.cancel(written_out.subs(list(zip(A, LOGITS, strict=True)))) == 0


def read(formula: str) -> Meaning:
    """Return what a formula is at given indices."""
    reader = _Reader(formula)
    meaning = reader.sum()
    if reader.peek():
        raise SyntaxError(f"{reader.peek()} is left over in {formula}")
    return meaning


def equal(left: str, right: str) -> bool:
    """Tell whether two formulas agree at all indices; those that a formula does not have change nothing."""
    one, other = read(left), read(right)
    places = (
        {"u": u, "v": v, "i": i, "j": j}
        for u in range(H)
        for v in range(D)
        for i in range(K)
        for j in range(K)
    )
    pairs = {(one(place), other(place)) for place in places}
    return all(vanishes(a - b) for a, b in pairs)


@dataclass
class _Reader:
    text: str
    at: int = 0
    tokens: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = [t for t in _TOKEN.findall(self.text) if t not in (r"\left", r"\right")]

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise SyntaxError(f"expected {expected or 'more'}, got {token or 'the end'} in {self.text}")
        self.at += 1
        return token

    def sum(self) -> Meaning:
        sign = -1 if self.peek() == "-" and self.take() else 1
        terms = [(sign, self.product())]
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            terms.append((sign, self.product()))
        return lambda env: sum((sign * term(env) for sign, term in terms), sympy.Integer(0))

    def product(self) -> Meaning:
        factors = [self.factor()]
        while self.peek() not in ("", "+", "-", ")", "}"):
            factors.append(self.factor())
        return lambda env: sympy.prod([factor(env) for factor in factors])

    def factor(self) -> Meaning:
        token = self.take()
        if token == r"\sum":
            self.take("_")
            (index,) = self.indices()
            body = self.product()
            return lambda env: sum(body({**env, index: n}) for n in range(RANGES[index]))
        if token == r"\ln":
            body = self.product()
            return lambda env: sympy.log(body(env))
        if token == r"\frac":
            return self.fraction()
        if token == "(":
            inner = self.sum()
            self.take(")")
            return inner
        if token == "e":
            self.take("^")
            power = self.group()
            return lambda env: E[A.index(power(env))]
        return self.named(token)

    def named(self, token: str) -> Meaning:
        at = self.indices() if self.peek() == "_" and self.take() else ()
        if self.peek() == "^":
            self.take()
            assert [self.take() for _ in range(3)] == ["{", r"\top", "}"]
        match token, len(at):
            case r"\ell", 0:
                return lambda env: LOSS
            case "s", 0:
                return lambda env: sum(Y)
            case (("a" | "p" | "y"), 0 | 1):
                known = {"a": A, "p": P, "y": Y}[token]
                return lambda env: known[env[at[0] if at else "i"]]
            case "x", 0 | 1:
                return lambda env: X[env["v"]]
            case r"\theta", 1:
                return lambda env: THETA[env["u"]][env[at[0]]]
            case r"\theta", 2:
                return lambda env: THETA[env[at[0]]][env[at[1]]]
            case r"\delta", 2:
                return lambda env: sympy.Integer(env[at[0]] == env[at[1]])
            case "W", 2:
                return lambda env: W[env[at[0]]][env[at[1]]]
            case "W", 0 if self.peek() in ("", "}"):
                return lambda env: W[env["u"]][env["v"]]
            case "W", 0:
                after = self.factor()
                return lambda env: sum(W[env["u"]][v] * after({**env, "v": v}) for v in range(D))
            case r"\Theta", 0:
                after = self.factor()
                return lambda env: sum(THETA[env["u"]][i] * after({**env, "i": i}) for i in range(K))
        raise SyntaxError(f"{token} with {len(at)} indices is unknown in {self.text}")

    def fraction(self) -> Meaning:
        if self.peek(1) != r"\partial":
            above, below = self.group(), self.group()
            return lambda env: above(env) / below(env)
        above, below = self.differential(), self.differential()
        return lambda env: partial(above(env), below(env))

    def differential(self) -> Meaning:
        self.take("{")
        self.take(r"\partial")
        inner = self.factor()
        self.take("}")
        return inner

    def group(self) -> Meaning:
        self.take("{")
        inner = self.sum()
        self.take("}")
        return inner

    def indices(self) -> tuple[str, ...]:
        self.take("{")
        found = []
        while self.peek() != "}":
            found.append(self.take())
        self.take("}")
        if not found or not set(found) <= set(RANGES):
            raise SyntaxError(f"{found} are no indices in {self.text}")
        return tuple(found)
