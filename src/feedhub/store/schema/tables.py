"""The first tables. Times are Unix seconds (REAL), which compare and index cheaply.

Wide columns come last in `items`: SQLite reads a row from its beginning, and most questions need only that.
"""

from __future__ import annotations

from sqlite_utils import Database

from feedhub.store.schema.script import carry_out

_FIRST = """
CREATE TABLE sources (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, title TEXT NOT NULL, outlet TEXT NOT NULL, agency TEXT,
    enabled INTEGER NOT NULL, configured INTEGER NOT NULL,
    min_interval REAL NOT NULL, max_interval REAL NOT NULL,
    etag TEXT, last_modified TEXT, body_hash BLOB, feed_title TEXT,
    last_poll REAL, last_success REAL, failures INTEGER NOT NULL DEFAULT 0, error TEXT, notice TEXT,
    rate_items REAL NOT NULL DEFAULT 0, rate_days REAL NOT NULL DEFAULT 0, rate_at REAL,
    newest REAL -- the latest publication time seen: what is a retention older does not come back
) STRICT;

CREATE TABLE schedule (
    source TEXT PRIMARY KEY REFERENCES sources(id), host TEXT NOT NULL, next_at REAL NOT NULL,
    reason TEXT NOT NULL, lease TEXT, leased_until REAL NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_due ON schedule(next_at);

CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, guid TEXT NOT NULL, story INTEGER,
    digest BLOB NOT NULL, published REAL NOT NULL, updated REAL, first_seen REAL NOT NULL,
    dropped REAL, -- when a document first came without it; NULL while it is listed
    complete INTEGER NOT NULL, title_key INTEGER NOT NULL, share REAL NOT NULL, length INTEGER NOT NULL,
    language TEXT NOT NULL, agency TEXT, place TEXT, byline TEXT, author TEXT, image TEXT,
    link TEXT, title TEXT NOT NULL, tags TEXT, enclosures TEXT, evidence TEXT,
    text TEXT NOT NULL,
    html TEXT, -- NULL where the text, escaped, is all there is
    UNIQUE (source, guid)
) STRICT;
CREATE INDEX items_story ON items(story);
CREATE INDEX items_title ON items(title_key) WHERE title_key != 0;
CREATE INDEX items_listed ON items(source) WHERE dropped IS NULL;
CREATE INDEX items_dropped ON items(dropped) WHERE dropped IS NOT NULL;

CREATE TABLE fingerprints (hash INTEGER NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (hash, item))
    STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
    replaced REAL NOT NULL, link TEXT, title TEXT NOT NULL, text TEXT NOT NULL, html TEXT
) STRICT;
CREATE INDEX revisions_item ON revisions(item);

CREATE TABLE stories (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE,
    canonical INTEGER NOT NULL, core INTEGER NOT NULL, outlets INTEGER NOT NULL,
    published REAL NOT NULL, updated REAL NOT NULL
) STRICT;
CREATE INDEX stories_published ON stories(published DESC, id DESC);

CREATE TABLE merged (uuid TEXT PRIMARY KEY, story INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE verdicts (
    item INTEGER PRIMARY KEY REFERENCES items(id) ON DELETE CASCADE, beside INTEGER NOT NULL,
    kind TEXT NOT NULL, score REAL NOT NULL, reasons TEXT NOT NULL, matcher TEXT NOT NULL
) STRICT;

CREATE TABLE related (story INTEGER NOT NULL, other INTEGER NOT NULL, score REAL NOT NULL, PRIMARY KEY (story, other))
    STRICT, WITHOUT ROWID;

CREATE TABLE topics (
    id TEXT PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, title TEXT NOT NULL, rule TEXT NOT NULL,
    ordered TEXT NOT NULL, configured INTEGER NOT NULL, changed REAL NOT NULL, version INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE entries (
    topic TEXT NOT NULL REFERENCES topics(id), story INTEGER NOT NULL, published REAL NOT NULL,
    entered REAL NOT NULL, PRIMARY KEY (topic, story)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_newest ON entries(topic, published DESC, story DESC);
CREATE INDEX entries_story ON entries(story);

CREATE TABLE tombstones (
    source TEXT NOT NULL, guid_hash BLOB NOT NULL, at REAL NOT NULL, PRIMARY KEY (source, guid_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (name TEXT PRIMARY KEY, due REAL NOT NULL) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5(terms, content='', detail=none, tokenize='unicode61 remove_diacritics 0');
CREATE TABLE words_upto (item INTEGER NOT NULL) STRICT;
INSERT INTO words_upto VALUES (0);
"""


def first_tables(db: Database) -> None:
    """Create the first tables."""
    carry_out(db, _FIRST)
