"""Pictures over HTTP: tags, conditions, refusals."""

import json

import pytest

from tests.service import Client, pointers, slug

CURVE = "/v1/activations/softplus/plot.png"
SHEET = {
    "layers": [
        {"weight": [[1.5], [-0.5]], "bias": [0.25, 1.0], "activation": "tanh"},
        {"weight": [[2.0, -1.0]], "bias": [0.5]},
    ]
}


def test_a_picture_has_a_tag_a_lifetime_and_words(client: Client) -> None:
    answer = client.get(CURVE)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.headers["etag"].startswith('"')
    assert "approaches y = x" in answer.headers["x-alt-text"]
    assert answer.headers["x-alt-text"].isascii()


MAP = {"layers": [{"weight": [[1.0, -0.5], [0.25, 1.0]], "activation": "tanh"}, {"weight": [[1.0, 1.0]]}]}


def test_picture_says_where_its_axes_are(client: Client) -> None:
    """Pixels and windows of every pair of axes, to lay points over the picture; of what has none nothing."""
    (axes,) = json.loads(client.get(f"{CURVE}?low=-2&high=3&width=800&height=500").headers["x-axes"])
    assert 0 < axes["left"] < axes["right"] < 800 and 0 < axes["top"] < axes["bottom"] < 500
    assert axes["x"] == [-2, 3] and axes["y"][0] < 0 < 3 < axes["y"][1]
    (again,) = json.loads(client.get(f"{CURVE}?low=-2&high=3&width=800&height=500").headers["x-axes"])
    assert again == axes  # a picture that was kept
    two = [{"label": name, "network": SHEET} for name in "FG"]
    upper, lower = json.loads(client.post("/v1/networks/plot.svg", json={"networks": two}).headers["x-axes"])
    assert upper["x"] == lower["x"] and upper["left"] == lower["left"] and upper["bottom"] < lower["top"]
    maps = {"networks": [{"network": MAP}], "low": -1, "high": 3, "y_low": 0.5, "y_high": 2}
    (plane,) = json.loads(client.post("/v1/networks/plot.png", json=maps).headers["x-axes"])
    assert (plane["x"], plane["y"]) == ([-1, 3], [0.5, 2])
    for body in ({"networks": two, "view": "diagram"}, {"networks": two}):
        path = f"/v1/networks/plot.{'png' if 'view' in body else 'csv'}"
        assert client.post(path, json=body).headers["x-axes"] == "[]"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_picture_gets_304(client: Client, form: str) -> None:
    etag = client.get(CURVE).headers["etag"]
    answer = client.get(CURVE, headers={"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


def test_tag_depends_on_what_is_drawn_alone(client: Client) -> None:
    """The tag depends on what is drawn and not on how it is written."""

    def etag(query: str) -> str:
        return client.get(f"{CURVE}?{query}").headers["etag"]

    assert etag("low=-2&high=2") == etag("high=2.0&low=-2") == etag("high=2&low=-2&beta=1")
    different = {etag(q) for q in ("", "low=-2&high=2", "derivative=true", "theme=dark", "beta=2", "scale=2")}
    assert len(different) == 6


def test_parameters_change_the_picture(client: Client) -> None:
    assert client.get(CURVE).content != client.get(f"{CURVE}?beta=3").content


def test_an_unknown_format_or_name_is_404(client: Client) -> None:
    assert slug(client.get("/v1/activations/softplus/plot.gif")) == "not-found"
    assert slug(client.get("/v1/activations/softmin/plot.png")) == "not-found"


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("low=2&high=1", "/low"),
        ("low=nan", "/low"),
        ("high=1e999", "/high"),
        ("width=100", "/width"),
        ("theme=blue", "/theme"),
        ("color=red", "/color"),
        ("low=1&low=2", "/low"),
        ("beta=0", "/beta"),
    ],
)
def test_a_bad_parameter_is_named(client: Client, query: str, place: str) -> None:
    answer = client.get(f"{CURVE}?{query}")
    assert answer.status_code == 422
    assert pointers(answer) == [place]


