"""The mistakes that are made in backpropagation, as the numbers that come of them in every layer.

The right δ of the last layer and every wrong one (`gradients.residuals`) go back through the layers together;
at each layer those join them that go through it in a wrong way.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from ..activations.record import Activation, Floats
from ..gradients.candidates import Deviation, Products, Scalar
from ..gradients.codes import Code
from ..gradients.layouts import REGULARISER, Drift, PartCandidates
from ..gradients.mistakes import scalars
from ..gradients.parts import WrongPart
from ..gradients.residuals import LastLayer, residual_ways
from ..gradients.rounding import as_written
from .backpropagation import Backpropagation
from .backpropagation_question import INPUTS, BackpropagationQuestion, bias_name, weight_name
from .evaluation import Step
from .gradient_errors import ErrorBounds
from .incomplete_networks import without_parts
from .network import SOFTMAX
from .wrong_gates import by_the_sign_of_the_gradient, other_sides, wrong_gates

Ways = tuple[Deviation, ...]

# Two deviations in a row are followed where all of them together are at most so many numbers.
_NUMBERS = 2**19

# Systems of so many rows at most are solved for what follows from a layer; no ill-conditioned ones.
_MOST_ROWS, _WORST_CONDITION = 512, 1e6
_CLOSE, _UNEXPLAINED = 1e-7, 0.25


class Backward:
    """Every δ that a layer may be given, right and wrong."""

    def __init__(
        self,
        question: BackpropagationQuestion,
        steps: tuple[Step, ...],
        right: Backpropagation,
        delta: Floats,
    ):
        """Take in the right δ of the last layer, reduced."""
        self._question, self._steps, self._right = question, steps, right
        network = question.network
        self._deltas: list[tuple[list[Ways], Floats]] = []
        ways, deltas = _at_the_end(question, steps, delta)
        for index in reversed(range(len(network.layers))):
            self._deltas.append((ways, deltas))
            if index:
                ways, deltas = self._through(index, ways, deltas)
        self._deltas.reverse()
        self._updated = self._through_updated_weights()
        self._without = list(without_parts(question))
        self._scalars = tuple(
            one
            for one in scalars(
                question.reduction, len(question.rows), network.outputs, question.each, float("nan")
            )
            if question.loss == "cross_entropy" or all(way.code != "log_base" for way in one.deviations)
        )

    def parts(self, errors: ErrorBounds) -> Iterator[PartCandidates]:
        """Yield what each part may be, the inputs last."""
        for index in range(len(self._question.network.layers)):
            yield self._weight(index, errors)
            if self._question.network.layers[index].bias is not None:
                yield self._bias(index, errors)
        yield self._inputs(errors)

    def follows(self, wrong: Mapping[str, WrongPart]) -> Mapping[str, Code]:
        """Return the parts of layers that follow from the wrong weight of the layer after, as submitted."""
        question, found = self._question, {}
        if question.each or len(question.rows) > _MOST_ROWS:
            return {}
        for index in range(len(question.network.layers) - 1):
            above = wrong.get(weight_name(index + 1))
            if above is None or above.given.shape != above.candidates.right.shape:
                continue
            delta = self._behind(index, above)
            if delta is None:
                continue
            seen = self._steps[index - 1].activations if index else question.rows
            layer = question.network.layers[index]
            expected = {weight_name(index): delta.T @ seen + question.l2 * layer.weight}
            expected[bias_name(index)] = delta.sum(axis=0)
            for name, numbers in expected.items():
                if name in wrong and _is(wrong[name], numbers):
                    found[name] = _FOLLOWS
        return found

    def _behind(self, index: int, above: WrongPart) -> Floats | None:
        """Return δ (N, units) of a layer from the submitted gradient of the next one's weight."""
        network, hidden = self._question.network, self._steps[index].activations
        layer = network.layers[index + 1]
        given = above.given.astype(np.float64) - self._question.l2 * layer.weight
        if len(hidden) > hidden.shape[1]:
            return None
        values = np.linalg.svd(hidden, compute_uv=False)
        if not values[-1] * _WORST_CONDITION > values[0]:
            return None
        delta = (given @ np.linalg.pinv(hidden)).T
        if not np.abs(delta.T @ hidden - given).max() <= _CLOSE * np.abs(given).max() + _half(above):
            return None
        if np.abs(delta).max() <= _CLOSE * np.abs(self._deltas[index + 1][1][0]).max():
            return None
        below = network.layers[index].activation
        assert isinstance(below, Activation)
        return (delta @ layer.weight) * below.derivative(self._steps[index].preactivations)

    def _through(self, index: int, ways: list[Ways], deltas: Floats) -> tuple[list[Ways], Floats]:
        """Return the δ of the layer below, those first that go there rightly."""
        layer, step = self._question.network.layers[index], self._steps[index - 1]
        activation = self._question.network.layers[index - 1].activation
        assert isinstance(activation, Activation)
        shown = (*map(weight_name, range(index)), *map(bias_name, range(index)), INPUTS)
        slope = activation.derivative(step.preactivations)
        with np.errstate(all="ignore"):
            behind = deltas @ layer.weight
            all_ways, all_deltas = list(ways), [behind * slope]
            wrong = list(wrong_gates(activation, step, slope))
            several = len(wrong) * behind.size <= _NUMBERS
            taken = [i for i, one in enumerate(ways) if len(one) <= 1] if several else [0]
            others = [(code, words, behind[taken] * gate) for code, words, gate in wrong]
            by_sign = by_the_sign_of_the_gradient(activation, behind[taken])
            if by_sign is not None:
                others.append(("derivative_of_the_wrong_thing", "the sign of ∂ℓ/∂h", by_sign))
            for code, words, other in others:
                all_ways += [(*ways[i], Deviation(code, f"{words}, layer {index}", shown)) for i in taken]
                all_deltas.append(other)
            for way, other in self._weights(deltas[taken], layer.weight, shown, index):
                all_ways += [(*ways[i], way) for i in taken]
                all_deltas.append(other * slope)
        return all_ways, np.concatenate(all_deltas)

    def _through_updated_weights(self) -> dict[int, list[tuple[Deviation, Floats]]]:
        """Return, by layer, the δ that each later weight's gradient would lead to in that weight's place.

        A step of descent before going back adds −η times it.
        """
        question, network = self._question, self._question.network
        found: dict[int, list[tuple[Deviation, Floats]]] = {}
        for updated in range(1, 0 if question.each else len(network.layers)):
            weight = self._right.layers[updated].weight + question.l2 * network.layers[updated].weight
            delta = self._deltas[updated][1][0]
            shown = (*map(weight_name, range(updated)), *map(bias_name, range(updated)))
            way = Deviation("weights_updated", f"layer {updated}", shown)
            for index in reversed(range(updated)):
                activation = network.layers[index].activation
                assert isinstance(activation, Activation)
                with np.errstate(over="ignore", invalid="ignore"):
                    delta = (delta @ weight) * activation.derivative(self._steps[index].preactivations)
                found.setdefault(index, []).append((way, delta))
                weight = network.layers[index].weight
        return found

    def _weights(
        self, deltas: Floats, weight: Floats, shown: tuple[str, ...], index: int
    ) -> Iterator[tuple[Deviation, Floats]]:
        """Yield what comes of a weight that is left out or not transposed, where the shapes allow it."""
        if weight.shape[0] != weight.shape[1] or len(weight) == 1:
            return
        yield Deviation("layer_weight_forgotten", f"layer {index}", shown), deltas
        yield Deviation("layer_weight_transposed", f"layer {index}", shown), deltas @ weight.T

    def _weight(self, index: int, errors: ErrorBounds) -> PartCandidates:
        question, bounds = self._question, errors.layers[index]
        name, layer = weight_name(index), question.network.layers[index]
        products = Products(question.each)
        ways, deltas = self._deltas[index]
        seen = self._steps[index - 1].activations if index else question.rows
        lefts = products.left(deltas)
        factors: list[tuple[int, Ways]] = [(products.right(seen[np.newaxis])[0], ())]
        factors += self._other_factors(products, seen, index, name)
        for left, one in zip(lefts, ways, strict=True):
            for factor, more in factors:
                if len(one) + len(more) <= 2:
                    products.add(left, factor, (*one, *more))
        for way, layers in self._without:
            other, below = layers[index]
            factor = products.right(below[np.newaxis])[0]
            products.add(products.left(other[np.newaxis])[0], factor, (way,))
        right = self._right.layers[index].weight + question.l2 * layer.weight
        noise = bounds.weight + 2.0**-52 * question.l2 * np.abs(layer.weight)
        return PartCandidates(
            name,
            right,
            noise,
            errors.unit,
            bounds.weight_term,
            products,
            self._own_scalars(name),
            layer.weight,
            question.l2,
            len(question.rows),
            drifts=tuple(Drift(way, delta, seen) for way, delta in self._updated.get(index, ())),
        )

    def _other_factors(
        self, products: Products, seen: Floats, index: int, name: str
    ) -> list[tuple[int, Ways]]:
        """Return what may stand for a layer's inputs in the gradient of its weight."""
        question = self._question
        others: list[tuple[Deviation, Floats]] = [
            (Deviation("missing_input_factor", f"ones, layer {index}", (name,)), np.ones_like(seen))
        ]
        if index:
            z = self._steps[index - 1].preactivations
            if question.network.layers[index - 1].activation.name != "identity":  # type: ignore[union-attr]
                others.append((Deviation("preactivations_for_activations", f"layer {index}", (name,)), z))
            if question.rows.shape[1] == seen.shape[1]:
                others.append((Deviation("first_layer_forgotten", f"layer {index}", (name,)), question.rows))
        if not question.each and len(seen) > 1:
            others += [(way, _alone(seen, row)) for way, row in _ROWS]
        return [(products.right(factor[np.newaxis])[0], (way,)) for way, factor in others]

    def _bias(self, index: int, errors: ErrorBounds) -> PartCandidates:
        question, bounds = self._question, errors.layers[index]
        name, layer = bias_name(index), question.network.layers[index]
        assert layer.bias is not None
        products = Products(question.each)
        ways, deltas = self._deltas[index]
        rows = len(question.rows)
        one = products.right(np.ones((1, rows, 1)))[0]
        columns: list[tuple[int, Ways]] = [(one, ())]
        if not question.each and rows > 1:
            for way, row in _ROWS:
                columns.append((products.right(_alone(np.ones((rows, 1)), row)[np.newaxis])[0], (way,)))
        seen = self._steps[index - 1].activations if index else question.rows
        with_inputs = Deviation("weight_gradient_for_bias", f"layer {index}", (name,))
        columns.append((products.right(seen.sum(axis=1)[np.newaxis, :, np.newaxis])[0], (with_inputs,)))
        for left, before in zip(products.left(deltas), ways, strict=True):
            for column, more in columns:
                if len(before) + len(more) <= 2:
                    products.add(left, column, (*before, *more), "column")
        for way, layers in self._without:
            products.add(products.left(layers[index][0][np.newaxis])[0], one, (way,), "column")
        right_one = deltas[0]
        if layer.outputs > 1:
            every = np.repeat(right_one.sum(axis=1, keepdims=True), layer.outputs, axis=1)
            products.add(products.left(every[np.newaxis])[0], one, (_over_units(name),), "column")
        right = self._right.layers[index].bias
        assert right is not None
        otherwise: list[tuple[Deviation, Floats]] = []
        if not question.each and rows > 1:
            not_summed = Deviation("bias_not_summed", "each row's", (name,))
            otherwise += [(not_summed, right_one), (not_summed, right_one / question.factor)]
        if layer.outputs > 1 and not question.each:
            total = right_one.sum()
            otherwise += [(_over_units(name), np.array(total)), (_over_units(name), np.array([total]))]
        penalised = Deviation("bias_regularised", f"layer {index}", (name,))
        return PartCandidates(
            name,
            right,
            bounds.bias,
            errors.unit,
            bounds.bias_term,
            products,
            self._own_scalars(name),
            layer.bias,
            0.0,
            rows,
            ((penalised, question.l2),) if question.l2 and layer.bias.any() else (),
            penalised if question.l2 else REGULARISER,
            tuple(otherwise),
            tuple(Drift(way, delta, np.ones((rows, 1))) for way, delta in self._updated.get(index, ())),
        )

    def _inputs(self, errors: ErrorBounds) -> PartCandidates:
        question = self._question
        products = Products(not question.single)
        ways, deltas = self._deltas[0]
        weight = question.network.layers[0].weight
        one = products.right(np.ones((1, len(question.rows), 1)))[0]
        with np.errstate(over="ignore", invalid="ignore"):
            lefts = products.left(deltas, weight)
        for left, before in zip(lefts, ways, strict=True):
            products.add(left, one, before, "column")
        for way, layers in self._without:
            products.add(products.left(layers[0][0][np.newaxis], weight)[0], one, (way,), "column")
        if weight.shape[0] == weight.shape[1] > 1:
            shown = (INPUTS,)
            for way, other in self._weights(deltas[:1], weight, shown, 0):
                products.add(products.left(other)[0], one, (way,), "column")
        right = self._right.inputs
        return PartCandidates(
            INPUTS,
            right,
            errors.inputs.reshape(right.shape),
            errors.unit,
            errors.inputs_term,
            products,
            self._own_scalars(INPUTS),
            np.zeros_like(right),
            0.0,
            len(question.rows),
        )

    def _own_scalars(self, name: str) -> tuple[Scalar, ...]:
        """Return the factors of all parts, and the mean of a mean that one, or every bias, alone may have."""
        question = self._question
        if question.reduction != "mean" or question.single or len(question.rows) == 1:
            return self._scalars
        twice = [Deviation("averaged_twice", name, (name,))]
        biases = tuple(map(bias_name, range(len(question.network.layers))))
        if name in biases:
            twice.append(Deviation("averaged_twice", "every bias", biases))
        return (*self._scalars, *(Scalar(1.0 / len(question.rows), (way,)) for way in twice))


