"""Rendered feeds, kept until what they show changes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field, replace

from feedhub.render import Sheet
from feedhub.web.conditional import Document

ROOM = 96_000_000  # bytes of all documents together; the least asked for go first


@dataclass(slots=True)
class Kept:
    """A document, the sheet it was made from, and of which version it is."""

    version: int
    document: Document
    sheet: Sheet


@dataclass(slots=True)
class _Place:
    kept: Kept | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Shelf:
    """Keeps one document per key; a stale one is made anew once, however many ask."""

    def __init__(self, room: int = ROOM) -> None:
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()
        self._room, self._taken = room, 0

    def fresh(self, key: Hashable, version: int) -> Document | None:
        """The document of this version or a later one, if it is here."""
        place = self._places.get(key)
        return place.kept.document if place and place.kept and place.kept.version >= version else None

    async def get(self, key: Hashable, version: int, make: Callable[[Kept | None], Awaitable[Kept]]) -> Document:
        """The document of the version at the time of the question, or of a later one.

        `make` is given the stale one, and says by itself of which version its own is. While a feed changes all the
        time, all who ask during one rendering are answered by the next: nobody waits for one of his own.
        """
        if found := self.fresh(key, version):
            self._places.move_to_end(key)
            return found
        place = self._places.setdefault(key, _Place())
        async with place.lock:
            if found := self.fresh(key, version):
                return found
            stale = place.kept
            made = await make(stale)  # what changes meanwhile makes another version, and the next request renders it
            if stale and stale.document.hash == made.document.hash:
                # Other stories changed: readers keep what they have.
                made.document, made.sheet = stale.document, replace(made.sheet, body=stale.sheet.body)
            self._put(key, place, made)
            return made.document

    def _put(self, key: Hashable, place: _Place, made: Kept) -> None:
        if place.kept and key in self._places:
            self._taken -= len(place.kept.document.body)
        self._taken += len(made.document.body)
        place.kept = made
        self._places[key] = place
        self._places.move_to_end(key)
        while self._taken > self._room and len(self._places) > 1:
            _, oldest = self._places.popitem(last=False)
            self._taken -= len(oldest.kept.document.body) if oldest.kept else 0
