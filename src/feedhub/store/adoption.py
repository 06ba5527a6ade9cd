"""Adopting a replay: the stored stories become those of the replay.

Stories keep their ids where they can: the id of an old story stays with the largest group of its copies that stay
together.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from feedhub.store.merging import ending, revising
from feedhub.store.merging.fresh import open_story
from feedhub.store.merging.lately import Lately
from feedhub.store.replay import grouped
from feedhub.store.rulings.docket import settle_story
from feedhub.store.times import at


def adopt(
    conn: sqlite3.Connection, lately: Lately, replayed: Mapping[int, int], now: datetime
) -> tuple[frozenset[int], frozenset[str]]:
    """Make the stored stories those of a replay (item -> story there), inside the caller's transaction.

    Returns the stories that changed, and the topics that lost one. Items that came since the replay stay where they
    are.
    """
    held = dict(conn.execute("SELECT id, story FROM items").fetchall())
    stories = {item: story for item, story in replayed.items() if item in held}
    heirs = _heirs(held, stories)
    changed: set[int] = set()
    moved: list[int] = []
    for story, items in grouped(stories).items():
        home = heirs.get(story)
        if home is None:
            first = conn.execute("SELECT published FROM items WHERE id = ?", (items[0],)).fetchone()[0]
            home = open_story(conn, items[0], at(first))
        movers = [item for item in items if held[item] != home]
        changed |= {home, *(held[item] for item in movers)} if movers else set()
        conn.executemany("UPDATE items SET story = ? WHERE id = ?", [(home, item) for item in movers])
        moved += movers
    _follow(conn, changed)
    lost = [_end_or_settle(conn, lately, story, now) for story in sorted(changed)]
    for item in moved:
        lately.constraints.left(item, held[item])
        revising.catch_up(conn, item)
    return frozenset(changed), frozenset().union(*lost)


_PARTED = """UPDATE verdicts SET decided = 0, review = NULL
    WHERE decided AND item IN (SELECT id FROM items WHERE story = ?)
    AND (SELECT story FROM items WHERE id = beside) IS NOT (SELECT story FROM items WHERE id = item)"""
_MET = """SELECT item, beside FROM verdicts JOIN items here ON here.id = item JOIN items there ON there.id = beside
    WHERE here.story = ? AND there.story = here.story AND verdicts.kind = 'copy' AND review IS NULL
    AND NOT EXISTS (SELECT 1 FROM verdicts other WHERE other.item = here.id AND other.decided)
    ORDER BY verdicts.score"""


def _follow(conn: sqlite3.Connection, stories: set[int]) -> None:
    """Keep verdicts in step: one that joined two copies ends where they are parted, and holds where they meet."""
    for story in stories:
        conn.execute(_PARTED, (story,))
        likeliest = dict(conn.execute(_MET, (story,)).fetchall())
        conn.executemany("UPDATE verdicts SET decided = 1 WHERE item = ? AND beside = ?", likeliest.items())


def _end_or_settle(conn: sqlite3.Connection, lately: Lately, story: int, now: datetime) -> frozenset[str]:
    """Settle a story; an empty one redirects to where its fullest copy went. Returns the topics that lost it."""
    if conn.execute("SELECT 1 FROM items WHERE story = ? LIMIT 1", (story,)).fetchone():
        settle_story(conn, lately, story, now)
        return frozenset()
    row = conn.execute(
        "SELECT story FROM items WHERE id = (SELECT core FROM stories WHERE id = ?)", (story,)
    ).fetchone()
    if row:
        return ending.dissolve(conn, story, into=row[0])
    ending.forget(conn, [story])
    return frozenset()


def _heirs(held: Mapping[int, int], stories: Mapping[int, int]) -> dict[int, int]:
    """Which old story each new one continues: by largest overlap first, ties going to the older story."""
    overlaps = Counter((stories[item], held[item]) for item in stories)
    heirs: dict[int, int] = {}
    taken: set[int] = set()
    for (new, old), _ in sorted(overlaps.items(), key=lambda pair: (-pair[1], pair[0][1], pair[0][0])):
        if new not in heirs and old not in taken:
            heirs[new] = old
            taken.add(old)
    return heirs
