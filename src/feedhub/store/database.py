"""Opening the database: how connections are set up, and who may write."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from feedhub import files
from feedhub.errors import DatabaseBusy, StorageFault, StoreError
from feedhub.store.schema import STEPS

PAGE_SIZE = 8192  # bytes; a third less per item than with 4096, as news texts overflow small pages
CACHE = 2 * 1024  # KiB of pages that a connection caches; the system caches the file
STATEMENTS = 512  # prepared statements that a connection caches: preparing an insert costs as much as executing it
BUSY = 5.0  # seconds to wait for another connection's transaction
LOG = 4000  # pages, 32 MB, at which a commit does a checkpoint if nobody else has

# Of what is no number or text sqlite3 asks for an adapter before it binds it, and then for two methods that never are.
sqlite3.register_adapter(type(None), lambda none: none)
sqlite3.register_adapter(bytes, bytes)

_SAID = {  # SQLite's result codes, extended ones before the primary -> what an operator can do about it
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR_SHMSIZE: "the disk is full",  # has no room for the 32 KB of the -shm file
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_READONLY: "the database is read-only, or its directory is, where also who reads makes files",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened: by this user it cannot be read, or its directory not be "
    "written, where also who reads makes files",
    sqlite3.SQLITE_PERM: "the database may not be written",
    sqlite3.SQLITE_BUSY: "the database is locked by another program",
    sqlite3.SQLITE_LOCKED: "the database is locked by another program",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; `feedhub doctor` says how, `--repair` saves what it can",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}


def open_writer(path: Path, upto: int = STEPS) -> sqlite3.Connection:
    """Open the one writing connection: the database is created if missing, migrated, and durable at every commit.

    `upto` stops the migration after this many steps, for a schema as an earlier version had it.
    """
    conn = _connect(path)
    try:
        refuse_later(conn, path)
        if not conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            conn.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last polls on a power cut
        conn.execute(f"PRAGMA wal_autocheckpoint = {LOG}")
        conn.execute(f"PRAGMA journal_size_limit = {LOG * PAGE_SIZE}")  # what one large transaction took is given back
        conn.execute("PRAGMA foreign_keys = ON")
        if steps(conn) < upto:
            _migrate(conn, upto)
        # What a savepoint or a statement may have to undo: beyond 64 KB it went to a file, three fifths of all writes.
        # After the migrations, which may sort what does not fit.
        conn.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.DatabaseError as error:
        conn.close()
        raise storage_fault(error, path) or StoreError(f"{path}: {error}") from error
    return conn


def needed(path: Path) -> None:
    """Raise StoreError if there is no database yet."""
    if not path.exists():
        raise StoreError(f"{path.absolute()}: no database yet; `feedhub run` or `feedhub poll` makes one")


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that only reads; raises StoreError if there is no database yet."""
    needed(path)
    conn = _connect(path)
    try:
        conn.execute("PRAGMA query_only = ON")
        refuse_later(conn, path)
        refuse_earlier(conn, path)
    except sqlite3.DatabaseError as error:
        conn.close()
        raise storage_fault(error, path) or StoreError(f"{path}: not a feedhub database ({error})") from error
    return conn


def open_unchecked(path: Path) -> sqlite3.Connection:
    """Open a connection that only reads a file that may be damaged; nothing is read yet."""
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    conn.row_factory = sqlite3.Row
    return conn


