"""Steps for what editors' rulings bind and name, and all later ones; after those of `publishing`."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

import orjson
from sqlite_utils import Database

from feedhub.store.links import INDEX
from feedhub.store.schema.publishing import migrations as migrations
from feedhub.store.schema.tables import carry_out

_PAIRS = """
CREATE TABLE pairs (
    ruling INTEGER NOT NULL REFERENCES rulings(id), kind TEXT NOT NULL, -- together, apart
    one INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES items(id) ON DELETE CASCADE, PRIMARY KEY (one, other, kind, ruling)
) STRICT, WITHOUT ROWID;
INSERT INTO pairs SELECT ruling, kind, one, other FROM constraints
    UNION SELECT ruling, kind, other, one FROM constraints;
DROP TABLE constraints;
ALTER TABLE pairs RENAME TO constraints;
CREATE INDEX constraints_other ON constraints(other);
CREATE INDEX constraints_ruling ON constraints(ruling);
"""


@migrations()
def pairs_of_every_ruling(db: Database) -> None:
    """What binds two items is told from either, and by every ruling that says so: another one's end leaves it."""
    carry_out(db, _PAIRS)


@migrations()
def items_by_link(db: Database) -> None:
    """Rulings and questions name items by their links."""
    db.conn.execute(INDEX)


@migrations()
def stories_to_relate(db: Database) -> None:
    """Stories that are new or tell something else: whom they are related to is worked out behind the polls."""
    db.conn.execute("CREATE TABLE to_relate (story INTEGER PRIMARY KEY) STRICT")


@migrations()
def no_statistics(db: Database) -> None:
    """What was counted of the tables at each end misled: those that are empty count as vast, so that every poll with
    news walked the index of all items before it looked into one of them. Plans follow from the schema alone now.
    """
    for table in ("sqlite_stat1", "sqlite_stat4"):
        db.conn.execute(f"DROP TABLE IF EXISTS {table}")


@migrations()
def tombstones_by_age(db: Database) -> None:
    """Those that are old enough are found without a walk over all, some millions, which took a fifth of a second."""
    db.conn.execute("CREATE INDEX tombstones_at ON tombstones(at)")


@migrations()
def merged_stories_counted(db: Database) -> None:
    """How many stories several outlets printed, as the front page says, without a look at all of them."""
    db.conn.execute("CREATE INDEX stories_merged ON stories(outlets) WHERE outlets > 1")


@migrations()
def shown_before_withdrawn(db: Database) -> None:
    """Which of the copies that were withdrawn readers were shown their story by."""
    db.conn.execute("ALTER TABLE steps ADD COLUMN was_shown INTEGER NOT NULL DEFAULT 0")
    db.conn.execute(
        """UPDATE steps SET was_shown = 1 WHERE step = 'withdrawal' AND item IN (
            SELECT canonical FROM stories UNION SELECT min(id) FROM items GROUP BY story)"""
    )


@migrations()
def tags_of_sources(db: Database) -> None:
    """What queries see of a source stands with it, once; each topic that asked for any of it had it of all in its rule,
    some 400 KB of ten thousand sources, which every new entry of the topic walked through.
    """
    db.conn.execute("ALTER TABLE sources ADD COLUMN source_tags TEXT")  # JSON
    # A topic that is not configured any more has the tags of its last day, and is filled anew when it comes back.
    for id, text in db.conn.execute("SELECT id, rule FROM topics WHERE configured = 1").fetchall():
        match, copies, age, sources, *saved = orjson.loads(text)
        tags = [(orjson.dumps(said).decode(), source) for source, _, said in sources]
        db.conn.executemany("UPDATE sources SET source_tags = ? WHERE id = ?", tags)
        rule = orjson.dumps([match, copies, age, *saved]).decode()
        db.conn.execute("UPDATE topics SET rule = ? WHERE id = ?", (rule, id))


@migrations()
def terms_of_what_waits(db: Database) -> None:
    """What a new story is about, as its parser worked it out: of a flood nothing needs to be read anew."""
    db.conn.execute("ALTER TABLE to_relate ADD COLUMN terms BLOB")


_SHOWN = """SELECT outlet, items.title FROM items JOIN sources ON sources.id = source WHERE items.id = (
    SELECT canonical FROM stories WHERE id IN (
        SELECT id FROM stories WHERE uuid = ?1 UNION SELECT story FROM merged WHERE uuid = ?1))"""
