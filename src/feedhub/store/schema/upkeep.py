"""Steps for what the desk did, and for what clears up."""

from __future__ import annotations

from sqlite_utils import Database

from feedhub.store.schema.script import carry_out

_ACTIVITY = """
CREATE TABLE activity (
    slot INTEGER PRIMARY KEY, -- quarters of an hour since 1970
    polls INTEGER NOT NULL, failed INTEGER NOT NULL, new INTEGER NOT NULL, merged INTEGER NOT NULL
) STRICT;
CREATE TABLE intake (
    source TEXT NOT NULL, day INTEGER NOT NULL, -- days since 1970, UTC
    items INTEGER NOT NULL, wire INTEGER NOT NULL, PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
INSERT INTO intake SELECT source, CAST(first_seen / 86400 AS INTEGER), count(*), count(agency) FROM items GROUP BY 1, 2;
"""


def what_the_desk_did(db: Database) -> None:
    """Polls, new items and merges by the quarter of an hour; each source's items by the day."""
    carry_out(db, _ACTIVITY)


def no_statistics(db: Database) -> None:
    """Drop the statistics that SQLite collected at each end.

    Empty tables counted as vast in them, so that every poll with news walked the index of all items. Plans follow from
    the schema alone now.
    """
    for table in ("sqlite_stat1", "sqlite_stat4"):
        db.conn.execute(f"DROP TABLE IF EXISTS {table}")


def tombstones_by_age(db: Database) -> None:
    """An index finds old tombstones: a walk over all, some millions, took a fifth of a second."""
    db.conn.execute("CREATE INDEX tombstones_at ON tombstones(at)")


def jobs_last_run(db: Database) -> None:
    """Rename the column with the time at which a job was last done: it was called `due`."""
    db.conn.execute("ALTER TABLE jobs RENAME COLUMN due TO last_run")
