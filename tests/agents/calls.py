"""One call of every tool, as a model would write it, and what its answer must hold."""

from typing import Any

NETWORK: dict[str, Any] = {
    "layers": [
        {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": "tanh"},
        {"weight": [[2.0, -0.1]], "bias": [0.3]},
    ]
}
PROBLEM: dict[str, Any] = {"W": [[1, 0], [0, 1]], "Theta": [[1, -1], [0, 2]], "inputs": [1, 2], "targets": 1}
SIGN = {"W": [[-0.2384, -0.4768], [0.2384, 0.4768]]}

CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("evaluate_activation", {"name": "elu", "inputs": ["-Infinity"], "parameters": {"alpha": 2}}, "[-2.0]"),
    ("evaluate_network", {"network": NETWORK, "inputs": [0.5], "trace": True}, "preactivations"),
    ("convert_network", {"network": NETWORK, "to": "sigmoid"}, '"weight":[[3.0],[-1.0]]'),
    ("compare_networks", {"first": NETWORK, "second": NETWORK}, '"equal":true'),
    ("gradients", {**PROBLEM, "explain": True}, '"loss":0.126928'),
    ("check_gradients", {**PROBLEM, "submission": SIGN, "feedback": "diagnosis"}, '"code":"sign"'),
    ("plot", {"activations": ["relu", {"name": "elu", "alpha": 0.5}], "derivative": True}, "relu and elu"),
    ("plot", {"networks": [{"label": "F", "network": NETWORK}], "view": "diagram"}, "Diagram of F"),
    ("prove_identity", {"name": "tanh_as_sigmoid"}, '"steps":[{"latex"'),
]
