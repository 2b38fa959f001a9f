"""Reading our formulas as a student would: numbers in mpmath, or symbols in SymPy.

The grammar is what the formulas use and no more; anything else is a SyntaxError, so a formula that is not
understood fails its test.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mpmath import mp, mpf

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|[a-zA-Z](?:_\d)?'?|\S")
_SILENT = (r"\,", r"\;", r"\left", r"\right")
_FOR = r" \;\text{for}\; "
_RELATIONS = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
    r"\leq": lambda a, b: a <= b,
    r"\geq": lambda a, b: a >= b,
}


@dataclass(frozen=True)
class Algebra:
    """What the tokens of a formula mean."""

    number: Callable[[str], Any]
    symbols: Mapping[str, Any]
    functions: Mapping[str, Callable[..., Any]]
    root: Callable[[Any], Any]
    derivative: Callable[[Any], Any] | None = None


NUMBERS = {r"\ln": mp.log, r"\tanh": mp.tanh, "erf": mp.erf, r"\max": max, r"\min": min}


def evaluate(formula: str, x: Any) -> Any:
    """The value of a formula at x; of several pieces, the one whose condition holds."""
    algebra = Algebra(mpf, {"x": x, "e": mp.e, r"\pi": mp.pi}, NUMBERS, mp.sqrt)
    if _FOR not in formula:
        return read(formula, algebra)
    values = []
    for piece in formula.split(r",\quad "):
        text, condition = piece.split(_FOR)
        if _holds(condition, algebra):
            values.append(read(text, algebra))
    if len(values) != 1:
        raise ValueError(f"{len(values)} pieces claim x = {x}")
    return values[0]


def read(formula: str, algebra: Algebra) -> Any:
    """The meaning of a formula of one piece."""
    return _Reader(formula, algebra).whole()


def _holds(condition: str, algebra: Algebra) -> bool:
    parts = re.split(r"\s*(<|>|=|\\leq|\\geq)\s*", condition)
    values = [read(text, algebra) for text in parts[::2]]
    return all(_RELATIONS[sign](values[i], values[i + 1]) for i, sign in enumerate(parts[1::2]))


@dataclass
class _Reader:
    text: str
    algebra: Algebra
    at: int = 0
    tokens: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = [one for one in _TOKEN.findall(self.text) if one not in _SILENT]

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise SyntaxError(f"expected {expected or 'more'}, got {token or 'the end'}")
        self.at += 1
        return token

    def whole(self) -> Any:
        value = self.sum()
        if self.peek():
            raise SyntaxError(f"{self.peek()} is left over")
        return value

    def sum(self) -> Any:
        negative = self.peek() == "-" and self.take()
        value = -self.product() if negative else self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> Any:
        value = self.power()
        while self.peek() and self.peek() not in ("+", "-", ")", "}", ",", "|"):
            if self.peek() == "/":
                self.take()
                value = value / self.power()
            else:
                if self.peek() in (r"\times", r"\cdot"):
                    self.take()
                value = value * self.power()
        return value

    def power(self) -> Any:
        value = self.atom()
        if self.peek() == "^":
            self.take()
            value = value ** self.group()
        return value

    def group(self) -> Any:
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self) -> Any:
        token = self.take()
        if re.fullmatch(r"[\d.]+", token):
            return self.algebra.number(token)
        if token in (r"\operatorname", r"\mathbf"):
            token = self.upright()
        if token in self.algebra.symbols:
            return self.algebra.symbols[token]
        if token in ("(", "|"):
            value = self.sum()
            self.take(")" if token == "(" else "|")
            return abs(value) if token == "|" else value
        if token == r"\frac":
            return self.fraction()
        if token == r"\sqrt":
            return self.algebra.root(self.group())
        return self.call(token)

    def upright(self) -> str:
        self.take("{")
        word = ""
        while self.peek() != "}":
            word += self.take()
        self.take("}")
        return {"1": "ones"}.get(word, word)

    def fraction(self) -> Any:
        operator = ["{", "d", "}", "{", "d", "x", "}"]
        if self.tokens[self.at : self.at + 7] == operator:
            self.at += 7
            if self.algebra.derivative is None:
                raise SyntaxError("a derivative has no meaning here")
            return self.algebra.derivative(self.power())
        return self.group() / self.group()

    def call(self, token: str) -> Any:
        if token not in self.algebra.functions:
            raise SyntaxError(f"{token} is unknown")
        exponent = None
        if self.peek() == "^":
            self.take()
            exponent = self.group()
        self.take("(")
        arguments = [self.sum()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.take(")")
        value = self.algebra.functions[token](*arguments)
        return value if exponent is None else value**exponent
