"""Operations on identities."""

from dataclasses import dataclass

from ...nn.identities.catalogue import identity
from ..results.identities import FormulaResult, IdentityResult, LiveCheckResult, StepResult
from .operation import Operation


@dataclass(frozen=True, slots=True, eq=False)
class IdentityOperation(Operation[IdentityResult]):
    """One identity with its steps, its check computed anew."""

    name: str

    result = IdentityResult

    @property
    def path(self) -> str:
        """The path of the identity's endpoint."""
        return f"identities/{self.name}"

    def answer(self) -> IdentityResult:
        """Return the identity. Raises `UnknownName`."""
        one = identity(self.name)
        found = None if one.check is None else one.check()
        return IdentityResult(
            one.name,
            one.title,
            one.problem,
            FormulaResult(one.statement),
            tuple(StepResult(step.latex, step.reason) for step in one.steps),
            None
            if found is None
            else LiveCheckResult(found.points, found.largest_error_ulp, found.at, one.checked),
        )

    def document(self) -> None:
        """Return nothing: the endpoint is a GET."""
