"""What a reader's search finds: the stories that match a query, the newest first or the best of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
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


def search(
    conn: sqlite3.Connection,
    query: Query,
    limit: int,
    now: datetime,
    sources: Mapping[str, Source],
    order: Order,
    enough: Enough,
) -> list[Story]:
    """The stories that match, the newest first, or the best of the newest; those found until `enough` says so."""
    hidden = {row[0] for row in conn.execute(curated.HIDDEN)}
    newest = islice(narrowing.for_search(conn, query.tree, now), GLANCED_AT)
    ids = (id for id in glanced(conn, newest, query.tree, now, sources, enough) if id not in hidden)
    asked = _promising(conn, query, ids, now, sources) if order == "best" else ids
    found = _matching(conn, asked, query, now, sources, enough)
    if order == "newest":
        return [story for story, _ in islice(found, limit)]
    best = sorted(islice(found, max(limit, READ)), key=lambda pair: -relevance(query, pair[1], now))
    return [story for story, _ in best[:limit]]


def _matching(
    conn: sqlite3.Connection,
    ids: Iterator[int],
    query: Query,
    now: datetime,
    sources: Mapping[str, Source],
    enough: Enough,
) -> Iterator[tuple[Story, Matter]]:
    ids = islice(ids, LOOKED_AT)
    size = FIRST
    while batch := list(islice(ids, size)):
        for story in stories.load(conn, batch):
            if enough():
                return
            seen = matter(story, sources)
            if query.matches(seen, now):
                yield story, seen
        size = BATCH


def _promising(
    conn: sqlite3.Connection, query: Query, ids: Iterator[int], now: datetime, sources: Mapping[str, Source]
) -> Iterator[int]:
    """The newest of these, ordered by how well their headlines match."""
    seen = glimpses(conn, list(islice(ids, RANKED)), sources)
    yield from (id for id, _ in sorted(seen, key=lambda pair: -relevance(query, pair[1], now)))
