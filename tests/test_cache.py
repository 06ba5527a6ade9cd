"""Rendered feeds are kept as long as there is room, and made once."""

from __future__ import annotations

import asyncio

from build import START
from feedhub.render import Sheet
from feedhub.web.cache import Cached, DocumentCache
from feedhub.web.conditional import Document


class Press:
    """Makes documents of 100 bytes; counts how many."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self, stale: Cached | None) -> Cached:
        self.made += 1
        await asyncio.sleep(0)
        return kept(1, b"%0100d" % self.made)


def kept(version: int, body: bytes) -> Cached:
    sheet = Sheet(body, {}, body.decode())
    return Cached(version, Document(sheet, "text/plain", START, "public", state=str(version)), sheet)


async def test_the_least_asked_for_goes_when_there_is_no_room() -> None:
    cache, press = DocumentCache(room=300), Press()
    for key in ("a", "b", "c"):
        await cache.get(key, 1, press)
    await cache.get("a", 1, press)
    assert press.made == 3
    await cache.get("d", 1, press)
    assert [cache.fresh(key, 1) is not None for key in "abcd"] == [True, False, True, True]
    await cache.get("b", 1, press)
    assert press.made == 5


async def test_room_is_counted_right_however_often_documents_are_made_anew() -> None:
    cache, press = DocumentCache(room=300), Press()
    for version in range(1, 50):
        for key in ("a", "b", "c"):
            await cache.get(key, version, press)
    assert all(cache.fresh(key, 1) for key in "abc")


async def test_what_comes_out_the_same_keeps_its_validators() -> None:
    cache = DocumentCache()

    async def make(stale: Cached | None) -> Cached:
        return kept(stale.version + 1 if stale else 1, b"same")

    first = await cache.get("a", 1, make)
    assert await cache.get("a", 2, make) is first
    assert cache.fresh("a", 2) is first