def test_several_curves_have_a_limit_that_is_named(client: Client) -> None:
    names = "&".join(["name=tanh"] * 9)
    answer = client.get(f"/v1/activations/plot.png?{names}")
    assert slug(answer) == "limit"
    assert answer.json()["limit"] == "curves"
    unknown = client.get("/v1/activations/plot.png?name=relu&name=softmin")
    assert slug(unknown) == "invalid-request"
    assert pointers(unknown) == ["/name/1"]


def test_curves_of_one_activation_have_parameters_of_their_own(client: Client) -> None:
    """Behind the first name they were refused, and two elus were one curve twice."""
    two = client.get("/v1/activations/plot.csv?name=elu&alpha=0.5&name=elu&alpha=2&low=-9&high=1")
    head, first, *_ = two.text.splitlines()
    assert head.split(",", 1)[0] == "x"
    _, half, double = (float(number) for number in first.split(","))
    assert (half, double) == (pytest.approx(-0.5, abs=1e-4), pytest.approx(-2.0, abs=1e-3))
    assert pointers(client.get("/v1/activations/plot.png?alpha=2&name=elu")) == ["/alpha"]
    assert pointers(client.get("/v1/activations/plot.png?name=relu&name=tanh&alpha=2")) == ["/alpha"]


def test_too_many_pixels_are_refused(client: Client) -> None:
    answer = client.get(f"{CURVE}?width=2000&height=2000&scale=4")
    assert answer.json()["limit"] == "pixels"


HOSTILE = [
    ("-1e308", "1e308"),
    ("-1.7976931348623157e308", "1.7976931348623157e308"),
    ("1", "1.0000000000000002"),
    ("0.9999999999999999", "1"),
    ("1e308", "1.1e308"),
    ("-1e100", "1e100"),
    ("0", "5e-324"),
    ("1e-300", "1e-299"),
    ("1", "1.000000001"),
]


@pytest.mark.parametrize(("low", "high"), HOSTILE)
def test_hostile_windows_give_a_picture(client: Client, low: str, high: str) -> None:
    for name in ("tanh", "softplus", "heaviside", "hard_swish"):
        answer = client.get(f"/v1/activations/{name}/plot.svg?low={low}&high={high}&derivative=true")
        assert answer.status_code == 200, answer.text
        answer = client.get(f"/v1/activations/{name}/plot.svg?y_low={low}&y_high={high}&derivative=true")
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("y_low=1&y_high=1", "y_low"),
        ("y_low=2&y_high=1", "y_low"),
        ("y_low=NaN", "y_low"),
        ("y_high=Infinity", "y_high"),
        ("y_high=1e999", "y_high"),
        ("y_low=zebra", "y_low"),
        ("y_low=", "y_low"),
        ("y_low=0&y_low=1", "y_low"),
    ],
)
def test_height_that_is_none_has_a_problem(client: Client, query: str, pointer: str) -> None:
    for path in (f"{CURVE}?", "/v1/activations/plot.png?name=relu&name=tanh&"):
        answer = client.get(path + query)
        assert answer.status_code == 422, answer.text
        assert pointer in answer.text and "zebra" not in answer.text


def test_height_is_refused_where_there_is_none(client: Client) -> None:
    """A window of y is of curves; what another picture would not heed it refuses."""
    assert client.get("/v1/identities/sigmoid_symmetry/plot.png?y_low=0").status_code == 422
    answer = client.get("/v1/activations/softplus/plot.txt?y_low=0&y_high=0.5")
    assert "The y-axis runs from 0 to 0.5." in answer.text
    body = {"networks": [{"network": SHEET}], "y_low": 0, "y_high": 0.5}
    assert "The y-axis runs from 0 to 0.5." in client.post("/v1/networks/plot.txt", json=body).text
    for refused, pointer in (({"view": "diagram"}, "/y_low"), ({"y_high": -1}, "/y_low")):
        answer = client.post("/v1/networks/plot.txt", json={**body, **refused})
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("query", ["low=20", "high=-20", "low=-1e-3", "high=1e99"])
def test_one_end_is_enough(client: Client, query: str) -> None:
    assert client.get(f"{CURVE}?{query}").status_code == 200


