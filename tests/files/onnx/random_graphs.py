"""Random graphs of the operators through which a factor may pass, and of some through which it may not."""

import numpy as np
from onnx import helper, numpy_helper

from . import models

ROWS, COLUMNS = 2, 4
_NUMBERS = (2.0, 0.5, -2.0, -0.5, 1.0, -1.0, 4.0, 0.25, 0.7, -1.3)
_UNARY = (
    "Relu", "Neg", "Abs", "Identity", "Sin", "Softmax", "Clip", "Sqrt of square",
    "Transpose", "Reshape", "Slice and Concat", "Split and Concat", "Split", "Slices", "Pad and Slice",
    "Gather", "Flatten", "Unsqueeze", "ReduceMean", "Expand", "Tile", "LayerNormalization", "If",
    "BatchNormalization", "Cast", "Function", "Loop",
)  # fmt: skip
_BINARY = ("Add", "Sub", "Mul", "Sum", "Div", "Max", "Concat", "MatMul", "Gemm")
_WITH_CONSTANT = ("Add", "Sub", "Mul", "Div", "MatMul", "Gemm", "Add scalar", "Mul scalar", "Div scalar")


class _Graph:
    """Nodes in the making; every value is (ROWS, COLUMNS)."""

    def __init__(self, rng, sites, *values: str, within: "_Graph | None" = None) -> None:
        self.rng = rng
        self.sites = sites
        self.nodes = []
        self.constants = {}
        self.values = list(values)
        self.shared = []
        self.functions = []
        self.within = within

    def name(self) -> str:
        return f"v{len(self.nodes)}_{len(self.constants)}"

    def pick(self, choices):
        return choices[int(self.rng.integers(0, len(choices)))]

    def value(self) -> str:
        """Return a value that is there, a late one mostly."""
        late = self.rng.random() < 0.75
        return self.pick(self.values[-3:] if late else self.values)

    def add(self, operator, inputs, *, outputs=1, **attributes):
        made = [f"{self.name()}_{index}" for index in range(outputs)]
        name = f"{operator}_{made[0]}"
        self.nodes.append(helper.make_node(operator, inputs, made, name=name, **attributes))
        return made if outputs > 1 else made[0]

    def constant(self, array, share=0.3) -> str:
        array = np.asarray(array)
        alike = [one for one, held in self.shared if held.shape == array.shape and held.dtype == array.dtype]
        if alike and array.dtype == np.float32 and array.ndim and self.rng.random() < share:
            return self.pick(alike)
        name = f"c{len(self.constants) + len(self.nodes)}"
        if self.within is not None or self.rng.random() < 0.2:
            value = numpy_helper.from_array(array, name)
            self.nodes.append(helper.make_node("Constant", [], [name], name=f"{name}_node", value=value))
        else:
            self.constants[name] = array
        self.shared.append((name, array))
        return name

    def floats(self, *shape) -> str:
        array = (0.6 * self.rng.normal(size=shape)).astype(np.float32)
        if self.rng.random() < 0.1:
            array[..., 0] = self.pick((0.0, -0.0, 1e-45))
        return self.constant(array)

    def scalar(self) -> str:
        return self.constant(np.float32(self.pick(_NUMBERS)))

    def whole(self, *numbers) -> str:
        return self.constant(np.array(numbers, np.int64))

    def bounded(self, value) -> str:
        """Return a value of at most 1: what is multiplied again and again stays finite."""
        return self.add("Div", [value, self.add("Add", [self.add("Abs", [value]), self.one()])])

    def one(self) -> str:
        return self.constant(np.float32(1.0))


def random_graph(seed: int, steps: int = 9, sites: tuple[str, ...] = ("Tanh", "Sigmoid")) -> bytes:
    """Return a model of some sites among other operators; the same for the same seed."""
    graph = _Graph(np.random.default_rng(seed), sites, "x", "u")
    _grow(graph, steps)
    # A graph whose output is a given value too is none to every runtime.
    outputs = list(dict.fromkeys([graph.values[-1], *graph.values[2:][-4::2]]))
    return models.model(
        graph.nodes,
        [models.value("x", ROWS, COLUMNS), models.value("u", ROWS, COLUMNS)],
        [models.value(one, ROWS, COLUMNS) for one in outputs[: int(graph.rng.integers(1, 3))]],
        graph.constants,
        opset=20,
        functions=graph.functions,
    )


def _grow(graph: _Graph, steps: int) -> None:
    for _ in range(steps):
        kind = graph.rng.random()
        if kind < 0.4:
            made = graph.add(graph.pick(graph.sites), [graph.value()])
        elif kind < 0.6:
            made = _unary(graph, graph.pick(_UNARY), graph.value())
        elif kind < 0.72:
            made = _binary(graph, graph.pick(_BINARY), graph.value(), graph.value())
        else:
            made = _with_constant(graph, graph.pick(_WITH_CONSTANT), graph.value())
        graph.values.append(made)


