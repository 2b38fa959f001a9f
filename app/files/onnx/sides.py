"""What weights tell of the sides of a value; what a file declares of values within is not relied on."""

from dataclasses import dataclass

from .scope import Scope

_MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Sides:
    """The last sides of a value, None where one is not told; `complete` if it has no others before."""

    known: tuple[int | None, ...] = ()
    complete: bool = False


def sides_of(scope: Scope, name: str) -> Sides:
    """Return what is told of a value's sides: by the weights that make it, and of an input by the graph."""
    return _sides(scope, name, [_MOST_STEPS])


def _sides(scope: Scope, name: str, left: list[int]) -> Sides:
    left[0] -= 1
    if left[0] < 0:
        return Sides()
    constant = scope.constant(name)
    if constant is not None:
        return Sides(tuple(constant.tensor.dims), True)
    maker = scope.maker(name)
    if maker is None:
        return _declared(scope, name)
    weight = maker.constant_input(1)
    dims = () if weight is None else tuple(weight.tensor.dims)
    match maker.operator:
        case "Gemm":
            transposed = maker.whole("transB", 0)
            told = len(dims) == 2 and transposed is not None
            return Sides((None, dims[0 if transposed else 1] if told else None), True)
        case "MatMul" if len(dims) == 2:
            before = _sides(scope, maker.proto.input[0], left)
            return Sides((*before.known[:-1], dims[1]), before.complete and bool(before.known))
        case "Conv" if len(dims) > 2:
            return Sides((None, dims[0], *(None for _ in dims[2:])), True)
        case "Add" | "Sub" | "Sum":
            return _of_sum([_sides(scope, one, left) for one in maker.proto.input])
    return Sides()


def _declared(scope: Scope, name: str) -> Sides:
    if scope.is_function or scope.parent is not None or name not in scope.given:
        return Sides()
    for info in scope.graph.input:
        if info.name == name and info.type.tensor_type.HasField("shape"):
            sides = info.type.tensor_type.shape.dim
            return Sides(tuple(int(one.dim_value) or None for one in sides), True)
    return Sides()


def _of_sum(operands: list[Sides]) -> Sides:
    """Return the sides to which operands broadcast."""
    complete = all(one.complete for one in operands)
    length = max((len(one.known) for one in operands), default=0)
    if not complete:
        length = min(len(one.known) for one in operands if not one.complete)
    known: list[int | None] = []
    for index in range(-length, 0):
        along = [one.known[index] if len(one.known) >= -index else 1 for one in operands]
        large = [one for one in along if one is not None and one > 1]
        known.append(large[0] if large else (1 if None not in along else None))
    return Sides(tuple(known), complete)
