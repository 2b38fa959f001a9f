"""Whose request it is, where no key tells: an address, or the network that one household has."""

from functools import lru_cache
from ipaddress import IPv6Address

_HOUSEHOLD = 64
"""Bits of IPv6 that tell callers apart: a caller has all addresses behind them (RFC 6177, RFC 8981)."""


@lru_cache(maxsize=4096)
def caller_at(address: str) -> str:
    """Return who asks from an address; what is none of IPv6 stands for itself."""
    if ":" not in address:
        return address
    try:
        own = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if own.ipv4_mapped is not None:
        return str(own.ipv4_mapped)
    return f"{IPv6Address(int(own) >> _HOUSEHOLD << _HOUSEHOLD)}/{_HOUSEHOLD}"
