"""A picture, in whatever format."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PictureResult:
    """The bytes of a file, its media type, and in words what it shows."""

    body: bytes
    media_type: str
    alternative_text: str

    def save(self, path: str | Path) -> Path:
        """Write the file and return its path."""
        file = Path(path)
        file.write_bytes(self.body)
        return file

    def __repr__(self) -> str:
        """Return the alternative text: what is shown where no picture can be."""
        return self.alternative_text

    def _repr_png_(self) -> tuple[bytes, dict[str, str]] | None:
        return (self.body, self._metadata()) if self.media_type == "image/png" else None

    def _repr_svg_(self) -> tuple[str, dict[str, str]] | None:
        return (self.body.decode(), self._metadata()) if self.media_type == "image/svg+xml" else None

    def _metadata(self) -> dict[str, str]:
        return {"alt": self.alternative_text}
