"""The reading side of the store: what is published and shown. One Reader is used by one thread.

Questions that need the merge itself have functions of their own, `comparison.compare` and `replay.replay`, so that the
process that serves does not load the merge.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from feedhub.errors import NotFound
from feedhub.model import Item, NamedFeed, Source, SourceHealth, Story, Topic, TopicState
from feedhub.store.database import faults_named, open_reader
from feedhub.store.links import linked
from feedhub.store.merging import curated, evidence, reviews, stories
from feedhub.store.merging.evidence import Evidence
from feedhub.store.merging.reviews import Review
from feedhub.store.merging.rows import item_of
from feedhub.store.patience import Enough, never
from feedhub.store.polling import fetches, health, incidents, lists
from feedhub.store.polling.fetches import PastFetch
from feedhub.store.polling.incidents import Incident
from feedhub.store.publishing import lineup, outlook, search, slots
from feedhub.store.publishing.outlook import TopicChange
from feedhub.store.publishing.published import Published
from feedhub.store.publishing.search import Order as SearchOrder
from feedhub.store.publishing.story_cache import StoryCache
from feedhub.store.rulings import record
from feedhub.store.rulings.record import Ruling
from feedhub.store.times import at
from feedhub.store.views import Views
from feedhub.topics import Query, compile_topics
from feedhub.websub import Subscription

T = TypeVar("T")

BATCH = 500  # items read at once

_TOPICS = "SELECT * FROM topics WHERE configured = 1"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item, and how it is stored."""

    id: int
    item: Item
    story: str | None
    first_seen: datetime


