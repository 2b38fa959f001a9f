"""Reading the catalogue's formulas as a student would, and evaluating them in mpmath.

The grammar is what the formulas use and no more; anything else is a SyntaxError, so a formula that is not
understood fails its test.
"""

import re
from typing import Any

from mpmath import mp, mpf

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|[a-zA-Z]|\S")
_FOR = r" \;\mathrm{for}\; "
_RELATIONS = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    r"\leq": lambda a, b: a <= b,
    r"\geq": lambda a, b: a >= b,
}
_FUNCTIONS = {r"\ln": mp.log, r"\tanh": mp.tanh, "erf": mp.erf, r"\max": max, r"\min": min}


def evaluate(formula: str, x: Any) -> Any:
    """The value of a formula at x; of several pieces, the one whose condition holds."""
    pieces = formula.split(r",\quad ")
    if len(pieces) == 1 and _FOR not in formula:
        return _Reader(formula, x).whole()
    values = []
    for piece in pieces:
        text, condition = piece.split(_FOR)
        if _holds(condition, x):
            values.append(_Reader(text, x).whole())
    if len(values) != 1:
        raise ValueError(f"{len(values)} pieces claim x = {x}")
    return values[0]


def _holds(condition: str, x: Any) -> bool:
    parts = re.split(r"\s*(<|>|\\leq|\\geq)\s*", condition)
    values = [_Reader(text, x).whole() for text in parts[::2]]
    return all(_RELATIONS[sign](values[i], values[i + 1]) for i, sign in enumerate(parts[1::2]))


class _Reader:
    def __init__(self, text: str, x: Any) -> None:
        self.tokens = [one for one in _TOKEN.findall(text) if one not in (r"\,", r"\;", r"\left", r"\right")]
        self.at = 0
        self.x = x

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
        sign = -1 if self.peek() == "-" and self.take() else 1
        value = sign * self.product()
        while self.peek() in ("+", "-"):
            value += self.product() if self.take() == "+" else -self.product()
        return value

    def product(self) -> Any:
        value = self.power()
        while self.peek() and self.peek() not in ("+", "-", ")", "}", ",", "|"):
            if self.peek() == "/":
                self.take()
                value /= self.power()
            else:
                if self.peek() == r"\times":
                    self.take()
                value *= self.power()
        return value

    def power(self) -> Any:
        value = self.atom()
        if self.peek() == "^":
            self.take()
            value **= self.group()
        return value

    def group(self) -> Any:
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self) -> Any:
        token = self.take()
        if re.fullmatch(r"[\d.]+", token):
            return mpf(token)
        if token in ("x", "e", r"\pi"):
            return {"x": self.x, "e": mp.e, r"\pi": mp.pi}[token]
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token == "|":
            value = self.sum()
            self.take("|")
            return abs(value)
        if token == r"\frac":
            return self.group() / self.group()
        if token == r"\sqrt":
            return mp.sqrt(self.group())
        return self.call(token)

    def call(self, token: str) -> Any:
        if token == r"\mathrm":
            self.take("{")
            token = ""
            while self.peek() != "}":
                token += self.take()
            self.take("}")
        if token not in _FUNCTIONS:
            raise SyntaxError(f"{token} is unknown")
        exponent = 1
        if self.peek() == "^":
            self.take()
            exponent = self.group()
        self.take("(")
        arguments = [self.sum()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.take(")")
        return _FUNCTIONS[token](*arguments) ** exponent
