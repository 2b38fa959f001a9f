"""The function of one number that several elementwise nodes are together."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from math import exp, isfinite

import numpy as np
from onnx import TensorProto

from .expression import (
    Expression,
    NotExpressible,
    X,
    absolute,
    clipped,
    constant,
    erf,
    exponential,
    inverse,
    logarithm,
    rectified,
    sigmoid,
    softplus,
    square_root,
    tanh,
)
from .scope import Constant, Node, Scope, Use

_MOST_NODES = 32
_UNITS: Mapping[int, Fraction] = {
    TensorProto.DOUBLE: Fraction(1, 2**53),
    TensorProto.FLOAT: Fraction(1, 2**24),
    TensorProto.FLOAT16: Fraction(1, 2**11),
    TensorProto.BFLOAT16: Fraction(1, 2**8),
}
_OF_ATTRIBUTES = _UNITS[TensorProto.FLOAT]


@dataclass(frozen=True, slots=True)
class Joined:
    """A value that all that is made of an earlier one goes into, as a function of that one.

    `unit` is the largest relative rounding of one constant in the types of those that were met.
    """

    name: str
    function: Expression
    unit: Fraction
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class _Exceeds:
    """Where a function is greater than a number, of a type that rounds by `unit`."""

    left: Expression
    right: Fraction
    unit: Fraction


_Operand = Expression | _Exceeds


def joined_values(scope: Scope, name: str, seen: Set[Node]) -> Iterator[Joined]:
    """Yield where the paths from a value come together again, the nearest first, by nodes not seen yet."""
    made: dict[str, _Operand] = {name: X}
    left = {name: len(scope.uses[name])}
    open_values = {name}
    unit = Fraction(0)
    waiting: deque[Use] = deque(scope.uses[name])
    done: dict[Node, None] = {}
    while waiting and len(done) < _MOST_NODES:
        node = waiting.popleft().node
        if node in done or node in seen or node.scope is not scope:
            continue
        step = _Step(node, made)
        result = step.result()
        if result is None:
            continue
        (output,) = (one for one in node.proto.output if one)
        if output in made:
            return
        done[node] = None
        unit = max(unit, step.unit)
        for one in node.proto.input:
            if one in left:
                left[one] -= 1
                if not left[one] and one not in scope.exposed:
                    open_values.discard(one)
        made[output], left[output] = result, len(scope.uses[output])
        open_values.add(output)
        waiting.extend(scope.uses[output])
        if open_values == {output} and isinstance(result, Expression):
            yield Joined(output, result, unit, tuple(done))


class _Step:
    """One node, of values that are functions of x and of constants."""

    def __init__(self, node: Node, made: Mapping[str, _Operand]) -> None:
        self._node = node
        self._made = made
        self.unit = Fraction(0)

    def result(self) -> _Operand | None:
        """Return what it makes; None where that is no such function, or not all is made that it takes."""
        operation = _OPERATIONS.get(self._node.operator)
        if operation is None or sum(map(bool, self._node.proto.output)) != 1:
            return None
        try:
            return operation(self)
        except (NotExpressible, OverflowError, ValueError):
            return None

    def operand(self, index: int) -> _Operand:
        """Return what stands there."""
        if not self._node.has_input(index):
            raise NotExpressible
        name = self._node.proto.input[index]
        if name in self._made:
            return self._made[name]
        return constant(self.number(index))

    def function(self, index: int) -> Expression:
        """Return the function or the number that stands there."""
        operand = self.operand(index)
        if not isinstance(operand, Expression):
            raise NotExpressible
        return operand

    def number(self, index: int) -> Fraction:
        """Return the one number that stands there as a constant, or is cast from one."""
        found = self._node.constant_input(index)
        maker = self._node.scope.maker(self._node.proto.input[index])
        if found is None and maker is not None and maker.operator == "Cast":
            step = _Step(maker, {})
            number = step.number(0)
            # From a type that rounds further, or to one: what it makes is the number of them all.
            if step.casts_to_floats and float(np.float32(float(number))) == number:
                self.unit = max(self.unit, step.unit)
                return number
        if found is None or found.array.size != 1 or found.array.ndim > 2:
            raise NotExpressible
        return Fraction(self._exact(found))

    def _exact(self, found: Constant) -> float:
        if not found.is_float:
            return int(found.array.reshape(-1)[0])
        self.unit = max(self.unit, _UNITS[found.tensor.data_type])
        return float(found.array.reshape(-1)[0])

    def attribute(self, name: str, default: Fraction) -> Fraction:
        """Return an attribute, which is a float32."""
        self.unit = max(self.unit, _OF_ATTRIBUTES)
        if self._node.attribute(name) is None:
            return default
        given = self._node.number(name, 0.0)
        if given is None or not isfinite(given):
            raise NotExpressible
        return Fraction(given)

    def bound(self, index: int, name: str) -> Fraction:
        """Return a bound, which is an input since opset 11 and was an attribute before."""
        return self.number(index) if self._node.has_input(index) else self._told(name)

    def _told(self, name: str) -> Fraction:
        if self._node.attribute(name) is None:
            raise NotExpressible
        return self.attribute(name, Fraction(0))

    @property
    def casts_to_floats(self) -> bool:
        """Whether it is a cast that rounds to float32 at most."""
        return self._node.whole("to", 0) in (TensorProto.FLOAT, TensorProto.DOUBLE)


def _of_one(function: Callable[[Expression], Expression]) -> Callable[[_Step], Expression]:
    return lambda step: function(step.function(0))


def _power(step: _Step) -> Expression:
    exponent = step.number(1)
    if exponent == Fraction(1, 2):
        return square_root(step.function(0))
    if exponent.denominator != 1:
        raise NotExpressible
    return step.function(0).power(exponent.numerator)


def _clip(step: _Step) -> Expression:
    return clipped(step.function(0), step.bound(1, "min"), step.bound(2, "max"))


def _hard_sigmoid(step: _Step) -> Expression:
    alpha = step.attribute("alpha", Fraction(float.fromhex("0x1.99999ap-3")))  # 0.2 in float32
    beta = step.attribute("beta", Fraction(1, 2))
    return clipped(step.function(0).times(alpha) + constant(beta), Fraction(0), Fraction(1))


def _cast(step: _Step) -> Expression:
    if not step.casts_to_floats:
        raise NotExpressible
    return step.function(0)


def _exceeds(step: _Step) -> _Exceeds:
    return _Exceeds(step.function(0), step.number(1), step.unit)


def _falls_below(step: _Step) -> _Exceeds:
    return _Exceeds(step.function(0).times(-1), -step.number(1), step.unit)


def _where(step: _Step) -> Expression:
    """Return max(z − t, 0)·c where it is (z − t)·c beyond t and else 0, as in PyTorch's softshrink.

    And softplus(z) where beyond some z it is z itself, which differs by less than a rounding. PyTorch's
    softplus is so: log(1 + e^z) − z < e^−z, of z = 20 a part of 1.1e-10.
    """
    condition, beyond, usual = step.operand(0), step.function(1), step.function(2)
    if not isinstance(condition, _Exceeds):
        raise NotExpressible
    z, threshold = condition.left, condition.right
    above = z - constant(threshold)
    if usual.number == 0:
        for factor in (Fraction(1), Fraction(-1)):
            if beyond == above.times(factor):
                return rectified(above).times(factor)
    factors = [factor for _, factor in beyond.terms]
    scale = factors[0] / z.terms[0][1] if len(factors) == len(z.terms) == 1 else Fraction(0)
    alike = scale and beyond == z.times(scale) and usual == softplus(z).times(scale)
    if not alike or threshold <= 0 or exp(-float(threshold)) > float(threshold * condition.unit):
        raise NotExpressible
    return usual


_OPERATIONS: Mapping[str, Callable[[_Step], _Operand]] = {
    "Add": lambda step: step.function(0) + step.function(1),
    "Sub": lambda step: step.function(0) - step.function(1),
    "Mul": lambda step: step.function(0) * step.function(1),
    "Div": lambda step: step.function(0) * inverse(step.function(1)),
    "Neg": lambda step: step.function(0).times(-1),
    "Reciprocal": _of_one(inverse),
    "Pow": _power,
    "Sqrt": _of_one(square_root),
    "Exp": _of_one(exponential),
    "Log": _of_one(logarithm),
    "Abs": _of_one(absolute),
    "Erf": _of_one(erf),
    "Tanh": _of_one(tanh),
    "Sigmoid": _of_one(sigmoid),
    "Softplus": _of_one(softplus),
    "Relu": _of_one(rectified),
    "Clip": _clip,
    "HardSigmoid": _hard_sigmoid,
    "Identity": _of_one(lambda z: z),
    "Dropout": _of_one(lambda z: z),
    "Cast": _cast,
    "Greater": _exceeds,
    "Less": _falls_below,
    "Where": _where,
}
