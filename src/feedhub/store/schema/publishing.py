"""Steps for what is published: entries of topics and their history, what a feed asks first, the search index."""

from __future__ import annotations

from uuid import uuid4

from sqlite_utils import Database

from feedhub.store.schema.script import carry_out

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


def what_was_published(db: Database) -> None:
    """The history and archive of topics, the versions of entries, and the feeds that belong to no topic."""
    carry_out(db, _PUBLISHED)
    db.conn.executemany(
        "INSERT INTO channels VALUES (?, ?, strftime('%s', 'now') + 0.0)",
        [(name, str(uuid4())) for name in ("all", "corrections", "review", "names")],
    )


def what_agencies_wrote(db: Database) -> None:
    """Indexes for the feeds of agencies, and to find in histories the stories that are deleted."""
    db.conn.execute("CREATE INDEX items_agency ON items(agency, published DESC, id DESC) WHERE agency IS NOT NULL")
    db.conn.execute("CREATE INDEX history_stories ON history(story)")


def what_entries_show(db: Database) -> None:
    """The digest of the text that an entry showed at its version."""
    db.conn.execute("ALTER TABLE entries ADD COLUMN shown BLOB")


_COUNTED = (
    "ALTER TABLE topics ADD COLUMN stories INTEGER NOT NULL DEFAULT 0",
    "UPDATE topics SET stories = (SELECT count(*) FROM entries WHERE topic = topics.id)",
    """CREATE TRIGGER entry_came AFTER INSERT ON entries
        BEGIN UPDATE topics SET stories = stories + 1 WHERE id = new.topic; END""",
    """CREATE TRIGGER entry_left AFTER DELETE ON entries
        BEGIN UPDATE topics SET stories = stories - 1 WHERE id = old.topic; END""",
)


def stories_of_topics(db: Database) -> None:
    """A count of each topic's stories, updated by triggers: a topic may have a million."""
    for statement in _COUNTED:
        db.conn.execute(statement)


def words_as_queries_see_them(db: Database) -> None:
    """Pairs of characters are cut where queries see words; all items are indexed again."""
    db.conn.execute("DROP TABLE words")
    db.conn.execute(
        """CREATE VIRTUAL TABLE words
        USING fts5(terms, content='', detail=none, tokenize='unicode61 remove_diacritics 0')"""
    )
    db.conn.execute("UPDATE words_upto SET item = 0")


def floods_pass_by_and_by(db: Database) -> None:
    """Held-back stories are known by source, and let in poll by poll."""
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


def words_of_headlines(db: Database) -> None:
    """Words of headlines are marked as such; all items are indexed again."""
    words_as_queries_see_them(db)


def words_merged_in_small_parts(db: Database) -> None:
    """FTS5 merges its segments 64 pages a level at a time: in pages of 4,050 bytes that took 50 ms and more."""
    db.conn.execute("INSERT INTO words (words, rank) VALUES ('pgsz', 500)")


def words_told_apart_by_sqlite(db: Database) -> None:
    """Texts of ASCII are given to the index whole: it counts their words, and has to count as many when one is let go.
    Indexed anew.
    """
    words_as_queries_see_them(db)
    words_merged_in_small_parts(db)


_NEXT_TO = "SELECT other FROM related WHERE story ="  # a story is told with those of the same event
_OF_ITEM = "(SELECT story FROM items WHERE id = {row}.item)"
# What makes another of what `stories.load` reads, and of which stories; its digest stands for all words of an item.
_TOLD_BY = {
    # One that opens its story tells it for the first time: not to write its row again spares 6 µs of 30.
    "INSERT ON items WHEN new.id != (SELECT canonical FROM stories WHERE id = new.story)": "id = new.story",
    "DELETE ON items": "id = old.story",
    "UPDATE OF story ON items": "id IN (old.story, new.story)",
    "UPDATE OF digest, published, share ON items": f"id = new.story OR id IN ({_NEXT_TO} new.story)",
    "UPDATE OF canonical, published, updated ON stories": f"id = new.id OR id IN ({_NEXT_TO} new.id)",
    "DELETE ON stories": f"id IN ({_NEXT_TO} old.id)",
    "UPDATE OF title, url, outlet ON sources": """id IN (SELECT story FROM items WHERE source = new.id
        UNION SELECT other FROM items JOIN related USING (story) WHERE source = new.id)""",
    "INSERT ON related": "id = new.story",
    "DELETE ON related": "id = old.story",
    "UPDATE ON related": "id = new.story",
    "UPDATE OF item ON curation": f"id IN ({_OF_ITEM.format(row='old')}, {_OF_ITEM.format(row='new')})",
} | {
    f"{event} ON {table}": f"id = {_OF_ITEM.format(row='old' if event == 'DELETE' else 'new')}"
    for table in ("steps", "corrections", "outdated", "curation")
    for event in ("INSERT", "DELETE", "UPDATE")
}


def stories_told_otherwise(db: Database) -> None:
    """One number tells whether a story has changed since it was read."""
    db.conn.execute("ALTER TABLE stories ADD COLUMN told INTEGER NOT NULL DEFAULT 0")
    for number, (event, which) in enumerate(_TOLD_BY.items()):
        retold = f"UPDATE stories SET told = told + 1 WHERE {which}"  # noqa: S608
        db.conn.execute(f"CREATE TRIGGER told_otherwise_{number} AFTER {event} BEGIN {retold}; END")


def stories_joined(db: Database) -> None:
    """An item that joins a story comes with the verdict: a trigger on items costs each new one 10 µs, told or not."""
    db.conn.execute("DROP TRIGGER told_otherwise_0")
    db.conn.execute(
        """CREATE TRIGGER told_otherwise_joined AFTER INSERT ON verdicts WHEN new.decided BEGIN
        UPDATE stories SET told = told + 1 WHERE id = (SELECT story FROM items WHERE id = new.item); END"""
    )


def stories_unasked(db: Database) -> None:
    """The stored stories that topics have not been asked about: those below a place, and as old as a time or newer."""
    db.conn.execute(
        """CREATE TABLE unasked (
            topic TEXT NOT NULL REFERENCES topics(id) ON DELETE CASCADE, oldest REAL NOT NULL, -- publication times
            published REAL NOT NULL, story INTEGER NOT NULL, PRIMARY KEY (topic, oldest)
        ) STRICT, WITHOUT ROWID"""
    )
