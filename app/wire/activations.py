"""Activations on the wire, Problem 1: their descriptors, their values, and two side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, NotRequired, Self

from pydantic import Field, PrivateAttr, create_model
from typing_extensions import TypedDict

from ..nn.activations.catalogue import CATALOGUE, Parameter, create, factory, names, parameters_of
from ..nn.activations.comparison import Statement, compare_activations
from ..nn.activations.record import Activation, Line, Onnx
from ..nn.arrays import numbers_written
from ..nn.cost import Cost
from ..nn.errors import InvalidValue, Place, located
from .arrays import AnyArray
from .faults import Finding, InvalidRequest
from .formula import Formula, formula
from .number import Extended
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


class ParameterAnswer(TypedDict):
    """A parameter: its value here, and what it may be; not given, it has what it `follows` has."""

    value: float
    default: float
    minimum: float | None
    exclusive: bool
    nonzero: bool
    follows: str | None
    description: str


class LineAnswer(TypedDict):
    """The line y = slope·x + intercept."""

    slope: float
    intercept: float


class Asymptotes(TypedDict):
    """What the curve approaches at −∞ and at +∞."""

    left: LineAnswer | None
    right: LineAnswer | None


class RangeAnswer(TypedDict):
    """The values on ℝ."""

    infimum: Extended
    supremum: Extended
    infimum_attained: bool
    supremum_attained: bool


class JumpAnswer(TypedDict):
    """A step: the limit from the right less the limit from the left."""

    at: float
    height: Extended


class Properties(TypedDict):
    """What holds on all of ℝ."""

    continuous: bool
    differentiable: bool
    monotone: bool
    convex: bool
    bounded: bool
    odd: bool
    even: bool


class OnnxAnswer(TypedDict):
    """The ONNX operator, the opset that introduced it, its attributes and its further constant inputs."""

    operator: str
    since: int
    attributes: dict[str, float | str]
    inputs: dict[str, float]


class Descriptor(TypedDict):
    """All that is claimed of one activation."""

    name: str
    title: str
    parameters: dict[str, ParameterAnswer]
    formula: Formula
    derivative: Formula
    asymptotes: Asymptotes
    range: RangeAnswer
    kinks: list[float]
    jumps: list[JumpAnswer]
    lipschitz: Extended
    properties: Properties
    conventions: str
    onnx: OnnxAnswer | None
    torch: str | None


class Catalogue(TypedDict):
    """Every activation, with default parameters."""

    activations: list[Descriptor]


def catalogue() -> Catalogue:
    """Return the descriptors of all activations, with their default parameters."""
    return {"activations": [descriptor(make()) for make in CATALOGUE]}


def descriptor(activation: Activation) -> Descriptor:
    """Return what is claimed of one activation."""
    values = activation.range
    return {
        "name": activation.name,
        "title": activation.title,
        "parameters": {
            one.name: {
                "value": activation.parameters[one.name],
                "default": one.default,
                "minimum": one.minimum,
                "exclusive": one.exclusive,
                "nonzero": one.nonzero,
                "follows": one.follows,
                "description": one.description,
            }
            for one in parameters_of(factory(activation.name))
        },
        "formula": formula(activation.latex),
        "derivative": formula(activation.derivative_latex),
        "asymptotes": {"left": _line(activation.left), "right": _line(activation.right)},
        "range": {
            "infimum": values.infimum,
            "supremum": values.supremum,
            "infimum_attained": values.infimum_attained,
            "supremum_attained": values.supremum_attained,
        },
        "kinks": list(activation.kinks),
        "jumps": [{"at": jump.at, "height": jump.height} for jump in activation.jumps],
        "lipschitz": activation.lipschitz,
        "properties": {
            "continuous": activation.continuous,
            "differentiable": activation.differentiable,
            "monotone": activation.monotone,
            "convex": activation.convex,
            "bounded": activation.bounded,
            "odd": activation.odd,
            "even": activation.even,
        },
        "conventions": activation.conventions,
        "onnx": _onnx(activation.onnx),
        "torch": activation.torch,
    }


def _line(line: Line | None) -> LineAnswer | None:
    return None if line is None else {"slope": line.slope, "intercept": line.intercept}


def _onnx(onnx: Onnx | None) -> OnnxAnswer | None:
    if onnx is None:
        return None
    return {
        "operator": onnx.operator,
        "since": onnx.since,
        "attributes": dict(onnx.attributes),
        "inputs": dict(onnx.inputs),
    }


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


_OF_NAMES = "\0parameters"  # no parameter of a URL has this name
_LONGEST_NAME = 200

ActivationName = Annotated[str, Field(json_schema_extra={"enum": list(names())})]


class NamedActivations(Parameters):
    """A question that names activations, each with the parameters that stand behind its name in the URL."""

    _NAMES: ClassVar[tuple[str, ...]] = ("name",)
    _behind: Sequence[tuple[str, Mapping[str, str]]] = PrivateAttr(())

    @classmethod
    def gathered(cls, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return the fields, and under `_OF_NAMES` each name's field with the parameters behind it.

        Raises `InvalidRequest` for a parameter before the first name, and for one that comes twice.
        """
        behind: list[tuple[str, dict[str, str]]] = []
        rest = []
        for name, value in pairs:
            if name in cls.model_fields:
                rest.append((name, value))
                behind += [(name, {})] if name in cls._NAMES else []
            elif not behind:
                detail = "expected a parameter of an activation behind its name: name=elu&alpha=2"
                raise InvalidRequest([Finding((name[:_LONGEST_NAME],), detail, InvalidValue)])
            elif name in behind[-1][1]:
                raise InvalidRequest([Finding((name,), "expected this parameter once a name", InvalidValue)])
            else:
                behind[-1][1][name] = value
        return {**super().gathered(rest), _OF_NAMES: behind}

    @classmethod
    def of(cls, document: object) -> Self:
        """Return the question, each name with its parameters. Raises `InvalidRequest`."""
        fields = dict(document) if isinstance(document, Mapping) else document
        behind = fields.pop(_OF_NAMES, ()) if isinstance(fields, dict) else ()
        query = super().of(fields)
        query._behind = behind
        return query

    def named(self, names: Iterable[tuple[Place, str]]) -> list[Activation]:
        """Return the activations of these names, in the order of their fields, at their places.

        Raises `UnknownName` at an unknown name; `InvalidValue` or `NotFinite` at a parameter.
        """
        given = {field: [own for one, own in self._behind if one == field] for field in self._NAMES}
        found = []
        for place, name in names:
            with located(*place):
                make = factory(name)
            own = given[str(place[0])].pop(0) if given[str(place[0])] else {}
            found.append(query_of(make).of(own).activation(name))
        return found


