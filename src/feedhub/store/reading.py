"""The reading side of the store: what is published and shown. One Reader is used by one thread.

Questions that need the merge itself have functions of their own, `comparison.compare` and `replay.replay`, so that the
process that serves does not load the merge.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from feedhub.errors import NotFound
from feedhub.model import Item, Source, Story, Topic, TopicState
from feedhub.store import front_page, punctuality
from feedhub.store.database import faults_named, open_reader
from feedhub.store.links import linked
from feedhub.store.merging import curated, development, evidence, reviews, stories
from feedhub.store.merging.curated import Curation
from feedhub.store.merging.development import Redated, Revision, Text
from feedhub.store.merging.evidence import Evidence
from feedhub.store.merging.reviews import Review
from feedhub.store.merging.rows import item_of
from feedhub.store.patience import Enough, never
from feedhub.store.polling.polled import Polled
from feedhub.store.publishing import lineup, outlook, slots
from feedhub.store.publishing.outlook import TopicChange
from feedhub.store.publishing.published import Published
from feedhub.store.publishing.search import Order, Search
from feedhub.store.publishing.story_cache import StoryCache
from feedhub.store.punctuality import AgencyFigures, OutletFigures
from feedhub.store.rulings import record
from feedhub.store.rulings.record import Ruling
from feedhub.store.times import at
from feedhub.topics import Query, compile_topics

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
    """A reading connection, and the questions about stories and topics; `polled` and `published` answer the others."""

    def __init__(self, database: Path):
        self.conn = open_reader(database)  # for the questions of this package
        self.polled = Polled(self.conn)
        self.published = Published(self.conn)
        self._stories = StoryCache()

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

    def texts(self, items: Sequence[int]) -> dict[int, Text]:
        """The texts of these items; those that are gone are left out."""
        return development.texts(self.conn, items)

    def revisions(self, items: Sequence[int], limit: int) -> list[Revision]:
        """The revisions of these items' texts, the latest first."""
        return development.revisions(self.conn, items, limit)

    def redated(self, items: Sequence[int]) -> dict[int, Redated]:
        """How often the dates of these items were changed."""
        return development.redated(self.conn, items)

    def reviews(self, limit: int) -> list[Review]:
        """Borderline copies that wait for an editor's word, the latest first."""
        return reviews.borderline(self.conn, limit)

    def near_misses(self, limit: int) -> list[Review]:
        """Items that were nearly merged and on which no editor has ruled, the latest first."""
        return reviews.near_misses(self.conn, limit)

    def curation(self, story: str) -> list[Curation]:
        """How editors curated a story, the latest ruling first."""
        return curated.curations_of(self.conn, story)

    def rulings(self, limit: int) -> list[Ruling]:
        """The rulings of editors, the latest first."""
        return record.recorded(self.conn, limit)

    def rulings_on(self, story: str, limit: int) -> list[Ruling]:
        """The rulings by which copies of a story belong in it, or not in others, the latest first."""
        return record.binding(self.conn, story, limit)

    def ruling(self, number: int) -> Ruling:
        """The ruling of this number, which must exist."""
        return record.numbered(self.conn, number)

    def front(self, limit: int, before: datetime | None = None) -> list[Story]:
        """The newest stories, without hidden ones; only those published `before`, if given."""
        return front_page.newest(self.conn, limit, before)

    def leads(self, limit: int, now: datetime) -> list[Story]:
        """The most prominent recent stories: many outlets print them, and they are fresh."""
        return front_page.leads(self.conn, limit, now)

    def changes_since(self, since: datetime) -> tuple[int, int]:
        """How many of the newest stories came after this time, and how many others changed."""
        return front_page.changes_since(self.conn, since)

    def search(
        self,
        query: Query,
        limit: int,
        now: datetime,
        sources: Mapping[str, Source],
        order: Order = "newest",
        enough: Enough = never,
    ) -> list[Story]:
        """The stories that match, the newest or the most relevant first; those found until `enough` says so."""
        search = Search(self.conn, query, now, sources, enough)
        return search.best(limit) if order == "best" else search.newest(limit)

    def changes(self, topics: Iterable[Topic], sources: Iterable[Source], now: datetime) -> list[TopicChange]:
        """What each topic would gain and lose if these topics and sources were configured; raises QueryError."""
        known = {source.id: source for source in sources}
        return outlook.changes(self.conn, compile_topics(topics), known, now)

    def preview(self, topic: str, topics: Iterable[Topic], sources: Iterable[Source], now: datetime) -> TopicChange:
        """One of these topics with all stories that it would hold; raises QueryError."""
        known = {source.id: source for source in sources}
        compiled = next(one for one in compile_topics(topics) if one.topic.id == topic)
        return outlook.preview(self.conn, compiled, known, now)

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

    def outlets(self, since: datetime) -> list[OutletFigures]:
        """How often each outlet is first with a shared story, and how late it is otherwise; the busiest first."""
        return punctuality.outlets(self.conn, since)

    def agencies(self, since: datetime) -> list[AgencyFigures]:
        """How far and how fast every agency's copy goes; the busiest first."""
        return punctuality.agencies(self.conn, since)

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


def _topic(row: sqlite3.Row) -> TopicState:
    return TopicState(
        id=row["id"],
        uuid=row["uuid"],
        title=row["title"],
        stories=row["stories"],
        changed=at(row["changed"]),
        version=row["version"],
    )
