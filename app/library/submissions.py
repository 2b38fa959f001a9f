"""Gradients that somebody hands in → arrays by name."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from ..nn.errors import InvalidValue, located
from ..nn.gradients.noise import Numbers
from ..nn.gradients.problem import PARTS, Part
from .arguments import array, mapping
from .results.gradients import GradientPairResult
from .results.networks import NetworkGradientsOf

SubmissionLike = Mapping[str, ArrayLike | None] | GradientPairResult
"""`{"W": ∂ℓ/∂W, "Theta": ∂ℓ/∂Θ}`, either or both; or the gradients of a result."""


def submitted_parts(given: SubmissionLike) -> dict[Part, Numbers]:
    """Return the gradients that somebody hands in, by part. Raises `InvalidValue` at its place."""
    if isinstance(given, GradientPairResult):
        return {"W": given.W, "Theta": given.Theta}
    with located("submission"):
        mapping("", given, PARTS)
        return {part: _submitted(part, numbers) for part in PARTS if (numbers := given.get(part)) is not None}


def submitted_layers(given: Mapping[str, Any] | NetworkGradientsOf) -> dict[str, Numbers]:
    """Return gradients of a network's layers and inputs, by name. Raises `InvalidValue` at its place."""
    if isinstance(given, NetworkGradientsOf):
        return dict(given.by_name())
    with located("submission"):
        mapping("", given, ("layers", "inputs"))
        layers = given.get("layers") or []
        if not isinstance(layers, list | tuple):
            raise InvalidValue("expected a valid list", ("layers",))
        read: dict[str, Numbers] = {}
        for index, layer in enumerate(layers):
            if layer is not None:
                with located("layers", index):
                    mapping("", layer, ("weight", "bias"))
                    for name in ("weight", "bias"):
                        if layer.get(name) is not None:
                            read[f"layers.{index}.{name}"] = _submitted(name, layer[name])
        if given.get("inputs") is not None:
            read["inputs"] = _submitted("inputs", given["inputs"])
    return read


def _submitted(name: str, numbers: ArrayLike) -> Numbers:
    return array(name, numbers, None, finite=False, empty=True, keep_single=True)
