"""What a reader's search finds: the stories that match a query, the newest first or the best of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

from feedhub.model import Source, Story
from feedhub.store.merging import curated, stories
from feedhub.store.patience import Enough
from feedhub.store.publishing import narrowing
from feedhub.store.publishing.glances import glanced, glimpses
from feedhub.topics import Matter, Query, matter, relevance

LOOKED_AT = 2_000  # newest stories with its words that a search reads
GLANCED_AT = 20_000  # newest stories whose headlines it looks at, if these can rule some out
RANKED, READ = 200, 50  # newest stories ranked by their headlines, and how many of the best are read
FIRST, BATCH = 30, 100  # stories read at once: mostly the first few are all that is asked for

Order = Literal["newest", "best"]


@dataclass(frozen=True, slots=True)
class Search:
    """A query asked of all that is stored; it finds what it has come to when there was `enough` of it."""

    conn: sqlite3.Connection
    query: Query
    now: datetime
    sources: Mapping[str, Source]
    enough: Enough

    def newest(self, limit: int) -> list[Story]:
        """The stories that match, the newest first."""
        return [story for story, _ in islice(self._matching(self._likely()), limit)]

    def best(self, limit: int) -> list[Story]:
        """The newest stories that match, the most relevant first."""
        found = islice(self._matching(self._promising(self._likely())), max(limit, READ))
        return [story for story, _ in sorted(found, key=lambda pair: -self._relevance(pair[1]))[:limit]]

    def _likely(self) -> Iterator[int]:
        """Row ids of the stories that the index, headlines, names and times do not rule out, the newest first."""
        hidden = {row[0] for row in self.conn.execute(curated.HIDDEN)}
        newest = islice(narrowing.for_search(self.conn, self.query.tree, self.now), GLANCED_AT)
        seen = glanced(self.conn, newest, self.query.tree, self.now, self.sources, self.enough)
        return (id for id in seen if id not in hidden)

    def _promising(self, ids: Iterator[int]) -> Iterator[int]:
        """The newest of these, ordered by how well their headlines match."""
        seen = glimpses(self.conn, list(islice(ids, RANKED)), self.sources)
        yield from (id for id, _ in sorted(seen, key=lambda pair: -self._relevance(pair[1])))

    def _matching(self, ids: Iterator[int]) -> Iterator[tuple[Story, Matter]]:
        ids = islice(ids, LOOKED_AT)
        size = FIRST
        while batch := list(islice(ids, size)):
            for story in stories.load(self.conn, batch):
                if self.enough():
                    return
                seen = matter(story, self.sources)
                if self.query.matches(seen, self.now):
                    yield story, seen
            size = BATCH

    def _relevance(self, seen: Matter) -> float:
        return relevance(self.query, seen, self.now)
