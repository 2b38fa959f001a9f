"""An identity: what is to be shown, and how."""

from collections.abc import Callable
from dataclasses import dataclass

from ..activations.record import Floats
from .decimals import Numbers


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One line of a derivation and the reason for it.

    In a chain of equations the first line is "left = right" and each further one "= right", as a student
    writes them.
    """

    latex: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class LossSteps:
    """The lines of a loss down to `gradient` (m,), its derivative by the outputs, before any softmax.

    `exact` says whether nothing was rounded on the way to the gradient.
    """

    steps: tuple[ProofStep, ...]
    loss: Numbers
    gradient: Numbers
    exact: bool


@dataclass(frozen=True, slots=True)
class IdentitySide:
    """One side of an identity as a function of x: its label, and the service's own values of it."""

    latex: str
    evaluate: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """How far the service's own numbers are from the identity: the largest error, and the x where it is."""

    points: int
    largest_error_ulp: float
    at: float


@dataclass(frozen=True, slots=True)
class Identity:
    """A statement with its proof.

    `problem` is the sheet's number, or None beyond the sheet. `curves` are both sides where they are two
    functions of one number. `check` computes anew; `checked` says what it compares and in which unit.
    """

    name: str
    title: str
    problem: str | None
    statement: str
    steps: tuple[ProofStep, ...]
    curves: tuple[IdentitySide, IdentitySide] | None = None
    check: Callable[[], IdentityCheck] | None = None
    checked: str = ""
