"""Which copy is a story's core, and which its canonical copy, by which it is shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from feedhub.dedup.core import WHOLE, Print, best_borne_out
from feedhub.dedup.subject import share
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.rows import LIKE, OWN

BETTER = 1.2  # times as long must a text be to take a story's first place: the first place should not wander
LAST = (1 << 63) - 1  # of all numbers of items
MOST_COPIES = 200  # that take part in a story; more are stored with it, and change nothing


def lead(conn: sqlite3.Connection, lately: Lately, story: int, item_id: int) -> None:
    """Make an item the core of its story, and measure the other copies' shares against its text."""
    conn.execute("UPDATE stories SET core = ? WHERE id = ?", (item_id, story))
    lately.led(story, item_id)
    lately.stir(story)
    core = lately.subject(item_id)
    copies = conn.execute(
        "SELECT id, share FROM items WHERE story = ? ORDER BY published, id LIMIT ?", (story, MOST_COPIES)
    ).fetchall()
    shares = [(share(lately.subject(id), core), id, told) for id, told in copies]
    conn.executemany("UPDATE items SET share = ? WHERE id = ?", [(now, id) for now, id, told in shares if now != told])


def measure(conn: sqlite3.Connection, lately: Lately, story: int, item_id: int) -> None:
    """Measure a changed copy's share of its story's text anew; if it is the core, those of all copies."""
    core = conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0]
    if core == item_id:
        lead(conn, lately, story, core)
        return
    has = share(lately.subject(item_id), lately.subject(core))
    conn.execute("UPDATE items SET share = ? WHERE id = ?", (has, item_id))
    lately.stir(story)


def elect(conn: sqlite3.Connection, story: int, upto: int = LAST) -> None:
    """Choose the canonical copy of a story, and count the outlets that print it; of copies `upto` a number.

    The latest update, or what its source told in full after it; without one the agency's own outlet, else the fullest
    that has the core's text, else the earliest. Of withdrawn copies, the agency's own alone while others stand.
    """
    rows = conn.execute(
        f"""SELECT items.id, source, length, outlet, share, {OWN} AS own,
            coalesce(updates, 0) AS updates, step, canonical, outlets
        FROM stories JOIN items ON items.story = stories.id JOIN sources ON sources.id = items.source
        LEFT JOIN steps ON steps.item = items.id
        WHERE stories.id = ?1 AND (items.id = canonical OR items.id IN (
            SELECT id FROM items WHERE story = ?1 AND id <= ?3 ORDER BY published, id LIMIT ?2
        )) ORDER BY items.published, items.id""",  # noqa: S608
        (story, MOST_COPIES, upto),
    ).fetchall()
    standing = [row for row in rows if row["step"] != "withdrawal" or row["own"]] or rows
    chosen = _latest_step(standing) or _fullest(standing)
    outlets = len({row["outlet"] for row in rows if row["step"] != "withdrawal"}) or 1
    if chosen["id"] != rows[0]["canonical"]:
        conn.execute("UPDATE stories SET canonical = ? WHERE id = ?", (chosen["id"], story))
    if outlets != rows[0]["outlets"]:
        conn.execute("UPDATE stories SET outlets = ? WHERE id = ?", (outlets, story))


def recount(conn: sqlite3.Connection, sources: Iterable[str]) -> None:
    """Count the outlets of stories anew that these sources, whose outlets have other names now, printed with others."""
    conn.executemany(
        """UPDATE stories SET outlets = (
            SELECT max(count(DISTINCT outlet), 1) FROM items JOIN sources ON sources.id = source
            WHERE (items.id = canonical OR items.id IN (
                SELECT id FROM items WHERE story = stories.id ORDER BY published, id LIMIT ?2
            )) AND items.id NOT IN (SELECT item FROM steps WHERE step = 'withdrawal'))
        WHERE id IN (SELECT story FROM items AS one WHERE source = ?1
            AND EXISTS (SELECT 1 FROM items WHERE story = one.story AND id != one.id))""",
        [(source, MOST_COPIES) for source in sources],
    )


def _latest_step(rows: Sequence[sqlite3.Row]) -> sqlite3.Row | None:
    """The last update of a running story. Its source may go on without a word that it does: with all that is told by
    now, and more than the update was.
    """
    later: list[sqlite3.Row] = []
    for row in reversed(rows):
        if row["updates"]:
            goes_on = (one for one in later if one["source"] == row["source"])
            return next((one for one in goes_on if one["share"] > WHOLE and one["length"] > row["length"]), row)
        later.append(row)
    return None


def _fullest(rows: Sequence[sqlite3.Row]) -> sqlite3.Row:
    """The agency's own copy, else the fullest; the canonical one while no other is clearly more."""
    chosen = next((row for row in rows if row["id"] == row["canonical"]), rows[0])
    for row in rows:
        if row["share"] < LIKE:
            continue
        fuller = chosen["share"] <= WHOLE or row["length"] > BETTER * chosen["length"]
        if row["own"] > chosen["own"] or (row["own"] == chosen["own"] and fuller and row["share"] > WHOLE):
            chosen = row
    return chosen


def succeeding(conn: sqlite3.Connection, lately: Lately, story: int) -> int | None:
    """The copy to be the core of a story whose core is gone; None where no copy is left. One that was withdrawn is it
    only where all were.
    """
    rows = conn.execute(
        """SELECT id, source, step IS 'withdrawal' AS gone FROM items LEFT JOIN steps ON item = id
        WHERE story = ? ORDER BY gone, published, id LIMIT ?""",
        (story, MOST_COPIES),
    ).fetchall()
    left = [row for row in rows if row["gone"] == rows[0]["gone"]]
    return (
        best_borne_out({row["id"]: Print(row["source"], lately.subject(row["id"])) for row in left}) if rows else None
    )


def settle_without(conn: sqlite3.Connection, lately: Lately, story: int) -> bool:
    """Elect core and canonical copy anew after a copy has left a story; False where no copy is left."""
    lately.moved()
    heir = succeeding(conn, lately, story)
    if heir is None:
        return False
    lead(conn, lately, story, heir)
    elect(conn, story)
    return True
