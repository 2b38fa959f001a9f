"""Small models, one for each way in which an activation stands in a graph; each takes the activation."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def array(*shape, seed=0, scale=0.7, dtype=np.float32):
    return (scale * np.random.default_rng(seed + sum(shape)).normal(size=shape)).astype(dtype)


def node(op, inputs, outputs, **attributes):
    name = attributes.pop("name", f"{op}_{outputs.split()[0]}")
    return helper.make_node(op, inputs.split(), outputs.split(), name=name, **attributes)


def value(name, *shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes, inputs, outputs, constants=None, *, ir=8, opset=17, functions=(), **more):
    made = [numpy_helper.from_array(np.asarray(one), name) for name, one in (constants or {}).items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, made, **more)
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid("own", 1)] * bool(functions)
    built = helper.make_model(graph, opset_imports=imports, ir_version=ir, functions=list(functions))
    return built.SerializeToString()


def gemm_chain(f):
    nodes = [
        node("Gemm", "x W1 b1", "z1", transB=1),
        node(f, "z1", "h1"),
        node("Gemm", "h1 W2 b2", "z2"),
        node(f, "z2", "h2"),
        node("Gemm", "h2 W3", "y"),
    ]
    weights = {"W1": array(4, 3), "b1": array(4), "W2": array(4, 5), "b2": array(5), "W3": array(5, 2)}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)


def matmul_chain(f):
    nodes = [
        node("MatMul", "x W1", "p1"),
        node("Add", "p1 b1", "z1"),
        node(f, "z1", "h1"),
        node("MatMul", "h1 W2", "p2"),
        node("Add", "b2 p2", "z2"),
        node(f, "z2", "y"),
    ]
    weights = {"W1": array(3, 4), "b1": array(1, 4), "W2": array(4, 5), "b2": array(5)}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 5)], weights)


def gemm_with_alpha(f):
    nodes = [
        node("Gemm", "x W1 c", "z1", alpha=0.75, beta=0.5),
        node(f, "z1", "h1"),
        node("Gemm", "h1 W2 b2", "y", alpha=0.5, beta=0.5),
    ]
    weights = {"W1": array(3, 4), "W2": array(4, 2), "b2": array(2)}
    return model(nodes, [value("x", "N", 3), value("c", 4)], [value("y", "N", 2)], weights)


def gemm_of_two_values(f):
    nodes = [node("Gemm", "x u", "z", alpha=0.25), node(f, "z", "h"), node("MatMul", "h u", "y")]
    return model(nodes, [value("x", 3, 3), value("u", 3, 3)], [value("y", 3, 3)])


def constant_on_the_left(f):
    nodes = [node("MatMul", "W x", "z"), node(f, "z", "h"), node("MatMul", "V h", "y")]
    return model(nodes, [value("x", 3, 2)], [value("y", 5, 2)], {"W": array(4, 3), "V": array(5, 4)})


def convolutions(f, **attributes):
    nodes = [
        node("Conv", "x W1 b1", "z1"),
        node(f, "z1", "h1"),
        node("Conv", "h1 W2", "z2", **attributes),
        node("BatchNormalization", "z2 scale shift mean var", "z3"),
        node(f, "z3", "h2"),
        node("AveragePool", "h2", "p", kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1),
        node("ConvTranspose", "p W3", "y"),
    ]
    weights = {
        "W1": array(4, 2, 3, 3), "b1": array(4), "W2": array(3, 4, 2, 2), "scale": array(3),
        "shift": array(3),
        "mean": array(3), "var": np.abs(array(3)), "W3": array(3, 2, 2, 2),
    }  # fmt: skip
    return model(nodes, [value("x", 1, 2, 8, 8)], [value("y", 1, 2, None, None)], weights)


def padded_convolutions(f):
    return convolutions(f, pads=[1, 1, 1, 1])


def same_convolutions(f):
    return convolutions(f, auto_pad="SAME_UPPER")


def normalised(f):
    nodes = [
        node("LayerNormalization", "x scale shift", "z"),
        node(f, "z", "h"),
        node("Transpose", "h", "t", perm=[1, 0]),
        node("MatMul", "W t", "y"),
    ]
    weights = {"scale": array(4), "shift": array(4), "W": array(2, 4)}
    return model(nodes, [value("x", 3, 4)], [value("y", 2, 3)], weights)


def residual(f):
    nodes = [
        node("MatMul", "x W1", "z1"),
        node(f, "z1", "h1"),
        node("Add", "h1 x", "r"),
        node("MatMul", "r W2", "z2"),
        node(f, "z2", "h2"),
        node("Add", "h2 r", "y"),
    ]
    return model(
        nodes, [value("x", "N", 3)], [value("y", "N", 3)], {"W1": array(3, 3), "W2": array(3, 3, seed=1)}
    )


def twice(f):
    nodes = [node(f, "x", "h"), node(f, "h", "k"), node("Mul", "h k", "m"), node("Mul", "m m", "y")]
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 3)])


def one_value_twice(f):
    nodes = [
        node("MatMul", "x W", "z"),
        node(f, "z", "a"),
        node(f, "z", "b"),
        node("Mul", "a b", "m"),
        node("Div", "m c", "y"),
    ]
    weights = {"W": array(3, 3), "c": np.abs(array(3))}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 3)], weights)


def also_an_output(f):
    nodes = [node("MatMul", "x W", "z"), node(f, "z", "h"), node("MatMul", "h W", "y")]
    shapes = [value("z", "N", 3), value("h", "N", 3), value("y", "N", 3)]
    return model(nodes, [value("x", "N", 3)], shapes, {"W": array(3, 3)})


def unrolled(f, steps=12):
    nodes = []
    for step in range(steps):
        state = f"h{step - 1}" if step else "x"
        nodes += [
            node("Gemm", f"{state} U", f"u{step}"),
            node("Gemm", "x W b", f"w{step}"),
            node("Add", f"u{step} w{step}", f"z{step}"),
            node(f, f"z{step}", f"h{step}"),
        ]
    nodes.append(node("MatMul", f"h{steps - 1} V", "y"))
    weights = {"U": array(3, 3), "W": array(3, 3, seed=1), "b": array(3), "V": array(3, 2)}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)


def gates(f):
    nodes = [
        node("Gemm", "x W b", "g", transB=1),
        node("Split", "g", "i c o", axis=-1),
        node("Sigmoid", "i", "si"),
        node("Tanh", "c", "tc"),
        node("Sigmoid", "o", "so"),
        node("Mul", "si tc", "s"),
        node(f, "s", "fs"),
        node("Mul", "so fs", "h"),
        node("Gemm", "h V", "y"),
    ]
    weights = {"W": array(12, 3), "b": array(12), "V": array(4, 2)}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)


def reordered(f):
    nodes = [
        node("Gemm", "x W b", "z"),
        node("Reshape", "z to", "r"),
        node(f, "r", "h"),
        node("Transpose", "h", "t", perm=[0, 2, 1]),
        node("Slice", "t start end", "s"),
        node("Flatten", "s", "l"),
        node("Relu", "l", "p"),
        node("Gemm", "p V c", "y"),
    ]
    weights = {
        "W": array(3, 6), "b": array(6), "to": np.array([-1, 2, 3]), "start": np.array([0]),
        "end": np.array([2]),
        "V": array(6, 2), "c": array(2),
    }  # fmt: skip
    return model(nodes, [value("x", 2, 3)], [value("y", 2, 2)], weights)


def reordered_alone(f):
    nodes = [
        node("Gemm", "x W b", "z"),
        node(f, "z", "h"),
        node("Flatten", "h", "l"),
        node("Gemm", "l V c", "y"),
    ]
    weights = {"W": array(3, 4), "b": array(4), "V": array(4, 2), "c": array(2)}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)


def joined(f):
    nodes = [
        node("MatMul", "x W", "p"),
        node("Concat", "p b", "z", axis=0),
        node(f, "z", "h"),
        node("ReduceMean", "h", "m", axes=[1]),
        node("Div", "c m", "y"),
    ]
    weights = {"W": array(3, 4), "b": array(1, 4), "c": array(4, 1)}
    return model(nodes, [value("x", 3, 3)], [value("y", 4, 1)], weights)


def tanh_gelu(f):
    """½x(1 + tanh u) as exporters write it; for sigmoid 4σ(u)·x + 1."""
    middle = [node("Add", "h one", "k"), node("Mul", "k half", "m")]
    other = [node("Mul", "h four", "k"), node("Add", "k one", "m")]
    nodes = [
        node("MatMul", "x W", "z"),
        node("Mul", "z z", "q"),
        node("Mul", "q z", "c"),
        node("Mul", "c small", "d"),
        node("Add", "d z", "e"),
        node("Mul", "e root", "u"),
        node(f, "u", "h"),
        *(middle if f == "Tanh" else other),
        node("Mul", "m z", "g"),
        node("MatMul", "g V", "y"),
    ]
    numbers = {"one": 1.0, "half": 0.5, "four": 4.0, "small": 0.044715, "root": 0.79788456}
    weights = {"W": array(3, 4), "V": array(4, 2)} | {k: np.array(v, np.float32) for k, v in numbers.items()}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)


def written_by_hand(f):
    """2σ(2x) − 1 or ½tanh(½x) + ½, which are the other activation."""
    scale, shift = (2.0, -1.0) if f == "Sigmoid" else (0.5, 0.5)
    nodes = [
        node("Mul", "x s", "z"),
        node(f, "z", "h"),
        node("Mul", "h s", "m"),
        node("Add", "m t", "y"),
    ]
    numbers = {"s": np.array(scale, np.float32), "t": np.array(shift, np.float32)}
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 3)], numbers)


def branches(f):
    inner = helper.make_graph(
        [node("MatMul", "h W", "p"), node(f, "p", "t"), node("Add", "t h", "a")],
        "then",
        [],
        [value("a", "N", 3)],
    )
    other = helper.make_graph([node("Identity", "h", "b")], "else", [], [value("b", "N", 3)])
    nodes = [
        node("MatMul", "x W", "z"),
        node(f, "z", "h"),
        node("If", "c", "y", then_branch=inner, else_branch=other),
    ]
    inputs = [value("x", "N", 3), value("c", kind=TensorProto.BOOL)]
    return model(nodes, inputs, [value("y", "N", 3)], {"W": array(3, 3)})


def loops(f):
    """Two loops whose bodies have the same weights around them, and one of their own."""

    def body(name, own):
        nodes = [
            node("MatMul", f"{name}s W", f"{name}p"),
            node("Add", f"{name}p {own}", f"{name}z"),
            node(f, f"{name}z", f"{name}t"),
            node("Gemm", f"{name}t W", f"{name}u"),
            node("Identity", f"{name}c", f"{name}d"),
        ]
        inputs = [value(f"{name}i", kind=TensorProto.INT64), value(f"{name}c", kind=TensorProto.BOOL)]
        inside = [numpy_helper.from_array(array(3, seed=5), own)]
        return helper.make_graph(
            nodes, name, [*inputs, value(f"{name}s", 2, 3)],
            [value(f"{name}d", kind=TensorProto.BOOL), value(f"{name}u", 2, 3)], inside,
        )  # fmt: skip

    nodes = [
        node("Loop", "three yes x", "m", body=body("first_", "b1")),
        node("Loop", "three yes m", "y", body=body("second_", "b2")),
    ]
    weights = {"W": array(3, 3), "three": np.array(3), "yes": np.array(True)}
    return model(nodes, [value("x", 2, 3)], [value("y", 2, 3)], weights)


def scan(f):
    nodes = [
        node("Add", "s e", "a"),
        node("MatMul", "a W", "p"),
        node(f, "p", "t"),
        node("Identity", "t", "o"),
    ]
    body = helper.make_graph(nodes, "body", [value("s", 3), value("e", 3)], [value("t", 3), value("o", 3)])
    weights = {"W": array(3, 3), "zero": np.zeros(3, np.float32)}
    outer = [node("Scan", "zero x", "last y", body=body, num_scan_inputs=1)]
    return model(outer, [value("x", 5, 3)], [value("last", 3), value("y", 5, 3)], weights)


def functions(f):
    own = helper.make_function(
        "own", "Cell", ["a", "w"], ["o"],
        [node("MatMul", "a w", "p"), node(f, "p", "t"), node("MatMul", "t w", "o")],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    nodes = [
        helper.make_node("Cell", ["x", "W"], ["h"], domain="own", name="first"),
        node(f, "h", "t"),
        helper.make_node("Cell", ["t", "W"], ["y"], domain="own", name="second"),
    ]
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 3)], {"W": array(3, 3)}, functions=[own])


def constant_nodes(f):
    nodes = [
        node("Constant", "", "W", value=numpy_helper.from_array(array(3, 4))),
        node("Constant", "", "s", value_float=3.0),
        node("Constant", "", "v", value_floats=[1.0, 2.0, 3.0, 4.0]),
        node("MatMul", "x W", "p"),
        node("Mul", "p s", "z"),
        node(f, "z", "h"),
        node("Mul", "v h", "y"),
    ]
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 4)])


def overridable(f):
    """A weight that whoever runs the model may give."""
    nodes = [node("MatMul", "x W", "z"), node(f, "z", "h"), node("MatMul", "h W", "y")]
    return model(nodes, [value("x", "N", 3), value("W", 3, 3)], [value("y", "N", 3)], {"W": array(3, 3)})


def before_ir_4(f):
    """Every initializer is an input too."""
    nodes = [
        node("MatMul", "x W", "z"),
        node(f, "z", "h"),
        node("MatMul", "h V", "p"),
        node("Add", "h p", "y"),
    ]
    inputs = [value("x", "N", 3), value("W", 3, 3), value("V", 3, 3)]
    weights = {"W": array(3, 3), "V": array(3, 3, seed=1)}
    return model(nodes, inputs, [value("y", "N", 3)], weights, ir=3, opset=8)


def extreme_weights(f):
    """Weights whose double is infinite, and whose half is no float32."""
    nodes = [
        node("MatMul", "x W", "z"),
        node(f, "z", "h"),
        node("MatMul", "h V", "k"),
        node("Mul", "k c", "z2"),
        node(f, "z2", "y"),
    ]
    weights = {
        "W": np.array([[3e38, 1e-45, 1.0]] * 3, np.float32),
        "V": np.array([[1e-45, 2e38], [1.0, 1.0], [3.3, 0.1]], np.float32),
        "c": np.array([1.0, 1e-38], np.float32),
    }
    return model(nodes, [value("x", "N", 3)], [value("y", "N", 2)], weights)


def in_float64(f):
    nodes = [node("Gemm", "x W b", "z"), node(f, "z", "h"), node("Gemm", "h V c", "y")]
    wide = {"W": array(3, 4), "b": array(4), "V": array(4, 2), "c": array(2)}
    wide = {name: one.astype(np.float64) / 3 for name, one in wide.items()}
    kind = TensorProto.DOUBLE
    return model(nodes, [value("x", "N", 3, kind=kind)], [value("y", "N", 2, kind=kind)], wide)


ALL = (
    gemm_chain, matmul_chain, gemm_with_alpha, gemm_of_two_values, constant_on_the_left, convolutions,
    padded_convolutions, same_convolutions, normalised, residual, twice, one_value_twice, also_an_output,
    unrolled, gates, reordered, reordered_alone, joined, tanh_gelu, written_by_hand, branches, loops, scan,
    functions, constant_nodes, overridable, before_ir_4, extreme_weights, in_float64,
)  # fmt: skip
