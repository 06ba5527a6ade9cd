"""How all sources share the configured number of polls an hour."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from feedhub.cadence import PACE, Rhythm, pace
from feedhub.manners import Wishes

ANEW = timedelta(hours=1)  # after which it is worked out again
DAY = timedelta(days=1)


class Pacing:
    """The interval of a source with one new item a day, worked out every hour."""

    def __init__(self, conn: sqlite3.Connection, budget: int | None = None):
        self._conn, self._budget = conn, budget
        self._pace = PACE
        self._at: datetime | None = None

    def now(self, at: datetime) -> timedelta:
        """What holds at this time."""
        if self._budget and (self._at is None or not timedelta(0) <= at - self._at < ANEW):
            self._pace, self._at = pace(self._sources(), self._budget), at
        return self._pace

    def _sources(self) -> list[tuple[float, timedelta, timedelta]]:
        rows = self._conn.execute(
            """SELECT rhythm, wishes, min_interval, max_interval FROM sources JOIN schedule ON source = id
            WHERE NOT paused AND failures = 0"""
        ).fetchall()
        return [_limits(*row) for row in rows]


def _limits(rhythm: str, wishes: str, least: float, most: float) -> tuple[float, timedelta, timedelta]:
    """A source's share, its shortest interval, which may be the one it asks for, and its longest."""
    asked = Wishes.from_text(wishes)
    floor = max(timedelta(seconds=least), min(max(asked.ttl or timedelta(0), asked.period or timedelta(0)), DAY))
    return Rhythm.from_text(rhythm).root, floor, max(timedelta(seconds=most), floor)
