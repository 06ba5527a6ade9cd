"""The state of all sources of a round, read together before their polls are stored and written together afterwards.

Reading and writing source by source would be most of the cost of a poll without news.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from feedhub.cadence import NextPoll
from feedhub.errors import LeaseLost
from feedhub.model import PollReport
from feedhub.store import activity
from feedhub.store.polling import columns, fetches, incidents
from feedhub.store.polling.outcome import Claim, Outcome
from feedhub.store.polling.standing import Past, Standing


class Ledger:
    """What is known of sources, and what is to be written after one poll or push of each."""

    def __init__(self, conn: sqlite3.Connection, sources: Collection[str]):
        self._conn = conn
        self._past = columns.rows(conn, sources)
        self._incidents = incidents.open_ones(conn, sources)
        self._sources: defaultdict[tuple[str, ...], list[Sequence[object]]] = defaultdict(list)
        self._schedule: list[Sequence[object]] = []
        self._fetches: list[Sequence[object]] = []
        self._activity = activity.Counts()
        self._planned: defaultdict[str, list[datetime]] = defaultdict(list)

    def past(self, claim: Claim, *, leased: bool = True) -> Past:
        """What was known before; raises LeaseLost if the source is gone, or a poll's lease was given to another."""
        row = self._past.get(claim.source_id)
        if row is None or (leased and row["lease"] != claim.token):
            raise LeaseLost(claim.source_id)
        return columns.past(row)

    def incidents_of(self, before: Past, outcome: Outcome) -> incidents.Book:
        """The open incidents of a source."""
        source = outcome.claim.source_id
        return incidents.Book(self._conn, self._incidents[source], source, before.title, outcome.at)

    def planned(self, site: str) -> Sequence[datetime]:
        """The next polls of a site that were recorded but not written yet."""
        return self._planned[site]

    def record(
        self, before: Past, outcome: Outcome, now: Standing, upcoming: NextPoll, newest: float | None, new: int
    ) -> None:
        """Record how a poll went, how many items are new, and when the next one is due."""
        source = outcome.claim.source_id
        self._tell(source, columns.after_poll(before, outcome, now, newest, new))
        self._schedule.append((upcoming.at.timestamp(), upcoming.reason, now.paused, source))
        if not before.private:
            self._planned[before.site].append(upcoming.at)

    def learn(self, before: Past, outcome: Outcome, published: Sequence[datetime], listed: Sequence[float]) -> None:
        """Record what a push brought; `listed` are the times of all its entries if something was new."""
        self._tell(outcome.claim.source_id, columns.after_push(before, outcome, published, listed))

    def _tell(self, source: str, told: Mapping[str, object]) -> None:
        self._sources[tuple(told)].append((*told.values(), source))

    def note(self, at: datetime, report: PollReport, count: int, *, merged: int, wire: int) -> None:
        """Record a poll or push, the source's `count`th, among its fetches and in the counts of activity."""
        self._fetches.append(fetches.row(at, report, count))
        self._activity.add(at, report, merged=merged, wire=wire)

    def write(self) -> None:
        """Write everything recorded; validators are stored in the same transaction as the items they stand for."""
        for names, rows in self._sources.items():
            self._conn.executemany(
                f"UPDATE sources SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?",  # noqa: S608
                rows,
            )
        self._conn.executemany(
            "UPDATE schedule SET next_at = ?, reason = ?, paused = ?, lease = NULL, leased_until = 0 WHERE source = ?",
            self._schedule,
        )
        fetches.keep(self._conn, self._fetches)
        self._activity.write(self._conn)
