"""Recurrent models as exporters write them, in float32, for ONNX Runtime."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SEQUENCE, BATCH, INPUTS, SIZE = 5, 3, 4, 6


def recurrent(
    operator="GRU",
    *,
    direction="forward",
    bias=True,
    state=None,
    outputs=("Y", "Y_h"),
    activations=None,
    linear_before_reset=1,
    lengths=False,
    head=False,
    seed=0,
    **attributes,
):
    """Return a model around one GRU or RNN; `state` is None, "input" or "zeros", `head` a Gemm behind Y_h."""
    random = np.random.default_rng(seed)
    directions = 2 if direction == "bidirectional" else 1
    rows = (3 if operator == "GRU" else 1) * SIZE

    def of(*shape):
        return random.uniform(-1, 1, shape).astype(np.float32)

    constants = {"W": of(directions, rows, INPUTS), "R": of(directions, rows, SIZE)}
    given = [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["sequence", "batch", INPUTS])]
    names = ["X", "W", "R", "", "", ""]
    if bias:
        constants["B"], names[3] = of(directions, 2 * rows), "B"
    if lengths:
        names[4] = "lengths"
        given.append(helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]))
    if state == "input":
        names[5] = "H0"
        given.append(helper.make_tensor_value_info("H0", TensorProto.FLOAT, [directions, "batch", SIZE]))
    elif state == "zeros":
        names[5] = "H0"
        constants["H0"] = np.zeros((directions, BATCH, SIZE), np.float32)
    while not names[-1]:
        names.pop()
    attributes |= {"hidden_size": SIZE, "direction": direction}
    if operator == "GRU":
        attributes["linear_before_reset"] = linear_before_reset
    if activations:
        attributes["activations"] = activations
    nodes = [helper.make_node(operator, names, list(outputs), name="cell", **attributes)]
    made = [one for one in outputs if one]
    sides = {
        "Y": ["sequence", directions, "batch", SIZE],
        "Y_h": [directions, "batch", SIZE],
    }
    if head:
        constants["axes"] = np.array([0], np.int64)
        constants["V"], constants["c"] = of(SIZE, 2), of(2)
        nodes += [
            helper.make_node("Squeeze", [made[-1], "axes"], ["last"]),
            helper.make_node("MatMul", ["last", "V"], ["product"]),
            helper.make_node("Add", ["product", "c"], ["out"]),
        ]
        made, sides = ["out"], {"out": ["batch", 2]}
    graph = helper.make_graph(
        nodes,
        "recurrent",
        given,
        [helper.make_tensor_value_info(one, TensorProto.FLOAT, sides[one]) for one in made],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def feeds(state=None, directions=1, seed=1):
    """Return inputs for a model, H0 within the range of a state."""
    random = np.random.default_rng(seed)
    found = {"X": random.normal(size=(SEQUENCE, BATCH, INPUTS)).astype(np.float32)}
    if state == "input":
        found["H0"] = random.uniform(-1, 1, (directions, BATCH, SIZE)).astype(np.float32)
    return found
