"""A path that is none: what was meant by it, where that can be told."""

import pytest

from app.http.nearest import nearest
from app.http.route_table import served_paths
from app.main import create_app
from app.settings import Settings
from tests.service import Client, slug
from tests.timing import cpu_seconds

SERVED = served_paths(create_app(Settings()).router.routes)


def told(path: str) -> str:
    return "".join(finding.detail for finding in nearest(path, SERVED))


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/networks/convert/", "POST /v1/networks/convert"),
        ("//v1/networks//convert", "POST /v1/networks/convert"),
        ("/V1/Networks/Convert", "POST /v1/networks/convert"),
        ("/v2/networks/convert", "POST /v1/networks/convert"),
        ("/networks/convert", "POST /v1/networks/convert"),
        ("/v1/network/evaluate", "POST /v1/networks/evaluate"),
        ("/v1/gradient", "POST /v1/gradients"),
        ("/v1/gradients/chekc", "POST /v1/gradients/check"),
        ("/v1/activations/", "GET /v1/activations"),
        ("/v1/activation/elu", "GET or POST /v1/activations/elu"),
        ("/v1/activations/elu/plot/svg", "GET /v1/activations/elu/plot.svg"),
        ("/v1/identities/tanh_as_sigmoid/plots.svg", "GET /v1/identities/tanh_as_sigmoid/plot.svg"),
        ("/v1/networks/plot.pngg", "GET or POST /v1/networks/plot.png"),
        ("/v1/model/describe", "POST /v1/models/describe"),
        ("/openapi.yaml", "GET /openapi.json"),
        ("/Docs", "GET /docs"),
        ("/problems/bussy", "GET /problems/busy"),
    ],
)  # fmt: skip
def test_a_path_that_is_like_another_names_it(path: str, meant: str) -> None:
    assert told(path) == f"expected a path that is served: did you mean {meant}?"


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/wp-login.php", "/.env", "/v1", "/x" * 60])
def test_a_path_that_is_like_no_other_names_none(path: str) -> None:
    assert told(path) == ""


def test_the_problem_says_it_and_points_nowhere(client: Client) -> None:
    answer = client.post("/v1/networks/convert/", json={})
    assert (answer.status_code, slug(answer)) == (404, "not-found")
    (one,) = answer.json()["errors"]
    assert one["pointer"] == "" and one["detail"] == answer.json()["detail"]
    assert answer.json()["detail"].endswith("did you mean POST /v1/networks/convert?")


def test_a_format_or_name_that_is_none_is_told_which_there_are(client: Client) -> None:
    jpg = client.get("/v1/activations/relu/plot.jpg")
    assert slug(jpg) == "not-found" and jpg.json()["detail"].endswith("one of png, svg, pdf, csv, txt")
    assert "tanh_as_sigmoid" in client.get("/v1/identities/pythagoras").json()["detail"]


def test_looking_for_what_was_meant_is_cheap() -> None:
    told("/v1/activations/x")  # the paths are gathered once
    paths = ("/v1/activationss/relu/plot.svgg", "/v1/identities/tanh_as_sigmoid_network/plot.svgg")
    assert cpu_seconds(lambda: [told(path) for path in paths]) < 0.04
