"""A cache of stories, each valid until the database has counted a change of it.

A feed of a hundred entries changes by one, and reading a story costs forty times as much as asking whether it has
changed. Triggers in the database count the changes of each story (`schema/publishing`), so writers need not report
them; each line-up brings the counts.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence

from feedhub.model import Story
from feedhub.store.publishing.slots import Slot, read

KEPT = 3_000  # stories, some 5 KB each


class StoryCache:
    """The stories that one connection has read; beyond `room` the least recently used ones are dropped."""

    def __init__(self, room: int = KEPT):
        self._room = room
        self._kept: OrderedDict[tuple[int, int], tuple[Slot, Story]] = OrderedDict()  # by story, and copy shown

    def read(self, conn: sqlite3.Connection, slots: Sequence[Slot]) -> dict[int, Story]:
        """As `slots.read`. A stamp was read before its story, so a change in between is noticed the next time."""
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
