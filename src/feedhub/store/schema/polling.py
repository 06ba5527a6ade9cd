"""Steps for what polling thousands of sources needs; after those of `topics`."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from sqlite_utils import Database

from feedhub.rhythm import Rhythm
from feedhub.store.schema.topics import migrations as migrations


def _from_text(text: str) -> Rhythm:
    """A rhythm as it was stored before it was bytes."""
    at, *parts = orjson.loads(text)
    moment = None if at is None else datetime.fromtimestamp(at, UTC)
    names = ("items", "days", "trust", "hour_items", "hour_due", "weekday_items", "weekday_due")
    return Rhythm(at=moment, **{name: tuple(map(float, part)) for name, part in zip(names, parts, strict=True)})


@migrations()
def roots_of_rhythms(db: Database) -> None:
    """What all sources share their polls by, worked out at each poll: for all at once it takes half a second."""
    db.conn.execute("ALTER TABLE sources ADD COLUMN root REAL")
    rows = db.conn.execute("SELECT id, rhythm FROM sources WHERE rhythm != ''").fetchall()
    roots = [(_from_text(text).root, id) for id, text in rows]
    db.conn.executemany("UPDATE sources SET root = ? WHERE id = ?", roots)


@migrations()
def polls_under_way(db: Database) -> None:
    """Which sources are being polled is told without a look at all of them."""
    db.conn.execute("CREATE INDEX schedule_leased ON schedule(leased_until) WHERE lease IS NOT NULL")


@migrations()
def merged_stories_by_story(db: Database) -> None:
    """What a story's other names were is asked for each one that is let go."""
    db.conn.execute("CREATE INDEX merged_story ON merged(story)")


@migrations()
def words_merged_in_small_parts(db: Database) -> None:
    """FTS5 merges its segments 64 pages a level at a time: in pages of 4,050 bytes that took 50 ms and more."""
    db.conn.execute("INSERT INTO words (words, rank) VALUES ('pgsz', 500)")


@migrations()
def rhythms_as_bytes(db: Database) -> None:
    """A poll that brings nothing reads and writes little else; and the roots of all come of them in a moment."""
    rows = db.conn.execute("SELECT id, rhythm FROM sources WHERE rhythm != ''").fetchall()
    db.conn.execute("ALTER TABLE sources DROP COLUMN root")
    db.conn.execute("ALTER TABLE sources DROP COLUMN rhythm")
    db.conn.execute("ALTER TABLE sources ADD COLUMN rhythm BLOB")
    stored = [(_from_text(text).to_bytes(), id) for id, text in rows]
    db.conn.executemany("UPDATE sources SET rhythm = ? WHERE id = ?", stored)
