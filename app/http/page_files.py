"""The page's files: one address per release, compressed once; which modules belong to the first window."""

import hashlib
import math
import os
import re
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Scope

from .compression import lastingly_compressed, vary_unchanged
from .files import Files

FRESH = "no-cache"
"""Asked for at every visit and mostly answered by 304."""
LASTING = "public, max-age=31536000, immutable"
"""For an address that holds the release: under it nothing ever changes."""
STYLES = "page-styles.css"
"""The style sheets of the page's head as one file."""

_LANDING = ("page.js", "sheet/sheet.js")
_IMPORT = re.compile(r'^(?:import|export)\b[^"\n]*?(?:from )?"(\.[^"]+)";', re.MULTILINE)
_STYLE = re.compile(r'<link rel="stylesheet" href="static/([^"]+)">\n')
_ADDRESS = re.compile(r'(?:href|src)="static/')
_TEXT = (".css", ".js", ".svg", ".html", ".txt")
_SECOND = 1.0


class PageFiles(Files):
    """Serves a directory: each file at its own name and, to be kept for long, below the release's.

    A browser with a page of another release asks for files that are not there any more: 404, never a file of
    this one, since modules of two releases must not meet.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self._root = directory
        self._pages: dict[str, str] = {}
        self._looked, self._named = -math.inf, ""

    @property
    def release(self) -> str:
        """Return the name of what the directory holds: twelve hex digits of the hash of all its files.

        Looking through them at every request would take a millisecond: a change is seen within a second.
        """
        now = time.monotonic()
        if now - self._looked > _SECOND:
            self._looked, self._named = now, _release(self._root, tuple(_stamps(self._root)))
        return self._named

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file by its name, with or without the release before it."""
        first, _, rest = path.partition(os.sep)
        return super().lookup_path(rest if rest and first == self.release else path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file, or with the head's style sheets in one."""
        if path == os.path.join(self.release, STYLES):
            text = self.styles().encode()
            answer = Response(text, media_type="text/css", headers={"Cache-Control": LASTING})
            return lastingly_compressed(answer, text, _accepted(scope))
        answer = await super().get_response(path, scope)
        lasting = path.partition(os.sep)[0] == self.release
        answer.headers["Cache-Control"] = LASTING if lasting else FRESH
        if isinstance(answer, FileResponse) and str(answer.path).endswith(_TEXT):
            return lastingly_compressed(answer, Path(answer.path).read_bytes(), _accepted(scope))
        if answer.status_code == 304 and path.endswith(_TEXT):
            vary_unchanged(answer, _accepted(scope))
        return answer

    def styles(self) -> str:
        """Return the style sheets that the page's head names for every medium, one after another."""
        names = _STYLE.findall(self._head())
        return "\n".join((self._root / name).read_text(encoding="utf-8") for name in names)

    def page(self) -> str:
        """Return the page: files by the release's addresses, its first modules announced.

        Those of another view stand in a `<meta>`: who comes by a link to it announces them (page/dress.js).
        """
        release = self.release
        if release not in self._pages:
            self._pages = {release: self._page(release)}
        return self._pages[release]

    def _page(self, release: str) -> str:
        first = self.modules(*_LANDING)
        links = [f'<link rel="stylesheet" href="static/{STYLES}">']
        links += [f'<link rel="modulepreload" href="static/{name}">' for name in first]
        for view in sorted((self._root / "views").glob("*.js")):
            if f'"./views/{view.name}"' in (self._root / "page.js").read_text(encoding="utf-8"):
                more = [name for name in self.modules(f"views/{view.name}") if name not in first]
                links.append(f'<meta name="modules" data-view="{view.stem}" content="{" ".join(more)}">')
        text = _STYLE.sub("", self._head()).replace("</title>\n", "\n".join(["</title>", *links, ""]), 1)
        return _ADDRESS.sub(rf"\g<0>{release}/", text)

    def modules(self, *names: str) -> list[str]:
        """Return these modules and all that they import before they run, in order of their names."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            source = self._root / name
            imports = _IMPORT.findall(source.read_text(encoding="utf-8"))
            waiting += [
                (source.parent / one).resolve().relative_to(self._root.resolve()).as_posix()
                for one in imports
            ]
        return sorted(found)

    def _head(self) -> str:
        return (self._root / "index.html").read_text(encoding="utf-8")


def _stamps(root: Path) -> Iterator[tuple[str, int, int]]:
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            state = os.stat(path)
            yield path, state.st_mtime_ns, state.st_size


@lru_cache(maxsize=4)
def _release(root: Path, stamps: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in sorted(stamps):
        digest.update(
            f"{os.path.relpath(path, root)}\0".encode() + hashlib.sha256(Path(path).read_bytes()).digest()
        )
    return digest.hexdigest()[:12]


def _accepted(scope: Scope) -> str:
    return Headers(scope=scope).get("accept-encoding", "")