@pytest.mark.parametrize("alpha", ["1e308", "-1e308", "5e-324", "1e-300"])
def test_extreme_parameters_give_a_picture_or_a_problem(client: Client, alpha: str) -> None:
    answer = client.get(f"/v1/activations/elu/plot.png?alpha={alpha}&derivative=true")
    assert answer.status_code in (200, 422), answer.text


def test_networks_are_drawn_and_what_cannot_be_is_named(client: Client) -> None:
    body = {"networks": [{"label": "F$_1$", "network": SHEET}, {"label": "G", "network": SHEET}]}
    assert client.post("/v1/networks/plot.png", json=body).headers["content-type"] == "image/png"
    wide = {"layers": [{"weight": [[1.0, 2.0, 3.0]], "activation": "tanh"}]}
    answer = client.post("/v1/networks/plot.png", json={"networks": [{"label": "F", "network": wide}]})
    assert slug(answer) == "unsupported-network"
    assert pointers(answer) == ["/networks/0/network"]


@pytest.mark.parametrize("label", ["", "x" * 201, "a\nb", "a\u0007"])
def test_labels_are_printable_and_short(client: Client, label: str) -> None:
    answer = client.post("/v1/networks/plot.png", json={"networks": [{"label": label, "network": SHEET}]})
    assert answer.status_code == 422
    assert pointers(answer) == ["/networks/0/label"]


def test_gradients_are_drawn_only_where_they_may_be_seen(connect: type) -> None:
    body = {"W": [[1.0, 2.0]], "Theta": [[1.0, -1.0]], "inputs": [1.0, 2.0], "targets": 1}
    assert connect().post("/v1/gradients/plot.png", json=body).status_code == 200
    assert slug(connect(help="diagnosis").post("/v1/gradients/plot.png", json=body)) == "withheld"
    without = {key: value for key, value in body.items() if key != "targets"}
    assert pointers(connect().post("/v1/gradients/plot.png", json=without)) == ["/targets"]


MISTAKEN = {
    "W": [[1.0, 2.0]],
    "Theta": [[1.0, -1.0]],
    "inputs": [1.0, 2.0],
    "targets": 1,
    "submission": {"W": [[0.0, 0.0]], "Theta": [[0.0, 0.0]]},
    "feedback": "entries",
}


@pytest.mark.parametrize("ceiling", ["verdict", "entries", "diagnosis", "solution"])
def test_the_mask_is_drawn_from_the_level_entries_on(connect: type, ceiling: str) -> None:
    answer = connect(help=ceiling).post("/v1/gradients/plot.txt", json=MISTAKEN)
    if ceiling == "verdict":
        assert (slug(answer), pointers(answer)) == ("withheld", ["/feedback"])
    else:
        assert answer.text.startswith("Which entries of the submitted gradients are wrong, counted from 1.")
        assert "∂ℓ/∂W has 2 entries wrong" in answer.text
    whole = connect(help=ceiling).post("/v1/gradients/plot.txt", json={**MISTAKEN, "feedback": "solution"})
    assert whole.status_code == (200 if ceiling == "solution" else 403)


def test_help_below_solution_has_the_servers_tolerance(connect: type) -> None:
    """Below solution the masks tolerance and sizes are the servers."""
    wide = {**MISTAKEN, "tolerance": 1e300}
    assert "is right" in connect().post("/v1/gradients/plot.txt", json=wide).text
    below = connect(help="entries")
    assert "wrong, marked" in below.post("/v1/gradients/plot.txt", json=wide).text
    telling = below.post("/v1/gradients/plot.txt", json={**MISTAKEN, "class_weights": [1e200, 1e200]})
    assert (slug(telling), pointers(telling)) == ("overflow", ["/targets"])


def test_a_mask_needs_a_submission(connect: type) -> None:
    answer = connect().post("/v1/gradients/plot.png", json={**MISTAKEN, "submission": {}})
    assert (slug(answer), pointers(answer)) == ("invalid-request", ["/submission"])
