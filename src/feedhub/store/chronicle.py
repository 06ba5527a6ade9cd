"""Everything that came, changed and was ruled, in the order in which it happened.

The order is that of the newest item that was stored at the time. Times would not do: they are those of documents, and
of two documents that arrive together the later one may be stored first. What retention has deleted is missing, and so
are rulings that were undone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import attrgetter
from typing import NamedTuple

import orjson

from feedhub.dedup.case import Prepared
from feedhub.dedup.prepare import prepare
from feedhub.store.merging.constraints import Kind
from feedhub.store.merging.rows import item_of

BATCH = 500  # items read at once
END = 1 << 62  # more than the number of any item


class Version(NamedTuple):
    """A version of an item, in force from this event on."""

    newest: int  # item that is stored by now
    at: float
    item_id: int
    prepared: Prepared
    first: bool


class Binding(NamedTuple):
    """Pairs of items that an editor's ruling binds from now on."""

    newest: int
    at: float
    ruling: int
    kind: Kind
    leaver: int  # the copy that was split off; 0 for other rulings
    pairs: Sequence[tuple[int, int]]


Event = Version | Binding


def events(conn: sqlite3.Connection) -> Iterator[Event]:
    """All events in order, read lazily; the caller keeps its transaction open meanwhile."""
    later: Iterator[Event] = merge(_revisions(conn), _bindings(conn), key=attrgetter("newest", "at"))
    return merge(_arrivals(conn), later, key=attrgetter("newest"))


# An item as it was until the first revision after a given one, which holds what it replaced. HTML, author and link do
# not matter here.
_STOOD = """SELECT items.id, source, guid, items.link, author, updated, place, byline, image, tags, enclosures,
        evidence, first_seen, 1 AS complete, NULL AS html, items.agency, sources.agency AS own,
        coalesce(worded.title, items.title) AS title, coalesce(worded.text, items.text) AS text,
        coalesce(worded.language, items.language) AS language, coalesce(dated.published, items.published) AS published
    FROM items JOIN sources ON sources.id = source
    LEFT JOIN revisions AS worded ON worded.id = (
        SELECT min(id) FROM revisions WHERE item = items.id AND id > ?1 AND text IS NOT NULL)
    LEFT JOIN revisions AS dated ON dated.id = (
        SELECT min(id) FROM revisions WHERE item = items.id AND id > ?1 AND published IS NOT NULL)"""


def _arrivals(conn: sqlite3.Connection) -> Iterator[Version]:
    last, question = 0, f"{_STOOD} WHERE items.id > ?2 ORDER BY items.id LIMIT ?3"
    while rows := conn.execute(question, (0, last, BATCH)).fetchall():
        last = rows[-1]["id"]
        yield from (Version(row["id"], row["first_seen"], row["id"], _prepared(row), first=True) for row in rows)


def _revisions(conn: sqlite3.Connection) -> Iterator[Version]:
    revisions = conn.execute("SELECT id, newest, replaced, item FROM revisions ORDER BY newest, id").fetchall()
    for number, newest, replaced, item in revisions:
        row = conn.execute(f"{_STOOD} WHERE items.id = ?2", (number, item)).fetchone()
        yield Version(newest, replaced, item, _prepared(row), first=False)


def _prepared(row: sqlite3.Row) -> Prepared:
    return prepare(item_of(row), row["own"])


# A ruling binds when it was made, and what a later merge waives is waived when that was made. Pairs bound in place of a
# copy that left its story are bound again by the replay itself; in the end those ruled apart are parted. If retention
# deleted all items of the first pairs, their heirs are bound when they arrive. Of what a merge tied, only those pairs
# are that stand together now, if any do: another merge, by which copies of both were one, may have been taken back.
_BINDINGS = """WITH made AS (
        SELECT id AS ruling, at, iif(verb = 'split', json_extract(facts, '$.item'), 0) AS leaver,
            coalesce(json_extract(facts, '$.newest'), 0) AS made FROM rulings
    ), pairs AS (
        SELECT made.*, kind, one, other, waiver, iif(inherited, other, 0) AS heir,
            min(inherited) OVER (PARTITION BY ruling) AS orphaned, here.story = there.story AS meet,
            max(here.story = there.story AND NOT inherited) OVER (PARTITION BY ruling) AS met
        FROM constraints JOIN made USING (ruling)
        CROSS JOIN items AS here ON here.id = one CROSS JOIN items AS there ON there.id = other WHERE one < other
    ), placed AS (
        SELECT ruling, at, iif(kind = 'waived', 'apart', kind) AS kind, leaver, one, other, heir,
            CASE WHEN NOT heir THEN made WHEN orphaned THEN max(made, other) ELSE ?1 END AS newest FROM pairs
        WHERE iif(kind = 'together', iif(heir, orphaned, meet OR NOT met), NOT heir OR kind = 'apart')
        UNION ALL
        SELECT waiver, made.at, kind, 0, one, other, heir, max(made.made, heir)
        FROM pairs JOIN made ON made.ruling = waiver
    )
    SELECT newest, at, ruling, kind, leaver, json_group_array(json_array(one, other))
    FROM placed GROUP BY newest, ruling, kind, heir ORDER BY newest, ruling, kind DESC, heir"""


def _bindings(conn: sqlite3.Connection) -> Iterator[Binding]:
    for newest, at, ruling, kind, leaver, pairs in conn.execute(_BINDINGS, (END,)).fetchall():
        yield Binding(newest, at, ruling, kind, leaver, orjson.loads(pairs))
