"""Finished pictures, kept in memory up to a number of bytes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from cachetools import LRUCache

from ..plots.rendering import Picture

MOST_LINKS, LONGEST_LINK = 1024, 1024  # together a megabyte, beside the pictures


class PictureCache:
    """The pictures asked for last, by their tags; requests for one that is being drawn wait for it."""

    def __init__(self, most: int) -> None:
        self._tags: LRUCache[bytes, str] = LRUCache(MOST_LINKS)
        self._kept: LRUCache[str, Picture] = LRUCache(most, getsizeof=size)
        self._drawing: dict[str, asyncio.Task[Picture]] = {}
        self._waiting: Counter[str] = Counter()

    @property
    def bytes_kept(self) -> int:
        """How many bytes are kept, at most as many as given."""
        return int(self._kept.currsize)

    def __contains__(self, tag: str) -> bool:
        """Tell whether a picture is here or under way, so that it need not be drawn again."""
        return tag in self._kept or tag in self._drawing

    def at(self, link: bytes) -> tuple[str, Picture] | None:
        """Return the tag and the picture that this link led to before, if it is still kept."""
        tag = self._tags.get(link)
        picture = None if tag is None else self._kept.get(tag)
        return None if tag is None or picture is None else (tag, picture)

    def link(self, link: bytes, tag: str) -> None:
        """Remember where a link leads: reading its parameters again takes longer than sending the picture."""
        if len(link) <= LONGEST_LINK:
            self._tags[link] = tag

    async def get(self, tag: str, draw: Callable[[], Awaitable[Picture]]) -> Picture:
        """Return the picture of that tag: the one kept, or what `draw` returns, with its exceptions."""
        kept = self._kept.get(tag)
        if kept is not None:
            return kept
        task = self._drawing.get(tag)
        if task is None:
            task = self._drawing[tag] = asyncio.ensure_future(self._draw(tag, draw))
            # Who asked may be gone by then; nobody else may need the failure either.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._waiting[tag] += 1
        try:
            # One caller who hangs up must not take the picture from the others; the last one may.
            return await asyncio.shield(task)
        finally:
            self._waiting[tag] -= 1
            if not self._waiting[tag]:
                del self._waiting[tag]
                if self._drawing.get(tag) is task:
                    # Forgotten at once: who asks from now on must not wait for what is being cancelled.
                    del self._drawing[tag]
                    task.cancel()

    async def _draw(self, tag: str, draw: Callable[[], Awaitable[Picture]]) -> Picture:
        try:
            picture = await draw()
        finally:
            if self._drawing.get(tag) is asyncio.current_task():
                del self._drawing[tag]
        with suppress(ValueError):  # larger than the whole cache
            self._kept[tag] = picture
        return picture


def size(picture: Picture) -> int:
    """Return how many bytes a kept picture takes, its words included."""
    return len(picture.body) + 5 * len(picture.alternative_text) + len(picture.axes) + 500
