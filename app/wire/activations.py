"""The parameters and the values of activations on the wire, Problem 1."""

from collections.abc import Callable
from functools import partial
from typing import Any, NotRequired

from pydantic import Field, create_model
from typing_extensions import TypedDict

from ..nn.activations.catalogue import Parameter, create, factory, parameters_of
from ..nn.activations.record import Activation
from ..nn.arrays import numbers_written
from ..nn.cost import Cost
from ..nn.errors import located
from .arrays import AnyArray
from .request_models import Parameters, RequestBody, RequestModel

# An elementary function costs about as much as this many multiply-adds.
_MULTIPLY_ADDS = 30

Factory = Callable[..., Activation]


class ActivationQuery(Parameters):
    """An activation's parameters in a URL; each activation has a model of its own."""

    def activation(self, name: str) -> Activation:
        """Return the activation. Raises `InvalidValue` or `NotFinite` at the parameter."""
        return create(name, **_given(self, name))


class ActivationParameters(RequestBody):
    """An activation's parameters in a body; each activation has a model of its own."""


class ValuesBody(RequestBody):
    """Where an activation is evaluated; each activation has a model of its own, with its `parameters`."""

    inputs: AnyArray
    derivative: bool = False
    parameters: ActivationParameters = ActivationParameters()

    def activation(self, name: str) -> Activation:
        """Return the activation. Raises `InvalidValue` or `NotFinite` at the parameter in the body."""
        given = _given(self.parameters, name)
        if not given:
            return create(name)
        with located("parameters"):
            return create(name, **given)

    def cost(self) -> Cost:
        """Return what the values, and on request the derivatives, take."""
        each = numbers_written(self.inputs.shape)
        answer = each * (1 + self.derivative)
        return Cost(multiply_adds=_MULTIPLY_ADDS * answer, intermediate=each, answer=answer)


def query_of(make: Factory, base: type[ActivationQuery] = ActivationQuery) -> type[ActivationQuery]:
    """Return the model of the URL parameters of one activation, on top of those that `base` has."""
    return create_model(
        f"{_camel(make)}{base.__name__.removeprefix('Activation')}", __base__=base, **_fields(make)
    )


def values_of(make: Factory) -> type[ValuesBody]:
    """Return the model of the body that asks for values of one activation."""
    parameters: type[ActivationParameters] = create_model(
        f"{_camel(make)}Parameters", __base__=ActivationParameters, **_fields(make)
    )
    return create_model(
        f"{_camel(make)}Values",
        __base__=ValuesBody,
        parameters=(parameters, Field(parameters(), description="What is not given has its default.")),
    )


def _fields(make: Factory) -> dict[str, Any]:
    return {
        one.name: (
            float,
            Field(
                None if one.follows else one.default,
                description=one.description,
                ge=None if one.exclusive else one.minimum,
                gt=one.minimum if one.exclusive else None,
                json_schema_extra=partial(_describe, one),
            ),
        )
        for one in parameters_of(make)
    }


def _describe(one: Parameter, schema: dict[str, Any]) -> None:
    """Say in the schema what Pydantic cannot: no 0, and no default of its own where it follows another."""
    if one.nonzero:
        schema["not"] = {"const": 0}
    if one.follows:
        schema.pop("default", None)


def _given(question: RequestModel, name: str) -> dict[str, float]:
    given = {one.name: getattr(question, one.name) for one in parameters_of(factory(name))}
    return {parameter: value for parameter, value in given.items() if value is not None}


def _camel(make: Factory) -> str:
    return "".join(part.capitalize() for part in make.__name__.split("_"))


class Values(TypedDict):
    """f(inputs), and on request f′(inputs), of the inputs' shape."""

    outputs: AnyArray
    derivatives: NotRequired[AnyArray]


def values(body: ValuesBody, name: str) -> Values:
    """Return the values of one activation, and on request its derivatives."""
    activation = body.activation(name)
    if not body.derivative:
        return {"outputs": activation.evaluate(body.inputs)}
    outputs, derivatives = activation.evaluate_and_derive(body.inputs)
    return {"outputs": outputs, "derivatives": derivatives}
