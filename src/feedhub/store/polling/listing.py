"""Which items their sources list, and when the others left.

An item stands in `listed` while its source lists it. From the first document that came without it until retention
deletes it, it stands in `dropped`, in order of time. To find it there by its number would take an index, which each one
that leaves would write in another place. So one that comes back keeps its place, and stands in `returned` as well, with
the time at which it left `again`: NULL while it is listed. When its place is due, it is put off to then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from feedhub.store.many import array

# Items that stand in these tables in another way, and what stands there and is no item.
ASTRAY = """
    SELECT item FROM (
        SELECT id AS item, 1 AS stored, 0 AS lists, 0 AS places, 0 AS known, 0 AS back FROM items
        UNION ALL SELECT item, 0, 1, 0, 0, 0 FROM listed
        UNION ALL SELECT item, 0, 0, 1, 0, 0 FROM dropped
        UNION ALL SELECT item, 0, 0, 0, 1, again IS NULL FROM returned
    ) GROUP BY item HAVING sum(stored) != 1 OR sum(lists) + sum(places) != 1 + sum(back)
        OR sum(places) NOT BETWEEN sum(known) AND 1
"""


def come(conn: sqlite3.Connection, first: int) -> None:
    """The items from this number on are new, and listed."""
    conn.execute("INSERT INTO listed SELECT source, id FROM items NOT INDEXED WHERE id >= ?", (first,))


def come_back(conn: sqlite3.Connection, source: str, item: int) -> None:
    """An item that had left is listed again."""
    conn.execute("INSERT OR IGNORE INTO listed VALUES (?, ?)", (source, item))
    conn.execute("INSERT OR REPLACE INTO returned VALUES (?, NULL)", (item,))


def leave(conn: sqlite3.Connection, left: Sequence[tuple[str, int, float]]) -> None:
    """Sources list these items no longer, since then."""
    conn.executemany("DELETE FROM listed WHERE source = ? AND item = ?", [(source, item) for source, item, _ in left])
    been_back = "SELECT item FROM json_each(?) CROSS JOIN returned ON item = value"
    known = {item for (item,) in conn.execute(been_back, (array(item for _, item, _ in left),))}
    conn.executemany("INSERT INTO dropped VALUES (?, ?)", [(at, item) for _, item, at in left if item not in known])
    conn.executemany(
        "UPDATE returned SET again = ? WHERE item = ?", [(at, item) for _, item, at in left if item in known]
    )


def leave_all(conn: sqlite3.Connection, sources: Iterable[str], at: float) -> None:
    """All that these sources listed is listed no longer."""
    for source in sources:
        items = conn.execute("SELECT item FROM listed WHERE source = ?", (source,)).fetchall()
        leave(conn, [(source, item, at) for (item,) in items])


def take_out(conn: sqlite3.Connection, before: float, most: int) -> list[int]:
    """Take out so many of the items that left before this time, and were not back, to be deleted: who left first."""
    rows = conn.execute(
        """DELETE FROM dropped WHERE (at, item) IN (
            SELECT at, item FROM dropped WHERE at < ? AND item NOT IN (SELECT item FROM returned)
            ORDER BY at, item LIMIT ?
        ) RETURNING item""",
        (before, most),
    )
    return [item for (item,) in rows]


def put_off(conn: sqlite3.Connection, before: float, most: int) -> int:
    """When all items that left before this time have been back, put so many of them off to when they left again, or
    until they do; returns how many it was.
    """
    rows = conn.execute(
        """DELETE FROM dropped WHERE (at, item) IN (
            SELECT at, item FROM dropped WHERE at < ? ORDER BY at, item LIMIT ?
        ) RETURNING item""",
        (before, most),
    )
    items = [item for (item,) in rows]
    those = "item IN (SELECT value FROM json_each(?))"
    again = f"INSERT INTO dropped SELECT again, item FROM returned WHERE {those} AND again NOTNULL"  # noqa: S608
    for statement in (again, f"DELETE FROM returned WHERE {those}"):  # noqa: S608
        conn.execute(statement, (array(items),))
    return len(items)


def count_as_left(conn: sqlite3.Connection, items: Sequence[int]) -> None:
    """Items that are astray left just now, as far as is known; their sources are asked again."""
    those = array(items)
    for table in ("listed", "dropped", "returned"):
        conn.execute(f"DELETE FROM {table} WHERE item IN (SELECT value FROM json_each(?))", (those,))  # noqa: S608
    conn.execute(
        """INSERT INTO dropped SELECT strftime('%s', 'now') + 0.0, id FROM items
        WHERE id IN (SELECT value FROM json_each(?))""",
        (those,),
    )
    ask_again(conn, items)


def ask_again(conn: sqlite3.Connection, items: Sequence[int]) -> None:
    """Let the sources of these items be asked for whole documents, which are read even if they are the last ones."""
    conn.execute(
        """UPDATE sources SET etag = NULL, last_modified = NULL, body_hash = NULL, full_at = NULL
        WHERE id IN (SELECT source FROM items WHERE id IN (SELECT value FROM json_each(?)))""",
        (array(items),),
    )
