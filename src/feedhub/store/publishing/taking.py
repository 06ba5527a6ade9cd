"""Which stored stories topics take, and which are in them."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

import orjson

from feedhub.model import Source
from feedhub.store.many import array
from feedhub.store.merging import curated, stories
from feedhub.store.merging.curated import UNSAID, Said
from feedhub.store.publishing import narrowing
from feedhub.store.publishing.glances import glanced
from feedhub.store.publishing.narrowing import Place
from feedhub.topics import CompiledTopic, matter, told_at_a_glance

BATCH = 200  # stories read at once


def taken(
    conn: sqlite3.Connection,
    topics: Sequence[CompiledTopic],
    sources: Mapping[str, Source],
    now: datetime,
    among: Mapping[str, set[int]] | None = None,
) -> dict[str, set[int]]:
    """The stories that each topic takes, after rulings and floods; of all stored ones, or `among` some."""
    asked: defaultdict[int, list[CompiledTopic]] = defaultdict(list)
    found: dict[str, set[int]] = {compiled.topic.id: set() for compiled in topics}
    for compiled in topics:
        topic, tree = compiled.topic.id, compiled.whole
        likely = narrowing.for_topic(conn, tree, now) if among is None else iter(among[topic])
        candidates = glanced(conn, likely, tree, now, sources)
        if told_at_a_glance(tree):
            found[topic].update(candidates)
        else:
            for id in candidates:
                asked[id].append(compiled)
    for topic, id in _by_their_texts(conn, asked, sources, now):
        found[topic].add(id)
    said = curated.of(conn)
    members = {id: _corrected(id, taken - _held_back(conn, id, taken), said) for id, taken in found.items()}
    return members if among is None else {id: taken & among[id] for id, taken in members.items()}


def _by_their_texts(
    conn: sqlite3.Connection, asked: Mapping[int, list[CompiledTopic]], sources: Mapping[str, Source], now: datetime
) -> Iterator[tuple[str, int]]:
    """The pairs of topic and story, of those in `asked`, in which the topic takes the story by its text."""
    ids = iter(asked)
    while batch := list(islice(ids, BATCH)):
        for id, story in zip(batch, stories.load(conn, batch), strict=True):
            seen = matter(story, sources)
            yield from ((compiled.topic.id, id) for compiled in asked[id] if compiled.takes(seen, now))


def _corrected(topic: str, members: set[int], said: Mapping[int, Said]) -> set[int]:
    """The stories of a topic after the rulings of editors."""
    both = members | curated.pinned(said, topic)
    return {story for story in both if not said.get(story, UNSAID).hides(topic)}


def _held_back(conn: sqlite3.Connection, topic: str, among: Collection[int]) -> set[int]:
    """The stories, of these, that a topic holds back because a flood brought them."""
    rows = conn.execute(
        "SELECT story FROM json_each(?) AS chosen CROSS JOIN held_back ON topic = ? AND story = chosen.value",
        (array(among), topic),
    )
    return {story for (story,) in rows}


def rule(compiled: CompiledTopic) -> str:
    """What decides which stories a topic takes, except for the outlets and tags of sources."""
    topic = compiled.topic
    age = topic.max_age.total_seconds() if topic.max_age else None
    return orjson.dumps([topic.match, topic.min_copies, age, *compiled.query.saved]).decode()


def to_ask(
    rules: Mapping[str, str], topics: Iterable[CompiledTopic]
) -> tuple[list[CompiledTopic], list[CompiledTopic]]:
    """The topics that are new or have another rule, and those of the others whose queries ask for sources."""
    known = list(topics)
    fresh = {one.topic.id: one for one in known if rules.get(one.topic.id) != rule(one)}
    others = (one for one in known if one.topic.id not in fresh)
    return list(fresh.values()), [one for one in others if one.sees_sources]


def printed_by(conn: sqlite3.Connection, sources: Sequence[str], most: int = narrowing.ALL) -> set[int]:
    """The stories that these sources print, at most so many."""
    rows = conn.execute(
        "SELECT DISTINCT story FROM json_each(?) AS chosen CROSS JOIN items ON source = chosen.value LIMIT ?",
        (array(sources), most),
    )
    return {story for (story,) in rows}


def standing(conn: sqlite3.Connection, topic: str, among: Collection[int] | None = None) -> set[int]:
    """The stories that are in a topic, all or `among` some."""
    if among is None:
        return {row[0] for row in conn.execute("SELECT story FROM entries WHERE topic = ?", (topic,))}
    rows = conn.execute(
        "SELECT story FROM json_each(?) AS chosen CROSS JOIN entries ON topic = ? AND story = chosen.value",
        (array(among), topic),
    )
    return {row[0] for row in rows}


def standing_below(conn: sqlite3.Connection, topic: str, below: Place, oldest: float, most: int) -> list[Place]:
    """The next stories of a topic below a place, published at `oldest` or later, the newest first."""
    rows = conn.execute(
        """SELECT published, story FROM entries WHERE topic = ? AND (published, story) < (?, ?) AND published >= ?
        ORDER BY published DESC, story DESC LIMIT ?""",
        (topic, *below, oldest, most),
    )
    return list(map(Place._make, rows))
