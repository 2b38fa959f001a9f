"""ONNX Runtime as the judge of models, and small models in float32 raised to float64."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, ModelProto, TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)
NotImplementedHere = onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented


def session(body):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Only what the file says: nothing is fused, so that two files differ by what stands in them.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(body, options, providers=["CPUExecutionProvider"])


def outputs(body, feeds):
    """Return what a model makes; convolutions in float64, which ONNX Runtime has not, by ONNX's reference.

    The reference takes no notice of the activations inside of recurrent operators: never of those.
    """
    try:
        return session(body).run(None, feeds)
    except NotImplementedHere:
        assert not {"GRU", "RNN", "LSTM"} & operators(body).keys()
        return ReferenceEvaluator(ModelProto.FromString(body)).run(None, feeds)


def gap(first, second, feeds):
    """Return the largest difference of two models' outputs, relative to the largest output."""
    ours, theirs = outputs(first, feeds), outputs(second, feeds)
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        assert np.isfinite(one).all()
    worst = max(
        float(np.abs(one.astype(float) - other).max(initial=0))
        for one, other in zip(ours, theirs, strict=True)
    )
    scale = max(float(np.abs(one).max(initial=0)) for one in ours)
    return worst / scale if scale else worst


def feeds(body, seed=0, scale=2.0):
    """Return random numbers for each input, 3 wherever a side is free."""
    rng = np.random.default_rng(seed)
    made = {}
    graph = ModelProto.FromString(body).graph
    given = {one.name for one in graph.initializer}
    for one in graph.input:
        if one.name in given:
            continue
        tensor = one.type.tensor_type
        shape = [side.dim_value if side.HasField("dim_value") else 3 for side in tensor.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        if dtype.kind == "f":
            made[one.name] = (scale * rng.normal(size=shape)).astype(dtype)
        else:
            made[one.name] = np.ones(shape, dtype)
    return made


def raised(body):
    """Return the model with every float32 in it, values and constants, as float64."""
    model = ModelProto.FromString(body)
    _raise_graph(model.graph)
    for function in model.functions:
        _raise_nodes(function.node)
    return model.SerializeToString()


def _raise_graph(graph: GraphProto):
    for info in (*graph.input, *graph.output, *graph.value_info):
        if info.type.tensor_type.elem_type == TensorProto.FLOAT:
            info.type.tensor_type.elem_type = TensorProto.DOUBLE
    for tensor in graph.initializer:
        _raise_tensor(tensor)
    _raise_nodes(graph.node)


def _raise_nodes(nodes):
    for node in nodes:
        for attribute in node.attribute:
            if attribute.name in ("value_float", "value_floats"):
                numbers = attribute.f if attribute.name == "value_float" else list(attribute.floats)
                tensor = numpy_helper.from_array(np.array(numbers, np.float64))
                attribute.CopyFrom(onnx.helper.make_attribute("value", tensor))
            if attribute.HasField("t"):
                _raise_tensor(attribute.t)
            if attribute.HasField("g"):
                _raise_graph(attribute.g)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.DOUBLE


def _raise_tensor(tensor):
    if tensor.data_type == TensorProto.FLOAT:
        wide = numpy_helper.to_array(tensor).astype(np.float64)
        tensor.CopyFrom(numpy_helper.from_array(wide, tensor.name))


def operators(body):
    """Return how often each operator stands in any graph or function of a model."""
    model = ModelProto.FromString(body)
    found = Counter()
    _count(model.graph.node, found)
    for function in model.functions:
        _count(function.node, found)
    return found


def _count(nodes, found):
    for node in nodes:
        found[node.op_type] += 1
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _count(attribute.g.node, found)


def constants(body):
    """Return the arrays of all initializers of a model's main graph, and of its Constant nodes, by name."""
    graph = ModelProto.FromString(body).graph
    found = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            given = node.attribute[0]
            numbers = {"value_float": given.f, "value_floats": list(given.floats)}
            found[node.output[0]] = (
                numpy_helper.to_array(given.t) if given.HasField("t") else np.float32(numbers[given.name])
            )
    return found


def multiple(array, changed):
    """Return what a certificate says of a constant: a multiple of the old one, in parts another one."""
    made = array * array.dtype.type(changed["factor"])
    for part in changed.get("parts", ()):
        place = (*[slice(None)] * part["axis"], slice(part["start"], part["stop"]))
        made[place] = array[place] * array.dtype.type(part["factor"])
    return made


def bits(body):
    """Return the bytes of all constants, by name."""
    return {name: one.tobytes() for name, one in constants(body).items()}
