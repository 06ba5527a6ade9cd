"""Stories that end: as their copies are another story's now, or as none is left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from feedhub.store.merging import relations

MOST_NAMES = 200  # addresses of ended stories that lead to one; two items that take turns make ever new ones


def dissolve(conn: sqlite3.Connection, story: int, into: int, of: int | None = None) -> frozenset[str]:
    """End a story whose copies are another's now; returns the topics it stood in.

    Its address leads to the other from now on; if it was the story `of` one item, until that leaves again. No page of
    an archive shows it unless it was kept for one.
    """
    topics = frozenset(row[0] for row in conn.execute("SELECT topic FROM entries WHERE story = ?", (story,)))
    conn.execute(
        "INSERT INTO merged (uuid, story, item) SELECT uuid, ?, ? FROM stories WHERE id = ?", (into, of, story)
    )
    conn.execute("UPDATE merged SET story = ? WHERE story = ?", (into, story))
    conn.execute(
        """DELETE FROM merged
        WHERE uuid IN (SELECT uuid FROM merged WHERE story = ? ORDER BY uuid DESC LIMIT -1 OFFSET ?)""",
        (into, MOST_NAMES),
    )
    conn.execute("DELETE FROM history WHERE story = ? AND story NOT IN (SELECT story FROM archived)", (story,))
    forget(conn, [story])
    return topics


def forget(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Delete stories and what points to them; their items are the caller's business."""
    gone = [(id,) for id in ids]
    conn.executemany("DELETE FROM entries WHERE story = ?", gone)
    for (id,) in gone:
        relations.unlink(conn, id, relations.related(conn, id))
    conn.executemany("DELETE FROM merged WHERE story = ?", gone)
    conn.executemany("DELETE FROM manifold WHERE story = ?", gone)
    conn.executemany("DELETE FROM held_back WHERE story = ?", gone)
    conn.executemany("DELETE FROM to_relate WHERE story = ?", gone)
    conn.executemany("DELETE FROM stories WHERE id = ?", gone)
