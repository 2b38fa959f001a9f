"""Hostile addresses: query strings, links and paths, each with what must answer it."""

import base64
import json
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from tests.oracles.hostile import SECRET
from tests.oracles.hostile_questions import QUESTIONS

_LINK = base64.urlsafe_b64encode(json.dumps(QUESTIONS["/v1/networks/plot.txt"]).encode()).decode().rstrip("=")


class Asked(NamedTuple):
    """A hostile address, which must be answered by 422, pointing at `place` or below."""

    name: str
    target: str
    place: str = ""


_NO_NUMBER = (
    "",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1_000",
    "%D9%A3",
    "%00",
    "%FF",
    "%F0%9F%98%80",
    "0x10",
    "%2B1",
    "+1",
    ".5",
    "1.",
    "01",
    "1,5",
    "1e",
    "--1",
    "nan",
    "true",
    "null",
    "%5B1%5D",
    "%0A1",
    SECRET,
    "9" * 400,
    "1%001",
)
_NO_TRUTH = ("", "1", "0", "yes", "True", "TRUE", "on", "%00", SECRET, "null")
_PLOTS = (
    "/v1/activations/relu/plot.txt",
    "/v1/activations/plot.txt?name=relu",
    "/v1/identities/sigmoid_symmetry/plot.txt",
)


def addresses() -> Iterator[Asked]:
    """Hostile query strings and paths."""
    for path, name, value in product(_PLOTS[:1], ("low", "high", "width", "height", "scale"), _NO_NUMBER):
        yield Asked(f"{name}={value[:12]} of one curve", f"{path}?{name}={value}", f"/{name}")
    for path, name in product(_PLOTS[1:], ("low", "width", "scale")):
        sign = "&" if "?" in path else "?"
        for value in ("NaN", "1e999", "%00", "9" * 400, SECRET):
            yield Asked(f"{name}={value[:12]} of {path[4:14]}", f"{path}{sign}{name}={value}", f"/{name}")
    for name, value in product(("derivative", "asymptotes", "transparent"), _NO_TRUTH):
        yield Asked(f"{name}={value}", f"{_PLOTS[0]}?{name}={value}", f"/{name}")
    for value in _NO_NUMBER:
        yield Asked(f"alpha={value[:12]}", f"/v1/activations/elu?alpha={value}", "/alpha")
    for name, query, place in (
        ("theme", f"theme={SECRET}", "/theme"),
        ("a parameter twice", "low=0&low=0", "/low"),
        ("an unknown parameter", f"{SECRET * 20}=1", ""),
        ("no name", "=1", ""),
        ("a name of zero bytes", "%00=1", ""),
        ("ends that are crossed", "low=1&high=0", ""),
        ("ends that are one", "low=1&high=1", ""),
        ("a size of half", "width=300.5", "/width"),
        ("a size of nothing", "width=0", "/width"),
        ("a size of millions", "width=9999999999", "/width"),
        ("a scale of nothing", "scale=0", "/scale"),
        ("too many pixels", "width=2000&height=2000&scale=4", ""),
        ("a title of nothing", "title=", "/title"),
        ("a title of control characters", "title=a%0Ab", "/title"),
        ("a long title", "title=" + "a" * 201, "/title"),
        ("a title of a lone surrogate", "title=%ED%A0%80", "/title"),
        ("a title that is no UTF-8", "title=a%FF", "/title"),
        ("a name that is no UTF-8", "%FF=1", ""),
        ("a title right to left", "title=%E2%80%AE" + SECRET, "/title"),
        ("thousands of parameters", "&".join(f"p{i}=1" for i in range(5_000)), ""),
        ("a parameter of 30 kB", "title=" + "a" * 30_000, "/title"),
    ):
        yield Asked(name, f"{_PLOTS[0]}?{query}", place)
    for name, query in (
        ("no name", ""),
        ("no curve", "name="),
        ("an unknown curve", f"name={SECRET}"),
        ("nine curves", "&".join(["name=relu"] * 9)),
        ("a thousand curves", "&".join(["name=relu"] * 1000)),
        ("a gap of one", "name=relu&gap=true"),
        ("a gap of three", "name=relu&name=elu&name=selu&gap=true"),
    ):
        yield Asked(f"several: {name}", f"/v1/activations/plot.txt?{query}")
    for query in (
        "",
        "first=relu",
        f"first={SECRET}&second=relu",
        "first=relu&second=",
        "first=relu&second=relu&third=relu",
        "first=relu&first=relu&second=relu",
        "first=%00&second=%FF",
        "first=" + "a" * 30_000 + "&second=relu",
    ):
        yield Asked(f"compare {query[:40]}", f"/v1/activations/compare?{query}")
    for name, value in (
        ("nothing", ""),
        ("padding alone", "===="),
        ("one letter", "a"),
        ("not base64", "%00%FF"),
        ("base64 of the other kind", "ab%2B/"),
        ("words", SECRET),
        ("9 kB", "e" * 9_000),
        ("an empty object", "e30"),
        ("half a document", _LINK[: len(_LINK) // 2]),
        ("two padded documents", _LINK + "==" + _LINK),
        ("a byte-order mark", "77u_e30"),
        ("deep", "W1tb" * 500),
        ("letters beyond ASCII", "%C3%A9%C3%A9"),
        ("blanks", "e%2030"),
        ("a line's end", "e30%0A"),
    ):
        for path in ("/v1/networks/plot.txt", "/v1/gradients/plot.txt"):
            yield Asked(f"a link of {name} to {path[4:8]}", f"{path}?q={value}")
    for path in (
        "/v1/activations",
        "/v1/identities",
        "/livez",
        "/readyz",
        "/metrics",
        "/v1/identities/tanh_as_sigmoid",
    ):
        yield Asked(f"{path} with a parameter", f"{path}?unknown=1", "/unknown")


PATHS = (
    "/nothing",
    "/v1",
    "/v1/",
    "/v1/activations/nothing",
    "/v1/activations/%00",
    "/v1/activations/%FF",
    "/v1/activations/relu%00",
    "/v1/activations/RELU",
    "/v1/activations/relu/plot.exe",
    "/v1/activations/relu/plot.",
    "/v1/activations/relu/plot.png%00",
    "/v1/activations/relu/plot.PNG",
    "/v1/activations/relu/plot/png",
    "/v1/identities/nothing",
    "/v1/identities/%2e%2e",
    "/v1/networks/evaluated",
    "/v1//gradients",
    "//v1/gradients",
    "/static/%00",
    "/static/../pyproject.toml",
    "/static/%2e%2e/pyproject.toml",
    "/static/..%2fpyproject.toml",
    "/static/....//pyproject.toml",
    "/static/index.html/x",
    "/static/" + "a" * 300,
    "/static/" + "a/" * 3000,
    "/static/%ED%A0%80",
    "/static/C:%5cboot.ini",
    "/problems/nothing",
    "/problems/%00",
    "/problems/../livez/x",
    "/" + "a" * 60_000,
    "/%zz",
    "/%",
    "/;",
    "/.env",
    "/.git/config",
    "/v1/activations/relu;x=1",
)
"""Paths at which there is nothing."""
