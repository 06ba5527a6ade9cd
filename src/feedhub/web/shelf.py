"""Rendered feeds, kept until their topic changes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from feedhub.web.conditional import Document

Key = tuple[str, str]  # topic, format


class Shelf:
    """Keeps one document per key and version; a stale one is rendered once, however many ask."""

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[int, Document]] = {}
        self._locks: defaultdict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: Key, version: Callable[[], int], render: Callable[[], Awaitable[Document]]) -> Document:
        """The document of the current version."""
        kept = self._kept.get(key)
        if kept and kept[0] == version():
            return kept[1]
        async with self._locks[key]:
            now = version()
            kept = self._kept.get(key)
            if kept and kept[0] == now:
                return kept[1]
            made = await render()  # what changes meanwhile makes another version, and the next request renders it
            self._kept[key] = (now, made)
            return made
