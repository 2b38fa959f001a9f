"""Pictures are drawn once: what is kept is sent, what the caller has is not, and memory has an end."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from itertools import count

import pytest

from app.http import picture_route
from app.plots.rendering import Format, Picture, Spec, render
from app.work.picture_cache import LONGEST_LINK, MOST_LINKS, PictureCache, size
from tests.service import Client, Connect

SEVERAL = "/v1/activations/plot.svg?name=tanh&name=elu"
_FRESH = count(1)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every format drawn during the test."""
    formats: list[str] = []

    def drawing(spec: Spec, format: Format) -> Picture:
        formats.append(format)
        return render(spec, format)

    monkeypatch.setattr(picture_route, "render", drawing)
    yield formats


def fresh(path: str = "/v1/activations/tanh/plot.svg") -> str:
    """Return the address of a picture that nobody has asked for."""
    return f"{path}?low=-{next(_FRESH)}.125"


def lookups(client: Client) -> dict[str, float]:
    found = re.findall(
        r'^softstep_pictures_total\{cache="(hit|miss)"\} (\S+)$', client.get("/metrics").text, re.MULTILINE
    )
    return {"hit": 0.0, "miss": 0.0} | {kind: float(number) for kind, number in found}


def test_a_picture_is_drawn_once_however_its_address_is_written(client: Client, drawn: list[str]) -> None:
    low = f"-{next(_FRESH)}.125"
    ways = [
        f"low={low}&high=9",
        f"high=9.0&low={low}",
        f"low={low}0&high=9e0",
        f"high=9&theme=light&low={low}",
    ]
    before = lookups(client)
    answers = [client.get(f"/v1/activations/tanh/plot.svg?{way}") for way in [*ways, *ways]]
    assert drawn == ["svg"]
    assert len({(one.content, one.headers["etag"], one.headers["x-alt-text"]) for one in answers}) == 1
    after = lookups(client)
    assert (after["miss"] - before["miss"], after["hit"] - before["hit"]) == (1, len(answers) - 1)


@pytest.mark.parametrize("known", [False, True], ids=["never drawn", "drawn before"])
def test_304_draws_nothing(client: Client, connect: Connect, drawn: list[str], known: bool) -> None:
    address = fresh()
    tag = connect().get(address).headers["etag"]  # of another service: tags are the same everywhere
    if known:
        client.get(address)
    drawn.clear()
    for _ in range(2):
        answer = client.get(address, headers={"If-None-Match": f'"other", {tag}'})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["cache-control"] == "public, max-age=86400"
    assert not drawn


def test_no_shared_cache_hands_on_pictures_that_keys_guard(connect: Connect) -> None:
    key = "k"
    hashed = hashlib.sha256(key.encode()).hexdigest()
    for private, expected in ((False, "public, max-age=86400"), (True, "private, max-age=86400")):
        client = connect(api_key_hashes=hashed, private=private)
        answer = client.get(fresh(), headers={"X-API-Key": key})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, expected)
    assert connect().get(fresh()).headers["cache-control"] == "public, max-age=86400"


def test_a_tag_of_another_picture_is_answered_in_full(client: Client, drawn: list[str]) -> None:
    address = fresh()
    whole = client.get(address)
    for _ in range(2):
        assert client.get(address, headers={"If-None-Match": '"other"'}).content == whole.content
    assert drawn == ["svg"]


@pytest.mark.parametrize("times", [1, 2])
def test_head_says_what_get_would(client: Client, drawn: list[str], times: int) -> None:
    address = fresh()
    for _ in range(times):
        head = client.head(address)
    whole = client.get(address)
    assert (head.status_code, head.content) == (200, b"")
    same = ("etag", "content-type", "content-length", "x-alt-text", "cache-control")
    assert [head.headers[name] for name in same] == [whole.headers[name] for name in same]
    assert drawn == ["svg"]


def test_formats_of_one_address_are_not_mixed_up(client: Client) -> None:
    low = f"-{next(_FRESH)}.125"
    for _ in range(2):
        for form, kind in (
            ("svg", "image/svg+xml"),
            ("png", "image/png"),
            ("csv", "text/csv"),
            ("txt", "text/plain"),
        ):
            answer = client.get(f"/v1/activations/tanh/plot.{form}?low={low}")
            assert answer.headers["content-type"].startswith(kind)
    assert client.get(f"/v1/activations/tanh/plot.gif?low={low}").status_code == 404


def test_a_small_cache_keeps_its_bound_and_still_answers(connect: Connect, drawn: list[str]) -> None:
    client = connect(picture_cache_bytes=30_000)
    addresses = [fresh() for _ in range(8)]
    first = [client.get(address).content for address in addresses]
    assert sum(map(len, first)) > 30_000
    assert [client.get(address).content for address in addresses] == first
    assert len(drawn) > len(addresses)  # some had been dropped


def test_without_a_cache_every_picture_is_drawn(connect: Connect, drawn: list[str]) -> None:
    client = connect(picture_cache_bytes=0)
    assert client.get(SEVERAL).content == client.get(SEVERAL).content
    assert drawn == ["svg", "svg"]


async def get(cache: PictureCache, tag: str, draw: Callable[[], Awaitable[Picture]]) -> Picture:
    return await cache.get(tag, draw)


def picture(text: str) -> Picture:
    return Picture(text.encode(), "text/plain", text, text)


def keep(cache: PictureCache, tag: str, of: str) -> None:
    async def draw() -> Picture:
        return picture(of)

    asyncio.run(get(cache, tag, draw))


def test_a_link_leads_to_nothing_once_its_picture_is_dropped() -> None:
    cache = PictureCache(2 * size(picture("a" * 100)))
    for name in "abc":
        keep(cache, name, name * 100)
        cache.link(name.encode(), name)
        assert 0 < cache.bytes_kept <= 2 * size(picture(name * 100))
    assert cache.at(b"a") is None
    assert cache.at(b"c") == ("c", picture("c" * 100))
    assert cache.at(b"d") is None


def test_links_are_few_and_short() -> None:
    cache = PictureCache(1000)
    keep(cache, "tag", "x")
    for number in range(2 * MOST_LINKS):
        cache.link(b"%d" % number, "tag")
    found = [cache.at(b"%d" % number) for number in range(2 * MOST_LINKS)]
    assert sum(one is not None for one in found) == MOST_LINKS
    long = b"x" * (LONGEST_LINK + 1)
    cache.link(long, "tag")
    assert cache.at(long) is None
