"""Pictures as they are used: several in one page, in a README of any theme, behind a proxy's cache."""

import itertools
import re
from xml.etree import ElementTree

import pytest

from tests.api.test_picture_links import BODIES, linked
from tests.service import Client, pointers

SIGMOID = "/v1/activations/sigmoid/plot"
THAI = "ฟังก์ชัน"  # of which no font here has a letter


def ids(svg: str) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', svg))


def test_ids_of_two_pictures_are_apart(client: Client) -> None:
    """Inlined into one page, neither clips the other nor reads its title."""
    addresses = (
        f"{SIGMOID}.svg",
        f"{SIGMOID}.svg?width=300&height=240",
        linked("/v1/networks", BODIES["/v1/networks"]),
    )
    pictures = [client.get(address).text for address in addresses]
    for svg in pictures:
        named = re.findall(r'url\(#([^)]+)\)|aria-labelledby="([^"]+)"', svg)
        used = {name for pair in named for part in pair for name in part.split()}
        assert used and used <= ids(svg)
    for first, second in itertools.combinations(pictures, 2):
        assert not ids(first) & ids(second)


def test_v_changes_the_address_alone(client: Client) -> None:
    plain = client.get(f"{SIGMOID}.svg")
    for address in (f"{SIGMOID}.svg?v=2", f"{SIGMOID}.svg?v="):
        again = client.get(address)
        assert (again.content, again.headers["etag"]) == (plain.content, plain.headers["etag"])
    link = linked("/v1/networks", BODIES["/v1/networks"])
    assert client.get(link + "&v=7").content == client.get(link).content


def test_theme_auto_holds_both_themes(client: Client) -> None:
    both = client.get(f"{SIGMOID}.svg?theme=auto").text
    root = ElementTree.fromstring(both)
    light, dark = root.findall("{http://www.w3.org/2000/svg}g")
    assert "prefers-color-scheme:dark" in both
    assert (light.get("display"), dark.get("display")) == (None, "none")
    for theme, group in (("light", light), ("dark", dark)):
        alone = ElementTree.fromstring(client.get(f"{SIGMOID}.svg?theme={theme}").text)
        colours = {element.get("stroke") for element in alone.iter() if element.get("stroke")}
        assert {element.get("stroke") for element in group.iter() if element.get("stroke")} == colours


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_what_a_format_cannot_show_is_named(client: Client, form: str) -> None:
    assert pointers(client.get(f"{SIGMOID}.{form}?theme=auto")) == ["/theme"]
    answer = client.get(f"{SIGMOID}.{form}", params={"title": f"{THAI} f"})
    assert pointers(answer) == ["/title"]
    assert set(THAI) <= set(answer.json()["detail"]) and "SVG" in answer.json()["detail"]
    body = {
        "networks": [
            {"label": THAI, **one} for one in [{"network": BODIES["/v1/networks"]["networks"][0]["network"]}]
        ]
    }
    assert pointers(client.post(f"/v1/networks/plot.{form}", json=body)) == ["/networks/0/label"]
    assert pointers(client.get(linked("/v1/networks", body, form))) == ["/q/networks/0/label"]
    assert THAI in client.get(linked("/v1/networks", body, "svg")).text


def test_size_and_theme_beside_q_win(client: Client) -> None:
    body = BODIES["/v1/gradients"]
    wanted = {**body, "width": 300, "theme": "dark", "scale": 2}
    beside = client.get(linked("/v1/gradients", body) + "&width=300&theme=dark&scale=2")
    assert beside.content == client.get(linked("/v1/gradients", wanted)).content
    assert pointers(client.get(linked("/v1/gradients", body) + "&width=30")) == ["/width"]


def test_each_curve_has_its_own_parameters(client: Client) -> None:
    several = client.get(
        "/v1/activations/plot.csv?name=elu&alpha=0.5&name=relu&name=elu&alpha=2&low=-3&high=-1"
    ).text
    header, first, *_ = several.splitlines()
    x, half, nothing, double = map(float, first.split(","))
    assert header.count("elu") == 3
    assert (x, nothing) == (-3.0, 0.0)
    assert double == 4 * half


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("alpha=2&name=elu", "/alpha"),
        ("name=elu&alpha=2&alpha=3", "/alpha"),
        ("name=elu&beta=2", "/beta"),
        ("name=elu&alpha=1e999", "/alpha"),
        ("name=softplus&beta=0&name=relu", "/beta"),
        ("name=elux&alpha=2", "/name/0"),
        ("name=relu&%00parameters=1", "/"),
    ],
)
def test_a_wrong_parameter_of_a_curve_is_named(client: Client, query: str, place: str) -> None:
    (pointer,) = pointers(client.get(f"/v1/activations/plot.svg?{query}"))
    assert pointer.startswith(place)


def test_scale_4_works_at_the_default_size(client: Client) -> None:
    assert client.get(f"{SIGMOID}.png?scale=4").status_code == 200


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_a_title_of_other_scripts_is_drawn(client: Client, form: str) -> None:
    pictures = {
        client.get(f"{SIGMOID}.{form}", params={"title": title}).content
        for title in ("激活函数", "活性化関数", "활성화 함수", "פונקציית הפעלה", "دالة التنشيط")
    }
    assert len(pictures) == 5
    assert all(one.startswith(b"\x89PNG" if form == "png" else b"%PDF") for one in pictures)
