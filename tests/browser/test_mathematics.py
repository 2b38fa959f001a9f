"""What the browser draws against what the service computes, on a thousand seeded states per figure."""

import math
import random
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page

SEED = 20261129
STATES = 1000
EDGES = [0.0, 5e-324, 1e-310, 1e-17, 36.7, 37.5, 709.0, 709.8, 745.0, 745.2, 1e3, 1e30, 1.7e308]

FUNCTIONS = """async ([xs, betas]) => {
  const m = await import("/static/page/mathematics.js");
  return {
    sigmoid: xs.map((x) => m.sigmoid(x)), slope: xs.map((x) => m.sigmoidSlope(x)),
    softplus: xs.map((x) => m.softplus(x)), tanh: xs.map((x) => m.tanh(x)),
    sharpened: xs.map((x, i) => m.softplus(x, betas[i % betas.length])),
  };
}"""
NETWORKS = """async (cases) => {
  const m = await import("/static/page/mathematics.js");
  return cases.map(({ network, inputs }) => ({
    values: inputs.map((x) => m.forward(network, x)), converted: m.asSigmoid(network),
  }));
}"""
GRADIENTS = """async (cases) => {
  const m = await import("/static/page/mathematics.js");
  const { gradients } = await import("/static/page/gradients.js");
  return cases.map(({ W, Theta, inputs, targets }) => inputs.map((x, n) => {
    const points = [{ x, y: targets[n] }];
    return { loss: m.loss(W, Theta, points), ...gradients(W, Theta, points) };
  }));
}"""


def ulps(drawn: Any, told: Any) -> float:
    """Return the largest difference in units in the last place of what was told."""
    one, other = np.asarray(drawn, dtype=float), np.asarray(told, dtype=float)
    with np.errstate(invalid="ignore"):
        apart = np.where(one == other, 0.0, np.abs(one - other) / np.spacing(np.abs(other)))
    return float(np.max(apart))


def post(base: str, path: str, body: dict[str, Any]) -> Any:
    answer = httpx.post(f"{base}{path}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=float)


def matrix(draw: random.Random, scale: float, shape: tuple[int, int]) -> list[list[float]]:
    return [[draw.gauss(0, scale) for _ in range(shape[1])] for _ in range(shape[0])]


def test_functions_and_slopes_agree_to_four_ulp(page: Page, base: str) -> None:
    draw = random.Random(SEED)
    xs = EDGES + [-x for x in EDGES]
    xs += [draw.choice((-1, 1)) * 10 ** draw.uniform(-12, 3) for _ in range(STATES // 2)]
    xs += [draw.uniform(-40, 40) for _ in range(STATES // 2)]
    betas = [1.0, 0.7, 2.5, 8.0, 3.3]
    page.goto("/docs")
    drawn = page.evaluate(FUNCTIONS, [xs, betas])
    for name, function in (("sigmoid", "sigmoid"), ("softplus", "softplus"), ("tanh", "tanh")):
        told = post(base, f"/v1/activations/{function}", {"inputs": xs})["outputs"]
        assert ulps(drawn[name], told) <= 4, name
    told = post(base, "/v1/activations/sigmoid", {"inputs": xs, "derivative": True})["derivatives"]
    assert ulps(drawn["slope"], told) <= 4
    for i, beta in enumerate(betas):
        own = xs[i :: len(betas)]
        told = post(base, "/v1/activations/softplus", {"inputs": own, "parameters": {"beta": beta}})[
            "outputs"
        ]
        assert ulps(drawn["sharpened"][i :: len(betas)], told) <= 4, beta


def test_networks_agree_and_convert_to_the_same_weights(page: Page, base: str) -> None:
    """Of Σ|W2| + |b2| at most (n + 6) units in the last place; 2W1, 2b1, 2W2 and b2′ to the last bit."""
    draw = random.Random(SEED + 1)
    cases = []
    for _ in range(50):
        n, scale = draw.randint(1, 4), 10 ** draw.uniform(-3, 3)
        network = {
            "weight": [[draw.gauss(0, scale)] for _ in range(n)],
            "bias": [draw.gauss(0, 2) for _ in range(n)],
            "out": [draw.gauss(0, 10 ** draw.uniform(-6, 6)) for _ in range(n)],
            "shift": draw.gauss(0, 1),
        }
        cases.append({"network": network, "inputs": [[draw.uniform(-5, 5)] for _ in range(STATES // 50)]})
    page.goto("/docs")
    for case, drawn in zip(cases, page.evaluate(NETWORKS, cases), strict=True):
        given: dict[str, Any] = case["network"]  # type: ignore[assignment]  # as it is made above
        layers = [
            {"weight": given["weight"], "bias": given["bias"], "activation": "tanh"},
            {"weight": [given["out"]], "bias": [given["shift"]]},
        ]
        told = post(base, "/v1/networks/evaluate", {"network": {"layers": layers}, "inputs": case["inputs"]})
        size = sum(map(abs, given["out"])) + abs(given["shift"])
        apart = np.abs(numbers(drawn["values"]) - numbers(told["outputs"]).ravel())
        assert np.max(apart) <= (len(given["out"]) + 6) * 2**-52 * size
        first, second = post(base, "/v1/networks/convert", {"network": {"layers": layers}, "to": "sigmoid"})[
            "network"
        ]["layers"]
        converted = drawn["converted"]
        assert converted["weight"] == first["weight"] and converted["bias"] == first["bias"]
        assert converted["out"] == second["weight"][0] and converted["shift"] == second["bias"][0]


def test_losses_and_gradients_agree_to_1e_12(page: Page, base: str) -> None:
    """Losses and gradients agree to 1e-12 of the largest entry.

    A subnormal p may be a few units of 2⁻¹⁰⁷⁴ off here and there, and g = p − y enters multiplied: by Θ and x
    in ∂ℓ/∂W, by Wx in ∂ℓ/∂Θ.
    """
    draw = random.Random(SEED + 2)
    cases = []
    for k in range(25):
        scale = 10 ** draw.uniform(-2, 1.5 if k else 3)
        inputs = [[draw.uniform(-3, 3), draw.uniform(-3, 3)] for _ in range(STATES // 25)]
        targets = [draw.randrange(3) for _ in inputs]
        W = matrix(draw, scale, (2, 2))
        cases.append({"W": W, "Theta": matrix(draw, scale, (2, 3)), "inputs": inputs, "targets": targets})
    page.goto("/docs")
    for case, drawn in zip(cases, page.evaluate(GRADIENTS, cases), strict=True):
        told = post(base, "/v1/gradients", {**case, "reduction": "none"})
        for n, row in enumerate(drawn):
            assert math.isclose(row["loss"], told["loss"][n], rel_tol=1e-12)
            for part in ("W", "Theta"):
                true = numbers(told["gradients"][part][n])
                x = np.array(case["inputs"][n])
                by = {
                    "W": np.abs(case["Theta"]).max() * np.abs(x).max(),
                    "Theta": np.abs(case["W"] @ x).max(),
                }
                allowed = max(1e-12 * np.max(np.abs(true)), 4 * max(by[part], 1.0) * 5e-324)
                assert np.max(np.abs(numbers(row[part]) - true)) <= allowed
