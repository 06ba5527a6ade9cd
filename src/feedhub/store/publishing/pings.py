"""Which topics' hubs have to be notified: they are pinged until they know the published version."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta

from feedhub import websub

QUIET = timedelta(seconds=10)  # between two pings for one topic: changes meanwhile share the next one
LONGEST = timedelta(hours=1)  # between two attempts at a hub that fails


def due(conn: sqlite3.Connection, topics: Collection[str], now: datetime) -> dict[str, int]:
    """The topics, of these, that have changed since their hub was notified; each with its version."""
    rows = conn.execute(
        "SELECT id, version FROM topics WHERE version > pinged AND ping_after <= ? AND configured", (now.timestamp(),)
    )
    return {row["id"]: row["version"] for row in rows if row["id"] in topics}


def told(conn: sqlite3.Connection, topic: str, version: int, now: datetime) -> None:
    """Record that the hub knows this version."""
    conn.execute(
        "UPDATE topics SET pinged = ?, ping_after = ?, ping_failures = 0 WHERE id = ?",
        (version, (now + QUIET).timestamp(), topic),
    )


def failed(conn: sqlite3.Connection, topic: str, now: datetime) -> timedelta:
    """Record that the hub could not be notified; returns how long it is left alone."""
    row = conn.execute(
        "UPDATE topics SET ping_failures = ping_failures + 1 WHERE id = ? RETURNING ping_failures", (topic,)
    ).fetchone()
    wait = min(websub.retry(row[0] if row else 1), LONGEST)
    conn.execute("UPDATE topics SET ping_after = ? WHERE id = ?", ((now + wait).timestamp(), topic))
    return wait