def _at_the_end(
    question: BackpropagationQuestion, steps: tuple[Step, ...], delta: Floats
) -> tuple[list[Ways], Floats]:
    """Return the right δ of the last layer, and those that people write."""
    last, activation = steps[-1], question.network.layers[-1].activation
    z, y = last.preactivations, question.targets
    softmax = activation == SOFTMAX
    ways: list[Deviation]
    with np.errstate(all="ignore"):
        if question.loss == "cross_entropy":
            a = z if softmax else last.activations
            e = np.exp(a - a.max(axis=1, keepdims=True))
            ways, found = residual_ways(LastLayer(a, e / e.sum(axis=1, keepdims=True), y))
            residuals = np.stack(found)
            if isinstance(activation, Activation):
                residuals = residuals * activation.derivative(z)
        elif softmax:
            layer = LastLayer(z, last.activations, y)
            error = layer.p - y
            formulas: tuple[tuple[Code, str, Floats], ...] = (
                ("cross_entropy_gradient", "s·p − y", layer.g),
                ("p_without_y", "p", layer.through_softmax(layer.p)),
                ("jacobian_diagonal", "(p − y)·p·(1 − p)", error * layer.p * (1.0 - layer.p)),
                ("normaliser_forgotten", "(p − y)·p", error * layer.p),
                ("error_without_sign", "|p − y|", layer.through_softmax(np.abs(error))),
                ("error_without_sign", "(p − y)²", layer.through_softmax(error * error)),
            )
            ways = [Deviation(code, way) for code, way, _ in formulas]
            residuals = np.stack([numbers for _, _, numbers in formulas])
        else:
            assert isinstance(activation, Activation)
            slope = activation.derivative(z)
            error = last.activations - y
            ways = [
                Deviation("p_without_y", "ŷ"),
                Deviation("error_without_sign", "|ŷ − y|"),
                Deviation("error_without_sign", "(ŷ − y)²"),
            ]
            residuals = slope * np.stack([last.activations, np.abs(error), error * error])
            if activation.name != "identity":
                ways.append(Deviation("activation_derivative_forgotten", "the last layer"))
                ways.append(Deviation("derivative_of_the_wrong_thing", "σ′(h), the last layer"))
                wrong = error * activation.derivative(last.activations)
                residuals = np.concatenate([residuals, np.stack([error, wrong])])
            for words, other in other_sides(activation, z, slope):
                ways.append(Deviation("other_side_of_kink", f"{words}, the last layer"))
                residuals = np.concatenate([residuals, (error * other)[np.newaxis]])
    deltas = np.concatenate([delta[np.newaxis], question.factor * residuals])
    return [(), *((way,) for way in ways)], deltas


_FOLLOWS: Code = "follows_from_layer"
_ROWS = (
    (Deviation("row_overwritten", "the last row alone"), -1),
    (Deviation("row_overwritten", "the first row alone"), 0),
)


def _over_units(name: str) -> Deviation:
    return Deviation("bias_summed_over_units", "all units", (name,))


def _alone(factor: Floats, row: int) -> Floats:
    alone = np.zeros_like(factor)
    alone[row] = factor[row]
    return alone


def _half(part: WrongPart) -> float:
    """Return the largest half unit that a part is rounded by."""
    given = part.given.astype(np.float64)
    return max((float(one.half_units(given).max()) for one in as_written(part.given)), default=0.0)


def _is(part: WrongPart, numbers: Floats) -> bool:
    """Tell whether a wrong part is these numbers, and not as near to what is right."""
    if part.given.shape != numbers.shape or not np.isfinite(part.given).all():
        return False
    left = np.abs(part.given.astype(np.float64) - numbers)
    apart = float(np.abs(part.given - part.candidates.right).max())
    slack = _CLOSE * float(np.abs(numbers).max()) + 4.0 * _half(part)
    return bool((left <= slack).all() and left.max() <= _UNEXPLAINED * apart)
