"""Where two networks of any depth provably differ: samples, with what each evaluation can be off."""

from dataclasses import dataclass, replace

import numpy as np

from ..activations.record import Activation, Floats
from ..gradients.softmax import softmax
from .assumption import RELATIVE_ERROR
from .far_points import far_points
from .network import Network
from .propagation import UNDERFLOW, UPWARDS, gamma, output_gaps, softmax_gaps

SAMPLES = 256
_SEED = 1943


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """F̂ and Ĝ at an input, and what each can be off at most; (d,) and (m,). F and G are `apart` at least."""

    input: Floats
    first: Floats
    first_error: Floats
    second: Floats
    second_error: Floats
    apart: float


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """`lower` ≤ sup|F − G|, and the `best` sample; it is a witness if the two provably differ there.

    `judged` is at how many of the samples it is known for every output what the evaluation can be off.
    """

    lower: float
    best: Sample
    judged: int

    @property
    def witness(self) -> Sample | None:
        """The best sample, if the two provably differ there."""
        return self.best if self.lower > 0 else None


def sampled(first: Network, second: Network) -> Sampled:
    """Return what samples tell of |F − G|, those of `samples` and some far away (`far_points`)."""
    drawn = judged(first, second, samples(first.inputs))
    far = far_points(first, second)
    if not len(far):
        return drawn
    return replace(larger(drawn, judged(first, second, far)), judged=drawn.judged)


def judged(first: Network, second: Network, rows: Floats) -> Sampled:
    """Return what inputs (N, d) tell of |F − G|, less what either evaluation can be off."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        given, given_error = _with_error(first, rows)
        other, other_error = _with_error(second, rows)
        apart = np.abs(given - other) * (1 - 2.0**-50) - (given_error + other_error) * UPWARDS
    known = np.isfinite(apart)
    apart = np.where(known, apart, -np.inf)
    row = int(np.argmax(apart.max(axis=1)))
    lower = max(float(apart[row].max()), 0.0)
    sample = Sample(rows[row], given[row], given_error[row], other[row], other_error[row], lower)
    return Sampled(lower, sample, int(np.logical_and.reduce(known, axis=1).sum()))


def larger(one: Sampled, other: Sampled) -> Sampled:
    """Return what shows the larger difference."""
    return other if other.lower > one.lower else one


def plain_outputs(network: Network, rows: Floats) -> Floats:
    """Return the outputs for inputs (N, d) in plain float64, with other roundings than `evaluate`."""
    return plain_layers(network, rows)[1]


def plain_layers(network: Network, rows: Floats) -> tuple[list[Floats], Floats]:
    """Return every layer's preactivations, and the outputs, in plain float64; finite whatever overflows."""
    values, sums = rows, []
    with np.errstate(all="ignore"):
        for layer in network.layers:
            z = np.nan_to_num(values @ layer.weight.T + (0.0 if layer.bias is None else layer.bias))
            sums.append(z)
            values = layer.activation.evaluate(z) if isinstance(layer.activation, Activation) else softmax(z)
            values = np.nan_to_num(values)
    return sums, values


def samples(inputs: int) -> Floats:
    """Return the same inputs each time, (N, d), of sizes about 0.01 to 100; the first is 0."""
    generator = np.random.default_rng(_SEED)
    rows = generator.standard_normal((SAMPLES, inputs)) * 10.0 ** generator.integers(-2, 3, (SAMPLES, 1))
    rows[0] = 0.0
    return rows


def _with_error(network: Network, rows: Floats) -> tuple[Floats, Floats]:
    """Return F̂ at the rows and a bound on |F̂ − F|, each (N, m); not finite where either overflows.

    The bound holds for sums in any order, so the products are plain ones.
    """
    values, errors = rows, np.zeros_like(rows)
    for layer in network.layers:
        activation, sizes = layer.activation, np.abs(layer.weight)
        preactivations = values @ layer.weight.T
        magnitudes = np.abs(values) @ sizes.T
        if layer.bias is not None:
            preactivations += layer.bias
            magnitudes += np.abs(layer.bias)
        # Of the sum of zeros and a bias every number is exact: a constant unit may stand at a jump.
        moving = ((values != 0) | (errors != 0)).astype(float) @ (layer.weight != 0).astype(float).T > 0
        errors = errors @ sizes.T + gamma(layer.inputs + 1) * magnitudes + UNDERFLOW
        errors = np.where(moving, errors, 0.0)
        if not isinstance(activation, Activation):
            errors = softmax_gaps(errors * UPWARDS)
            values = softmax(preactivations)
        else:
            errors = _behind(activation, preactivations, errors * UPWARDS)
            values = activation.evaluate(preactivations)
        if not layer.affine:
            errors = (errors + RELATIVE_ERROR * np.abs(values) + UNDERFLOW) * UPWARDS
        errors = np.where(np.isfinite(preactivations), errors, np.inf)
    return values, errors


def _behind(activation: Activation, preactivations: Floats, errors: Floats) -> Floats:
    """Return a bound on |f(ẑ) − f(z)| for |ẑ − z| ≤ errors: a jump counts only where it is within reach."""
    if not activation.jumps:
        return output_gaps(activation, errors, preactivations - errors)
    behind = errors * activation.lipschitz if activation.lipschitz else np.zeros_like(errors)
    for jump in activation.jumps:
        # An unknown error, NaN, reaches every jump; none at all does not, even there.
        reached = ~(np.abs(preactivations - jump.at) > errors) & (errors != 0)
        behind += abs(jump.height) * reached
    return behind * UPWARDS