class ComparisonQuery(NamedActivations):
    """Two activations, each with its parameters behind its name: `first=softplus&beta=3&second=relu`."""

    _NAMES: ClassVar[tuple[str, ...]] = ("first", "second")

    first: ActivationName
    second: ActivationName


class StatementAnswer(TypedDict):
    """One sentence about one property."""

    property: str
    statement: str


class LimitsAnswer(TypedDict):
    """What first − second tends to at −∞ and at +∞."""

    left: Extended
    right: Extended


class GapAnswer(TypedDict):
    """The supremum of |first − second|, where it lies, and whether it is attained there."""

    value: Extended
    at: Extended
    attained: bool


class SideBySide(TypedDict):
    """Problem 1c for any two activations."""

    first: str
    second: str
    similarities: list[StatementAnswer]
    differences: list[StatementAnswer]
    limits_of_difference: LimitsAnswer
    largest_gap: GapAnswer


def side_by_side(query: ComparisonQuery) -> SideBySide:
    """Return two activations side by side. Raises `UnknownName`, `InvalidValue` or `NotFinite`."""
    first, second = query.named([(("first",), query.first), (("second",), query.second)])
    found = compare_activations(first, second)
    limits, gap = found.limits_of_difference, found.largest_gap
    return {
        "first": first.name,
        "second": second.name,
        "similarities": [_statement(one) for one in found.similarities],
        "differences": [_statement(one) for one in found.differences],
        "limits_of_difference": {"left": limits.left, "right": limits.right},
        "largest_gap": {"value": gap.value, "at": gap.at, "attained": gap.attained},
    }


def _statement(one: Statement) -> StatementAnswer:
    return {"property": one.property, "statement": one.statement}