def _unary(graph: _Graph, operator: str, x: str) -> str:
    add, whole = graph.add, graph.whole
    match operator:
        case "Sqrt of square":
            return add("Sqrt", [add("Mul", [x, x])])
        case "Transpose":
            return add("Transpose", [add("Transpose", [x], perm=[1, 0])], perm=[1, 0])
        case "Reshape":
            inner = add(graph.pick((*graph.sites, "Relu")), [add("Reshape", [x, whole(COLUMNS, ROWS)])])
            return add("Reshape", [inner, whole(ROWS, COLUMNS)])
        case "Slice and Concat":
            cut = int(graph.rng.integers(1, COLUMNS))
            first = add("Slice", [x, whole(0), whole(cut), whole(1)])
            second = add("Slice", [graph.value(), whole(cut), whole(COLUMNS), whole(1)])
            return add("Concat", [_maybe(graph, first), second], axis=1)
        case "Slices":
            # As exporters write gates: every reader takes a part of its own, or two the same.
            axis = graph.pick((1, -1))
            ends = graph.pick(((0, 1, 3, 4), (0, 2, 3, 4), (0, 2, 1, 4)))
            pieces = [
                _maybe(graph, add("Slice", [x, whole(ends[i]), whole(ends[i + 1]), whole(axis)]))
                for i in range(3)
                if ends[i] < ends[i + 1]
            ]
            joined = add("Concat", pieces, axis=1)
            width = sum(ends[i + 1] - ends[i] for i in range(3) if ends[i] < ends[i + 1])
            return add("MatMul", [joined, graph.floats(width, COLUMNS)])
        case "Split and Concat":
            axis = graph.pick((0, 1, -1))
            pieces = [_maybe(graph, one) for one in add("Split", [x], outputs=2, axis=axis, num_outputs=2)]
            return add("Concat", pieces, axis=axis)
        case "Split":
            sizes = graph.pick(((1, 3), (2, 2), (3, 1), (1, 2, 1)))
            pieces = add("Split", [x, whole(*sizes)], outputs=len(sizes), axis=graph.pick((1, -1)))
            return add("Concat", [_maybe(graph, one) for one in pieces], axis=-1)
        case "Pad and Slice":
            number = graph.constant(np.float32(graph.pick((0.0, 0.0, 0.5))))
            padded = add("Pad", [x, whole(0, 1, 0, 1), number])
            return add("Slice", [_maybe(graph, padded), whole(0), whole(COLUMNS), whole(1)])
        case "Gather":
            order = whole(*(int(one) for one in graph.rng.integers(0, COLUMNS, COLUMNS)))
            return add("Gather", [x, order], axis=1)
        case "Flatten":
            return add("Flatten", [x], axis=1)
        case "Unsqueeze":
            wide = add("Unsqueeze", [x, whole(0)])
            return add("Squeeze", [_maybe(graph, wide), whole(0)])
        case "ReduceMean":
            mean = add(graph.pick(("ReduceMean", "ReduceMax", "ReduceSum")), [x, whole(1)], keepdims=1)
            return add("Expand", [mean, whole(ROWS, COLUMNS)])
        case "Expand":
            return add("Expand", [x, whole(ROWS, COLUMNS)])
        case "Tile":
            return add("Slice", [add("Tile", [x, whole(1, 2)]), whole(1), whole(1 + COLUMNS), whole(1)])
        case "LayerNormalization":
            shifts = [graph.floats(COLUMNS)] if graph.rng.random() < 0.5 else []
            return add("LayerNormalization", [x, graph.floats(COLUMNS), *shifts])
        case "BatchNormalization":
            variance = graph.constant(np.float32([0.5, 1.0, 2.0, 0.7]), share=0)
            return add("BatchNormalization", [x, *(graph.floats(COLUMNS) for _ in range(3)), variance])
        case "Cast":
            return add("Cast", [add("Cast", [x], to=11)], to=1)
        case "Clip":
            return add("Clip", [x, graph.constant(np.float32(-0.5)), graph.constant(np.float32(0.75))])
        case "If":
            return _branches(graph, x)
        case "Function":
            return _call(graph, x)
        case "Loop":
            return _loop(graph, x)
    return add(operator, [x])


def _maybe(graph: _Graph, x: str) -> str:
    """Return a site on a value, or the value itself."""
    operator = graph.pick((*graph.sites, ""))
    return graph.add(operator, [x]) if operator else x


def _branches(graph: _Graph, x: str) -> str:
    """Return what an If makes whose branches read values around them."""
    held, name = graph.value(), graph.name()
    weight = graph.floats(COLUMNS, COLUMNS)
    site = graph.pick(graph.sites)
    nodes = [
        models.node("MatMul", f"{x} {weight}", f"{name}p"),
        models.node(site, f"{name}p", f"{name}t"),
        models.node("Mul", f"{name}t {held}", f"{name}a"),
    ]
    then = helper.make_graph(nodes, "then", [], [models.value(f"{name}a", ROWS, COLUMNS)])
    other = [models.node("Identity", held, f"{name}b")]
    otherwise = helper.make_graph(other, "else", [], [models.value(f"{name}b", ROWS, COLUMNS)])
    condition = graph.constant(np.array(bool(graph.rng.random() < 0.5)))
    return graph.add("If", [condition], then_branch=then, else_branch=otherwise)


