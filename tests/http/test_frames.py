"""SOFTSTEP_FRAMES: whom the policies let frame what."""

import pytest
from pydantic import ValidationError

from app.settings import Settings
from tests.service import Client, Connect

ONE = "https://moodle.example"
FRAMABLE = ("/?embed", "/v1/activations/relu/plot.svg", "/v1/activations/relu/plot.pdf")
OTHERS = ("/", "/docs", "/problems/busy", "/v1/activations/relu/plot.png", "/v1/activations", "/nothing.svg")


def ancestors(client: Client, path: str, **options: dict[str, str]) -> str:
    policy = client.get(path, **options).headers["content-security-policy"]
    (found,) = [part.strip() for part in policy.split(";") if "frame-ancestors" in part]
    return found


def test_only_what_is_made_for_frames_can_be_framed(connect: Connect, client: Client) -> None:
    framed = connect(frames=f"{ONE}, http://127.0.0.1:8080")
    for path in FRAMABLE:
        assert ancestors(framed, path) == f"frame-ancestors {ONE} http://127.0.0.1:8080"
        assert ancestors(client, path) == "frame-ancestors 'none'"
    for path in OTHERS:
        assert ancestors(framed, path) == "frame-ancestors 'none'"
    tag = framed.get(FRAMABLE[1]).headers["etag"]
    assert ancestors(framed, FRAMABLE[1], headers={"if-none-match": tag}) == ancestors(framed, FRAMABLE[1])


@pytest.mark.parametrize(
    "value",
    ["moodle", f"{ONE}; script-src *", f"{ONE}/path", "https://*.example", "https://a b", "'self'", "*, *"],
)
def test_what_is_no_origin_of_a_frame_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match=r"expected \*, or origins"):
        Settings(frames=value)


def test_a_star_lets_every_page_frame(connect: Connect) -> None:
    assert ancestors(connect(frames="*"), "/?embed") == "frame-ancestors *"
