"""What a change of a text does to its story: the kinds of change are kept, and who still prints the old figures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import orjson

from feedhub.dedup.revision import Change, figures, kinds, still_carries
from feedhub.store.merging.electing import MOST_COPIES
from feedhub.store.merging.rows import Words, changes
from feedhub.store.merging.versions import MOST_REVISIONS


def record(conn: sqlite3.Connection, item_id: int, before: Words, after: Words, now: float) -> None:
    """Say what an item's last revision did; a changed figure is a correction to the story's other copies."""
    titles, texts = (before.title, after.title), (before.text, after.text)
    found = kinds(titles, texts, after.language)
    conn.execute(
        """UPDATE revisions SET kinds = ? || iif(published IS NULL, '', ' date')
        WHERE id = (SELECT max(id) FROM revisions WHERE item = ?)""",
        (" ".join(sorted(found)), item_id),
    )
    recheck(conn, item_id, after)
    if "figure" in found or "headline" in found:
        correct(conn, item_id, figures(titles, texts, after.language), now)


def correct(conn: sqlite3.Connection, item_id: int, changed: Sequence[Change], now: float) -> None:
    """Mark the copies of an item's story that still carry the old figures; nothing where there is none.

    A copy that follows the correction of another makes none of its own. Of one that corrects with every poll the latest
    are kept.
    """
    made = [change for _, changes in _corrections(conn, item_id) for change in changes]
    changed = [change for change in changed if not any(map(change.repeats, made))]
    if not changed:
        return
    stale = [row["id"] for row in _others(conn, item_id) if _carries(row, changed)]
    correction = conn.execute(
        "INSERT INTO corrections (item, at, changes) VALUES (?, ?, ?)",
        (item_id, now, orjson.dumps([(c.before, c.after, c.context) for c in changed]).decode()),
    )
    conn.executemany("INSERT OR IGNORE INTO outdated VALUES (?, ?)", [(id, correction.lastrowid) for id in stale])
    conn.execute(
        """DELETE FROM corrections
        WHERE id IN (SELECT id FROM corrections WHERE item = ? ORDER BY id DESC LIMIT -1 OFFSET ?)""",
        (item_id, MOST_REVISIONS),
    )


def retract(conn: sqlite3.Connection, item_id: int) -> None:
    """What an item corrected stands as the others have it: it was withdrawn."""
    conn.execute("DELETE FROM corrections WHERE item = ?", (item_id,))


def catch_up(conn: sqlite3.Connection, item_id: int) -> None:
    """Mark an item that has joined a story with figures which another copy had corrected before."""
    corrections = _corrections(conn, item_id)
    if not corrections:
        return
    row = conn.execute("SELECT title, text, language FROM items WHERE id = ?", (item_id,)).fetchone()
    carried = [(item_id, number) for number, changed in corrections if _carries(row, changed)]
    conn.executemany("INSERT OR IGNORE INTO outdated VALUES (?, ?)", carried)


def catch_up_all(conn: sqlite3.Connection, story: int) -> None:
    """The same for the copies of stories that have become one."""
    copies = conn.execute("SELECT id FROM items WHERE story = ? ORDER BY published, id LIMIT ?", (story, MOST_COPIES))
    for (item_id,) in copies.fetchall():
        catch_up(conn, item_id)


def recheck(conn: sqlite3.Connection, item_id: int, now: Words) -> None:
    """Take the mark from a copy that has followed a correction."""
    rows = conn.execute(
        """SELECT correction, changes FROM outdated JOIN corrections ON corrections.id = correction
        WHERE outdated.item = ?""",
        (item_id,),
    ).fetchall()
    for row in rows:
        if not any(still_carries(now.title, now.text, now.language, change) for change in changes(row["changes"])):
            conn.execute("DELETE FROM outdated WHERE item = ? AND correction = ?", (item_id, row["correction"]))


def _corrections(conn: sqlite3.Connection, item_id: int) -> list[tuple[int, list[Change]]]:
    """What other copies of an item's story have corrected."""
    rows = conn.execute(
        """SELECT corrections.id, changes FROM corrections WHERE item IN (
            SELECT id FROM items WHERE story = (SELECT story FROM items WHERE id = ?1) AND id != ?1
            ORDER BY published, id LIMIT ?2
        )""",
        (item_id, MOST_COPIES),
    )
    return [(row["id"], changes(row["changes"])) for row in rows]


def _others(conn: sqlite3.Connection, item_id: int) -> Iterable[sqlite3.Row]:
    return conn.execute(
        """SELECT id, title, text, language FROM items
        WHERE story = (SELECT story FROM items WHERE id = ?1) AND id != ?1
        ORDER BY published, id LIMIT ?2""",
        (item_id, MOST_COPIES),
    ).fetchall()


def _carries(row: sqlite3.Row, changed: Iterable[Change]) -> bool:
    return any(still_carries(row["title"], row["text"], row["language"], change) for change in changed)
