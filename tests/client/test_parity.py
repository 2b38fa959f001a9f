"""The library and its clients: one answer to the last bit, and one error, whoever is asked."""

import asyncio
import inspect
from typing import Any

import httpx
import pytest

import app as softstep
from tests.oracles.calls import CALLS, bits

NEVER = 10**12


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    return {}


def by_the_library(name: str, answers: dict[str, Any]) -> Any:
    if name not in answers:
        answers[name] = bits(CALLS[name](softstep))
    return answers[name]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("tensors_above", [NEVER, -1], ids=["json", "tensors"])
def test_a_client_answers_as_the_library_does(
    transport: httpx.MockTransport, answers: dict[str, Any], tensors_above: int, name: str
) -> None:
    with softstep.Client("http://softstep", transport=transport, tensors_above=tensors_above) as service:
        assert bits(CALLS[name](service)) == by_the_library(name, answers)


def test_a_client_that_does_not_block_answers_alike(
    transport: httpx.MockTransport, answers: dict[str, Any]
) -> None:
    async def all_answers() -> dict[str, Any]:
        async with softstep.AsyncClient("http://softstep", transport=transport) as service:
            return {name: bits(await call(service)) for name, call in CALLS.items()}

    found = asyncio.run(all_answers())
    assert found == {name: by_the_library(name, answers) for name in CALLS}


def test_both_clients_have_every_verb_with_its_signature() -> None:
    verbs = softstep._HOMES["library.verbs"]
    for name in verbs:
        (_, *own), *_ = [inspect.signature(getattr(softstep.Client, name)).parameters.values()]
        (_, *other), *_ = [inspect.signature(getattr(softstep.AsyncClient, name)).parameters.values()]
        wanted = list(inspect.signature(getattr(softstep, name)).parameters.values())
        assert own == other == wanted, name
