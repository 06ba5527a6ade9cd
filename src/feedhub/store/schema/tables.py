"""The tables. Times are Unix seconds (REAL), so that they compare and index cheaply.

Wide columns stand last in `items`: SQLite reads a row from its beginning, and most questions need only that.
"""

from __future__ import annotations

from array import array
from itertools import groupby
from operator import itemgetter
from uuid import uuid4

from sqlite_utils import Database, Migrations

migrations = Migrations("feedhub")


def carry_out(db: Database, script: str) -> None:
    """Execute statements one by one, in the transaction of all steps, which `executescript` would end."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


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


@migrations()
def first_tables(db: Database) -> None:
    """Lay out everything."""
    carry_out(db, _FIRST)


@migrations()
def fingerprints_by_item(db: Database) -> None:
    """One row an item instead of one a fingerprint: see `postings`; headlines are looked up there as well."""
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


_EDITORS = """
CREATE TABLE judged (
    item INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE, beside INTEGER NOT NULL,
    kind TEXT NOT NULL, score REAL NOT NULL, reasons TEXT NOT NULL, measures TEXT NOT NULL, matcher TEXT NOT NULL,
    decided INTEGER NOT NULL, -- 1: by this verdict the item stands where it does; 0: a near miss
    review TEXT, -- NULL, or for a borderline verdict: open, confirmed, rejected
    PRIMARY KEY (item, beside)
) STRICT, WITHOUT ROWID;
INSERT INTO judged SELECT item, beside, kind, score, reasons, '{}', matcher, 1, NULL FROM verdicts;
DROP TABLE verdicts;
ALTER TABLE judged RENAME TO verdicts;
CREATE INDEX verdicts_review ON verdicts(review) WHERE review IS NOT NULL;

