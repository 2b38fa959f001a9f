"""Schemathesis, with all of its checks, against the running service: what OpenAPI says is what happens.

Only `positive_data_acceptance` is told more than the schema: a valid request may also be refused as
`shape-mismatch`, since JSON Schema cannot say that rows are of one length or that arrays fit together, and it
must be answered by 2xx or 304 unless it breaks a relation that the oracle finds in the request itself.
"""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.modes import GenerationMode
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.main import create_app
from app.settings import Settings
from app.wire.tensor_file import MEDIA_TYPE as TENSORS
from tests.api.test_tensors import as_tensors
from tests.http.test_openapi import without_arrays
from tests.oracles.beyond_schema import Asked, is_beyond_schema
from tests.serving import running

DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
OPERATIONS = [one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()]
# One operation of each kind, and of those that draw only some: the others have the same models and code.
_KIND = re.compile(
    r"service\w+|networks(?!Plot)\w+|gradients\w+|identities(Identities|Show)|"
    r"activations(Activations|Compare|PlotSeveral|(Describe|Evaluate)(Elu|HardTanh))"
)
KINDS = [name for name in OPERATIONS if _KIND.fullmatch(name)]

# The bytes are replaced by a file that asks an example: no schema can say what such a file is.
schemathesis.openapi.media_type(TENSORS, st.binary(min_size=1, max_size=1))


def conform(
    name: str, service: str, session: requests.Session, examples: int, seed: int | None, whole: int
) -> None:
    """Ask one operation what the schema suggests, and so many random examples more.

    Of what comes after the first `whole` cases every fifth is asked: a comparison of networks has 760.

    By hand: parametrizing would make every suggestion for every operation whenever tests are collected.
    """
    configuration = {
        "checks": {"positive_data_acceptance": {"expected-statuses": [200, 304]}},
        "generation": {"max-examples": examples},
        **({} if seed is None else {"seed": seed}),
    }
    schema = schemathesis.openapi.from_dict(DOCUMENT, config=SchemathesisConfig.from_dict(configuration))
    (found,) = schema.include(operation_id=name).get_all_operations()
    asked = 0

    def test(case: Any) -> None:
        nonlocal asked
        asked += 1
        if asked <= whole or asked % 5 == 0:
            ask(case, service, session)

    build_operation_test(
        config=schema.config,
        operation=found.ok(),
        test_func=test,
        given_kwargs={},
        feedback=FeedbackSources(),
        explicit_settings=settings(suppress_health_check=list(HealthCheck), deadline=None),
    )()
    assert asked


def is_valid(path: str, body: object) -> bool:
    """Tell whether a body is valid by the schema of a POST to this path."""
    schema = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    return bool(validator.is_valid(body))


def valid_data_is_accepted(context: Any, response: Any, case: Any) -> None:
    """Schemathesis's own check, told what JSON Schema cannot say."""
    if response.status_code == 422 and case.meta.generation.mode is GenerationMode.POSITIVE:
        problem = response.json()
        fields = case.body if isinstance(case.body, dict) else case.query
        if problem["type"] == "/problems/shape-mismatch":
            return
        if is_beyond_schema(Asked(case.path, fields, is_valid), problem):
            return
    positive_data_acceptance(context, response, case)


def as_file(case: Any) -> bytes:
    """Return one of the operation's examples as named tensors, chosen by the bytes that were generated."""
    content = DOCUMENT["paths"][case.path]["post"]["requestBody"]["content"]["application/json"]
    examples = list(content["examples"].values())
    arrays: dict[str, Any] = {}
    rest = without_arrays(examples[case.body[0] % len(examples)]["value"], "", arrays)
    return as_tensors(arrays, rest)


def ask(case: Any, service: str, session: requests.Session) -> None:
    positive = case.meta.generation.mode is GenerationMode.POSITIVE
    file = {"data": as_file(case)} if positive and case.media_type == TENSORS else {}
    case.call_and_validate(
        base_url=service,
        session=session,
        additional_checks=[valid_data_is_accepted],
        excluded_checks=[positive_data_acceptance],
        **file,
    )


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running(log_level="error") as base:
        yield base


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.mark.parametrize("name", KINDS)
def test_what_openapi_says_is_what_happens(name: str, service: str, session: requests.Session) -> None:
    conform(name, service, session, examples=4, seed=1, whole=80)


@pytest.mark.long
@pytest.mark.parametrize("name", OPERATIONS)
def test_what_openapi_says_is_what_happens_everywhere(
    name: str, service: str, session: requests.Session
) -> None:
    conform(name, service, session, examples=200, seed=None, whole=10**6)
