"""A service, asked without blocking: `await client.convert(…)`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack, overload

import httpx
from numpy.typing import ArrayLike

from ..library import questions
from ..library.arguments import BoxLike, NetworkLike
from ..library.look import LookOptions
from ..library.operations.files import File
from ..library.operations.networks import To
from ..library.operations.operation import Operation
from ..library.operations.pictures import Format, View
from ..library.results.activations import DescriptionResult, SideBySideResult, ValuesResult
from ..library.results.files import FileConversionResult, ReadingResult
from ..library.results.gradients import CheckResult, GradientsResult
from ..library.results.identities import IdentityResult
from ..library.results.networks import (
    ComparisonResult,
    ConversionResult,
    EvaluationResult,
    NetworkCheckResult,
    NetworkGradientsOf,
    NetworkGradientsResult,
    ReductionResult,
)
from ..library.results.pictures import PictureResult
from ..library.submissions import SubmissionLike
from ..nn.activations.record import Activation
from ..nn.gradients.checking import Feedback
from ..nn.gradients.reduction import Reduction
from ..nn.networks.backpropagation import Loss
from ..nn.networks.named_arrays import Names
from ..nn.networks.storage import StoredAs
from .conversation import Conversation, unreachable

R = TypeVar("R")


class AsyncClient:
    """The operations of a service at `url` as coroutines: all else is as with `Client`."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        patience: float = 30.0,
        tensors_above: int = 1000,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {} if key is None else {"X-API-Key": key}
        self._http = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=timeout, transport=transport, follow_redirects=True
        )
        self._conversation = Conversation(self._http.build_request, tensors_above, patience)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _ask(self, operation: Operation[R]) -> R:
        talk = self._conversation.ask(operation)
        said: httpx.Response | None = None
        while True:
            try:
                wanted = talk.send(said)
            except StopIteration as done:
                answer: R = done.value
                return answer
            said = None
            if isinstance(wanted, httpx.Request):
                try:
                    said = await self._http.send(wanted)
                except httpx.HTTPError as error:
                    raise unreachable(error) from error
            else:
                await asyncio.sleep(wanted)

    async def evaluate(
        self, network: NetworkLike, inputs: ArrayLike, *, trace: bool = False
    ) -> EvaluationResult:
        """Ask for `softstep.evaluate`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.evaluate(network, inputs, trace))

    async def convert(
        self,
        network: NetworkLike,
        to: To,
        *,
        stored_as: StoredAs = "float64",
        box: BoxLike | None = None,
        names: Names | None = None,
    ) -> ConversionResult:
        """Ask for `softstep.convert`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.convert(network, to, stored_as, box, names))

    async def values(
        self, activation: str | Activation, inputs: ArrayLike, *, derivative: bool = False
    ) -> ValuesResult:
        """Ask for `softstep.values`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.values(activation, inputs, derivative))

    async def describe(self, activation: str | Activation) -> DescriptionResult:
        """Ask for `softstep.describe`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.describe(activation))

    async def read(self, file: File, *, activations: Sequence[str] | None = None) -> ReadingResult:
        """Ask for `softstep.read`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.read(file, activations))

    async def convert_file(
        self, file: File, to: Literal["sigmoid", "tanh"], *, shift: Literal["kept", "folded"] = "kept"
    ) -> FileConversionResult:
        """Ask for `softstep.convert_file`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.convert_file(file, to, shift))

    @overload
    async def compare(
        self,
        first: str | Activation,
        second: str | Activation,
        *,
        tolerance: float = 0.0,
        box: BoxLike | None = None,
    ) -> SideBySideResult: ...

    @overload
    async def compare(
        self, first: NetworkLike, second: NetworkLike, *, tolerance: float = 0.0, box: BoxLike | None = None
    ) -> ComparisonResult: ...

    async def compare(
        self, first: Any, second: Any, *, tolerance: float = 0.0, box: BoxLike | None = None
    ) -> SideBySideResult | ComparisonResult:
        """Ask for `softstep.compare`. Raises as it and as `Conversation.ask`."""
        if isinstance(first, str | Activation):
            return await self._ask(questions.side_by_side(first, second))
        return await self._ask(questions.compare(first, second, tolerance, box))

    async def reduce(self, network: NetworkLike) -> ReductionResult:
        """Ask for `softstep.reduce`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.reduce(network))

    async def gradients(
        self,
        W: ArrayLike,
        Theta: ArrayLike,
        inputs: ArrayLike,
        targets: ArrayLike | None = None,
        *,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
        class_weights: ArrayLike | None = None,
        l2: float = 0.0,
        explain: bool = False,
    ) -> GradientsResult:
        """Ask for `softstep.gradients`. Raises as it and as `Conversation.ask`."""
        return await self._ask(
            questions.gradients(
                W, Theta, inputs, targets, reduction, label_smoothing, class_weights, l2, explain
            )
        )

    async def check(
        self,
        W: ArrayLike,
        Theta: ArrayLike,
        inputs: ArrayLike,
        targets: ArrayLike,
        submission: SubmissionLike,
        *,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
        class_weights: ArrayLike | None = None,
        l2: float = 0.0,
        tolerance: float | None = None,
        absolute_tolerance: float | None = None,
        rounding: bool | None = None,
        feedback: Feedback = "verdict",
    ) -> CheckResult:
        """Ask for `softstep.check`. Raises as it and as `Conversation.ask`."""
        return await self._ask(
            questions.check(
                W,
                Theta,
                inputs,
                targets,
                submission,
                reduction,
                label_smoothing,
                class_weights,
                l2,
                tolerance,
                absolute_tolerance,
                rounding,
                feedback,
            )
        )

    async def network_gradients(
        self,
        network: NetworkLike,
        inputs: ArrayLike,
        targets: ArrayLike,
        *,
        loss: Loss = "cross_entropy",
        reduction: Reduction = "mean",
        l2: float = 0.0,
        explain: bool = False,
    ) -> NetworkGradientsResult:
        """Ask for `softstep.network_gradients`. Raises as it and as `Conversation.ask`."""
        return await self._ask(
            questions.network_gradients(network, inputs, targets, loss, reduction, l2, explain)
        )

    async def check_network_gradients(
        self,
        network: NetworkLike,
        inputs: ArrayLike,
        targets: ArrayLike,
        submission: Mapping[str, Any] | NetworkGradientsOf,
        *,
        loss: Loss = "cross_entropy",
        reduction: Reduction = "mean",
        l2: float = 0.0,
        tolerance: float | None = None,
        absolute_tolerance: float | None = None,
        rounding: bool | None = None,
        feedback: Feedback = "verdict",
    ) -> NetworkCheckResult:
        """Ask for `softstep.check_network_gradients`. Raises as it and as `Conversation.ask`."""
        return await self._ask(
            questions.check_network_gradients(
                network,
                inputs,
                targets,
                submission,
                loss,
                reduction,
                l2,
                tolerance,
                absolute_tolerance,
                rounding,
                feedback,
            )
        )

    async def identity(self, name: str) -> IdentityResult:
        """Ask for `softstep.identity`. Raises as it and as `Conversation.ask`."""
        return await self._ask(questions.identity(name))

    async def plot(
        self,
        *what: str | Activation | NetworkLike,
        format: Format = "png",
        low: float | None = None,
        high: float | None = None,
        y_low: float | None = None,
        y_high: float | None = None,
        derivative: bool = False,
        asymptotes: bool = True,
        gap: bool = False,
        labels: tuple[str, ...] | list[str] | None = None,
        view: View = "function",
        **look: Unpack[LookOptions],
    ) -> PictureResult:
        """Ask for `softstep.plot`. Raises as it and as `Conversation.ask`."""
        return await self._ask(
            questions.plot(
                what,
                format=format,
                low=low,
                high=high,
                y_low=y_low,
                y_high=y_high,
                derivative=derivative,
                asymptotes=asymptotes,
                gap=gap,
                labels=labels,
                view=view,
                look=look,
            )
        )

    async def plot_gradients(
        self,
        W: ArrayLike,
        Theta: ArrayLike,
        inputs: ArrayLike,
        targets: ArrayLike,
        submission: SubmissionLike | None = None,
        *,
        format: Format = "png",
        reduction: Literal["mean", "sum"] = "mean",
        label_smoothing: float = 0.0,
        class_weights: ArrayLike | None = None,
        tolerance: float | None = None,
        absolute_tolerance: float | None = None,
        rounding: bool | None = None,
        feedback: Literal["entries", "solution"] = "solution",
        **look: Unpack[LookOptions],
    ) -> PictureResult:
        """Ask for `softstep.plot_gradients`. Raises as it and as `Conversation.ask`."""
        return await self._ask(
            questions.plot_gradients(
                W,
                Theta,
                inputs,
                targets,
                submission,
                format,
                reduction,
                label_smoothing,
                class_weights,
                tolerance,
                absolute_tolerance,
                rounding,
                feedback,
                look,
            )
        )
