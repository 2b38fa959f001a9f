"""One picture of every kind, small enough for tests."""

import numpy as np

from app.nn.activations.catalogue import create
from app.nn.activations.record import Activation
from app.nn.gradients.problem import Problem
from app.nn.gradients.targets import prepare
from app.nn.networks.conversion import convert
from app.nn.networks.network import Layer, Network
from app.plots.activation_curves import ActivationCurves
from app.plots.canvas import Canvas
from app.plots.gradient_maps import GradientMaps
from app.plots.identity_curves import IdentityCurves
from app.plots.labelled_network import LabelledNetwork
from app.plots.networks import NetworkPicture
from app.plots.wrong_entries import WrongEntries


def chosen(*names: str) -> tuple[Activation, ...]:
    return tuple(create(name) for name in names)


def network(sizes: list[int], hidden: str = "tanh", seed: int = 0) -> Network:
    """Return a network with random weights, `hidden` in all layers but the last."""
    random = np.random.default_rng(seed)
    kinds = [hidden] * (len(sizes) - 2) + ["identity"]
    return Network(
        [
            Layer(random.normal(size=(outputs, inputs)), random.normal(size=outputs), create(kind))
            for inputs, outputs, kind in zip(sizes, sizes[1:], kinds, strict=False)
        ]
    )


def drawn(*networks: Network) -> tuple[LabelledNetwork, ...]:
    return tuple(LabelledNetwork(label, one) for label, one in zip("FGH", networks, strict=False))


SHEET = Network(
    [
        Layer(np.array([[1.5], [-0.5]]), np.array([0.25, 1.0]), create("tanh")),
        Layer(np.array([[2.0, -1.0]]), np.array([0.5]), create("identity")),
    ]
)
CONVERTED = convert(SHEET, "sigmoid").network

PROBLEM = Problem(
    np.array([[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]]),
    np.array([[1.0, -1.0], [0.5, 2.0]]),
    np.array([1.0, 2.0, -0.5]),
)
TARGETS = prepare(np.array(1.0), (3,), 2)

SMALL = Canvas(320, 240)
DARK = Canvas(320, 240, theme="dark")


def specs(canvas: Canvas = SMALL):
    """Return a picture of each kind by name."""
    submission = {"W": np.zeros((2, 3))}
    return {
        "curve": ActivationCurves(chosen("softplus"), derivative=True, canvas=canvas),
        "jump": ActivationCurves(chosen("heaviside", "hardshrink"), canvas=canvas),
        "gap": ActivationCurves(chosen("softplus", "relu"), gap=True, canvas=canvas),
        "network": NetworkPicture(drawn(SHEET), canvas=canvas),
        "overlay": NetworkPicture(drawn(SHEET, CONVERTED), canvas=canvas),
        "outputs": NetworkPicture(drawn(network([1, 3, 3])), canvas=canvas),
        "map": NetworkPicture(drawn(network([2, 4, 1])), canvas=canvas),
        "diagram": NetworkPicture(drawn(SHEET), view="diagram", canvas=canvas),
        "gradients": GradientMaps(PROBLEM, TARGETS, canvas=canvas),
        "submission": GradientMaps(PROBLEM, TARGETS, submission=submission, canvas=canvas),
        "mask": WrongEntries(PROBLEM, TARGETS, "mean", submission, canvas=canvas),
        "identity": IdentityCurves("tanh_as_sigmoid", canvas=canvas),
    }
