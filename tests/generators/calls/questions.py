"""What is asked of every client of Python."""

TANH = {
    "layers": [
        {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": "tanh"},
        {"weight": [[2.0, -1.0]], "bias": [0.5]},
    ]
}
PROBLEM = {"W": [[1, 0], [0, 1]], "Theta": [[1, -1], [0, 2]], "inputs": [1, 2], "targets": 1}
SIGN = {"Theta": [[-0.11920292202211755, 0.11920292202211755], [-0.2384058440442351, 0.2384058440442351]]}
ELU = [-0.31606027941427883, 2.0]
