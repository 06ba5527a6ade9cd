"""Activity, counted as it happens: polls, new items and merges by the quarter of an hour; items by the day."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedhub.model import PollReport
from feedhub.store.times import at

SLOT = timedelta(minutes=15)
SLOTS = 96  # shown: a day
KEPT = timedelta(days=8)
DAYS = 14  # shown of a source
KEPT_DAYS = timedelta(days=DAYS + 1)  # the first of those shown begins up to a day earlier
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A quarter of an hour."""

    start: datetime
    polls: int = 0
    failed: int = 0
    new: int = 0
    merged: int = 0  # of the new items, those that joined a story


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The number of items that a source brought, by day (UTC), ending today."""

    days: tuple[int, ...]
    items: int  # in all these days
    wire: int  # of these, those that credit an agency


class Counts:
    """Counts of several polls, added up before they are stored."""

    def __init__(self) -> None:
        self._slots: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        self._days: list[tuple[str, int, int, int]] = []

    def add(self, when: datetime, report: PollReport, *, merged: int, wire: int) -> None:
        """Count one poll."""
        seconds = when.timestamp()
        counts = self._slots[int(seconds // SLOT.total_seconds())]
        for place, more in enumerate((1, report.outcome == "failed", report.new, merged)):
            counts[place] += more
        if report.new:
            self._days.append((report.source, int(seconds // _DAY.total_seconds()), report.new, wire))

    def write(self, conn: sqlite3.Connection) -> None:
        """Add them to what is stored."""
        conn.executemany(
            """INSERT INTO activity VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (slot) DO UPDATE SET
                polls = polls + ?2, failed = failed + ?3, new = new + ?4, merged = merged + ?5""",
            [(slot, *counts) for slot, counts in self._slots.items()],
        )
        conn.executemany(
            """INSERT INTO intake VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source, day) DO UPDATE SET
                items = items + ?3, wire = wire + ?4""",
            self._days,
        )


def tidy(conn: sqlite3.Connection, now: datetime) -> None:
    """Delete counts that are no longer shown."""
    oldest, day = (now - KEPT).timestamp(), (now - KEPT_DAYS).timestamp()
    conn.execute("DELETE FROM activity WHERE slot < ?", (int(oldest // SLOT.total_seconds()),))
    conn.execute("DELETE FROM intake WHERE day < ?", (int(day // _DAY.total_seconds()),))


def last_day(conn: sqlite3.Connection, now: datetime) -> list[Slot]:
    """The last 24 hours, the oldest slot first, including those in which nothing happened."""
    last = int(now.timestamp() // SLOT.total_seconds())
    rows = {row["slot"]: row for row in conn.execute("SELECT * FROM activity WHERE slot > ?", (last - SLOTS,))}
    return [_slot(number, rows.get(number)) for number in range(last - SLOTS + 1, last + 1)]


def _slot(number: int, row: sqlite3.Row | None) -> Slot:
    counts = {name: row[name] for name in ("polls", "failed", "new", "merged")} if row else {}
    return Slot(start=at(number * SLOT.total_seconds()), **counts)


def intake(conn: sqlite3.Connection, now: datetime) -> dict[str, Intake]:
    """The items that every source brought in the last days; sources without any are left out."""
    today = int(now.timestamp() // _DAY.total_seconds())
    days: dict[str, list[int]] = defaultdict(lambda: [0] * DAYS)
    wire: dict[str, int] = defaultdict(int)
    for row in conn.execute("SELECT * FROM intake WHERE day > ?", (today - DAYS,)):
        days[row["source"]][min(row["day"] - today, 0) - 1] += row["items"]
        wire[row["source"]] += row["wire"]
    return {source: Intake(days=tuple(counts), items=sum(counts), wire=wire[source]) for source, counts in days.items()}
