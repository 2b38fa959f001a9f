"""The grading of somebody else's backpropagation, for any layered network."""

from collections.abc import Mapping

import numpy as np

from ..activations.record import Activation, Floats
from ..errors import InvalidValue, Place
from ..gradients.codes import Code
from ..gradients.grading import OWN_RULES, Grade, refuse_sizes
from ..gradients.hidden import hidden_codes, same_as_right
from ..gradients.joint import UNEXPLAINED
from ..gradients.layouts import PartCandidates
from ..gradients.noise import FLOAT64, Arithmetic, arithmetic_of
from ..gradients.parts import Rules, WrongPart, explain_parts, judge
from ..gradients.probability_errors import probability_errors
from ..gradients.reduction import Reduction
from ..gradients.rounding import Numbers
from ..gradients.softmax import softmax
from ..gradients.targets import Labels, Targets
from .backpropagation import Backpropagation, Loss, last_derivative
from .backpropagation_question import BackpropagationQuestion
from .evaluation import trace
from .gradient_errors import ErrorBounds, ForwardErrors, error_bounds
from .gradient_mistakes import Backward
from .network import SOFTMAX, Network

# What float64 holds, in powers of ten, with room for sums.
_EXPONENT = 280


class NetworkCheck:
    """One question about a network with its right answer, against which submissions are checked.

    Arguments are those of `backpropagate`, `right` its answer without a penalty, and `l2` the λ of
    ½λ·Σ‖weight‖². Raises `Overflow` where a rounding bound is beyond the largest float64.
    """

    def __init__(
        self,
        network: Network,
        inputs: Floats,
        targets: Targets,
        loss: Loss,
        reduction: Reduction,
        right: Backpropagation,
        l2: float = 0.0,
    ) -> None:
        rows = inputs.reshape(-1, network.inputs)
        y = targets.dense(network.outputs) if isinstance(targets, Labels) else targets
        self._question = BackpropagationQuestion(network, rows, inputs.ndim == 1, y, loss, reduction, l2)
        self._steps = trace(network, rows)
        self._right = right
        self._delta = self._question.factor * last_derivative(network, self._steps, targets, loss)
        self._backward: Backward | None = None
        self._errors: dict[Arithmetic, ErrorBounds] = {}

    def grade(self, submission: Mapping[str, Numbers], rules: Rules = OWN_RULES) -> dict[str, Grade]:
        """Return a grade for each part of `submission`: "layers.0.weight", "layers.0.bias", "inputs".

        Parts are judged, and mistakes found, as in `gradients.grading.grade`. Raises `InvalidValue` for a
        submission without parts, or with one that the network does not have.
        """
        if not submission:
            raise InvalidValue(
                "expected the gradient of a weight, of a bias, or of the inputs", ("submission",)
            )
        arithmetics = arithmetic_of(submission)
        candidates: dict[str, PartCandidates] = {}
        for arithmetic in set(arithmetics.values()):
            for part in self._parts(arithmetic):
                if arithmetics.get(part.name) == arithmetic:
                    candidates[part.name] = part
        for name in submission:
            if name not in candidates:
                place = tuple(int(one) if one.isdigit() else one for one in name.split("."))
                raise InvalidValue("expected a part that the network has", ("submission", *place))
        verdicts = {
            name: judge(submission[name], part.right, part.noise, rules) for name, part in candidates.items()
        }
        wrong = {
            name: WrongPart(candidates[name], submission[name])
            for name, one in verdicts.items()
            if not one.correct
        }
        right = {name: candidates[name] for name, one in verdicts.items() if one.correct}
        explained = explain_parts(wrong, right, rules, self._table().follows) if wrong else {}
        return {
            name: Grade(one.wrong, explained.get(name, UNEXPLAINED), one.rounded)
            for name, one in verdicts.items()
        }

    def hidden_mistakes(self, rules: Rules = OWN_RULES) -> tuple[Code, ...]:
        """Return the codes of mistakes that give right numbers in this question."""
        return hidden_codes(
            {
                part.name: same_as_right(part, rules.tolerance, rules.absolute_tolerance)
                for part in self._parts(FLOAT64)
            }
        )

    def _parts(self, arithmetic: Arithmetic) -> list[PartCandidates]:
        if arithmetic not in self._errors:
            self._errors[arithmetic] = self._bounds(arithmetic)
        return list(self._table().parts(self._errors[arithmetic]))

    def _table(self) -> Backward:
        if self._backward is None:
            self._backward = Backward(self._question, self._steps, self._right, self._delta)
        return self._backward

    def _bounds(self, arithmetic: Arithmetic) -> ErrorBounds:
        """Return every part's bounds, from those of the last layer's δ."""
        question, steps = self._question, self._steps
        network, y, u = question.network, np.abs(question.targets), arithmetic.roundoff
        with np.errstate(over="ignore", invalid="ignore"):
            forward = ForwardErrors(network, question.rows, steps, arithmetic)
            activation = network.layers[-1].activation
            last, z = steps[-1], forward.z[-1]
            if question.loss == "cross_entropy" or activation == SOFTMAX:
                a = last.preactivations if activation == SOFTMAX else last.activations
                moved = z if activation == SOFTMAX else forward.h[-1]
                p = softmax(a)
                s = y.sum(axis=1, keepdims=True) if question.loss == "cross_entropy" else 1.0 + y
                by_p = probability_errors(a, p, moved, u)
                error, size = s * by_p + 8.0 * u * (s * p + y), s * p + y
                if question.loss != "cross_entropy":  # through the Jacobian, whose rows sum to at most ½
                    whole = (p * size).sum(axis=1, keepdims=True)
                    error = p * (error + (p * error).sum(axis=1, keepdims=True)) + by_p * (size + whole)
                    size = p * (size + whole)
            else:
                size = np.abs(last.activations) + y
                error = forward.h[-1] + 4.0 * u * size
            if isinstance(activation, Activation):
                slope = np.abs(activation.derivative(last.preactivations))
                error = error * slope + size * forward.slope[-1]
                size = size * (slope + forward.slope[-1])
            factor = question.factor
            return error_bounds(
                network,
                question.rows,
                steps,
                self._delta,
                factor * error,
                factor * size,
                forward,
                question.each,
            )


def refuse_telling_networks(network: Network, inputs: Floats, targets: Targets, l2: float = 0.0) -> None:
    """Raise `Overflow` or `InvalidValue` for a number of a size at which grades would measure the answer.

    As in `gradients.grading`; a gradient has up to two factors for each layer, and the inputs and targets.
    """
    rows = targets.weights if isinstance(targets, Labels) else targets
    given: dict[Place, Floats] = {("inputs",): inputs, ("targets",): rows, ("l2",): np.array(l2)}
    for index, layer in enumerate(network.layers):
        given["network", "layers", index, "weight"] = layer.weight
        if layer.bias is not None:
            given["network", "layers", index, "bias"] = layer.bias
    refuse_sizes(given, 10.0 ** min(60, _EXPONENT // (2 * len(network.layers) + 2)))
