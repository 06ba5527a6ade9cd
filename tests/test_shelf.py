"""Rendered feeds, kept until what they show changes."""

from __future__ import annotations

import asyncio

from build import START
from feedhub.render import Sheet
from feedhub.web.conditional import Document
from feedhub.web.shelf import Kept, Shelf


async def test_all_who_ask_during_one_rendering_are_answered_by_the_next() -> None:
    shelf, version, renderings = Shelf(), 0, 0

    async def make(stale: Kept | None) -> Kept:
        nonlocal renderings
        renderings += 1
        seen = version
        await asyncio.sleep(0)
        body = str(seen).encode()
        return Kept(seen, Document(body, "text/plain", START, ""), Sheet(body, {}))

    async def ask() -> tuple[int, int]:
        nonlocal version
        version += 1
        mine = version
        return mine, int((await shelf.get("feed", mine, make)).body)

    answers = await asyncio.gather(*(ask() for _ in range(100)))
    assert all(got >= mine for mine, got in answers)
    assert renderings <= 2
