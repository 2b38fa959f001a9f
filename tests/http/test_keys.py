"""Who is let in, and what every answer carries."""

import hashlib
import json
import logging

import pytest

from app.logs import JsonLines
from tests.service import Client, Connect, slug

KEY, OTHER = "correct horse", "battery staple"
HASHES = ",".join(hashlib.sha256(key.encode()).hexdigest() for key in (KEY, OTHER))
RELU = "/v1/activations/relu"


@pytest.fixture(scope="module")
def guarded(connect: Connect) -> Client:
    return connect(api_key_hashes=HASHES)


@pytest.mark.parametrize("key", [None, "", "wrong", HASHES.split(",")[0], KEY + " ", "schlüssel"])
def test_without_a_known_key_no_post_and_no_metrics(guarded: Client, key: str | None) -> None:
    headers = {} if key is None else {"X-API-Key": key.encode("latin-1")}
    for answer in (
        guarded.post(RELU, json={"inputs": 1}, headers=headers),
        guarded.get("/metrics", headers=headers),
    ):
        assert (answer.status_code, slug(answer)) == (401, "unauthorized")
        assert "x-request-id" in answer.headers
        assert answer.headers["www-authenticate"] == "ApiKey"


@pytest.mark.parametrize("key", [KEY, OTHER])
def test_every_known_key_is_let_in(guarded: Client, key: str) -> None:
    headers = {"X-API-Key": key}
    assert guarded.post(RELU, json={"inputs": -1}, headers=headers).json() == {"outputs": 0.0}
    assert guarded.get("/metrics", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/docs", RELU, f"{RELU}/plot.png", "/openapi.json", "/livez", "/readyz"]
)
def test_what_is_public_stays_public(guarded: Client, path: str) -> None:
    assert guarded.get(path).status_code in (200, 503)  # 503: /readyz while it warms up


def test_a_private_service_opens_nothing_but_its_health(connect: Connect) -> None:
    private = connect(api_key_hashes=HASHES, private=True)
    for path in ("/", "/docs", RELU, f"{RELU}/plot.png", "/nothing", "/static/index.html"):
        assert slug(private.get(path)) == "unauthorized"
    assert private.get("/livez").status_code == 200
    assert private.get(RELU, headers={"X-API-Key": KEY}).status_code == 200


def test_hashes_that_are_none_are_refused_at_the_start() -> None:
    from pydantic import ValidationError

    from app.settings import Settings

    with pytest.raises(ValidationError, match="64 hexadecimal digits"):
        Settings(api_key_hashes="a plain key")


def test_other_origins_may_call_and_read_what_they_need(client: Client) -> None:
    origin = {"Origin": "https://course.example"}
    for answer in (client.get(f"{RELU}/plot.png", headers=origin), client.get("/nothing", headers=origin)):
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = answer.headers["access-control-expose-headers"]
        assert {"X-Alt-Text", "ETag", "X-Request-ID"} <= {name.strip() for name in exposed.split(",")}
    preflight = client.request(
        "OPTIONS",
        RELU,
        headers={
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "X-API-Key",
        },
    )
    assert preflight.status_code == 200
    assert "X-API-Key" in preflight.headers["access-control-allow-headers"]


@pytest.mark.parametrize("more", [{"Method": "PUT"}, {"Method": "POST", "Headers": "Authorization"}])
def test_a_preflight_that_asks_for_more_is_told_what_is_allowed(client: Client, more: dict[str, str]) -> None:
    asked = {f"Access-Control-Request-{name}": value for name, value in more.items()}
    answer = client.request("OPTIONS", RELU, headers={"Origin": "https://course.example", **asked})
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert "authorization" not in answer.headers["access-control-allow-headers"].lower()
    assert answer.headers["x-request-id"] and answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_kept_without_an_origin_is_open_to_one(connect: Connect) -> None:
    # A browser keeps a picture that a page has shown, and answers the page's scripts with it.
    assert connect().get(f"{RELU}/plot.svg").headers["access-control-allow-origin"] == "*"
    named = connect(cors_origins="https://a.example").get(f"{RELU}/plot.svg")
    assert (
        named.headers["vary"] == "Accept-Encoding, Origin"
        and "access-control-allow-origin" not in named.headers
    )


def test_a_refusal_can_be_read_across_origins(guarded: Client) -> None:
    answer = guarded.post(RELU, json={"inputs": 1}, headers={"Origin": "https://course.example"})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "*"


