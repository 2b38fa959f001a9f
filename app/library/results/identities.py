"""What is answered about identities."""

from dataclasses import dataclass

from ...nn import latex


@dataclass(frozen=True, slots=True)
class FormulaResult:
    """A formula."""

    latex: str

    def __str__(self) -> str:
        """Return it as LaTeX."""
        return self.latex

    def _repr_latex_(self) -> str:
        return latex.displayed(self.latex)


@dataclass(frozen=True, slots=True)
class StepResult:
    """One line of a derivation and the reason for it."""

    latex: str
    reason: str

    def __str__(self) -> str:
        """Return the line and its reason."""
        return f"{self.latex}    ({self.reason})"

    def _repr_latex_(self) -> str:
        return latex.displayed(self.latex)


@dataclass(frozen=True, slots=True)
class LiveCheckResult:
    """The largest error of our own numbers, and the x where it is; `compared` says of what."""

    points: int
    largest_error_ulp: float
    at: float
    compared: str


@dataclass(frozen=True, slots=True)
class IdentityResult:
    """An identity with its proof; `problem` is the sheet's number, `check` what computing it anew gave."""

    name: str
    title: str
    problem: str | None
    statement: FormulaResult
    steps: tuple[StepResult, ...]
    check: LiveCheckResult | None

    def __str__(self) -> str:
        """Return the title, the statement and every step."""
        return "\n".join([self.title, self.statement.latex, *(f"  {step}" for step in self.steps)])

    def _repr_latex_(self) -> str:
        return latex.lines([self.statement.latex, *(step.latex for step in self.steps)])
