"""The other activation in place of one: tanh x = 2·(σ(2x) − ½), and σ(x) = ½·(tanh(½x) + 1).

All factors are powers of two and go into the weights around, so nothing is rounded: the graph before and
the graph after are the same real function, whatever else is in it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from ...nn.networks.conversion import Squashing
from ..errors import NothingToConvert, UnsupportedModel
from .downwards import Reader
from .graphs import Model
from .multiple_names import multiple_name
from .operators import MADE_OF
from .plan import without
from .recurrent import StateChange, StateRewriting, activations_of, why_it_stays
from .scope import Node
from .upwards import scale_value
from .weights import Weights

Shift = Literal["kept", "folded"]
Fate = Literal["folded", "written", "kept"]
FIRST_OPSET = 7
"""Before, Add and Mul broadcast only where an attribute said so."""


@dataclass(frozen=True, slots=True)
class ActivationIdentity:
    """f(x) = scale·(g(stretch·x) + offset)."""

    replaced: str
    operator: str
    stretch: float
    scale: float
    offset: float


SUBSTITUTIONS: dict[Squashing, ActivationIdentity] = {
    "sigmoid": ActivationIdentity("Tanh", "Sigmoid", 2.0, 2.0, -0.5),
    "tanh": ActivationIdentity("Sigmoid", "Tanh", 0.5, 0.5, 1.0),
}


@dataclass(frozen=True, slots=True)
class Site:
    """A node that holds the activation.

    `before` and `after`: whether the factor went into the weights around (folded), stands in nodes of its
    own (written), or the node stayed as it was (kept); `reason` says why, where it is not folded
    on both sides.
    """

    graph: str
    node: str
    operator: str
    before: Fate
    after: Fate
    reason: str


@dataclass(eq=False, slots=True)
class Rewritten:
    """What was done: to each site, with which weights; the model is edited, and not yet stored."""

    model: Model
    weights: Weights
    sites: list[Site] = field(default_factory=list)
    converted: list[Node] = field(default_factory=list)
    rounds: bool = False
    """Whether something beyond the listed biases was rounded."""

    @property
    def nodes(self) -> int:
        """How many operators there are now."""
        return sum(len(scope.nodes) for scope in self.model.scopes)


def rewrite(model: Model, to: Squashing, shift: Shift) -> Rewritten:
    """Replace one activation by the other everywhere in a model; edits the model.

    Raises `UnsupportedModel` for an opset below 7, `NothingToConvert` where no node can be replaced, with
    the reason of those that stay.
    """
    if model.oldest_opset < FIRST_OPSET:
        raise UnsupportedModel(
            f"expected an opset of {FIRST_OPSET} at least, got a lower one: onnx.version_converter raises it"
        )
    result = Rewritten(model, Weights(model))
    _Rewriting(result, SUBSTITUTIONS[to], folds=shift == "folded").run()
    if not result.converted:
        expected = SUBSTITUTIONS[to].replaced
        stays = sorted({f"{one.operator} ({one.reason})" for one in result.sites})
        found = f"; these stay: {', '.join(stays)}" if stays else ""
        detail = f"expected a node {expected} that can be replaced, got none{found}"
        raise NothingToConvert(detail, sites=result.sites)
    return result


class _Rewriting:
    def __init__(self, result: Rewritten, identity: ActivationIdentity, *, folds: bool) -> None:
        self._result = result
        self._model = result.model
        self._weights = result.weights
        self._identity = identity
        self._reader = Reader(result.weights, folds=folds)
        self._folds = folds
        change = StateChange(
            identity.replaced,
            identity.operator,
            identity.stretch,
            identity.scale,
            identity.scale * identity.offset,
        )
        self._change = change
        self._states = StateRewriting(result.weights, change)

    def run(self) -> None:
        found: dict[tuple[int, str], list[Node]] = defaultdict(list)
        recurrent: list[Node] = []
        for node in list(self._model.all_nodes()):
            if self._is_site(node):
                found[id(node.scope), node.proto.input[0]].append(node)
            elif node.operator in ("GRU", "RNN") and self._identity.replaced in activations_of(node):
                recurrent.append(node)
            elif reason := self._why_it_stays(node):
                self._result.sites.append(_stays(node, reason))
        kinds = [self._kind(nodes) for nodes in found.values()]
        if None in kinds:
            self._model.infer_types()
            kinds = [self._kind(nodes) for nodes in found.values()]
        for nodes, kind in zip(found.values(), kinds, strict=True):
            if kind is None:
                reason = "the type of its numbers is not told by the file"
                self._result.sites.extend(_stays(node, reason) for node in nodes)
            else:
                self._convert(nodes, kind)
        for node in recurrent:
            self._convert_state(node)
        self._weights.drop_copies()

    def _kind(self, nodes: list[Node]) -> int | None:
        """Return the type of the numbers of nodes that read one value."""
        scope, proto = nodes[0].scope, nodes[0].proto
        return scope.data_type(proto.output[0]) or scope.data_type(proto.input[0])

    def _is_site(self, node: Node) -> bool:
        inputs, outputs = node.proto.input, node.proto.output
        return (
            node.operator == self._identity.replaced
            and (len(inputs), len(outputs)) == (1, 1)
            and bool(inputs[0] and outputs[0])
        )

    def _why_it_stays(self, node: Node) -> str | None:
        replaced = self._identity.replaced
        if node.operator == "Gelu":
            approximate = node.attribute("approximate")
            tanh = approximate is not None and approximate.s == b"tanh"
            return "tanh-GELU is one operator" if tanh and replaced == "Tanh" else None
        if node.operator in ("com.microsoft.FusedConv", "com.microsoft.FusedGemm"):
            activation = node.attribute("activation")
            fused = activation is not None and activation.s == replaced.encode()
            return "the activation is fused into the operator" if fused else None
        if node.operator == "LSTM" and replaced not in activations_of(node):
            return None
        return MADE_OF[replaced].get(node.operator)

    def _convert(self, nodes: list[Node], kind: int) -> None:
        """Convert the nodes that read one value."""
        scope, identity = nodes[0].scope, self._identity
        value = nodes[0].proto.input[0]
        before = self._stretch(nodes, value, kind)
        for node in nodes:
            label, old = node.name, node.proto.output[0]
            node.proto.op_type = identity.operator
            left, count, exposed = self._write_out(node, 0, _replaced_name(old, identity), kind)
            after: Fate = "written" if left else "folded"
            reason = _reason(before, left, count, exposed)
            self._result.sites.append(Site(scope.path, label, identity.replaced, before, after, reason))
            self._result.converted.append(node)

    def _write_out(self, node: Node, index: int, name: str, kind: int) -> tuple[int, int, bool]:
        """Let scale·(v + offset) stand for what a node made, which makes v from now on, under a new name.

        First everything is written out, then whoever can reads what stands before. Return how many readers
        are left, of how many, and whether an output of the graph is one.
        """
        scope, identity = node.scope, self._identity
        old = node.proto.output[index]
        exposed = old in scope.exposed
        shifted = scope.names.fresh(multiple_name(old, 1 / identity.scale))
        operator, number = ("Sub", -identity.offset) if identity.offset < 0 else ("Add", identity.offset)
        uses, scope.uses[old] = scope.uses[old], {}
        scope.makers.pop(old)
        node.proto.output[index] = scope.names.fresh(name)
        scope.makers[node.proto.output[index]] = node
        inner = scope.insert(operator, [node.proto.output[index]], shifted, node)
        scope.add_input(inner, self._weights.scalar(scope, number, kind).name)
        outer = scope.insert("Mul", [shifted], old, inner)
        scope.add_input(outer, self._weights.scalar(scope, identity.scale, kind).name)
        scope.uses[old] = uses
        count = len(uses) + exposed
        left = 1
        if sum(map(bool, node.proto.output)) == 1 and index == 0:
            left = self._reader.absorb(outer, node, identity.scale, identity.scale * identity.offset)
        if left:
            left = self._reader.absorb(outer, inner, identity.scale)
        # By the name that it has now: a reader that was left out may have given it its own.
        if outer.removed and not inner.removed and not scope.is_read(inner.proto.output[0]):
            scope.remove(inner)
        return left, count, exposed

    def _convert_state(self, node: Node) -> None:
        """Convert a recurrent operator inside, its state and so its outputs being scale·v + shift."""
        reason = why_it_stays(node, self._change)
        if reason is None and not self._folds:
            reason = "its biases take the shift, which rounds them: shift=folded does it"
        if reason is None:
            reason = self._states.rewrite(node)
        if reason is not None:
            self._result.sites.append(_stays(node, reason))
            return
        scope, constant = node.scope, node.constant_input(1)
        assert constant is not None
        written = False
        for index, name in enumerate(list(node.proto.output)):
            if name and (scope.uses[name] or name in scope.exposed):
                left, *_ = self._write_out(node, index, f"{name}_state", constant.tensor.data_type)
                written = written or left > 0
        after: Fate = "written" if written else "folded"
        reason = "not all that reads its values takes the factor" if written else ""
        self._result.sites.append(Site(scope.path, node.name, node.operator, "folded", after, reason))
        self._result.converted.append(node)

    def _stretch(self, nodes: list[Node], value: str, kind: int) -> Fate:
        """Let the nodes read stretch·value."""
        scope, stretch = nodes[0].scope, self._identity.stretch
        constant = scope.constant(value)
        if constant is not None and (multiple := self._weights.multiple(constant, stretch)) is not None:
            for node in nodes:
                scope.set_input(node, 0, multiple.name)
            return "folded"
        name = scope.names.fresh(f"{value}_stretched")
        maker = scope.maker(value)
        written = scope.insert("Mul", [value], name, maker if maker is not None else None)
        scope.add_input(written, self._weights.scalar(scope, stretch, kind).name)
        for node in nodes:
            scope.set_input(node, 0, name)
        if scale_value(scope, value, stretch, written, self._weights):
            without(written, written.proto.input[0])
            return "folded"
        return "written"


def _replaced_name(old: str, identity: ActivationIdentity) -> str:
    mine, other = f"_{identity.operator.lower()}", f"_{identity.replaced.lower()}"
    return old.removesuffix(other) if old.endswith(other) and len(old) > len(other) else old + mine


def _stays(node: Node, reason: str) -> Site:
    return Site(node.scope.path, node.name, node.operator, "kept", "kept", reason)


def _reason(before: Fate, left: int, count: int, exposed: bool) -> str:
    reasons = []
    if before == "written":
        reasons.append("what makes its input has no constant weights of its own to take the factor")
    if left:
        some = "one reader" if left == 1 else f"{left} readers"
        what = "its value is an output of the graph" if exposed and left == 1 else f"{some} of {count} cannot"
        reasons.append(what if exposed and left == 1 else f"{what} take the factor")
    return "; ".join(reasons)
