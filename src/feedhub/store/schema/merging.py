"""Steps for what is merged: items, their revisions and fingerprints, stories and their names."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import groupby
from operator import itemgetter

from sqlite_utils import Database

from feedhub.store.links import INDEX
from feedhub.store.schema.script import carry_out


def fingerprints_by_item(db: Database) -> None:
    """One row for each item instead of each fingerprint, see `postings`; headlines are looked up there as well."""
    rows = db.conn.execute(
        "SELECT item, hash, coalesce(first_seen, 0) FROM fingerprints JOIN items ON items.id = item ORDER BY item"
    ).fetchall()
    db.conn.execute("DROP TABLE fingerprints")
    db.conn.execute(
        "CREATE TABLE fingerprints (item INTEGER PRIMARY KEY, at REAL NOT NULL, hashes BLOB NOT NULL) STRICT"
    )
    for item, group in groupby(rows, itemgetter(0)):
        part = list(group)
        blob = array("I", (row[1] for row in part)).tobytes()
        db.conn.execute("INSERT INTO fingerprints VALUES (?, ?, ?)", (item, part[0][2], blob))
    db.conn.execute("DROP INDEX items_title")
    db.conn.execute("ALTER TABLE items DROP COLUMN title_key")


_DATES = """
CREATE TABLE kept (
    id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE, replaced REAL NOT NULL,
    published REAL, -- NULL where the date stayed, and in revisions older than this column
    link TEXT, title TEXT, text TEXT, html TEXT, -- NULL where the date alone changed
    kinds TEXT
) STRICT;
INSERT INTO kept (id, item, replaced, link, title, text, html, kinds)
    SELECT id, item, replaced, link, title, text, html, kinds FROM revisions;
DROP TABLE revisions;
ALTER TABLE kept RENAME TO revisions;
CREATE INDEX revisions_item ON revisions(item);
"""


def revisions_of_dates(db: Database) -> None:
    """A revision may change the date alone."""
    carry_out(db, _DATES)


def copies_in_order(db: Database) -> None:
    """An index finds the earliest copies of a story, however many it has."""
    db.conn.execute("DROP INDEX items_story")
    db.conn.execute("CREATE INDEX items_story ON items(story, published)")


def merged_stories_by_story(db: Database) -> None:
    """An index finds a story's other names, which are asked for whenever a story is deleted."""
    db.conn.execute("CREATE INDEX merged_story ON merged(story)")


def items_by_link(db: Database) -> None:
    """Rulings and questions name items by their links."""
    db.conn.execute(INDEX)


def stories_to_relate(db: Database) -> None:
    """A queue of new and changed stories: their relations are worked out after polls."""
    db.conn.execute("CREATE TABLE to_relate (story INTEGER PRIMARY KEY) STRICT")


def merged_stories_counted(db: Database) -> None:
    """An index that counts the stories in several outlets, for the front page."""
    db.conn.execute("CREATE INDEX stories_merged ON stories(outlets) WHERE outlets > 1")


def terms_of_what_waits(db: Database) -> None:
    """The terms of new stories as parsers computed them, so that none is read again in a flood."""
    db.conn.execute("ALTER TABLE to_relate ADD COLUMN terms BLOB")


# Of the items with these numbers, the last one before a revision at that time. A document is stored from its oldest
# entry on: what came with the revision, and is older than the revised item, came before it.
_BEFORE = """SELECT coalesce(max(other.id), 0) FROM items AS own CROSS JOIN items AS other ON other.id BETWEEN ? AND ?
    AND +other.source = own.source AND other.first_seen = ? AND other.published < own.published WHERE own.id = ?"""


def revisions_in_order(db: Database) -> None:
    """The language of replaced texts, and the newest item at each revision, estimated for earlier ones."""
    db.conn.execute("ALTER TABLE revisions ADD COLUMN language TEXT")  # NULL as for `text`
    db.conn.execute("ALTER TABLE revisions ADD COLUMN newest INTEGER NOT NULL DEFAULT 0")  # item stored then
    ids, came = array("q"), array("d")
    for id, at in db.conn.execute("SELECT id, first_seen FROM items ORDER BY id"):
        ids.append(id)
        came.append(max(at, came[-1]) if came else at)
    for id, item, at in db.conn.execute("SELECT id, item, replaced FROM revisions").fetchall():
        first, end = bisect_left(came, at), bisect_right(came, at)
        newest = max(item, ids[max(first - 1, 0)])
        if first < end:
            newest = max(newest, *db.conn.execute(_BEFORE, (ids[first], ids[end - 1], at, item)).fetchone())
        db.conn.execute("UPDATE revisions SET newest = ? WHERE id = ?", (newest, id))


def names_of_items(db: Database) -> None:
    """The item whose own story ended in another one: it takes the id back if it leaves again."""
    db.conn.execute("ALTER TABLE merged ADD COLUMN item INTEGER")  # NULL: of several, or by an editor's word
    db.conn.execute("CREATE INDEX merged_item ON merged(item) WHERE item IS NOT NULL")


def outlets_that_stand(db: Database) -> None:
    """Who has withdrawn his copy of a story is counted no more among those who print it."""
    db.conn.execute(
        """UPDATE stories SET outlets = (
            SELECT max(count(DISTINCT outlet), 1) FROM items JOIN sources ON sources.id = source
            WHERE story = stories.id AND items.id NOT IN (SELECT item FROM steps WHERE step = 'withdrawal'))
        WHERE id IN (SELECT story FROM items JOIN steps ON item = items.id WHERE step = 'withdrawal')"""
    )
