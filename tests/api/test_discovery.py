"""What programs look for at fixed addresses."""

import re

from tests.service import Client


def test_llms_txt_has_every_endpoint_in_a_line(client: Client) -> None:
    text = client.get("/llms.txt").text
    lines = re.findall(r"^- `(GET|POST) (\S+)`: (.+)$", text, re.MULTILINE)
    assert text.startswith("# Softstep\n\n> ")
    assert len(set(lines)) == len(lines)
    paths = client.get("/openapi.json").json()["paths"]
    expected = {
        (method.upper(), re.sub(r"^(/v1/activations)/(?!plot|compare)[a-z0-9_]+", r"\1/{name}", path))
        for path, operations in paths.items()
        for method in operations
        if method in ("get", "post")
    }
    assert {(method, path) for method, path, _ in lines} == expected
    assert all(said.endswith(".") for _, _, said in lines)
    assert len(text) < 8_000


def test_robots_and_icon_are_there(client: Client) -> None:
    assert "Disallow: /metrics" in client.get("/robots.txt").text
    icon = client.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml" and "<svg" in icon.text


def test_no_body_is_a_union_beside_its_own_fields(client):
    """Generators of clients read anyOf beside properties as a choice of empty objects."""
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    bodies = {name: schema for name, schema in schemas.items() if "properties" in schema}
    assert len(bodies) > 40
    assert not [name for name, schema in bodies.items() if {"anyOf", "oneOf"} & set(schema)]
    assert not [name for name, schema in bodies.items() for field in schema["properties"].values()
                if "$ref" in field and {"anyOf", "oneOf"} & set(field)]  # fmt: skip