class Reader:
    """A reading connection, and the questions that it answers."""

    def __init__(self, database: Path):
        self.conn = open_reader(database)  # for the questions of this package
        self.views = Views(self.conn)
        self._stories = StoryCache()
        self.published = Published(self.conn)

    def close(self) -> None:
        """End the connection."""
        self.conn.close()

    def ask(self, question: Callable[[Reader], T]) -> T:
        """Answer any question; raises StorageFault where the disk or the file is at fault."""
        with faults_named():
            return question(self)

    def topics(self) -> list[TopicState]:
        """Every configured topic, in the order of the configuration."""
        return [_topic(row) for row in self.conn.execute(f"{_TOPICS} ORDER BY rowid")]

    def topic(self, topic_id: str) -> TopicState:
        """One topic; raises NotFound, which suggests a similar id."""
        row = self.conn.execute(f"{_TOPICS} AND id = ?", (topic_id,)).fetchone()
        if row is None:
            known = [topic for (topic,) in self.conn.execute("SELECT id FROM topics WHERE configured = 1")]
            raise NotFound("topic", topic_id, known)
        return _topic(row)

    def topic_entries(self, topic_id: str, limit: int) -> list[Story]:
        """A topic's stories in its order, `limit` at most; raises NotFound."""
        self.topic(topic_id)
        leading = curated.leading(self.conn, topic_id)
        return slots.load(self.conn, lineup.line_up(self.conn, topic_id, limit, leading), self._stories.read)

    def subscriptions(self) -> list[Subscription]:
        """The subscriptions to the hubs of sources, by source."""
        return health.subscriptions(self.conn)

    def story(self, story_id: str) -> Story:
        """A story by its UUID, or by that of a story merged into it or of one of its steps; raises NotFound."""
        found = stories.load(self.conn, stories.named(self.conn, story_id))
        if not found:
            raise NotFound("story", story_id)
        return found[0]

    def why(self, what: str, most: int | None = None) -> tuple[str, list[Evidence]]:
        """A story's id, and the evidence for its copies; named by its id, an item's number or a link."""
        return evidence.of_story(self.conn, what, most)

    def linked(self, link: str) -> list[int]:
        """The numbers of the items that have this link, the newest last: that is the one that the link names."""
        return linked(self.conn, link)

    def reviews(self, limit: int) -> list[Review]:
        """Borderline copies that wait for an editor's word, the latest first."""
        return reviews.borderline(self.conn, limit)

    def rulings(self, limit: int) -> list[Ruling]:
        """The rulings of editors, the latest first."""
        return record.recorded(self.conn, limit)

    def ruling(self, number: int) -> Ruling:
        """The ruling of this number, which must exist."""
        return record.numbered(self.conn, number)

    def front(self, limit: int, before: datetime | None = None) -> list[Story]:
        """The newest stories, without hidden ones."""
        upto = before.timestamp() if before else float("inf")
        rows = self.conn.execute(
            f"""SELECT id FROM stories WHERE published < ? AND id NOT IN ({curated.HIDDEN})
            ORDER BY published DESC, id DESC LIMIT ?""",  # noqa: S608
            (upto, limit),
        ).fetchall()
        return self._load(rows)

    def search(
        self,
        query: Query,
        limit: int,
        now: datetime,
        sources: Mapping[str, Source],
        order: SearchOrder = "newest",
        enough: Enough = never,
    ) -> list[Story]:
        """The stories that match, the newest or the most relevant first; those found until `enough` says so."""
        return search.search(self.conn, query, limit, now, sources, order, enough)

    def changes(self, topics: Iterable[Topic], sources: Iterable[Source], now: datetime) -> list[TopicChange]:
        """What each topic would gain and lose if these topics and sources were configured; raises QueryError."""
        known = {source.id: source for source in sources}
        return outlook.changes(self.conn, compile_topics(topics), known, now)

    def preview(self, topic: str, topics: Iterable[Topic], sources: Iterable[Source], now: datetime) -> TopicChange:
        """One of these topics with all stories that it would hold; raises QueryError."""
        known = {source.id: source for source in sources}
        compiled = next(one for one in compile_topics(topics) if one.topic.id == topic)
        return outlook.preview(self.conn, compiled, known, now)

    def sources(self) -> list[SourceHealth]:
        """How every configured source is doing."""
        return health.sources(self.conn)

    def source(self, source_id: str) -> SourceHealth:
        """How one source is doing; raises NotFound, which suggests a similar id."""
        for source in health.sources(self.conn, source_id):
            return source
        known = [id for (id,) in self.conn.execute("SELECT id FROM sources WHERE configured = 1")]
        raise NotFound("source", source_id, known)

    def fetches(self, source_id: str) -> list[PastFetch]:
        """The last fetches of a source, the newest first."""
        return fetches.of_source(self.conn, source_id)

    def lists(self) -> dict[str, tuple[NamedFeed, ...]]:
        """The sources that each list named when it was last read."""
        return lists.copies(self.conn)

    def incidents(self, limit: int) -> list[Incident]:
        """The incidents of sources, the one that changed last first."""
        return incidents.latest(self.conn, limit)

    def items(self, source: str | None, limit: int | None) -> Iterator[StoredItem]:
        """Stored items in order of arrival; raises NotFound for a source that has none and is not configured."""
        if source is not None:
            known = [row[0] for row in self.conn.execute("SELECT id FROM sources")]
            if source not in known:
                raise NotFound("source", source, known)
        for rows in self._items(source, float("inf") if limit is None else limit):
            for row in rows:
                yield StoredItem(row["id"], item_of(row), row["uuid"], at(row["first_seen"]))

    def _items(self, source: str | None, most: float) -> Iterator[list[sqlite3.Row]]:
        """Rows of items in batches, as one long statement would keep the write-ahead log from being reset."""
        which, last = "" if source is None else "source = :source AND", 0
        while rows := self.conn.execute(
            f"""SELECT items.*, uuid FROM items LEFT JOIN stories ON stories.id = story
            WHERE items.id IN (SELECT id FROM items WHERE {which} id > :last ORDER BY id LIMIT :most)
            ORDER BY items.id""",  # noqa: S608 -- the next are sorted out by an index: no other texts are read
            {"source": source, "last": last, "most": min(most, BATCH)},
        ).fetchall():
            yield rows
            last, most = rows[-1]["id"], most - len(rows)

    def counts(self) -> dict[str, int]:
        """How many items, stories and sources there are."""
        row = self.conn.execute(
            """SELECT (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM stories) AS stories,
            (SELECT count(*) FROM stories WHERE outlets > 1) AS merged,
            (SELECT count(*) FROM sources WHERE enabled) AS sources,
            (SELECT count(*) FROM sources WHERE enabled AND failures) AS failing,
            (SELECT count(*) FROM sources WHERE enabled AND last_poll IS NOT NULL) AS polled"""
        ).fetchone()
        return dict(zip(row.keys(), row, strict=True))

    def versions(self) -> dict[str, int]:
        """The version of every configured topic: a number that grows with each change of its feed."""
        return dict(self.conn.execute("SELECT id, version FROM topics WHERE configured = 1").fetchall())

    def _load(self, rows: list[sqlite3.Row]) -> list[Story]:
        return stories.load(self.conn, [row[0] for row in rows])


def _topic(row: sqlite3.Row) -> TopicState:
    return TopicState(
        id=row["id"],
        uuid=row["uuid"],
        title=row["title"],
        stories=row["stories"],
        changed=at(row["changed"]),
        version=row["version"],
    )
