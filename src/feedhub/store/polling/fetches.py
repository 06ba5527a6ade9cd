"""The last fetches of every source."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedhub.model import PollReport
from feedhub.store.many import qmarks
from feedhub.store.times import at

KEPT = 50  # of each source


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFetch:
    """The result of one fetch."""

    at: datetime
    result: str  # as in PollReport.outcome, or "pushed"
    status: int | None
    bytes: int
    ms: float
    new: int
    changed: int
    error: str | None


def row(at: datetime, report: PollReport, count: int) -> Sequence[object]:
    """The row of a source's `count`th poll, which replaces the oldest one kept."""
    result = "pushed" if report.pushed else report.outcome
    return (
        report.source, count % KEPT, at.timestamp(), result, report.status, report.bytes, report.ms,
        report.new, report.changed, report.error,
    )  # fmt: skip


def keep(conn: sqlite3.Connection, rows: Sequence[Sequence[object]]) -> None:
    """Store the rows of polls."""
    conn.executemany("INSERT OR REPLACE INTO fetches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def of_source(conn: sqlite3.Connection, source: str) -> list[PastFetch]:
    """The kept fetches of a source, the newest first."""
    rows = conn.execute("SELECT * FROM fetches WHERE source = ? ORDER BY at DESC, slot DESC", (source,))
    return [_fetch(row) for row in rows]


def of_sources(conn: sqlite3.Connection, sources: Collection[str]) -> dict[str, list[PastFetch]]:
    """The kept fetches of each of these sources, the oldest first."""
    found: dict[str, list[PastFetch]] = defaultdict(list)
    rows = conn.execute(
        f"SELECT * FROM fetches WHERE source IN ({qmarks(sources)}) ORDER BY at, slot",  # noqa: S608
        tuple(sources),
    )
    for row in rows:
        found[row["source"]].append(_fetch(row))
    return found


def _fetch(row: sqlite3.Row) -> PastFetch:
    return PastFetch(
        at=at(row["at"]),
        result=row["result"],
        status=row["status"],
        bytes=row["bytes"],
        ms=row["ms"],
        new=row["new"],
        changed=row["changed"],
        error=row["error"],
    )
