"""How all sources share the polls of an hour: the configured budget, or one made from their intervals."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from feedhub.cadence import PACE, fair_budget, pace
from feedhub.manners import Wishes
from feedhub.rhythm import Rhythm, roots

ANEW = timedelta(hours=1)  # after which it is worked out again
SOON = timedelta(minutes=1)  # the same at first, when every minute brings new rhythms; it doubles each time
DAY = timedelta(days=1)


class Pacing:
    """The pace: the interval of a source with one new item a day. It is computed every hour."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn
        self._given: int | None = None
        self._pace = PACE
        self._at: datetime | None = None
        self._holds = SOON

    def configure(self, budget: int | None, at: datetime) -> None:
        """Take over a configuration: a new budget counts at once, edited sources within a minute.

        Looking at ten thousand sources takes a tenth of a second, in which no poll is stored.
        """
        if budget != self._given:
            self._given, self._at = budget, None
        elif self._at is not None:
            self._holds = min(self._holds, at - self._at + SOON)

    def now(self, at: datetime, rhythm: Rhythm) -> timedelta:
        """The pace at this time; while no source is known, all count as having this rhythm."""
        if self._at is None or not timedelta(0) <= at - self._at < self._holds:
            self._holds = SOON if self._at is None else min(2 * self._holds, ANEW)
            self._work_out(at, rhythm)
        return self._pace

    def budget(self) -> float:
        """Polls an hour that all sources may take together."""
        return self._given or fair_budget(map(_limits, self._sources("wishes, min_interval, max_interval")))

    def _sources(self, columns: str) -> list[sqlite3.Row]:
        """These columns of all sources that are polled."""
        return self._conn.execute(
            f"SELECT {columns} FROM sources JOIN schedule ON source = id WHERE NOT paused"  # noqa: S608
        ).fetchall()

    def _work_out(self, at: datetime, rhythm: Rhythm) -> None:
        self._at = at
        rows = self._sources("rhythm, wishes, min_interval, max_interval, failures")
        working = [row for row in rows if not row["failures"]]  # the others wait by their failures
        known = roots([row["rhythm"] for row in working if row["rhythm"]])
        typical = sum(known) / len(known) if known else rhythm.root  # what one that was never polled is taken for
        limits = list(map(_limits, working))
        of_each = iter(known)
        shares = [
            (next(of_each) if row["rhythm"] else typical, *limit) for row, limit in zip(working, limits, strict=True)
        ]
        self._pace = pace(shares, self._given or fair_budget(limits))


def _limits(row: sqlite3.Row) -> tuple[timedelta, timedelta]:
    """The shortest interval of a source, or the longer one that it asks for, and its longest."""
    asked = Wishes.from_text(row["wishes"])
    wanted = min(max(asked.ttl or timedelta(0), asked.period or timedelta(0)), DAY)
    floor = max(timedelta(seconds=row["min_interval"]), wanted)
    return floor, max(timedelta(seconds=row["max_interval"]), floor)
