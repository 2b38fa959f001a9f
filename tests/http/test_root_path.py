"""SOFTSTEP_ROOT_PATH: with the path and without it, one service."""

import pytest
from pydantic import ValidationError

from app.main import create_app
from app.settings import OWN_SEGMENTS, Settings
from tests.service import Client, Connect

ROOT = "/a/b-c"


@pytest.fixture(scope="module")
def below(connect: Connect) -> Client:
    return connect(root_path=ROOT)


@pytest.mark.parametrize("path", ["/livez", "/", "/v1/activations/elu", "/static/page.css", "/problems/busy"])
def test_a_path_is_served_with_the_root_and_without(below: Client, path: str) -> None:
    with_it, without = below.get(ROOT + path), below.get(path)
    assert with_it.status_code == without.status_code == 200
    assert with_it.content == without.content


def test_the_root_without_a_slash_leads_to_the_page(below: Client) -> None:
    answer = below.get(f"{ROOT}?embed=1", headers={"host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, f"{ROOT}/?embed=1")
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize("path", [f"{ROOT}{ROOT}/livez", "/a/livez", f"{ROOT}x/livez", f"{ROOT}//livez"])
def test_what_only_resembles_the_root_is_not_found(below: Client, path: str) -> None:
    assert below.get(path).status_code == 404


def test_keys_guard_below_a_root_what_they_guard_without(connect: Connect) -> None:
    keyed = connect(root_path=ROOT, api_key_hashes="0" * 64)
    asked = [keyed.get(f"{ROOT}/metrics"), keyed.post(f"{ROOT}/v1/gradients", json={})]
    assert [answer.status_code for answer in asked] == [401, 401]
    assert keyed.get(f"{ROOT}/livez").status_code == 200


@pytest.mark.parametrize(
    "value", ["softstep", "/../x", "/a b", "/a?b", "//host", "/v1", "/v1/x", "/static", "/ä", "/a\n", "/%41"]
)
def test_a_root_that_cannot_be_one_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="expected a path such as"):
        Settings(root_path=value)


def test_a_root_may_be_written_with_a_last_slash() -> None:
    assert [Settings(root_path=one).root_path for one in ("/", "/a/", "/v1x", "")] == ["", "/a", "/v1x", ""]


def test_no_root_begins_as_a_path_of_the_services_own() -> None:
    routes = create_app(Settings(mcp=True)).router.routes
    firsts = {getattr(route, "path", "").split("/")[1] for route in routes}
    assert firsts - {""} == set(OWN_SEGMENTS)