def _call(graph: _Graph, x: str) -> str:
    """Return what a function makes, whose values have the names of the graph's, called once or twice."""
    if graph.within is not None:
        return x
    inner = _Graph(graph.rng, graph.sites, "a", "b", within=graph)
    _grow(inner, 3)
    made = inner.add("Identity", [inner.values[-1]])
    name = f"Own{len(graph.functions)}"
    imports = [helper.make_opsetid("", 20)]
    own = helper.make_function("own", name, ["a", "b"], [made], inner.nodes, imports)
    graph.functions.append(own)
    made = graph.add(name, [x, graph.value()], domain="own")
    return graph.add(name, [graph.value(), made], domain="own") if graph.rng.random() < 0.3 else made


def _loop(graph: _Graph, x: str) -> str:
    """Return what a loop makes of a state, two times."""
    if graph.within is not None:
        return x
    inner = _Graph(graph.rng, graph.sites, "state", graph.value(), within=graph)
    _grow(inner, 3)
    start = graph.name()  # a name that is in the graph around is none in the body
    for one in inner.nodes:
        for names in (one.input, one.output):
            for index, name in enumerate(names):
                if name not in ("state", inner.values[1]):
                    names[index] = f"{start}_{name}"
        one.name = f"{start}_{one.name}"
    made = inner.values[-1] if inner.values[-1] == "state" else f"{start}_{inner.values[-1]}"
    ends = [
        models.node("Identity", f"{start}_on", f"{start}_again"),
        models.node("Identity", made, f"{start}_next"),
    ]
    truth, number = models.TensorProto.BOOL, models.TensorProto.INT64
    body = helper.make_graph(
        [*inner.nodes, *ends],
        start,
        [
            models.value(f"{start}_step", kind=number),
            models.value(f"{start}_on", kind=truth),
            models.value("state", ROWS, COLUMNS),
        ],
        [models.value(f"{start}_again", kind=truth), models.value(f"{start}_next", ROWS, COLUMNS)],
    )
    twice, yes = graph.constant(np.array(2)), graph.constant(np.array(True))
    return graph.add("Loop", [twice, yes, x], body=body)


def _binary(graph: _Graph, operator: str, a: str, b: str) -> str:
    add = graph.add
    match operator:
        case "Mul":
            return add("Mul", [a, graph.bounded(b)])
        case "Div":
            return add("Div", [a, add("Add", [add("Abs", [b]), graph.one()])])
        case "Sum":
            return add("Sum", [a, b, graph.value()])
        case "Concat":
            return add("MatMul", [add("Concat", [a, b], axis=1), graph.floats(2 * COLUMNS, COLUMNS)])
        case "MatMul" | "Gemm":
            return add(operator, [a, add("MatMul", [graph.floats(COLUMNS, ROWS), graph.bounded(b)])])
    return add(operator, [a, b])


def _with_constant(graph: _Graph, operator: str, x: str) -> str:
    add, floats = graph.add, graph.floats
    match operator:
        case "Add scalar":
            return add(graph.pick(("Add", "Sub")), _either(graph, x, graph.scalar()))
        case "Mul scalar":
            return add("Mul", _either(graph, x, graph.scalar()))
        case "Div scalar":
            return add("Div", [x, graph.scalar()])
        case "MatMul":
            if graph.rng.random() < 0.3:
                return add("MatMul", [floats(ROWS, ROWS), x])
            return _with_bias(graph, add("MatMul", [x, floats(COLUMNS, COLUMNS)]))
        case "Gemm":
            attributes = {} if graph.rng.random() < 0.6 else {"alpha": 0.75, "beta": graph.pick((0.75, 0.5))}
            shape = graph.pick(((COLUMNS,), (1, COLUMNS), (ROWS, COLUMNS), (1,), ()))
            bias = graph.pick(([], [floats(*shape) if shape else graph.scalar()], [graph.value()]))
            transposed = int(graph.rng.integers(0, 2))
            inputs = [x, floats(COLUMNS, COLUMNS), *bias]
            return add("Gemm", inputs, transB=transposed, **attributes)
        case "Div":
            # No other's: among them are zeros.
            divisor = graph.constant(np.float32([0.5, -2.0, 3.0, 0.7]), share=0)
            return add("Div", [x, divisor])
    shape = graph.pick(((COLUMNS,), (1, COLUMNS), (ROWS, COLUMNS), (ROWS, 1), (1,)))
    return add(operator, _either(graph, x, floats(*shape)))


def _either(graph: _Graph, *inputs: str) -> list[str]:
    return list(inputs if graph.rng.random() < 0.5 else reversed(inputs))


def _with_bias(graph: _Graph, x: str) -> str:
    return graph.add("Add", _either(graph, x, graph.floats(COLUMNS))) if graph.rng.random() < 0.6 else x
