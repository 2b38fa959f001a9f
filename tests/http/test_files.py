"""Files by parts, as RFC 9110 §14 says: no range is ignored, what lies behind the end is a problem."""

import pytest

from tests.service import Client, slug

FILES = ("/static/page.css", "/docs/assets/swagger-ui.css")
PLAIN = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize(
    "wish",
    [
        "bytes=5-1",
        "x=1",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-0,2-2",
        "lines=1-2",
        "bytes=0-" + "9" * 99,
    ],
)
def test_files_ignore_a_wish_that_is_no_range(client: Client, path: str, wish: str) -> None:
    answer = client.get(path, headers={**PLAIN, "Range": wish})
    assert answer.status_code == 200
    assert answer.content == client.get(path, headers=PLAIN).content


@pytest.mark.parametrize("path", FILES)
def test_files_are_sent_in_parts(client: Client, path: str) -> None:
    whole = client.get(path, headers=PLAIN).content
    size = len(whole)
    for wish, expected in (
        ("bytes=0-4", whole[:5]),
        (f"bytes={size - 3}-", whole[-3:]),
        ("bytes=-7", whole[-7:]),
        ("Bytes=2-2", whole[2:3]),
    ):
        answer = client.get(path, headers={**PLAIN, "Range": wish})
        assert (answer.status_code, answer.content) == (206, expected)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("wish", ["bytes=99999999-", "bytes=99999999-99999999", "bytes=-0"])
def test_files_tell_their_size_to_who_asks_behind_it(client: Client, path: str, wish: str) -> None:
    answer = client.get(path, headers={**PLAIN, "Range": wish})
    assert (answer.status_code, slug(answer)) == (416, "no-such-range")
    assert answer.headers["content-range"] == f"bytes */{len(client.get(path, headers=PLAIN).content)}"


def test_files_that_are_missing_stay_missing_in_parts(client: Client) -> None:
    assert slug(client.get("/static/nothing", headers={"Range": "bytes=0-1"})) == "not-found"
