"""What is known of sources and of lists: how they are doing, what they list, what went wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from feedhub.errors import NotFound
from feedhub.model import NamedFeed, SourceHealth
from feedhub.store import activity
from feedhub.store.activity import Intake, Slot
from feedhub.store.polling import fetches, health, incidents, lists
from feedhub.store.polling.fetches import PastFetch
from feedhub.store.polling.incidents import Incident
from feedhub.store.polling.lists import ListHealth
from feedhub.store.times import at
from feedhub.websub import Subscription


@dataclass(frozen=True, slots=True)
class Printed:
    """An item of a source, and the story it is a copy of."""

    title: str
    language: str
    published: datetime
    story: str | None


class Polled:
    """The questions about sources."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn

    def sources(self) -> list[SourceHealth]:
        """How every configured source is doing."""
        return health.sources(self._conn)

    def source(self, source_id: str) -> SourceHealth:
        """How one source is doing; raises NotFound, which suggests a similar id."""
        for source in health.sources(self._conn, source_id):
            return source
        known = [id for (id,) in self._conn.execute("SELECT id FROM sources WHERE configured = 1")]
        raise NotFound("source", source_id, known)

    def subscriptions(self) -> list[Subscription]:
        """The subscriptions to the hubs of sources, by source."""
        return health.subscriptions(self._conn)

    def fetches(self, source_id: str) -> list[PastFetch]:
        """The last fetches of a source, the newest first."""
        return fetches.of_source(self._conn, source_id)

    def fetches_of(self, sources: Collection[str]) -> dict[str, list[PastFetch]]:
        """The last fetches of each of these sources, the oldest first."""
        return fetches.of_sources(self._conn, sources)

    def listed(self, source: str, limit: int) -> list[Printed]:
        """The items that a source lists, the newest first."""
        rows = self._conn.execute(
            """SELECT items.title, language, items.published, uuid FROM listed CROSS JOIN items ON items.id = item
            LEFT JOIN stories ON stories.id = story WHERE listed.source = ?
            ORDER BY items.published DESC, items.id DESC LIMIT ?""",
            (source, limit),
        )
        return [Printed(row["title"], row["language"], at(row["published"]), row["uuid"]) for row in rows]

    def last_day(self, now: datetime) -> list[Slot]:
        """Polls, new items and merges of the last 24 hours, the oldest quarter of an hour first."""
        return activity.last_day(self._conn, now)

    def intake(self, now: datetime) -> dict[str, Intake]:
        """The items that every source brought in the last days; sources without any are left out."""
        return activity.intake(self._conn, now)

    def incidents(self, limit: int) -> list[Incident]:
        """The incidents of all sources, the one that changed last first."""
        return incidents.latest(self._conn, limit)

    def incidents_of(self, source: str, limit: int) -> list[Incident]:
        """The incidents of one source, the one that began last first."""
        return incidents.of_source(self._conn, source, limit)

    def lists(self) -> dict[str, tuple[NamedFeed, ...]]:
        """The sources that each list named when it was last read."""
        return lists.copies(self._conn)

    def list_health(self) -> list[ListHealth]:
        """How the lists of sources are doing."""
        return lists.health(self._conn)
