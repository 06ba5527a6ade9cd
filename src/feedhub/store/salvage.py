"""Rescuing a damaged file: what can be read is copied to a new file in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import chain, count
from pathlib import Path

from feedhub import files
from feedhub.store.database import open_unchecked, open_writer, steps
from feedhub.store.schema import STEPS

_DERIVED = ("words", "outlines")  # is worked out anew


def salvage(damaged: Path) -> tuple[Path, int]:
    """Copy what can be read to a new file in its place, with the schema of the version that made it.

    Returns where the damaged file is now, and how many rows were saved.
    """
    fresh = damaged.with_name(damaged.name + ".salvaged")
    fresh.unlink(missing_ok=True)
    saved = 0
    with closing(open_unchecked(damaged)) as old, closing(open_writer(fresh, _made_by(old))) as new:
        new.execute("PRAGMA foreign_keys = OFF")
        for table in _tables(new):
            new.execute(f'DELETE FROM "{table}"')  # noqa: S608, what migrations put in comes from the old file
            saved += _copied(old, new, table)
        new.execute("UPDATE words_upto SET item = 0")
        new.execute("PRAGMA journal_mode = DELETE")
    kept = _free(damaged.name + ".damaged", damaged.parent)
    files.take_over(fresh, damaged)
    _keep(damaged, kept)
    fresh.replace(damaged)
    return kept, saved


def _keep(damaged: Path, kept: Path) -> None:
    """Keep the file and its log under another name. With hard links there is a database at every moment."""
    try:
        kept.hardlink_to(damaged)
    except OSError:
        damaged.rename(kept)
    log = damaged.with_name(damaged.name + "-wal")
    if log.exists():
        log.rename(kept.with_name(kept.name + "-wal"))
    damaged.with_name(damaged.name + "-shm").unlink(missing_ok=True)


def _free(name: str, directory: Path) -> Path:
    """A free name: what an earlier repair kept may hold rows that no later file has."""
    numbered = (f"{name}.{number}" for number in count(2))
    return next(path for path in map(directory.joinpath, chain([name], numbered)) if not path.exists())


def _made_by(damaged: sqlite3.Connection) -> int:
    """How many steps of the schema the damaged file has taken; all if that cannot be read."""
    try:
        return steps(damaged) or STEPS
    except sqlite3.DatabaseError:
        return STEPS


def _tables(conn: sqlite3.Connection) -> list[str]:
    rows = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    names = [row[0] for row in rows if not row[0].startswith(("words", "_sqlite_migrations"))]
    return [name for name in names if name not in _DERIVED]


def _copied(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    """Copy the rows of a table that can be read, from either end; returns how many."""
    names = [row[1] for row in new.execute(f'PRAGMA table_info("{table}")')]
    columns = ", ".join(f'"{name}"' for name in names)
    insert = f'INSERT OR IGNORE INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608
    before = new.total_changes
    for order in ("", " ORDER BY rowid DESC"):
        try:
            for row in old.execute(f'SELECT {columns} FROM "{table}"{order}'):  # noqa: S608
                new.execute(insert, row)
            break
        except sqlite3.DatabaseError:
            continue  # a damaged page, or a table without rowids: try the other end
    return new.total_changes - before