_FULLEST = """SELECT outlet, items.title FROM items JOIN sources ON sources.id = source
    WHERE items.id IN (SELECT value FROM json_each(?)) ORDER BY length DESC LIMIT 1"""


@migrations()
def headlines_of_rulings(db: Database) -> None:
    """Of which stories rulings are, in words, whatever becomes of these; of earlier ones, as the stories read now."""
    for id, text in db.conn.execute("SELECT id, facts FROM rulings").fetchall():
        facts = orjson.loads(text)
        facts["stories"] = []
        for part in filter(facts.__contains__, ("story", "kept", "ended", "from", "to", "one", "other")):
            asked = (_FULLEST, orjson.dumps(facts["items"]).decode()) if part == "ended" else (_SHOWN, facts[part])
            facts["stories"] += [(part, *row) for row in db.conn.execute(asked[0], asked[1:])]
        db.conn.execute("UPDATE rulings SET facts = ? WHERE id = ?", (orjson.dumps(facts).decode(), id))


@migrations()
def jobs_last_run(db: Database) -> None:
    """When a job was last done stood in a column that said when it was due."""
    db.conn.execute("ALTER TABLE jobs RENAME COLUMN due TO last_run")


@migrations()
def stories_unasked(db: Database) -> None:
    """What topics are still to be asked about: the stories below a place among all, as old as these or newer."""
    db.conn.execute(
        """CREATE TABLE unasked (
            topic TEXT NOT NULL REFERENCES topics(id) ON DELETE CASCADE, oldest REAL NOT NULL, -- publication times
            published REAL NOT NULL, story INTEGER NOT NULL, PRIMARY KEY (topic, oldest)
        ) STRICT, WITHOUT ROWID"""
    )


@migrations()
def subscriptions_by_state(db: Database) -> None:
    """Which subscriptions end is asked twice a second: found without a walk over all."""
    db.conn.execute("CREATE INDEX subscriptions_state ON subscriptions(state, expires)")


@migrations()
def items_of_sources(db: Database) -> None:
    """How many items of a source are stored, told with what polls bring: a walk over all took a tenth of a second."""
    db.conn.execute("ALTER TABLE sources ADD COLUMN items INTEGER NOT NULL DEFAULT 0")
    db.conn.execute("UPDATE sources SET items = (SELECT count(*) FROM items WHERE source = sources.id)")


@migrations()
def sources_by_address(db: Database) -> None:
    """Whether another source is read where one has moved to is asked at each poll of one that has."""
    db.conn.execute("CREATE INDEX sources_url ON sources(url)")
    db.conn.execute("CREATE INDEX sources_moved ON sources(moved_to) WHERE moved_to IS NOT NULL")


# Of the items with these numbers, the last one before a revision at that time. A document is stored from its oldest
# entry on: what came with the revision, and is older than the revised item, came before it.
_BEFORE = """SELECT coalesce(max(other.id), 0) FROM items AS own CROSS JOIN items AS other ON other.id BETWEEN ? AND ?
    AND +other.source = own.source AND other.first_seen = ? AND other.published < own.published WHERE own.id = ?"""


@migrations()
def revisions_in_order(db: Database) -> None:
    """What a replay asks: in which language the words were that gave way to others, and between which items' coming
    they did; of earlier ones, as their times say.
    """
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


@migrations()
def names_of_items(db: Database) -> None:
    """Whose story of its own it was that ended in another: an item that leaves again takes its id back."""
    db.conn.execute("ALTER TABLE merged ADD COLUMN item INTEGER")  # NULL: of several, or by an editor's word
    db.conn.execute("CREATE INDEX merged_item ON merged(item) WHERE item IS NOT NULL")


@migrations()
def heirs_of_what_was_bound(db: Database) -> None:
    """Which pairs a ruling named, and which were bound later in the place of a copy that left or was let go: of earlier
    ones, those that came after the ruling.
    """
    db.conn.execute("ALTER TABLE constraints ADD COLUMN inherited INTEGER NOT NULL DEFAULT 0")
    db.conn.execute(
        """UPDATE constraints SET inherited = 1 WHERE max(one, other) > (
            SELECT coalesce(json_extract(facts, '$.newest'), 0) FROM rulings WHERE id = ruling)"""
    )
