"""Whose pages may show an answer in a frame: by the policy that it carries (CSP's frame-ancestors)."""

from .middleware import BARE, POLICY

_NONE = "frame-ancestors 'none'"


def page_policy(frames: tuple[str, ...]) -> str:
    """Return the policy of a page that pages of these origins may frame."""
    return POLICY.replace(_NONE, _ancestors(frames))


def picture_policy(frames: tuple[str, ...]) -> str:
    """Return the policy of a picture that is a document, an SVG or a PDF, and that these origins may frame.

    It runs nothing and loads nothing; an SVG's own style is what follows its reader's theme.
    """
    return BARE.replace(_NONE, f"style-src 'unsafe-inline'; {_ancestors(frames)}")


def _ancestors(frames: tuple[str, ...]) -> str:
    return f"frame-ancestors {' '.join(frames)}" if frames else _NONE
