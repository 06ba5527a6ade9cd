"""Whether a database is intact: the file, its rows and how they refer to each other; and its repair."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from feedhub.normalise import digest
from feedhub.store.database import (
    WriteLock,
    needed,
    open_unchecked,
    open_writer,
    refuse_earlier,
    refuse_later,
    storage_fault,
    transaction,
)
from feedhub.store.merging import electing, ending
from feedhub.store.merging.fresh import COLUMNS, open_story
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.rows import item_of
from feedhub.store.polling import listing
from feedhub.store.salvage import salvage
from feedhub.store.times import at

FILE = "the file: "
SHOWN = 20  # lines of SQLite's own report

_BARRED = {  # the file may be whole
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR_SHMSIZE,
}  # fmt: skip

_COUNTED = (  # of rows that could not be read, or are deleted; and entries that triggers counted as they were copied
    "UPDATE topics SET stories = (SELECT count(*) FROM entries WHERE topic = topics.id)",
    "UPDATE sources SET items = (SELECT count(*) FROM items WHERE source = sources.id)",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, how often, and what a repair does about it."""

    what: str
    count: int
    remedy: str

    @property
    def of_file(self) -> bool:
        """Whether the file itself is damaged, not only what its rows say."""
        return self.what.startswith(FILE)


@dataclass(frozen=True, slots=True)
class Repair:
    """What was wrong, what still is, where the damaged file was moved to, and how many of its rows were saved."""

    found: list[Finding]
    left: list[Finding]
    damaged: Path | None
    saved: int


@dataclass(frozen=True, slots=True)
class _Check:
    what: str
    rows: str  # a query for the ids of what is wrong
    remedy: str
    mend: Callable[[sqlite3.Connection, list[int]], None]


def look(database: Path) -> list[Finding]:
    """Everything that is wrong; changes nothing, and a daemon may be running.

    Raises StoreError for a missing file or another version's, StorageFault for one that may not be read.
    """
    needed(database)
    try:
        with closing(open_unchecked(database)) as conn:
            refuse_later(conn, database)
            if damage := _file(conn):
                return damage
            refuse_earlier(conn, database)
            return _examined(conn)
    except sqlite3.DatabaseError as error:
        codes = {error.sqlite_errorcode, error.sqlite_errorcode & 0xFF}
        if codes & _BARRED and (fault := storage_fault(error, database)):
            raise fault from error
        return _damaged(str(error))


def repair(database: Path, who: str) -> Repair:
    """Repair what can be repaired; raises DatabaseBusy if another process writes, StoreError if nothing can be read."""
    lock = WriteLock(database)
    lock.take(who)
    try:
        found = look(database)
        kept, saved = salvage(database) if any(finding.of_file for finding in found) else (None, 0)
        with closing(open_writer(database)) as conn:
            _mend(conn)
        return Repair(found, look(database), kept, saved)
    finally:
        lock.release()


def _examined(conn: sqlite3.Connection) -> list[Finding]:
    """All that is wrong with the rows of an intact file; reads everything."""
    found = []
    for check in _CHECKS:
        if count := len(_ids(conn, check)):
            found.append(Finding(check.what, count, check.remedy))
    if broken := conn.execute("PRAGMA foreign_key_check").fetchall():
        found.append(Finding("rows that belong to something that is gone", len(broken), "they are deleted"))
    if changed := sum(1 for _ in _changed(conn)):
        found.append(Finding("items that are not what their digest says", changed, "they are fetched anew"))
    return found


def _mend(conn: sqlite3.Connection) -> None:
    """Repair how rows refer to each other, in one transaction; the file itself must be intact."""
    with transaction(conn):
        for check in _CHECKS:
            if ids := _ids(conn, check):
                check.mend(conn, ids)
        for table, parent, number in {(row[0], row[2], row[3]) for row in conn.execute("PRAGMA foreign_key_check")}:
            _cut_loose(conn, table, parent, number)
        changed = list(_changed(conn))
        conn.executemany("UPDATE items SET digest = x'' WHERE id = ?", [(id,) for id in changed])
        listing.ask_again(conn, changed)
        for statement in _COUNTED:
            conn.execute(statement)


