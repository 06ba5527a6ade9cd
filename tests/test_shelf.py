"""Rendered feeds are kept as long as there is room, and made once."""

from __future__ import annotations

import asyncio

from build import START
from feedhub.render import Sheet
from feedhub.web.conditional import Document
from feedhub.web.shelf import Kept, Shelf


class Press:
    """Makes documents of 100 bytes; counts how many."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self, stale: Kept | None) -> Kept:
        self.made += 1
        await asyncio.sleep(0)
        return kept(1, b"%0100d" % self.made)


def kept(version: int, body: bytes) -> Kept:
    sheet = Sheet(body, {}, body.decode())
    return Kept(version, Document(sheet, "text/plain", START, "public", state=str(version)), sheet)


async def test_the_least_asked_for_goes_when_there_is_no_room() -> None:
    shelf, press = Shelf(room=300), Press()
    for key in ("a", "b", "c"):
        await shelf.get(key, 1, press)
    await shelf.get("a", 1, press)
    assert press.made == 3
    await shelf.get("d", 1, press)
    assert [shelf.fresh(key, 1) is not None for key in "abcd"] == [True, False, True, True]
    await shelf.get("b", 1, press)
    assert press.made == 5


async def test_room_is_counted_right_however_often_documents_are_made_anew() -> None:
    shelf, press = Shelf(room=300), Press()
    for version in range(1, 50):
        for key in ("a", "b", "c"):
            await shelf.get(key, version, press)
    assert all(shelf.fresh(key, 1) for key in "abc")


async def test_what_comes_out_the_same_keeps_its_validators() -> None:
    shelf = Shelf()

    async def make(stale: Kept | None) -> Kept:
        return kept(stale.version + 1 if stale else 1, b"same")

    first = await shelf.get("a", 1, make)
    assert await shelf.get("a", 2, make) is first
    assert shelf.fresh("a", 2) is first
