"""Stories that were read lately, kept while the database still says the same of them.

A feed of a hundred entries changes by one, and to read a story costs forty times as much as to ask whether it still is
as it was. That is told by the line-up each time: the database's triggers count what changes a story
(`schema/publishing`), so those who write need not tell.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence

from feedhub.model import Story
from feedhub.store.publishing.slots import Slot, read

KEPT = 3_000  # stories, some 5 KB each


class Remembered:
    """What one reading connection read."""

    def __init__(self, room: int = KEPT):
        self._room = room
        self._kept: OrderedDict[tuple[int, int], tuple[Slot, Story]] = OrderedDict()  # by story, and copy shown

    def read(self, conn: sqlite3.Connection, slots: Sequence[Slot]) -> dict[int, Story]:
        """As `slots.read`. The stamp of a story is as old as the story, or older: never newer."""
        found: dict[int, Story] = {}
        others: dict[int, Slot] = {}
        for slot in slots:
            key = slot[:2]
            kept = self._kept.get(key)
            if kept and kept[0].stamp == slot.stamp:
                found[slot.story] = kept[1]
                self._kept.move_to_end(key)
            else:
                others[slot.story] = slot
        for id, story in read(conn, list(others.values())).items():
            found[id] = story
            self._kept[others[id][:2]] = others[id], story
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return found
