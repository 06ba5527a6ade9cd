"""Opening the database: how connections are set up, and who may write."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlite_utils import Database

from feedhub.errors import DatabaseBusy, StoreError
from feedhub.store.schema_topics import migrations

PAGE_SIZE = 8192  # bytes; a third less per item than with 4096, as news texts overflow small pages
CACHE = 8 * 1024  # KiB of pages that a connection keeps; the system keeps the file's others
BUSY = 5.0  # seconds to wait for another connection's transaction


def open_writer(path: Path) -> sqlite3.Connection:
    """The one writing connection: made if missing, migrated, durable at every commit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    conn = _connect(path)
    try:
        if not conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            conn.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last polls on a power cut
        conn.execute("PRAGMA foreign_keys = ON")
        migrations.apply(Database(conn, execute_plugins=False))
    except sqlite3.DatabaseError as error:
        conn.close()
        raise StoreError(f"{path}: {error}") from error
    return conn


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads; raises StoreError where there is nothing to read yet."""
    if not path.is_file():
        raise StoreError(f"{path}: no database yet; `feedhub run` or `feedhub poll` makes one")
    conn = _connect(path)
    try:
        conn.execute("PRAGMA query_only = ON")
        pending = migrations.pending(Database(conn, execute_plugins=False))
    except sqlite3.DatabaseError as error:
        conn.close()
        raise StoreError(f"{path}: not a feedhub database ({error})") from error
    if pending:
        conn.close()
        raise StoreError(f"{path}: made by an earlier version; `feedhub run` or `feedhub poll` brings it up to date")
    return conn


def _connect(path: Path) -> sqlite3.Connection:
    try:
        # None: no implicit BEGIN. A deferred one fails at once where a second writer is about.
        conn = sqlite3.connect(path, timeout=BUSY, check_same_thread=False, isolation_level=None)
        conn.row_factory = sqlite3.Row
        conn.execute(f"PRAGMA cache_size = -{CACHE}")
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    return conn


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Take the write lock at once, so that what is read inside is what is written upon."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


@contextmanager
def savepoint(conn: sqlite3.Connection) -> Iterator[None]:
    """A part of a transaction that can be given up by itself."""
    conn.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        conn.execute("ROLLBACK TO part")
        conn.execute("RELEASE part")
        raise
    conn.execute("RELEASE part")


class WriteLock:
    """The file beside the database that says who writes it; the kernel frees it when the process ends."""

    def __init__(self, database: Path):
        self._path = database.with_name(database.name + ".lock")
        self._database = database
        self._file: IO[str] | None = None

    def take(self, who: str) -> None:
        """Raise DatabaseBusy where another process holds it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise DatabaseBusy(str(self._database), holder) from None
        file.truncate(0)
        file.write(f"{who} (process {os.getpid()})")
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let the next one write."""
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None
