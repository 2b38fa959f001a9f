"""What is known of ONNX's operators, as far as a factor passes through them."""

REORDERING = frozenset(
    {
        "Reshape",
        "Transpose",
        "Slice",
        "Split",
        "Gather",
        "Squeeze",
        "Unsqueeze",
        "Flatten",
        "Identity",
        "Expand",
        "Tile",
    }
)
"""What moves the numbers of its first input about, and keeps each: any map of each commutes."""

LINEAR = frozenset(
    {"Neg", "AveragePool", "GlobalAveragePool", "ReduceSum", "ReduceMean", "DepthToSpace", "SpaceToDepth"}
)
"""f with f(a·x) = a·f(x) for each a, in its first input; padding counts as 0 or not at all."""

_OF_ONE_SIGN = frozenset(
    {"Relu", "LeakyRelu", "Abs", "MaxPool", "GlobalMaxPool", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2"}
)
"""f with f(a·x) = a·f(x) for each a > 0 alone, in its first input."""


def passes(operator: str, factor: float) -> bool:
    """Tell whether f(a·x) = a·f(x) for this factor a, in the operator's first input."""
    return operator in REORDERING or operator in LINEAR or (factor > 0 and operator in _OF_ONE_SIGN)


DISCONTINUOUS = frozenset(
    {"QuantizeLinear", "DynamicQuantizeLinear", "Round", "Floor", "Ceil", "Sign", "ArgMax", "ArgMin", "TopK"}
    | {"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "NonZero", "Hardmax", "OneHot", "Unique"}
    | {"NonMaxSuppression", "Mod", "Multinomial", "IsInf", "IsNaN", "Shrink", "ThresholdedRelu", "BitShift"}
)
"""Where one unit in the last place may become a jump. Casts to whole numbers are too."""

RECURRENT = frozenset({"RNN", "GRU", "LSTM"})

MADE_OF: dict[str, dict[str, str]] = {
    "Tanh": {
        "LSTM": "an LSTM's operator has no place for the shift that rewriting leaves",
        "Mish": "x·tanh(softplus x) is one operator",
        "com.microsoft.FastGelu": "tanh-GELU is one operator",
    },
    "Sigmoid": {
        "LSTM": "an LSTM's gates have no place for the shift that rewriting leaves",
        "Swish": "x·sigmoid(αx) is one operator",
        "com.microsoft.QLinearSigmoid": "its numbers are quantised",
        "com.microsoft.QuickGelu": "x·sigmoid(αx) is one operator",
    },
}
"""Operators with the activation inside, by the activation, and why they stay."""