def steps(conn: sqlite3.Connection) -> int:
    """How many steps of the schema the database has taken. If it has taken all, migrations need not be loaded."""
    if not conn.execute("SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone()[0]:
        return 0
    taken: int = conn.execute("SELECT count(*) FROM _sqlite_migrations WHERE migration_set = 'feedhub'").fetchone()[0]
    return taken


def refuse_later(conn: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError for a database of a later version, whose contents this one does not fully know."""
    if steps(conn) > STEPS:
        conn.close()
        raise StoreError(f"{path}: made by a later version of feedhub, which alone can go on with it")


def refuse_earlier(conn: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError for a database that is not up to date."""
    if steps(conn) < STEPS:
        conn.close()
        raise StoreError(f"{path}: made by an earlier version; `feedhub run` or `feedhub poll` brings it up to date")


def _migrate(conn: sqlite3.Connection, upto: int) -> None:
    """Take the missing steps up to this one in one transaction, so that no file is left halfway."""
    from sqlite_utils import Database  # imported here: it takes a fifth of a second, which every start would pay

    from feedhub.store.schema.steps import migrations

    db = Database(conn, execute_plugins=False)
    later = [step.name for step in migrations.pending(db)[upto - steps(conn) :]]
    with db.atomic():
        migrations.apply(db, stop_before=later)


def backup(path: Path, target: Path) -> int:
    """Write a compact, consistent copy to a new file while another process goes on writing; returns its size in bytes.

    It has the permissions of the database, and its owner if root writes: what nobody else may read stays so, and a
    service can open it when it is put back. Raises StoreError if there is nothing to copy, or if the file exists.
    """
    if target.exists():
        raise StoreError(f"{target} exists; a backup overwrites nothing")
    if not target.parent.is_dir():
        raise StoreError(f"{target}: there is no directory {target.parent}")
    needed(path)
    partial = target.with_name(target.name + ".partial")
    try:
        # Here the system says what is wrong; SQLite would only say that it failed.
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with faults_named(target), contextlib.closing(_connect(path)) as conn:
            conn.execute("VACUUM INTO ?", (str(partial),))
        with contextlib.suppress(OSError):  # not every file system knows owners
            files.take_over(partial, path)
        partial.rename(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    return target.stat().st_size


def _connect(path: Path) -> sqlite3.Connection:
    if path.is_dir():
        raise StoreError(f"{path} is a directory; daemon.database names a file")
    try:
        # None: no implicit BEGIN, which would be deferred and fail at once if there is a second writer.
        conn = sqlite3.connect(
            path, timeout=BUSY, check_same_thread=False, isolation_level=None, cached_statements=STATEMENTS
        )
    except sqlite3.Error as error:
        raise storage_fault(error, path) or StoreError(f"{path}: {error}") from error
    try:
        conn.row_factory = sqlite3.Row
        conn.execute(f"PRAGMA cache_size = -{CACHE}")
    except sqlite3.Error as error:
        conn.close()
        raise storage_fault(error, path) or StoreError(f"{path}: {error}") from error
    return conn


def storage_fault(error: BaseException, path: Path | None = None) -> StorageFault | None:
    """Turn an error of SQLite into a StorageFault if the disk or the file is to blame; None if our code is."""
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(error, sqlite3.Error) or code is None:
        return None
    said = _SAID.get(code) or _SAID.get(code & 0xFF)
    return StorageFault(f"{path}: {said}" if path else said) if said else None


@contextmanager
def faults_named(path: Path | None = None) -> Iterator[None]:
    """Raise errors of the disk or the file as StorageFault; other errors pass unchanged."""
    try:
        yield
    except sqlite3.Error as error:
        if fault := storage_fault(error, path):
            raise fault from error
        raise


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE to COMMIT: what is read inside cannot change before it is written; raises StorageFault."""
    with faults_named():
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:  # a full disk ends one by itself
                conn.execute("ROLLBACK")
            raise


class Place:
    """Where a database is that is open. A file that is moved away or replaced meanwhile is written on, and what is
    written is gone with the process; with a write-ahead log SQLite does not look.
    """

    def __init__(self, database: Path):
        self._database, self._file = database, _file_at(database)

    def hold(self) -> None:
        """Raise StorageFault if another file stands there now, or none; readers are told, so without its path."""
        if _file_at(self._database) != self._file:
            raise StorageFault("the database was moved away or replaced: put its file back, or start feedhub again")


def _file_at(path: Path) -> int | None:
    """The number of a file, by which SQLite tells it as well; None where there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageFault(f"the database cannot be looked at: {error.strerror}") from error


class WriteLock:
    """The file beside the database that says who writes it; the kernel frees it when the process ends."""

    def __init__(self, database: Path):
        self._path = database.with_name(database.name + ".lock")
        self._database = database
        self._file: IO[str] | None = None

    def take(self, who: str) -> None:
        """Take the lock; raises DatabaseBusy if another process holds it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+")
        except FileExistsError as error:  # which says nothing of what is wrong with that
            raise StorageFault(f"{error.filename}: {os.strerror(errno.ENOTDIR)}") from error
        except OSError as error:
            raise StorageFault(f"{error.filename}: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise DatabaseBusy(str(self._database), holder) from None
        self._file = file
        try:
            file.truncate(0)
            file.write(f"{who} (process {os.getpid()})")
            file.flush()
        except OSError:
            pass  # the disk is full: nobody can read who holds the lock, but it is held

    def release(self) -> None:
        """Let the next one write."""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.truncate(0)
                self._file.close()
            self._file = None
