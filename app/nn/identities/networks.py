"""The identities of whole networks: Problem 2."""

import numpy as np

from ..activations.identity import identity
from ..activations.record import Floats
from ..activations.tanh import tanh
from ..networks.conversion import convert
from ..networks.evaluation import evaluate
from ..networks.network import Layer, Network
from .check import against_each_other
from .record import Identity, IdentityCheck, IdentitySide, ProofStep

# A network of the sheet's kind with one input, so that it has a curve; its decimals are no exact floats.
EXAMPLE = Network(
    (
        Layer(np.array([[1.3], [-0.7], [2.1]]), np.array([0.1, -0.4, 0.6]), tanh()),
        Layer(np.array([[0.9, -1.7, 0.3]]), np.array([0.2]), identity()),
    )
)
# Σ|W₂| + |b₂|: the size of what is summed, in whose units the two networks are compared.
EXAMPLE_SIZE = 3.1


def _curve(network: Network, x: Floats) -> Floats:
    return evaluate(network, x.reshape(-1, 1)).reshape(x.shape)


def _tanh_network(x: Floats) -> Floats:
    return _curve(EXAMPLE, x)


def _sigmoid_network(x: Floats) -> Floats:
    return _curve(convert(EXAMPLE, "sigmoid").network, x)


def _check_networks() -> IdentityCheck:
    return against_each_other(_tanh_network, _sigmoid_network, EXAMPLE_SIZE)


tanh_network_as_sigmoid_network = Identity(
    name="tanh_network_as_sigmoid_network",
    title="Every tanh network is a sigmoid network of the same size",
    problem="2a",
    statement=(
        r"W_2 \tanh\left(W_1 x + b_1\right) + b_2 = W_2' s_1\left(W_1' x + b_1'\right) + b_2'"
        r" \;\text{for}\; W_1' = 2 W_1,\quad b_1' = 2 b_1,\quad W_2' = 2 W_2,"
        r"\quad b_2' = b_2 - W_2 \mathbf{1}"
    ),
    steps=(
        ProofStep(
            r"F(x) = W_2 \tanh\left(W_1 x + b_1\right) + b_2",
            "the network of the sheet; tanh is taken in every entry",
        ),
        ProofStep(
            r"= W_2 \left(2 \, s_1\left(2 \left(W_1 x + b_1\right)\right) - \mathbf{1}\right) + b_2",
            "tanh(z) = 2·s₁(2z) − 1 in every entry, as shown before; 𝟏 is the vector of ones",
        ),
        ProofStep(
            r"= W_2 \left(2 \, s_1\left(2 W_1 x + 2 b_1\right) - \mathbf{1}\right) + b_2",
            "2 multiplied into the affine map",
        ),
        ProofStep(
            r"= 2 W_2 \, s_1\left(2 W_1 x + 2 b_1\right) + b_2 - W_2 \mathbf{1}",
            "W₂ multiplied into the bracket, by linearity",
        ),
        ProofStep(
            r"= W_2' s_1\left(W_1' x + b_1'\right) + b_2'",
            "with W₁′ = 2W₁, b₁′ = 2b₁, W₂′ = 2W₂, b₂′ = b₂ − W₂𝟏: as many units as before, for every x",
        ),
        ProofStep(r"= G(x)", "that is the sigmoid network"),
    ),
    curves=(IdentitySide("F(x)", _tanh_network), IdentitySide("G(x)", _sigmoid_network)),
    check=_check_networks,
    checked=(
        "F and G as this service evaluates them for a network of three units and one input, in units in the"
        " last place of Σ|W₂| + |b₂|."
    ),
)

no_step_network = Identity(
    name="no_step_network",
    title="No network of steps computes a tanh network, unless that is constant",
    problem="2b",
    statement=(
        r"F(x) = W_2 \tanh\left(W_1 x + b_1\right) + b_2 \;\text{not constant}\; \Rightarrow"
        r" F \neq G \;\text{for every}\; G(x) = V_2 H\left(V_1 x + c_1\right) + c_2"
    ),
    steps=(
        ProofStep(
            r"H\left(V_1 x + c_1\right) \in \{0, 1\}^{n}",
            "each of the n step units is 0 or 1, whatever x is",
        ),
        ProofStep(
            r"\left|G\left(\mathbb{R}^{d}\right)\right| \leq 2^{n}",
            "G is determined by the pattern of zeros and ones, and there are 2ⁿ patterns; further layers see"
            " the pattern alone, so depth changes nothing",
        ),
        ProofStep(
            r"F_k(u) \neq F_k(v)",
            "F is not constant (tanh(x) is an example): choose two inputs u, v and an output k at"
            " which it takes different values",
        ),
        ProofStep(
            r"\varphi(t) = F_k\left(u + t \left(v - u\right)\right),\quad 0 \leq t \leq 1",
            "F along the segment from u to v; φ is continuous, since tanh and affine maps are",
        ),
        ProofStep(
            r"\varphi\left([0, 1]\right) \supseteq"
            r" \left[\min(\varphi(0), \varphi(1)), \max(\varphi(0), \varphi(1))\right]",
            "the intermediate value theorem: φ takes every value between Fₖ(u) and Fₖ(v)",
        ),
        ProofStep(
            r"\left|F\left(\mathbb{R}^{d}\right)\right| = \infty > 2^{n} \geq"
            r" \left|G\left(\mathbb{R}^{d}\right)\right|",
            "an interval of positive length has infinitely many points, so F takes values that G does not",
        ),
        ProofStep(r"F \neq G", "two functions with different sets of values are different"),
        ProofStep(
            r"F(x) = F(0) = 0 \cdot H\left(V_1 x + c_1\right) + F(0) \;\text{for every constant}\; F",
            "the one exception: where F is constant, V₂ = 0 and c₂ = F(0) make a step network of it",
        ),
    ),
)
