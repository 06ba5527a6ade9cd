"""A cache of rendered feeds, each valid until what it shows changes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field, replace

from feedhub.render import Sheet
from feedhub.web.conditional import Document

ROOM = 96_000_000  # bytes of all documents together; beyond that the least recently used ones are dropped


@dataclass(slots=True)
class Cached:
    """A document, the sheet it was made from, and its version."""

    version: int
    document: Document
    sheet: Sheet


@dataclass(slots=True)
class _Place:
    kept: Cached | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class DocumentCache:
    """Keeps one document per key; a stale one is rendered once, however many readers ask for it."""

    def __init__(self, room: int = ROOM) -> None:
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()
        self._room, self._taken = room, 0

    def fresh(self, key: Hashable, version: int) -> Document | None:
        """The document, if it is cached and of this version or a later one."""
        place = self._places.get(key)
        return place.kept.document if place and place.kept and place.kept.version >= version else None

    async def get(self, key: Hashable, version: int, make: Callable[[Cached | None], Awaitable[Cached]]) -> Document:
        """The document of this version or a later one; `make` renders it, from the stale one if there is one.

        `make` says which version its document has. Where a feed changes all the time, everybody who asks during one
        rendering is answered by the next.
        """
        if found := self.fresh(key, version):
            self._places.move_to_end(key)
            return found
        place = self._places.setdefault(key, _Place())
        async with place.lock:
            if found := self.fresh(key, version):
                return found
            stale = place.kept
            made = await make(stale)  # a change meanwhile makes a new version, which the next request renders
            if stale and stale.document.hash == made.document.hash:
                # Only other stories changed: readers keep the document that they have.
                made.document, made.sheet = stale.document, replace(made.sheet, body=stale.sheet.body)
            self._put(key, place, made)
            return made.document

    def _put(self, key: Hashable, place: _Place, made: Cached) -> None:
        if place.kept and key in self._places:
            self._taken -= len(place.kept.document.body)
        self._taken += len(made.document.body)
        place.kept = made
        self._places[key] = place
        self._places.move_to_end(key)
        while self._taken > self._room and len(self._places) > 1:
            _, oldest = self._places.popitem(last=False)
            self._taken -= len(oldest.kept.document.body) if oldest.kept else 0