def test_only_the_named_origins_where_they_are_named(connect: Connect) -> None:
    named = connect(cors_origins="https://a.example, https://b.example")
    for origin, allowed in (("https://b.example", True), ("https://c.example", False)):
        answer = named.get("/livez", headers={"Origin": origin})
        assert ("access-control-allow-origin" in answer.headers) is allowed
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = named.request("OPTIONS", RELU, headers=preflight)
        assert answer.status_code == 200
        assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert (
        "access-control-allow-origin"
        not in connect(cors_origins="").get("/livez", headers={"Origin": "x"}).headers
    )


@pytest.mark.parametrize("path", ["/", "/nothing", RELU, f"{RELU}/plot.png", "/static/index.html"])
def test_every_answer_is_safe_to_open(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers


def test_metrics_count_requests_refusals_and_bytes(connect: Connect) -> None:
    client = connect()
    client.post(RELU, json={"inputs": 1})
    client.post(RELU, json={"inputs": "x"})
    client.get("/nothing")
    text = client.get("/metrics").text
    assert f'softstep_request_seconds_count{{method="POST",route="{RELU}",status="200"}} 1.0' in text
    assert f'softstep_request_seconds_count{{method="POST",route="{RELU}",status="422"}} 1.0' in text
    assert 'softstep_request_seconds_count{method="GET",route="other",status="404"} 1.0' in text
    assert 'softstep_refusals_total{type="invalid-request"} 1.0' in text
    assert "softstep_waiting 0.0" in text
    received = next(line for line in text.splitlines() if line.startswith("softstep_received_bytes_total"))
    assert float(received.split()[1]) > 20


def test_of_what_head_asks_for_nothing_is_counted_as_sent(connect: Connect) -> None:
    client = connect()

    def sent() -> float:
        lines = client.get("/metrics").text.splitlines()
        return float(next(line for line in lines if line.startswith("softstep_sent_bytes_total")).split()[1])

    before = sent(), len(client.get("/metrics").content)
    for path in ("/openapi.json", "/docs", "/", "/livez", "/v1/activations/relu/plot.svg"):
        assert client.head(path).headers["content-length"] != "0"
    assert sent() - before[0] < 3 * before[1]  # what /metrics itself has sent


def test_an_access_line_is_json_and_holds_no_key_and_no_query(
    guarded: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "softstep.access"):
        guarded.get(f"{RELU}/plot.png?low=-1&high=12345", headers={"X-API-Key": KEY, "X-Request-ID": "mine"})
    (record,) = [record for record in caplog.records if record.name == "softstep.access"]
    line = JsonLines().format(record)
    entry = json.loads(line)
    assert entry["request_id"] == "mine"
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", f"{RELU}/plot.png", 200)
    assert entry["milliseconds"] > 0
    assert KEY not in line and "12345" not in line


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        ([f"00-{TRACE}-01"], f"00-{TRACE}-01"),
        ([f"01-{TRACE}-00-more"], f"01-{TRACE}-00"),
        ([f"01-{TRACE}-00more"], None),
        ([f"00-{TRACE}-01-more"], None),
        ([f"ff-{TRACE}-01"], None),
        ([f"00-{TRACE.upper()}-01"], None),
        ([f"00-{'0' * 32}-00f067aa0ba902b7-01"], None),
        ([f"00-{TRACE[:33]}{'0' * 16}-01"], None),
        ([f"00-{TRACE}-01"] * 2, None),
        (["zebra"], None),
        ([""], None),
        ([], None),
    ],
)
def test_a_trace_is_logged_where_it_is_one(
    client: Client, caplog: pytest.LogCaptureFixture, sent: list[str], logged: str | None
) -> None:
    with caplog.at_level(logging.INFO, "softstep.access"):
        client.get("/livez", headers=[("traceparent", one) for one in sent])
    (record,) = [record for record in caplog.records if record.name == "softstep.access"]
    entry = json.loads(JsonLines().format(record))
    assert entry.get("traceparent") == logged
    assert "zebra" not in json.dumps(entry)


def test_a_failure_of_ours_is_logged_under_its_trace(
    connect: Connect, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.metrics.CONTENT_TYPE_LATEST", 3)  # no header's value
    answer = connect().get("/metrics", headers={"traceparent": f"00-{TRACE}-01"})
    assert answer.status_code == 500
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert json.loads(JsonLines().format(record))["traceparent"] == f"00-{TRACE}-01"
