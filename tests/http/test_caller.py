"""Whose request it is: of which proxy the word for it is taken, and what one caller is."""

import pytest
from pydantic import ValidationError
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.http.caller import caller_at
from app.settings import Settings


def test_caller_of_ipv6_has_all_addresses_of_one_network() -> None:
    """Whoever has one address of IPv6 has 2⁶⁴ of them."""
    assert caller_at("2001:db8:1:2::1") == caller_at("2001:db8:1:2:ffff::9%eth0") == "2001:db8:1:2::/64"
    assert caller_at("2001:db8:1:3::1") != caller_at("2001:db8:1:2::1")
    assert caller_at("::ffff:192.0.2.7") == caller_at("192.0.2.7") == "192.0.2.7"
    assert caller_at("unknown:_x") == "unknown:_x"


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.1/8", "10.0.0.256", "*, 10.0.0.1", "10.0.0.0/33"])
def test_proxies_that_are_no_addresses_are_refused(value: str) -> None:
    with pytest.raises(ValidationError, match=r"such as 10\.0\.0\.7"):
        Settings(trusted_proxies=value)


@pytest.mark.parametrize(
    ("value", "believed", "others"),
    [
        ("10.0.0.0/255.0.0.0, 192.0.2.7", ["10.9.9.9", "::ffff:10.1.1.1", "192.0.2.7"], ["192.0.2.8", "::1"]),
        ("fd00::/8", ["fd12::7"], ["10.0.0.1", "::ffff:10.0.0.1"]),
        ("", [], ["127.0.0.1", "::1"]),
        ("*", ["127.0.0.1", "2001:db8::1"], []),
        (Settings().trusted_proxies, ["127.0.0.1", "::1", "::ffff:127.0.0.1"], ["10.0.0.1", "127.0.0.2"]),
    ],
)
def test_proxies_are_addresses_and_networks(value: str, believed: list[str], others: list[str]) -> None:
    proxies = ProxyHeadersMiddleware(None, list(Settings(trusted_proxies=value).proxies)).trusted_hosts  # type: ignore[arg-type]  # no app is asked
    assert all(one in proxies for one in believed)
    assert not any(one in proxies for one in others)
