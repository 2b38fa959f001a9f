"""What is claimed of an activation, on the wire: Problem 1."""

from typing_extensions import TypedDict

from ..nn.activations.catalogue import CATALOGUE, factory, parameters_of
from ..nn.activations.record import Activation, Line, Onnx
from .formula import Formula, formula
from .number import Extended


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
