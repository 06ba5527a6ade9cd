"""Steps for what topics and searches need beyond the first tables; after those of `tables`."""

from __future__ import annotations

from uuid import uuid4

from sqlite_utils import Database

from feedhub.store.schema.tables import carry_out
from feedhub.store.schema.tables import migrations as migrations


@migrations()
def words_as_queries_see_them(db: Database) -> None:
    """Pairs of characters are cut where queries see words; what is not yet indexed anew is looked at meanwhile."""
    db.conn.execute("DROP TABLE words")
    db.conn.execute(
        """CREATE VIRTUAL TABLE words
        USING fts5(terms, content='', detail=none, tokenize='unicode61 remove_diacritics 0')"""
    )
    db.conn.execute("UPDATE words_upto SET item = 0")


_CURATION = """
CREATE TABLE curation (
    ruling INTEGER PRIMARY KEY REFERENCES rulings(id), verb TEXT NOT NULL, -- pin, hide, lead, note
    topic TEXT NOT NULL, -- '': every topic
    item INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE, words TEXT
) STRICT;
CREATE INDEX curation_item ON curation(item);
ALTER TABLE topics ADD COLUMN lineup TEXT NOT NULL DEFAULT '{}';
ALTER TABLE topics DROP COLUMN ordered;
CREATE TABLE held_back ( -- stories that a flood brought: a topic does not take them until another source prints them
    topic TEXT NOT NULL, story INTEGER NOT NULL, PRIMARY KEY (topic, story)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_back_story ON held_back(story);
"""


@migrations()
def curation(db: Database) -> None:
    """What editors say of single stories, how a topic lines up its stories, and what is held back from it."""
    carry_out(db, _CURATION)


@migrations()
def steps_as_entries(db: Database) -> None:
    """Each step of a running story has an id of its own, for topics that tell it by an entry."""
    db.conn.execute("ALTER TABLE steps ADD COLUMN uuid TEXT")
    items = db.conn.execute("SELECT item FROM steps").fetchall()
    db.conn.executemany("UPDATE steps SET uuid = ? WHERE item = ?", [(str(uuid4()), item) for (item,) in items])
    db.conn.execute("CREATE UNIQUE INDEX steps_uuid ON steps(uuid)")


@migrations()
def floods_pass_by_and_by(db: Database) -> None:
    """What is held back is known by its source; what is news follows poll by poll."""
    db.conn.execute("DROP TABLE held_back")
    db.conn.execute(
        """CREATE TABLE held_back (
            topic TEXT NOT NULL, story INTEGER NOT NULL, source TEXT NOT NULL,
            fresh INTEGER NOT NULL, -- newer than all that the source had listed before
            PRIMARY KEY (topic, story)
        ) STRICT, WITHOUT ROWID"""
    )
    db.conn.execute("CREATE INDEX held_back_story ON held_back(story)")
    db.conn.execute("CREATE INDEX held_back_source ON held_back(source) WHERE fresh")


@migrations()
def words_of_headlines(db: Database) -> None:
    """Words of headlines are marked as such: indexed anew."""
    words_as_queries_see_them(db)