CREATE TABLE rulings (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, who TEXT NOT NULL, verb TEXT NOT NULL, facts TEXT NOT NULL, undone REAL
) STRICT;
CREATE TABLE constraints (
    ruling INTEGER NOT NULL REFERENCES rulings(id), kind TEXT NOT NULL, -- together, apart
    one INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE, PRIMARY KEY (one, other, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX constraints_other ON constraints(other);

CREATE TABLE manifold (story INTEGER PRIMARY KEY) STRICT;
CREATE TABLE steps (
    item INTEGER PRIMARY KEY REFERENCES items(id) ON DELETE CASCADE, step TEXT NOT NULL, updates INTEGER NOT NULL
) STRICT;

ALTER TABLE revisions ADD COLUMN kinds TEXT;
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE, at REAL NOT NULL,
    changes TEXT NOT NULL -- [[before, after, context], …]
) STRICT;
CREATE INDEX corrections_item ON corrections(item);
CREATE TABLE outdated (
    item INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
    correction INTEGER NOT NULL REFERENCES corrections(id) ON DELETE CASCADE, PRIMARY KEY (item, correction)
) STRICT, WITHOUT ROWID;
CREATE INDEX outdated_correction ON outdated(correction);
"""


@migrations()
def editors_word(db: Database) -> None:
    """Rulings of editors and what they bind, near misses, steps of running stories, corrections."""
    carry_out(db, _EDITORS)


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


@migrations()
def how_sources_fare(db: Database) -> None:
    """What sources ask for, where they moved, how they fail; their last fetches; incidents, and the feed of these."""
    carry_out(db, _FARE)
    db.conn.execute("INSERT INTO channels VALUES ('health', ?, strftime('%s', 'now') + 0.0)", (str(uuid4()),))


_PUBLISHED = """
-- the topic's version when the entry last changed
ALTER TABLE entries ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entries_version ON entries(topic, version);
CREATE TABLE history ( -- everything that ever entered a topic, in that order, also when its story is gone
    topic TEXT NOT NULL, number INTEGER NOT NULL, story INTEGER NOT NULL, PRIMARY KEY (topic, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX history_story ON history(topic, story);
INSERT INTO history
    SELECT topic, row_number() OVER (PARTITION BY topic ORDER BY entered, published, story), story FROM entries;
CREATE TABLE archived (story INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
-- up to this number the history is archived
ALTER TABLE topics ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
"""


@migrations()
def what_was_published(db: Database) -> None:
    """Every topic's history and its archive, when entries last changed, and the feeds that are of no topic."""
    carry_out(db, _PUBLISHED)
    db.conn.executemany(
        "INSERT INTO channels VALUES (?, ?, strftime('%s', 'now') + 0.0)",
        [(name, str(uuid4())) for name in ("all", "corrections", "review", "names")],
    )


@migrations()
def outlines_of_documents(db: Database) -> None:
    """What the last document of each source listed: see `outlines`."""
    db.conn.execute(
        """CREATE TABLE outlines (source TEXT PRIMARY KEY REFERENCES sources(id) ON DELETE CASCADE,
            entries BLOB NOT NULL) STRICT, WITHOUT ROWID"""
    )


@migrations()
def feeds_of_pages(db: Database) -> None:
    """The feed that a source's page declares, where the page came instead of one."""
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


@migrations()
def hubs_of_sources_and_topics(db: Database) -> None:
    """The hubs that sources name and subscriptions to them; what the topics' own hubs were told."""
    carry_out(db, _HUBS)


@migrations()
def lists_of_sources(db: Database) -> None:
    """Lists elsewhere that name sources."""
    db.conn.execute(
        """CREATE TABLE lists (
            id TEXT PRIMARY KEY, url TEXT NOT NULL, next_at REAL NOT NULL, etag TEXT, last_modified TEXT,
            failures INTEGER NOT NULL DEFAULT 0, failing_since REAL,
            subscriptions TEXT NOT NULL DEFAULT '' -- JSON of the last good copy
        ) STRICT, WITHOUT ROWID"""
    )


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


@migrations()
def what_the_desk_did(db: Database) -> None:
    """Polls, new items and merges by the quarter of an hour; each source's items by the day."""
    carry_out(db, _ACTIVITY)


@migrations()
def schedule_by_site(db: Database) -> None:
    """When the sources of one site are due."""
    db.conn.execute("CREATE INDEX schedule_site ON schedule(host, next_at)")


@migrations()
def what_agencies_wrote(db: Database) -> None:
    """The feed of an agency asks for its copies, and what is let go is looked for in the archive."""
    db.conn.execute("CREATE INDEX items_agency ON items(agency, published DESC, id DESC) WHERE agency IS NOT NULL")
    db.conn.execute("CREATE INDEX history_stories ON history(story)")


@migrations()
def what_entries_show(db: Database) -> None:
    """Which words an entry showed at its version: the digest of the story's canonical copy."""
    db.conn.execute("ALTER TABLE entries ADD COLUMN shown BLOB")


_COUNTED = (
    "ALTER TABLE topics ADD COLUMN stories INTEGER NOT NULL DEFAULT 0",
    "UPDATE topics SET stories = (SELECT count(*) FROM entries WHERE topic = topics.id)",
    """CREATE TRIGGER entry_came AFTER INSERT ON entries
        BEGIN UPDATE topics SET stories = stories + 1 WHERE id = new.topic; END""",
    """CREATE TRIGGER entry_left AFTER DELETE ON entries
        BEGIN UPDATE topics SET stories = stories - 1 WHERE id = old.topic; END""",
)


@migrations()
def stories_of_topics(db: Database) -> None:
    """How many stories a topic holds, counted as they come and go: a topic may have a million."""
    for statement in _COUNTED:
        db.conn.execute(statement)


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


@migrations()
def revisions_of_dates(db: Database) -> None:
    """A revision may be of the date alone."""
    carry_out(db, _DATES)


@migrations()
def how_lists_fare(db: Database) -> None:
    """When each list of sources was last read, and why not since."""
    db.conn.execute("ALTER TABLE lists ADD COLUMN read_at REAL")
    db.conn.execute("ALTER TABLE lists ADD COLUMN error TEXT")


@migrations()
def copies_in_order(db: Database) -> None:
    """The earliest copies of a story are told from the index alone, however many it has."""
    db.conn.execute("DROP INDEX items_story")
    db.conn.execute("CREATE INDEX items_story ON items(story, published)")
