"""`GET /problems/{slug}`: every type has a page, its `type` leads there, its example provokes it."""

import time
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest

from app.api import problems
from app.files import errors as files
from app.http import errors as http
from app.http.negotiation import prefers
from app.http.problem_types import BY_CLASS, BY_SLUG, INTERNAL, PROBLEM_TYPES
from app.nn import errors as nn
from app.wire import faults
from app.work import errors as work
from app.work import executor
from tests.service import Client, Connect, slug

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
JSON = "application/json"
PROVOKED = [one.slug for one in PROBLEM_TYPES if one.example is not None]


class Page(HTMLParser):
    """What a page holds: its text, what it loads, where it leads, what the policy would refuse."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words = ""
        self.loads: list[str] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag in ("script", "style"):
            self.inline.append(tag)
        for name in ("src", "href"):
            if name in given:
                (self.links if tag == "a" else self.loads).append(str(given[name]))

    def handle_data(self, data: str) -> None:
        self.words += data


def page(client: Client, name: str) -> dict[str, Any]:
    answer = client.get(f"/problems/{name}", headers={"accept": JSON})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == JSON
    document: dict[str, Any] = answer.json()
    return document


def test_every_type_has_a_page_and_every_page_a_type(client: Client) -> None:
    assert len(BY_SLUG) == len(PROBLEM_TYPES)
    for name, kind in BY_SLUG.items():
        told = page(client, name)
        assert (told["type"], told["title"], told["status"]) == (f"/problems/{name}", kind.title, kind.status)
        assert len(told["meaning"]) > 40 and len(told["remedy"]) > 40


def test_fault_classes_have_a_type_or_their_ancestors() -> None:
    """Every class of fault has a type of its own or its ancestors."""
    classes = [
        one
        for module in (nn, faults, files, http, work)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, nn.Fault) and one is not nn.Fault
    ]
    assert len(classes) >= 14
    for one in classes:
        assert any(ancestor in BY_CLASS for ancestor in one.__mro__), one


@pytest.mark.parametrize("name", BY_SLUG)
def test_a_browser_gets_a_page_that_the_strict_policy_lets_be(client: Client, name: str) -> None:
    answer = client.get(f"/problems/{name}", headers={"accept": BROWSER})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]
    shown, told = Page(answer.text), page(client, name)
    assert not shown.inline
    for address in [*shown.loads, *shown.links]:
        assert not address.startswith("/")  # the service may be below a path of its host
        assert client.get(urljoin(f"/problems/{name}", address)).status_code == 200
    assert set(BY_SLUG) <= set(shown.links)
    for text in (told["title"], told["meaning"], told["remedy"], str(told["status"])):
        assert text in shown.words
    if told["example"] is not None:
        assert problems.shown(told["example"]["request"]["body"] or "GET") in shown.words
        assert told["example"]["answer"]["detail"] in shown.words.replace('\\"', '"')


@pytest.mark.parametrize("name", PROVOKED)
def test_the_example_is_answered_as_the_page_says(connect: Connect, client: Client, name: str) -> None:
    example = page(client, name)["example"]
    asked = example["request"]
    settings = {key.removeprefix("SOFTSTEP_").lower(): value for key, value in asked["settings"].items()}
    if name == "time-limit":
        settings["processes"] = 1  # as by default; only in a process can work be stopped
    asking = connect(**settings) if settings else client
    for _ in range(600):  # a process that is warming up is not yet held to the deadline
        if asking.get("/readyz").status_code == 200:
            break
        time.sleep(0.05)
    headers = {} if asked["content_type"] is None else {"content-type": asked["content_type"]}
    answer = asking.request(asked["method"], asked["path"], content=asked["body"], headers=headers)
    assert slug(answer) == name
    assert answer.json() == example["answer"]


def test_a_defect_of_ours_is_of_the_type_that_nothing_provokes(
    connect: Connect, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A range and a tag need a header and a slow body time, which no example has.
    rest = ["slow-body", "changed", "no-such-range", INTERNAL.slug]
    assert [name for name in BY_SLUG if name not in PROVOKED] == rest
    assert page(client, INTERNAL.slug)["example"] is None

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(executor.Executor, "at_once", fail)
    answer = client.post("/v1/activations/tanh", json={"inputs": [0.5]})
    assert slug(answer) == INTERNAL.slug
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize("name", ["pythagoras", "", "Internal", "%69nternal%00"])
def test_an_unknown_type_is_not_found(client: Client, name: str) -> None:
    answer = client.get(f"/problems/{name}")
    assert (answer.status_code, slug(answer)) == (404, "not-found")


def test_a_page_takes_no_parameters_and_head(client: Client) -> None:
    assert slug(client.get("/problems/busy?lang=de")) == "invalid-request"
    head = client.head("/problems/busy")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("", False),
        ("*/*", False),
        (BROWSER, False),
        (JSON, True),
        (f"{JSON}, */*;q=0.5", True),
        (f"{JSON}, */*", True),
        (f"text/html, {JSON}", False),
        (f"text/html;q=0.5, {JSON};q=0.9", True),
        (f"text/*, {JSON};q=0.1", False),
        (f"{JSON};q=0", False),
        ("APPLICATION/JSON", True),
        ("application/*", False),
    ],
)
def test_json_is_for_those_who_ask_for_it(client: Client, accept: str, json: bool) -> None:
    assert prefers(accept, JSON, "text/html") is json
    kind = client.get("/problems/busy", headers={"accept": accept}).headers["content-type"]
    assert kind == (JSON if json else "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/activations/tanh", "GET, HEAD, POST"),
        ("/v1/networks/plot.png", "GET, HEAD, POST"),
        ("/v1/networks/evaluate", "POST"),
        ("/v1/identities", "GET, HEAD"),
    ],
)
def test_a_refused_method_is_told_all_that_the_path_takes(client: Client, path: str, allowed: str) -> None:
    answer = client.request("DELETE", path)
    assert (slug(answer), answer.headers["allow"]) == ("method-not-allowed", allowed)
