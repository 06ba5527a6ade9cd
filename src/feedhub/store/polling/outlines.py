"""What the last document of each source listed.

Written with the items of the same document, so that it never names what is not stored; deleted whenever anything
else touches them or what is believed of their source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from feedhub.model import Known, Outline


def load(conn: sqlite3.Connection, source: str) -> Outline:
    """What is kept of a source's last document."""
    row = conn.execute("SELECT entries FROM outlines WHERE source = ?", (source,)).fetchone()
    return Outline(row[0]) if row else Outline()


def save(conn: sqlite3.Connection, outlines: Iterable[tuple[str, Iterable[Known]]]) -> None:
    """Keep what the documents of these sources listed, in place of the ones before."""
    conn.executemany(
        "INSERT OR REPLACE INTO outlines VALUES (?, ?)",
        [(source, Outline.of(entries).packed) for source, entries in outlines],
    )


def forget(conn: sqlite3.Connection, sources: Iterable[str]) -> None:
    """Have these sources read whole the next time."""
    conn.executemany("DELETE FROM outlines WHERE source = ?", ((source,) for source in sources))
