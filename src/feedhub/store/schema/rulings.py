"""Steps for what editors rule and say, and for what they look at: verdicts, updates, corrections."""

from __future__ import annotations

from uuid import uuid4

import orjson
from sqlite_utils import Database

from feedhub.store.schema.script import carry_out

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


def editors_word(db: Database) -> None:
    """Rulings of editors and what they bind, near misses, steps of running stories, corrections."""
    carry_out(db, _EDITORS)


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


def curation(db: Database) -> None:
    """Curation of single stories, the line-up of topics, and what topics hold back."""
    carry_out(db, _CURATION)


def steps_as_entries(db: Database) -> None:
    """Each update of a running story has an id of its own, for topics that have an entry for each."""
    db.conn.execute("ALTER TABLE steps ADD COLUMN uuid TEXT")
    items = db.conn.execute("SELECT item FROM steps").fetchall()
    db.conn.executemany("UPDATE steps SET uuid = ? WHERE item = ?", [(str(uuid4()), item) for (item,) in items])
    db.conn.execute("CREATE UNIQUE INDEX steps_uuid ON steps(uuid)")


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


def pairs_of_every_ruling(db: Database) -> None:
    """Each pair is stored both ways and for every ruling that binds it, so that undoing another leaves it."""
    carry_out(db, _PAIRS)


def shown_before_withdrawn(db: Database) -> None:
    """Whether readers were shown a story by a copy before it was withdrawn."""
    db.conn.execute("ALTER TABLE steps ADD COLUMN was_shown INTEGER NOT NULL DEFAULT 0")
    db.conn.execute(
        """UPDATE steps SET was_shown = 1 WHERE step = 'withdrawal' AND item IN (
            SELECT canonical FROM stories UNION SELECT min(id) FROM items GROUP BY story)"""
    )


_SHOWN = """SELECT outlet, items.title FROM items JOIN sources ON sources.id = source WHERE items.id = (
    SELECT canonical FROM stories WHERE id IN (
        SELECT id FROM stories WHERE uuid = ?1 UNION SELECT story FROM merged WHERE uuid = ?1))"""
_FULLEST = """SELECT outlet, items.title FROM items JOIN sources ON sources.id = source
    WHERE items.id IN (SELECT value FROM json_each(?)) ORDER BY length DESC LIMIT 1"""


def headlines_of_rulings(db: Database) -> None:
    """The stories of rulings in words, whatever becomes of them; for earlier rulings, as the stories are now."""
    for id, text in db.conn.execute("SELECT id, facts FROM rulings").fetchall():
        facts = orjson.loads(text)
        facts["stories"] = []
        for part in filter(facts.__contains__, ("story", "kept", "ended", "from", "to", "one", "other")):
            asked = (_FULLEST, orjson.dumps(facts["items"]).decode()) if part == "ended" else (_SHOWN, facts[part])
            facts["stories"] += [(part, *row) for row in db.conn.execute(asked[0], asked[1:])]
        db.conn.execute("UPDATE rulings SET facts = ? WHERE id = ?", (orjson.dumps(facts).decode(), id))


def heirs_of_what_was_bound(db: Database) -> None:
    """Whether a pair was bound by the ruling itself, or later in place of a copy that left or was deleted."""
    db.conn.execute("ALTER TABLE constraints ADD COLUMN inherited INTEGER NOT NULL DEFAULT 0")
    db.conn.execute(
        """UPDATE constraints SET inherited = 1 WHERE max(one, other) > (
            SELECT coalesce(json_extract(facts, '$.newest'), 0) FROM rulings WHERE id = ruling)"""
    )


def pairs_that_a_merge_waives(db: Database) -> None:
    """Which merge waives what a split keeps apart, of pairs of the kind "waived"; taking it back restores these."""
    db.conn.execute("ALTER TABLE constraints ADD COLUMN waiver INTEGER REFERENCES rulings(id)")
    db.conn.execute("CREATE INDEX constraints_waiver ON constraints(waiver) WHERE waiver IS NOT NULL")
