"""Stories that were read lately, kept while the database still says the same of them.

A feed of a hundred entries changes by one, and to read a story costs six times as much as to ask whether it still is as
it was. That is asked of the database each time: those who write need not tell what they change.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import orjson

from feedhub.model import Story
from feedhub.store import stories

KEPT = 3_000  # stories, some 5 KB each
Key = tuple[int, int]  # a story, and the copy that it is shown by; 0: its canonical one

# All that `stories.load` reads, or what becomes another with it: digest and length stand for an item's words.
_STAMPS = """SELECT stories.id, uuid, canonical, published, updated,
    (SELECT group_concat(told) FROM (
        SELECT json_array(items.id, hex(digest), length, published, share, items.agency, language, place, byline,
            outlet, sources.title, sources.url, step,
            (SELECT group_concat(correction) FROM outdated WHERE outdated.item = items.id),
            (SELECT group_concat(id) FROM corrections WHERE corrections.item = items.id),
            (SELECT max(ruling) FROM curation WHERE curation.item = items.id AND verb = 'note')) AS told
        FROM items JOIN sources ON sources.id = source LEFT JOIN steps ON steps.item = items.id
        WHERE story = stories.id ORDER BY published, items.id LIMIT ?)),
    (SELECT group_concat(json_array(near.uuid, score, near.published, hex(digest), length, items.agency, outlet))
        FROM related JOIN stories AS near ON near.id = other JOIN items ON items.id = near.canonical
        JOIN sources ON sources.id = source WHERE related.story = stories.id)
FROM stories WHERE stories.id IN (SELECT value FROM json_each(?))"""


class Remembered:
    """What one reading connection read."""

    def __init__(self, room: int = KEPT):
        self._room = room
        self._kept: OrderedDict[Key, tuple[tuple[object, ...], Story]] = OrderedDict()

    def read(self, conn: sqlite3.Connection, ids: Sequence[int], shown: Mapping[int, int]) -> dict[int, Story]:
        """As `stories.by_id`."""
        stamps = _stamps(conn, ids)
        keys = {id: (id, shown.get(id, 0)) for id in stamps}
        kept = {id: self._kept[key] for id, key in keys.items() if key in self._kept}
        found = {id: story for id, (stamp, story) in kept.items() if stamp == stamps[id]}
        for id, story in stories.by_id(conn, [id for id in stamps if id not in found], shown).items():
            found[id] = story
            if len(story.copies) < stories.MOST_COPIES:  # of more, the stamp does not tell all
                self._kept[keys[id]] = stamps[id], story
        for id in found:
            if keys[id] in self._kept:
                self._kept.move_to_end(keys[id])
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return found


def _stamps(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, tuple[object, ...]]:
    """What tells the present state of each story from others; taken before it is read, so never newer."""
    rows = conn.execute(_STAMPS, (stories.MOST_COPIES, orjson.dumps(ids).decode()))
    return {row[0]: tuple(row) for row in rows}
