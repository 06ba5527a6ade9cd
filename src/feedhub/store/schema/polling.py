"""Steps for what is polled: sources, when they are due and how they fare, hubs, lists of sources."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import orjson
from sqlite_utils import Database

from feedhub.rhythm import Rhythm
from feedhub.store.schema.script import carry_out

_FARE = """
ALTER TABLE sources DROP COLUMN rate_items;
ALTER TABLE sources DROP COLUMN rate_days;
ALTER TABLE sources DROP COLUMN rate_at;
ALTER TABLE sources ADD COLUMN rhythm TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN wishes TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN weight REAL NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN ailment TEXT;
ALTER TABLE sources ADD COLUMN failing_since REAL;
ALTER TABLE sources ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN full_at REAL;
ALTER TABLE sources ADD COLUMN moved_to TEXT;
ALTER TABLE sources ADD COLUMN moved_since REAL;
ALTER TABLE sources ADD COLUMN adopted TEXT;
ALTER TABLE sources ADD COLUMN last_new REAL;
ALTER TABLE sources ADD COLUMN silent_at REAL;
ALTER TABLE sources ADD COLUMN polls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN configuration BLOB;
ALTER TABLE schedule ADD COLUMN private INTEGER NOT NULL DEFAULT 1;
ALTER TABLE schedule ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sites (name TEXT PRIMARY KEY, free_at REAL NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE fetches (
    source TEXT NOT NULL REFERENCES sources(id) ON DELETE CASCADE, slot INTEGER NOT NULL, at REAL NOT NULL,
    result TEXT NOT NULL, status INTEGER, bytes INTEGER NOT NULL, ms REAL NOT NULL,
    new INTEGER NOT NULL, changed INTEGER NOT NULL, error TEXT, PRIMARY KEY (source, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE incidents (
    id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, source TEXT NOT NULL, title TEXT NOT NULL, strand TEXT NOT NULL,
    kind TEXT NOT NULL, since REAL NOT NULL, updated REAL NOT NULL, ended REAL, words TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX incidents_open ON incidents(source, strand) WHERE ended IS NULL;
CREATE TABLE channels (name TEXT PRIMARY KEY, uuid TEXT NOT NULL, made REAL NOT NULL) STRICT, WITHOUT ROWID;
"""


def how_sources_fare(db: Database) -> None:
    """Wishes, moves and failures of sources; their last fetches; incidents, and the feed of these."""
    carry_out(db, _FARE)
    db.conn.execute("INSERT INTO channels VALUES ('health', ?, strftime('%s', 'now') + 0.0)", (str(uuid4()),))


def outlines_of_documents(db: Database) -> None:
    """The outlines of the last documents of sources, see `outlines`."""
    db.conn.execute(
        """CREATE TABLE outlines (source TEXT PRIMARY KEY REFERENCES sources(id) ON DELETE CASCADE,
            entries BLOB NOT NULL) STRICT, WITHOUT ROWID"""
    )


def feeds_of_pages(db: Database) -> None:
    """The feed that a web page declares, if the page came instead of a feed."""
    db.conn.execute("ALTER TABLE sources ADD COLUMN proposed TEXT")


_HUBS = """
ALTER TABLE sources ADD COLUMN hub TEXT;
ALTER TABLE sources ADD COLUMN hub_topic TEXT;
CREATE INDEX sources_hub ON sources(hub) WHERE hub IS NOT NULL;
CREATE TABLE subscriptions (
    key TEXT PRIMARY KEY, -- the unguessable end of its callback
    source TEXT NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    base TEXT NOT NULL, -- what the callback begins with
    hub TEXT NOT NULL, moved_to TEXT, topic TEXT NOT NULL, secret TEXT NOT NULL,
    state TEXT NOT NULL, -- asked, active, denied, leaving
    expires REAL, due REAL, failures INTEGER NOT NULL DEFAULT 0, error TEXT,
    pushed REAL, relied INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_source ON subscriptions(source);
CREATE INDEX subscriptions_due ON subscriptions(due);
-- the version that a topic's hub was last told of
ALTER TABLE topics ADD COLUMN pinged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN ping_after REAL NOT NULL DEFAULT 0;
ALTER TABLE topics ADD COLUMN ping_failures INTEGER NOT NULL DEFAULT 0;
"""


def hubs_of_sources_and_topics(db: Database) -> None:
    """The hubs of sources, subscriptions to them, and what topics' own hubs were told."""
    carry_out(db, _HUBS)


def lists_of_sources(db: Database) -> None:
    """Lists elsewhere that name sources."""
    db.conn.execute(
        """CREATE TABLE lists (
            id TEXT PRIMARY KEY, url TEXT NOT NULL, next_at REAL NOT NULL, etag TEXT, last_modified TEXT,
            failures INTEGER NOT NULL DEFAULT 0, failing_since REAL,
            subscriptions TEXT NOT NULL DEFAULT '' -- JSON of the last good copy
        ) STRICT, WITHOUT ROWID"""
    )


def schedule_by_site(db: Database) -> None:
    """An index of when the sources of a site are due."""
    db.conn.execute("CREATE INDEX schedule_site ON schedule(host, next_at)")


def how_lists_fare(db: Database) -> None:
    """When each list of sources was last read, and its error since."""
    db.conn.execute("ALTER TABLE lists ADD COLUMN read_at REAL")
    db.conn.execute("ALTER TABLE lists ADD COLUMN error TEXT")


def _from_text(text: str) -> Rhythm:
    """A rhythm in the text form in which it was once stored."""
    at, *parts = orjson.loads(text)
    moment = None if at is None else datetime.fromtimestamp(at, UTC)
    names = ("items", "days", "trust", "hour_items", "hour_due", "weekday_items", "weekday_due")
    return Rhythm(at=moment, **{name: tuple(map(float, part)) for name, part in zip(names, parts, strict=True)})


def roots_of_rhythms(db: Database) -> None:
    """The roots of rhythms, stored at each poll: computing all at once takes half a second."""
    db.conn.execute("ALTER TABLE sources ADD COLUMN root REAL")
    rows = db.conn.execute("SELECT id, rhythm FROM sources WHERE rhythm != ''").fetchall()
    roots = [(_from_text(text).root, id) for id, text in rows]
    db.conn.executemany("UPDATE sources SET root = ? WHERE id = ?", roots)


def polls_under_way(db: Database) -> None:
    """An index finds the sources that are being polled."""
    db.conn.execute("CREATE INDEX schedule_leased ON schedule(leased_until) WHERE lease IS NOT NULL")


def rhythms_as_bytes(db: Database) -> None:
    """Rhythms as bytes: most of what a poll without news reads and writes, and the roots of all come quickly."""
    rows = db.conn.execute("SELECT id, rhythm FROM sources WHERE rhythm != ''").fetchall()
    db.conn.execute("ALTER TABLE sources DROP COLUMN root")
    db.conn.execute("ALTER TABLE sources DROP COLUMN rhythm")
    db.conn.execute("ALTER TABLE sources ADD COLUMN rhythm BLOB")
    stored = [(_from_text(text).to_bytes(), id) for id, text in rows]
    db.conn.executemany("UPDATE sources SET rhythm = ? WHERE id = ?", stored)


def tags_of_sources(db: Database) -> None:
    """The tags of a source are stored with it.

    Topics had the tags of all sources in their rules, some 400 KB for ten thousand sources, which every new entry of a
    topic read.
    """
    db.conn.execute("ALTER TABLE sources ADD COLUMN source_tags TEXT")  # JSON
    # A topic that is not configured any more has the tags of its last day, and is filled anew when it comes back.
    for id, text in db.conn.execute("SELECT id, rule FROM topics WHERE configured = 1").fetchall():
        match, copies, age, sources, *saved = orjson.loads(text)
        tags = [(orjson.dumps(said).decode(), source) for source, _, said in sources]
        db.conn.executemany("UPDATE sources SET source_tags = ? WHERE id = ?", tags)
        rule = orjson.dumps([match, copies, age, *saved]).decode()
        db.conn.execute("UPDATE topics SET rule = ? WHERE id = ?", (rule, id))


def subscriptions_by_state(db: Database) -> None:
    """An index finds the subscriptions that end, which are asked for twice a second."""
    db.conn.execute("CREATE INDEX subscriptions_state ON subscriptions(state, expires)")


def items_of_sources(db: Database) -> None:
    """A count of each source's items, updated by polls: counting all took a tenth of a second."""
    db.conn.execute("ALTER TABLE sources ADD COLUMN items INTEGER NOT NULL DEFAULT 0")
    db.conn.execute("UPDATE sources SET items = (SELECT count(*) FROM items WHERE source = sources.id)")


def sources_by_address(db: Database) -> None:
    """Indexes find whether another source has the address to which one has moved, as its polls ask each time."""
    db.conn.execute("CREATE INDEX sources_url ON sources(url)")
    db.conn.execute("CREATE INDEX sources_moved ON sources(moved_to) WHERE moved_to IS NOT NULL")


def where_sources_are_led(db: Database) -> None:
    """Where redirects of any kind led at the last poll that was stored, and an index of it."""
    db.conn.execute("ALTER TABLE sources ADD COLUMN led_to TEXT")
    db.conn.execute("CREATE INDEX sources_led ON sources(led_to) WHERE led_to IS NOT NULL")


_LISTED = """
CREATE TABLE listed (source TEXT NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (source, item)) STRICT, WITHOUT ROWID;
INSERT INTO listed SELECT source, id FROM items WHERE dropped IS NULL ORDER BY source, id;
DROP INDEX items_listed;
CREATE TABLE dropped ( -- at: when a document first came without it
    at REAL NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (at, item)
) STRICT, WITHOUT ROWID;
INSERT INTO dropped SELECT dropped, id FROM items WHERE dropped IS NOT NULL ORDER BY dropped, id;
DROP INDEX items_dropped;
CREATE TABLE returned ( -- again: when it left once more; NULL while it is listed
    item INTEGER PRIMARY KEY, again REAL
) STRICT;
ALTER TABLE items DROP COLUMN dropped;
"""


def what_sources_list(db: Database) -> None:
    """What sources list, and when the rest left, beside the items: to note it rewrote the widest rows of all."""
    carry_out(db, _LISTED)
