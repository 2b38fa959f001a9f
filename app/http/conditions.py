"""What a request asks to be so before it is answered: If-Match and If-Unmodified-Since (RFC 9110 §13)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?"[^"]*"')


def holds(if_match: str, unmodified_since: str, tag: str, modified: str = "") -> bool:
    """Tell whether an answer of this tag, modified last at this date, is the one that is asked for.

    A header that is "" was not sent. Tags are compared strongly, so that a weak one is never the same; a
    date counts only where there is no If-Match, and where the answer has one.
    """
    if if_match:
        named = not tag.startswith("W/") and tag in _TAG.findall(if_match)
        return named or if_match.strip() == "*"
    latest, last = _date(unmodified_since), _date(modified)
    return latest is None or last is None or last <= latest


def _date(text: str) -> datetime | None:
    """Return a date of HTTP; None for what is none, which is to be ignored."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
