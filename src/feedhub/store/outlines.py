"""What the last document of a source listed, in one short row: entries that stand as they stood are not read again.

Written with the items of the same document, so that it never names what is not stored; let go of whenever anything
else touches them or what is believed of their source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from math import isnan, nan
from struct import Struct

from feedhub.model import Known

_ROW = Struct("<12s12sdH")  # mark, digest, date (NaN: none), bytes of the guid that follows
_NO_MARK = bytes(12)


def load(conn: sqlite3.Connection, source: str) -> list[Known]:
    """What is kept of a source's last document, in no order."""
    row = conn.execute("SELECT entries FROM outlines WHERE source = ?", (source,)).fetchone()
    return list(_unpacked(row[0])) if row else []


def save(conn: sqlite3.Connection, outlines: Iterable[tuple[str, Iterable[Known]]]) -> None:
    """Keep what the documents of these sources listed, in place of the ones before."""
    conn.executemany(
        "INSERT OR REPLACE INTO outlines VALUES (?, ?)",
        [(source, b"".join(map(_packed, entries))) for source, entries in outlines],
    )


def forget(conn: sqlite3.Connection, sources: Iterable[str]) -> None:
    """Have these sources read whole the next time."""
    conn.executemany("DELETE FROM outlines WHERE source = ?", ((source,) for source in sources))


def _packed(entry: Known) -> bytes:
    guid = entry.guid.encode()
    return (
        _ROW.pack(entry.mark or _NO_MARK, entry.digest, nan if entry.dated is None else entry.dated, len(guid)) + guid
    )


def _unpacked(entries: bytes) -> Iterable[Known]:
    at = 0
    while at < len(entries):
        mark, digest, dated, length = _ROW.unpack_from(entries, at)
        at += _ROW.size + length
        guid = entries[at - length : at].decode()
        yield Known(b"" if mark == _NO_MARK else mark, guid, digest, None if isnan(dated) else dated)
