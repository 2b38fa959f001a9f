"""Who is let in: requests that carry a known key, where keys are set."""

import hashlib
import hmac

from ..settings import Settings

HEADER = "X-API-Key"
EXPECTED_KEY = f"expected a known key in the header {HEADER}"

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

    def knows(self, key: bytes | None) -> bool:
        """Tell whether a caller with this key may ask anything: it is known, or no keys are set."""
        if not self._hashes:
            return True
        if key is None:
            return False
        given = hashlib.sha256(key).digest()
        # Every hash is compared, each in constant time: how long it takes says nothing.
        return sum(hmac.compare_digest(given, one) for one in self._hashes) > 0

    def opens(self, method: str, path: str) -> bool:
        """Tell whether a request needs no key."""
        return not (self._hashes and guarded(method, path, self._private))
