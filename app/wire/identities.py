"""Identities on the wire: what the sheet asks to be shown, with steps and a live check."""

from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema
from typing_extensions import TypedDict

from ..nn.identities import catalogue
from ..nn.identities.record import Identity, ProofStep
from .formula import Formula, formula
from .number import Extended


def _known(name: str) -> str:
    if name not in catalogue.names():
        raise ValueError("expected the name of an identity")
    return name


IdentityName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(catalogue.names())})
]
"""The name of an identity in a path."""


class Summary(TypedDict):
    """An identity in the list; `problem` is the sheet's number, null beyond the sheet."""

    name: str
    title: str
    problem: str | None
    statement: Formula


class IdentityList(TypedDict):
    """All identities, in the sheet's order, then those beyond it."""

    identities: list[Summary]


class StepAnswer(TypedDict):
    """One line of a derivation and the reason for it."""

    latex: str
    mathml: str
    reason: str


class LiveCheck(TypedDict):
    """The largest error of the service's own numbers, and the x where it is; `compared` says of what."""

    points: int
    largest_error_ulp: Extended | Literal["NaN"]
    at: float
    compared: str


class IdentityAnswer(TypedDict):
    """An identity with its proof; `check` is null where there is nothing to compute."""

    name: str
    title: str
    problem: str | None
    statement: Formula
    steps: list[StepAnswer]
    check: LiveCheck | None


def identity_list() -> IdentityList:
    """Return all identities without their proofs."""
    return {"identities": [_summary(one) for one in catalogue.IDENTITIES]}


def identity_answer(one: Identity) -> IdentityAnswer:
    """Return one identity with its steps, its check computed anew."""
    return {**_summary(one), "steps": [_step(step) for step in one.steps], "check": _check(one)}


def _summary(one: Identity) -> Summary:
    return {"name": one.name, "title": one.title, "problem": one.problem, "statement": formula(one.statement)}


def _step(step: ProofStep) -> StepAnswer:
    return {**formula(step.latex), "reason": step.reason}


def _check(one: Identity) -> LiveCheck | None:
    if one.check is None:
        return None
    found = one.check()
    return {
        "points": found.points,
        "largest_error_ulp": found.largest_error_ulp,
        "at": found.at,
        "compared": one.checked,
    }
