"""Which of the float types a model's values have, as far as the file tells."""

from typing import cast

from onnx import FunctionProto, GraphProto

from .scope import Scope
from .tensors import FLOATS

_OF_ONE_INPUT_TYPE = 64  # levels that a type is looked for upwards, and calls around calls


class Types:
    """Which of the float types values have, told from what is declared and from constants beside them."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, str], int] = {}
        self._asked: set[tuple[int, str]] = set()
        self._level = 0

    def declare(self, scope: Scope, graph: GraphProto) -> None:
        """Take what a graph says of its values."""
        for info in (*graph.input, *graph.output, *graph.value_info):
            if info.type.HasField("tensor_type") and info.type.tensor_type.elem_type in FLOATS:
                self.known[id(scope), info.name] = info.type.tensor_type.elem_type
        scope.infos = {info.name: info for info in graph.value_info}

    def rename(self, scope: Scope, old: str, new: str) -> None:
        """Know a value by its new name."""
        if (id(scope), old) in self.known:
            self.known[id(scope), new] = self.known.pop((id(scope), old))

    def of(self, scope: Scope, name: str) -> int | None:
        """Return the type of a value seen from a scope, or None."""
        passed: list[tuple[int, str]] = []
        kind = self._found(scope, name, passed)
        if kind is not None:
            self.known.update(dict.fromkeys(passed, kind))
        return kind

    def _found(self, scope: Scope, name: str, passed: list[tuple[int, str]]) -> int | None:
        """Return the type, and note in `passed` of which values it is."""
        for _ in range(_OF_ONE_INPUT_TYPE):
            holder = scope.holder(name)
            if holder is None:
                return None
            if (id(holder), name) in self.known:
                return self.known[id(holder), name]
            if name in holder.constants:
                constant = holder.constants[name]
                return constant.tensor.data_type if constant.is_float else None
            passed.append((id(holder), name))
            node = holder.makers.get(name)
            if node is None and holder.is_function:
                return self._of_argument(holder, name)
            if node is None or node.operator not in OF_ONE_TYPE or not node.proto.input:
                return None
            for index in OF_ONE_TYPE[node.operator]:
                beside = node.constant_input(index)
                if beside is not None:
                    return beside.tensor.data_type if beside.is_float else None
            scope, name = holder, node.proto.input[OF_ONE_TYPE[node.operator][0]]
        return None

    def forget(self) -> None:
        """Ask again what could not be told."""
        self._asked.clear()

    def _of_argument(self, function: Scope, name: str) -> int | None:
        """Return the type that every call of a function gives an argument."""
        # A function that calls itself is none.
        if (id(function), name) in self._asked or self._level >= _OF_ONE_INPUT_TYPE:
            return None
        self._asked.add((id(function), name))
        self._level += 1
        proto = cast(FunctionProto, function.proto)
        index = list(proto.input).index(name)
        calls = function.model.calls[function]
        arguments = [one.proto.input[index] if one.has_input(index) else "" for one in calls]
        found = {self.of(one.scope, given) for one, given in zip(calls, arguments, strict=True)}
        self._level -= 1
        kind = found.pop() if len(found) == 1 else None
        if kind is not None:
            self.known[id(function), name] = kind
        return kind


_OF_THEIR_FIRST_INPUT = (
    "Tanh Sigmoid Relu Reshape Transpose Slice Gather Squeeze Unsqueeze Flatten Identity LeakyRelu Elu "
    "Softmax MaxPool AveragePool Split Concat GlobalAveragePool Pad Expand Dropout Neg Abs Exp Log Sqrt Pow "
    "ReduceMean ReduceSum ReduceMax BatchNormalization Clip Erf Sum Softplus GRU LSTM RNN Sin Cos Tile "
    "InstanceNormalization GroupNormalization HardSigmoid GlobalMaxPool ReduceMin ReduceL1 ReduceL2 "
    "DepthToSpace SpaceToDepth"
)
OF_ONE_TYPE: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "MatMul"), (0, 1)),
    **dict.fromkeys(("Gemm", "Conv", "ConvTranspose", "LayerNormalization"), (0, 1, 2)),
    **dict.fromkeys(_OF_THEIR_FIRST_INPUT.split(), (0,)),
}
"""Operators whose output is of the type of these inputs."""
