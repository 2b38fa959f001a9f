"""Who is let in: requests that carry a known key, where keys are set."""

import hashlib
import hmac

from ..settings import Settings

HEADER = "X-API-Key"

# What an orchestrator asks; it has no key.
_ALWAYS_OPEN = ("/livez", "/readyz")


def guarded(method: str, path: str, private: bool) -> bool:
    """Tell whether a request needs a key, where keys are set.

    Every POST and /metrics do; where the service is private, everything but its health. An OPTIONS request
    carries no key by the rules of CORS and reveals nothing.
    """
    if path in _ALWAYS_OPEN or method == "OPTIONS":
        return False
    return private or method not in ("GET", "HEAD") or path == "/metrics"


class Keys:
    """The keys' hashes: a key itself is never stored, compared as text, or logged."""

    def __init__(self, settings: Settings) -> None:
        self._hashes = [bytes.fromhex(one) for one in settings.key_hashes]
        self._private = settings.private

    def admit(self, method: str, path: str, key: bytes | None) -> bool:
        """Tell whether a request may pass: no key is needed, or it has one that is known."""
        if not self._hashes or not guarded(method, path, self._private):
            return True
        return key is not None and self._knows(key)

    def _knows(self, key: bytes) -> bool:
        given = hashlib.sha256(key).digest()
        # Every hash is compared, each in constant time: how long it takes says nothing.
        return sum(hmac.compare_digest(given, one) for one in self._hashes) > 0