def _cut_loose(conn: sqlite3.Connection, table: str, parent: str, number: int) -> None:
    """Delete a table's rows whose parent is gone; the names are the schema's own."""
    keys = conn.execute(f'PRAGMA foreign_key_list("{table}")').fetchall()
    child, above = next((key["from"], key["to"] or "id") for key in keys if key["id"] == number)
    conn.execute(f'DELETE FROM "{table}" WHERE "{child}" NOT IN (SELECT "{above}" FROM "{parent}")')  # noqa: S608


def _file(conn: sqlite3.Connection) -> list[Finding]:
    """What is wrong with the file itself."""
    try:
        told = [row[0] for row in conn.execute(f"PRAGMA integrity_check({SHOWN})")]
    except sqlite3.DatabaseError as error:
        return _damaged(str(error))
    return _damaged(*[line for part in told if part != "ok" for line in part.splitlines()][:SHOWN])


def _damaged(*said: str) -> list[Finding]:
    return [Finding(FILE + line, 1, "what can be read is copied to a new file") for line in said]


def _ids(conn: sqlite3.Connection, check: _Check) -> list[int]:
    return [row[0] for row in conn.execute(check.rows)]


def _changed(conn: sqlite3.Connection) -> Iterator[int]:
    """Items whose text no longer has the digest that was stored with it."""
    for row in conn.execute(f"SELECT {COLUMNS} FROM items WHERE complete AND digest != x''"):  # noqa: S608
        if digest(item_of(row)) != row["digest"]:
            yield row["id"]


def _reopen(conn: sqlite3.Connection, ids: list[int]) -> None:
    """Items without a story open one of their own."""
    for id in ids:
        published = conn.execute("SELECT published FROM items WHERE id = ?", (id,)).fetchone()[0]
        story = open_story(conn, id, at(published))
        conn.execute("UPDATE items SET story = ?, share = 1 WHERE id = ?", (story, id))
        electing.elect(conn, story)


def _choose_again(conn: sqlite3.Connection, ids: list[int]) -> None:
    lately = Lately(conn)
    for id in ids:
        electing.settle_without(conn, lately, id)


def _deleted(statement: str) -> Callable[[sqlite3.Connection, list[int]], None]:
    def delete(conn: sqlite3.Connection, ids: list[int]) -> None:
        conn.executemany(statement, [(id,) for id in ids])

    return delete


_CHECKS = (
    _Check(
        "stories without a copy",
        "SELECT id FROM stories WHERE id NOT IN (SELECT story FROM items WHERE story NOTNULL)",
        "they are deleted", ending.forget,
    ),
    _Check(
        "items without a story", "SELECT id FROM items WHERE story IS NULL OR story NOT IN (SELECT id FROM stories)",
        "each opens a story of its own", _reopen,
    ),
    _Check(
        "stories led by an item that is not theirs",
        """SELECT id FROM stories AS s WHERE NOT EXISTS (SELECT 1 FROM items WHERE id = s.canonical AND story = s.id)
            OR NOT EXISTS (SELECT 1 FROM items WHERE id = s.core AND story = s.id)""",
        "they choose again", _choose_again,
    ),
    _Check(
        "entries of topics whose story is gone",
        "SELECT DISTINCT story FROM entries WHERE story NOT IN (SELECT id FROM stories)",
        "they are deleted", _deleted("DELETE FROM entries WHERE story = ?"),
    ),
    _Check(
        "old addresses that lead nowhere",
        "SELECT DISTINCT story FROM merged WHERE story NOT IN (SELECT id FROM stories)",
        "they are deleted", _deleted("DELETE FROM merged WHERE story = ?"),
    ),
    _Check(
        "fingerprints that are broken, or of items that are gone",
        "SELECT item FROM fingerprints WHERE item NOT IN (SELECT id FROM items) OR length(hashes) % 4",
        "they are deleted", _deleted("DELETE FROM fingerprints WHERE item = ?"),
    ),
    _Check(
        "relations to stories that are gone",
        "SELECT DISTINCT other FROM related WHERE other NOT IN (SELECT id FROM stories)",
        "they are deleted", _deleted("DELETE FROM related WHERE other = ?"),
    ),
    _Check(
        "items of which it is not known whether they are listed, or when they left",
        listing.ASTRAY, "they count as having left just now", listing.count_as_left,
    ),
)  # fmt: skip
