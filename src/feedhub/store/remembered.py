"""Stories that were read lately, kept while the database still says the same of them.

A feed of a hundred entries changes by one, and to read a story costs forty times as much as to ask whether it still is
as it was. That is asked of the database each time: its triggers count what changes a story (`schema_publishing`), so
those who write need not tell.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from feedhub.model import Story
from feedhub.store import stories

KEPT = 3_000  # stories, some 5 KB each
Key = tuple[int, int]  # a story, and the copy that it is shown by; 0: its canonical one
Stamp = tuple[str, int]  # its UUID, and how often it was told otherwise


class Remembered:
    """What one reading connection read."""

    def __init__(self, room: int = KEPT):
        self._room = room
        self._kept: OrderedDict[Key, tuple[Stamp, Story]] = OrderedDict()

    def read(self, conn: sqlite3.Connection, ids: Sequence[int], shown: Mapping[int, int]) -> dict[int, Story]:
        """As `stories.by_id`."""
        found: dict[int, Story] = {}
        others: dict[int, Stamp] = {}
        for id, stamp in _stamps(conn, ids).items():
            key = id, shown.get(id, 0)
            kept = self._kept.get(key)
            if kept and kept[0] == stamp:
                found[id] = kept[1]
                self._kept.move_to_end(key)
            else:
                others[id] = stamp
        for id, story in stories.by_id(conn, list(others), shown).items():
            found[id] = story
            self._kept[id, shown.get(id, 0)] = others[id], story
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return found


def _stamps(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Stamp]:
    """What tells the present state of each story from others; taken before it is read, so never newer."""
    rows = conn.execute(
        f"SELECT id, uuid, told FROM stories WHERE id IN ({','.join('?' * len(ids))})",  # noqa: S608
        ids,
    )
    return {id: (uuid, told) for id, uuid, told in rows}
