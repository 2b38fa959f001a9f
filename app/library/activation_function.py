"""An activation that can be called: `sigmoid(x)`, `sigmoid.derivative(x)`, `sigmoid.plot()`."""

from __future__ import annotations

from typing import Any, Unpack

import numpy.typing as npt

from ..nn.activations.catalogue import create
from ..nn.activations.record import Activation
from ..nn.arrays import as_array
from .look import LookOptions, end, format_of, look_of
from .operations.activations import DescribeOperation
from .operations.pictures import CurvesOperation, Format
from .results.activations import DescriptionResult
from .results.pictures import PictureResult


class ActivationFunction(Activation):
    """An activation of the catalogue as a callable value; equal, and hashed, by name and parameters.

    `f(x)` takes a number, nested lists or an array of any shape and returns a new array of that shape, of a
    number a NumPy number: within 2 ulp of the true value, NaN for NaN, limits for ±∞. float32 gives the
    float64 answer rounded once.
    """

    __slots__ = ()

    def __call__(self, inputs: npt.ArrayLike) -> Any:
        """Return f(inputs). Raises `ShapeMismatch` or `InvalidValue` for what is no array of numbers."""
        found = super().evaluate(as_array(inputs, keep_single=True))
        return found if found.ndim else found[()]

    def derivative(self, inputs: npt.ArrayLike) -> Any:
        """Return f′(inputs), as a call returns f; at kinks and jumps see `conventions`."""
        found = super().derivative(as_array(inputs, keep_single=True))
        return found if found.ndim else found[()]

    def describe(self) -> DescriptionResult:
        """Return all that is claimed of it: formulas, asymptotes, range, kinks, operators elsewhere."""
        return DescribeOperation(self).answer()

    def plot(
        self,
        *,
        format: Format = "png",
        low: float | None = None,
        high: float | None = None,
        derivative: bool = False,
        asymptotes: bool = True,
        **look: Unpack[LookOptions],
    ) -> PictureResult:
        """Draw it with its asymptotes, and on request its derivative. Raises `InvalidValue`."""
        return CurvesOperation(
            activations=(self,),
            format=format_of(format),
            low=end("low", low),
            high=end("high", high),
            derivative=derivative,
            asymptotes=asymptotes,
            look=look_of(look),
        ).answer()

    def __repr__(self) -> str:
        """Return how it is made."""
        parameters = "".join(f", {name}={value!r}" for name, value in self.parameters.items())
        return f"softstep.activation({self.name!r}{parameters})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how another process makes it again."""
        return _made_again, (self.name, dict(self.parameters))


def activation(name: str, **parameters: float) -> ActivationFunction:
    """Return the activation of that name, its parameters at their defaults where they are not given.

    Raises `UnknownName` for an unknown name or parameter, `NotFinite` or `InvalidValue` for a value
    that the parameter may not have.
    """
    return callable_form(create(name, **parameters))


def callable_form(record: Activation) -> ActivationFunction:
    """Return the same activation as a value that can be called."""
    fields = {name: getattr(record, name) for name in Activation.__slots__}
    return ActivationFunction(**fields)


def _made_again(name: str, parameters: dict[str, float]) -> ActivationFunction:
    return activation(name, **parameters)
