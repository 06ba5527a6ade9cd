"""Retention: items that left their feed long ago are deleted, with everything that is kept for them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from feedhub.dedup.judge import judge
from feedhub.store import activity
from feedhub.store.many import qmarks
from feedhub.store.merging import constraints, curated, electing, ending
from feedhub.store.merging.holdings import guid_hash
from feedhub.store.merging.lately import Lately
from feedhub.store.polling import listing
from feedhub.store.publishing import entries, published, words

BATCH = 20  # items deleted in one transaction, mostly 10 ms: polls are stored in between
FADING = 2_000  # fingerprints deleted in one transaction; they lie side by side
EXPIRING = 200  # tombstones deleted in one transaction, mostly each on a page of its own
INDEXED = timedelta(days=8)  # fingerprints are looked up for a week
HEIRS = 50  # fullest copies of a story among which an heir is looked for
REMEMBERED = 4  # retentions that a tombstone lasts after its item was last seen


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one prune removed."""

    items: int = 0
    stories: int = 0
    topics: frozenset[str] = frozenset()

    def with_part(self, other: Pruned) -> Pruned:
        """Both together."""
        return Pruned(self.items + other.items, self.stories + other.stories, self.topics | other.topics)


def prune(conn: sqlite3.Connection, lately: Lately, now: datetime, retention: timedelta) -> Pruned:
    """Delete one batch, inside the caller's transaction; `items` is 0 when nothing is left to do.

    Retention counts from the time at which an item was last in its feed, never from its publication.
    """
    gone = listing.take_out(conn, (now - retention).timestamp(), BATCH)
    rows = conn.execute(
        f"SELECT id, source, guid, story, title, text FROM items WHERE id IN ({qmarks(gone)})",  # noqa: S608
        gone,
    ).fetchall()
    published.keep(conn, {row["story"] for row in rows})
    for row in rows:
        words.remove(conn, row["id"], row["title"], row["text"])
    conn.executemany(
        "INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)",
        [(row["source"], guid_hash(row["guid"]), now.timestamp()) for row in rows],
    )
    _let_go(conn, lately, {row["id"] for row in rows})
    fewer = Counter(row["source"] for row in rows)
    conn.executemany("UPDATE sources SET items = items - ? WHERE id = ?", [(n, source) for source, n in fewer.items()])
    stories = {row["story"] for row in rows}
    topics, ended = _mourn(conn, lately, stories, now)
    return Pruned(len(rows), ended, topics)


def _let_go(conn: sqlite3.Connection, lately: Lately, gone: set[int]) -> None:
    """Delete items, and let others inherit what editors ruled on them.

    What holds for a text goes to the fullest remaining copy of that text. What holds for a whole story goes to the same
    copy, or to the fullest of the story if no copy has the text.
    """
    conn.executemany("DELETE FROM fingerprints WHERE item = ?", [(item,) for item in gone])
    for item in sorted(gone):
        if _spoken_of(conn, item) and (beside := _beside(conn, item, gone)):
            own = _of_one_text(lately, item, beside)
            heir = own or beside[0][0]
            curated.hand_on(conn, item, heir)
            constraints.hand_on(conn, "apart", item, heir)
            if own:
                constraints.hand_on(conn, "together", item, own)
                constraints.hand_on(conn, "waived", item, own)
        conn.execute("DELETE FROM items WHERE id = ?", (item,))


def _spoken_of(conn: sqlite3.Connection, item: int) -> bool:
    said = "SELECT 1 FROM curation WHERE item = ?1 UNION ALL SELECT 1 FROM constraints WHERE one = ?1"
    return conn.execute(said, (item,)).fetchone() is not None


def _beside(conn: sqlite3.Connection, item: int, gone: set[int]) -> list[tuple[int, bool]]:
    """The remaining copies of an item's story, the fullest first, and whether one joined beside the other."""
    others = conn.execute(
        """SELECT other.id, theirs.beside IS ?1 OR ours.beside IS other.id FROM items AS me
        JOIN items AS other ON other.story = me.story
        LEFT JOIN verdicts AS theirs ON theirs.item = other.id AND theirs.decided
        LEFT JOIN verdicts AS ours ON ours.item = me.id AND ours.decided
        WHERE me.id = ?1 ORDER BY other.length DESC, other.id""",
        (item,),
    )
    return list(islice(((id, bool(joined)) for id, joined in others if id not in gone), HEIRS))


def _of_one_text(lately: Lately, item: int, beside: Iterable[tuple[int, bool]]) -> int | None:
    """The first of these that is a copy of an item: editors may have merged different texts into its story."""
    me = lately.subject(item)
    alike = (
        id for id, joined in beside
        if joined or judge(me, lately.subject(id), apart=timedelta(0), rules=lately.rules).kind == "copy"
    )  # fmt: skip
    return next(alike, None)


def _mourn(conn: sqlite3.Connection, lately: Lately, stories: set[int], now: datetime) -> tuple[frozenset[str], int]:
    """End stories that have lost all copies; elect core and canonical copy of the others again."""
    touched: set[str] = set()
    ended = []
    for story in stories & lately.constraints.manifold:
        lately.constraints.regard(story)
    for story in stories:
        touched.update(row[0] for row in conn.execute("SELECT topic FROM entries WHERE story = ?", (story,)))
        remaining = {row[0] for row in conn.execute("SELECT id FROM items WHERE story = ?", (story,))}
        if not remaining:
            ended.append(story)
            continue
        core, canonical = conn.execute("SELECT core, canonical FROM stories WHERE id = ?", (story,)).fetchone()
        if core not in remaining and (heir := electing.succeeding(conn, lately, story)):
            electing.lead(conn, lately, story, heir)
        if canonical not in remaining:
            conn.execute("UPDATE stories SET updated = ? WHERE id = ?", (now.timestamp(), story))
        electing.elect(conn, story)
    ending.forget(conn, ended)
    entries.bump(conn, touched, now)
    entries.renew(conn, stories.difference(ended), now)
    return frozenset(touched), len(ended)


def fade(conn: sqlite3.Connection, now: datetime, retention: timedelta) -> int:
    """When no items are left to delete: put off one batch of those that were back, and delete one of fingerprints and
    tombstones that are too old; returns how many rows it was.
    """
    prints = conn.execute(
        """DELETE FROM fingerprints
        WHERE item IN (SELECT item FROM fingerprints ORDER BY item LIMIT ?) AND at < ?""",
        (FADING, (now - INDEXED).timestamp()),
    )
    stones = conn.execute(
        """DELETE FROM tombstones
        WHERE (source, guid_hash) IN (SELECT source, guid_hash FROM tombstones WHERE at < ? LIMIT ?)""",
        ((now - REMEMBERED * retention).timestamp(), EXPIRING),
    )
    return prints.rowcount + stones.rowcount + listing.put_off(conn, (now - retention).timestamp(), EXPIRING)


def tidy(conn: sqlite3.Connection, now: datetime, retention: timedelta) -> None:
    """Delete what is no longer shown, and sources and topics that nothing refers to."""
    conn.execute("DELETE FROM sites WHERE free_at < ?", (now.timestamp(),))
    activity.tidy(conn, now)
    conn.execute("DELETE FROM incidents WHERE ended < ?", ((now - retention).timestamp(),))
    conn.execute(
        "DELETE FROM sources WHERE configured = 0 AND NOT EXISTS (SELECT 1 FROM items WHERE source = sources.id)"
    )
    conn.execute(
        "DELETE FROM topics WHERE configured = 0 AND NOT EXISTS (SELECT 1 FROM entries WHERE topic = topics.id)"
    )
