"""The front page: the newest stories, those that lead, and what has changed since a reader was here."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import chain

from feedhub.model import Story
from feedhub.prominence import prominence
from feedhub.store.merging import curated, stories
from feedhub.store.times import at

RECENT = timedelta(days=3)  # within which a story can lead
NEWEST = 3_000  # most stories that are looked at for leads and changes


def newest(conn: sqlite3.Connection, limit: int, before: datetime | None) -> list[Story]:
    """The newest stories, without hidden ones; only those published `before`, if given."""
    rows = conn.execute(
        f"""SELECT id FROM stories WHERE published < ? AND id NOT IN ({curated.HIDDEN})
        ORDER BY published DESC, id DESC LIMIT ?""",  # noqa: S608
        (before.timestamp() if before else float("inf"), limit),
    )
    return stories.load(conn, [id for (id,) in rows])


def leads(conn: sqlite3.Connection, limit: int, now: datetime) -> list[Story]:
    """The most prominent recent stories: many outlets print them, and they are fresh."""
    rows = conn.execute(
        f"""SELECT id, outlets, published FROM stories WHERE published > ? AND id NOT IN ({curated.HIDDEN})
        ORDER BY published DESC, id DESC LIMIT ?""",  # noqa: S608
        ((now - RECENT).timestamp(), NEWEST),
    )
    alike: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in rows:  # among stories in equally many outlets, only the newest can lead
        if len(alike[row["outlets"]]) < limit:
            alike[row["outlets"]].append(row)
    ranked = sorted(chain(*alike.values()), key=lambda row: -prominence(row["outlets"], now - at(row["published"])))
    return stories.load(conn, [row["id"] for row in ranked[:limit]])


def changes_since(conn: sqlite3.Connection, since: datetime) -> tuple[int, int]:
    """How many of the newest stories came after this time, and how many others changed."""
    came, changed = conn.execute(
        """SELECT count(*) FILTER (WHERE published > ?1), count(*) FILTER (WHERE published <= ?1 AND updated > ?1)
        FROM (SELECT published, updated FROM stories ORDER BY published DESC, id DESC LIMIT ?2)""",
        (since.timestamp(), NEWEST),
    ).fetchone()
    return came, changed
