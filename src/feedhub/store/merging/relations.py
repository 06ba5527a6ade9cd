"""Which stories are related: linked both ways, few to each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from feedhub.dedup.related import TOP


def link(conn: sqlite3.Connection, story: int, others: Iterable[tuple[int, float]]) -> set[int]:
    """Relate stories, both ways, `TOP` to each: the weakest gives way on both sides.

    Returns the stories whose relations are others now.
    """
    linked = [(other, score) for other, score in others if other != story]
    if not linked:
        return set()
    known = related(conn, story)
    edges = [edge for other, score in linked for edge in ((story, other, score), (other, story, score))]
    conn.executemany(
        "INSERT INTO related VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET score = max(score, excluded.score)", edges
    )
    changed = set[int]()
    for one in {story, *(other for other, _ in linked)}:
        weakest = conn.execute(
            "SELECT other FROM related WHERE story = ? ORDER BY score DESC, other LIMIT -1 OFFSET ?", (one, TOP)
        ).fetchall()
        for (other,) in weakest:
            unlink(conn, one, [other])
            changed |= {one, other}
    fresh = related(conn, story) - known
    return changed | fresh | ({story} if fresh else set())


def related(conn: sqlite3.Connection, story: int) -> set[int]:
    """The stories that one is related to."""
    return {row[0] for row in conn.execute("SELECT other FROM related WHERE story = ?", (story,))}


def unlink(conn: sqlite3.Connection, story: int, others: Iterable[int]) -> None:
    """Let a story be related to these no longer, nor these to it."""
    edges = [edge for other in others for edge in ((story, other), (other, story))]
    conn.executemany("DELETE FROM related WHERE story = ? AND other = ?", edges)
