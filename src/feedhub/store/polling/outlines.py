"""The outline of each source's last document.

It is written with the items of that document, so it never names what is not stored. It is deleted whenever anything
else touches these items, or the configuration of their source.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from feedhub.model import Known, Outline


def load(conn: sqlite3.Connection, source: str) -> Outline:
    """The outline of a source's last document; empty if there is none."""
    row = conn.execute("SELECT entries FROM outlines WHERE source = ?", (source,)).fetchone()
    return Outline(row[0]) if row else Outline()


def save(conn: sqlite3.Connection, outlines: Iterable[tuple[str, Iterable[Known]]]) -> None:
    """Store the outlines of these sources in place of their last ones."""
    conn.executemany(
        "INSERT OR REPLACE INTO outlines VALUES (?, ?)",
        [(source, Outline.of(entries).packed) for source, entries in outlines],
    )


def forget(conn: sqlite3.Connection, sources: Iterable[str]) -> None:
    """Delete the outlines of these sources, so that their next documents are read as a whole."""
    conn.executemany("DELETE FROM outlines WHERE source = ?", ((source,) for source in sources))
