"""Questions of the pages: leading stories, how a story changed, what was polled lately."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from feedhub.model import Story
from feedhub.prominence import prominence
from feedhub.store import activity, punctuality
from feedhub.store.activity import Intake, Slot
from feedhub.store.merging import curated, development, reviews, stories
from feedhub.store.merging.curated import Curation
from feedhub.store.merging.development import Redated, Revision, Text
from feedhub.store.merging.reviews import Review
from feedhub.store.polling import fetches, incidents, lists
from feedhub.store.polling.fetches import PastFetch
from feedhub.store.polling.incidents import Incident
from feedhub.store.polling.lists import ListHealth
from feedhub.store.punctuality import AgencyFigures, OutletFigures
from feedhub.store.times import at

RECENT = timedelta(days=3)  # within which a story can lead
NEWEST = 3_000  # most stories that are looked at for leads and changes


@dataclass(frozen=True, slots=True)
class Printed:
    """An item of a source, and the story it is a copy of."""

    title: str
    language: str
    published: datetime
    story: str | None


class Views:
    """Questions of the pages, on a reader's connection."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn

    def leads(self, limit: int, now: datetime) -> list[Story]:
        """The most prominent recent stories: many outlets print them, and they are fresh."""
        rows = self._conn.execute(
            f"""SELECT id, outlets, published FROM stories WHERE published > ? AND id NOT IN ({curated.HIDDEN})
            ORDER BY published DESC, id DESC LIMIT ?""",  # noqa: S608
            ((now - RECENT).timestamp(), NEWEST),
        )
        newest: dict[int, list[sqlite3.Row]] = defaultdict(list)
        for row in rows:  # among stories in equally many outlets, only the newest can lead
            if len(newest[row["outlets"]]) < limit:
                newest[row["outlets"]].append(row)
        ranked = sorted(
            chain(*newest.values()), key=lambda row: -prominence(row["outlets"], now - at(row["published"]))
        )
        return stories.load(self._conn, [row["id"] for row in ranked[:limit]])

    def changes_since(self, since: datetime) -> tuple[int, int]:
        """How many of the newest stories came after this time, and how many others changed."""
        found = self._conn.execute(
            """SELECT count(*) FILTER (WHERE published > ?1), count(*) FILTER (WHERE published <= ?1 AND updated > ?1)
            FROM (SELECT published, updated FROM stories ORDER BY published DESC, id DESC LIMIT ?2)""",
            (since.timestamp(), NEWEST),
        ).fetchone()
        return found[0], found[1]

    def texts(self, items: Sequence[int]) -> dict[int, Text]:
        """The texts of these items; those that are gone are left out."""
        return development.texts(self._conn, items)

    def revisions(self, items: Sequence[int], limit: int) -> list[Revision]:
        """The revisions of these items' texts, the latest first."""
        return development.revisions(self._conn, items, limit)

    def redated(self, items: Sequence[int]) -> dict[int, Redated]:
        """How often the dates of these items were changed."""
        return development.redated(self._conn, items)

    def curation(self, story: str) -> list[Curation]:
        """How editors curated a story, the latest ruling first."""
        return curated.curations_of(self._conn, story)

    def near_misses(self, limit: int) -> list[Review]:
        """Items that were nearly merged and on which no editor has ruled, the latest first."""
        return reviews.near_misses(self._conn, limit)

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

    def outlets(self, since: datetime) -> list[OutletFigures]:
        """How often each outlet is first with a shared story, and how late it is otherwise; the busiest first."""
        return punctuality.outlets(self._conn, since)

    def agencies(self, since: datetime) -> list[AgencyFigures]:
        """How far and how fast every agency's copy goes; the busiest first."""
        return punctuality.agencies(self._conn, since)

    def fetches_of(self, sources: Collection[str]) -> dict[str, list[PastFetch]]:
        """The last fetches of each of these sources, the oldest first."""
        return fetches.of_sources(self._conn, sources)

    def list_health(self) -> list[ListHealth]:
        """How the lists of sources are doing."""
        return lists.health(self._conn)

    def incidents_of(self, source: str, limit: int) -> list[Incident]:
        """The incidents of one source, the one that began last first."""
        return incidents.of_source(self._conn, source, limit)
