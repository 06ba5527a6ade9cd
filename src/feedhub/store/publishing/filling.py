"""Which of all stored stories topics take: for topics that are new, and to tell what a configuration would change."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from math import inf

import orjson

from feedhub.model import Source
from feedhub.store import times
from feedhub.store.many import array, qmarks
from feedhub.store.merging import curated, stories
from feedhub.store.merging.curated import Said
from feedhub.store.polling import tags
from feedhub.store.publishing import search
from feedhub.store.publishing.search import Place
from feedhub.topics import CompiledTopic, matter, outlet_of, told_at_a_glance

BATCH = 200  # stories read at once
EVER = -inf  # the oldest of a range of unasked stories that goes through all that is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """A stored story, as far as people need to recognise it."""

    id: str
    item: int  # by which it is shown
    title: str
    outlet: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """What a configuration would change in a topic."""

    topic: str
    state: str  # new, changed, filling, same, removed
    stories: int  # that it would have
    gains: tuple[Stands, ...] = ()  # the newest first
    losses: tuple[Stands, ...] = ()
    stays: tuple[Stands, ...] = ()  # given by a preview only


def taken(
    conn: sqlite3.Connection,
    topics: Sequence[CompiledTopic],
    sources: Mapping[str, Source],
    now: datetime,
    among: Mapping[str, set[int]] | None = None,
) -> dict[str, set[int]]:
    """The stories that each of these topics takes of all that are stored, with what editors and floods have to say.

    Or those that it takes `among` some, by topic.
    """
    asked: defaultdict[int, list[CompiledTopic]] = defaultdict(list)
    found: dict[str, set[int]] = {compiled.topic.id: set() for compiled in topics}
    for compiled in topics:
        if among is None:
            candidates = search.candidates(conn, compiled.whole, now, sources)
        else:
            candidates = search.glanced(conn, iter(among[compiled.topic.id]), compiled.whole, now, sources)
        if told_at_a_glance(compiled.whole):
            found[compiled.topic.id].update(candidates)
            continue
        for id in candidates:
            asked[id].append(compiled)
    ids = iter(asked)
    while batch := list(islice(ids, BATCH)):
        for id, story in zip(batch, stories.load(conn, batch), strict=True):
            seen = matter(story, sources)
            for compiled in asked[id]:
                if compiled.takes(seen, now):
                    found[compiled.topic.id].add(id)
    said = curated.of(conn)
    for topic, members in found.items():
        members = corrected(topic, members - _held_back(conn, topic, members), said)
        found[topic] = members if among is None else members & among[topic]
    return found


def corrected(topic: str, members: set[int], said: Mapping[int, Said]) -> set[int]:
    """A topic's stories after the editors' word."""
    pinned = {story for story, word in said.items() if topic in word.pinned}
    return {story for story in members | pinned if story not in said or not said[story].hides(topic)}


def _held_back(conn: sqlite3.Connection, topic: str, among: Collection[int]) -> set[int]:
    """Which of these stories a flood brought and a topic did not take."""
    rows = conn.execute(
        "SELECT story FROM json_each(?) AS chosen CROSS JOIN held_back ON topic = ? AND story = chosen.value",
        (array(among), topic),
    )
    return {story for (story,) in rows}


def rule(compiled: CompiledTopic) -> str:
    """What decides a topic's stories, but for what its query sees of sources."""
    topic = compiled.topic
    age = topic.max_age.total_seconds() if topic.max_age else None
    return orjson.dumps([topic.match, topic.min_copies, age, *compiled.query.saved]).decode()


def to_ask(
    rules: Mapping[str, str], topics: Iterable[CompiledTopic]
) -> tuple[list[CompiledTopic], list[CompiledTopic]]:
    """The topics that are new or have another rule than these; and of the others, those that see their sources."""
    known = list(topics)
    fresh = {one.topic.id: one for one in known if rules.get(one.topic.id) != rule(one)}
    others = (one for one in known if one.topic.id not in fresh)
    return list(fresh.values()), [one for one in others if one.sees_sources]


def printed_by(conn: sqlite3.Connection, sources: Sequence[str], most: int = search.ALL) -> set[int]:
    """The stories of these sources, or so many of them."""
    rows = conn.execute(
        "SELECT DISTINCT story FROM json_each(?) AS chosen CROSS JOIN items ON source = chosen.value LIMIT ?",
        (array(sources), most),
    )
    return {story for (story,) in rows}


def _would(
    conn: sqlite3.Connection, topics: Sequence[CompiledTopic], sources: Mapping[str, Source], now: datetime
) -> dict[str, set[int]]:
    """The stories that topics would hold if these were all there are; those that stay as they are are left out."""
    filling = _being_filled(conn)
    filled = {id: rule for id, rule in _stored(conn).items() if id not in filling}
    fresh, partly = to_ask(filled, topics)
    would = taken(conn, fresh, sources, now)
    left = [id for (id,) in conn.execute("SELECT id FROM sources WHERE configured = 1") if id not in sources]
    printed = printed_by(conn, tags.otherwise(conn, sources.values(), left).seen)
    among = {compiled.topic.id: printed for compiled in partly}
    for topic, members in taken(conn, partly, sources, now, among).items():
        held = standing(conn, topic)
        if members != held & among[topic]:
            would[topic] = held - among[topic] | members
    return would


def changes(
    conn: sqlite3.Connection, topics: Sequence[CompiledTopic], sources: Mapping[str, Source], now: datetime
) -> list[TopicChange]:
    """What would be other if these topics were those of the store; changes nothing."""
    would, stored, filling = _would(conn, topics, sources, now), _stored(conn), _being_filled(conn)
    told = []
    for compiled in topics:
        id = compiled.topic.id
        state, held = _state(compiled, stored, filling, would), standing(conn, id)
        told.append(_change(conn, id, state, held, would.get(id, held), sources))
    gone = stored.keys() - {compiled.topic.id for compiled in topics}
    return [*told, *(_change(conn, id, "removed", standing(conn, id), set(), sources) for id in sorted(gone))]


def preview(
    conn: sqlite3.Connection, compiled: CompiledTopic, sources: Mapping[str, Source], now: datetime
) -> TopicChange:
    """One topic as it would stand, whether the store knows it or not; changes nothing."""
    id = compiled.topic.id
    would, held = _would(conn, [compiled], sources, now), standing(conn, id)
    state, will = _state(compiled, _stored(conn), _being_filled(conn), would), would.get(id, held)
    return replace(_change(conn, id, state, held, will, sources), stays=tuple(_stand(conn, held & will, sources)))


def _state(compiled: CompiledTopic, stored: Mapping[str, str], filling: Collection[str], would: Collection[str]) -> str:
    """What becomes of a topic, where `would` are those that would hold other stories."""
    id = compiled.topic.id
    if id not in stored:
        return "new"
    if id in filling and stored[id] == rule(compiled):
        return "filling"
    return "changed" if id in would else "same"


def _stored(conn: sqlite3.Connection) -> dict[str, str]:
    """The rules of the topics of the running configuration."""
    return dict(conn.execute("SELECT id, rule FROM topics WHERE configured = 1").fetchall())


def _being_filled(conn: sqlite3.Connection) -> set[str]:
    """The topics that were not asked yet about all that is stored."""
    return {id for (id,) in conn.execute("SELECT topic FROM unasked WHERE oldest = ?", (EVER,))}


def standing(conn: sqlite3.Connection, topic: str, among: Collection[int] | None = None) -> set[int]:
    """The stories that stand in a topic, all or `among` some."""
    if among is None:
        return {row[0] for row in conn.execute("SELECT story FROM entries WHERE topic = ?", (topic,))}
    rows = conn.execute(
        "SELECT story FROM json_each(?) AS chosen CROSS JOIN entries ON topic = ? AND story = chosen.value",
        (array(among), topic),
    )
    return {row[0] for row in rows}


def standing_below(conn: sqlite3.Connection, topic: str, below: Place, oldest: float, most: int) -> list[Place]:
    """The next stories below a place, published then or later, that stand in a topic; the newest first."""
    rows = conn.execute(
        """SELECT published, story FROM entries WHERE topic = ? AND (published, story) < (?, ?) AND published >= ?
        ORDER BY published DESC, story DESC LIMIT ?""",
        (topic, *below, oldest, most),
    )
    return list(map(Place._make, rows))


def _change(
    conn: sqlite3.Connection, topic: str, state: str, held: set[int], will: set[int], sources: Mapping[str, Source]
) -> TopicChange:
    return TopicChange(
        topic=topic,
        state=state,
        stories=len(will),
        gains=tuple(_stand(conn, will - held, sources)),
        losses=tuple(_stand(conn, held - will, sources)),
    )


def _stand(conn: sqlite3.Connection, ids: Iterable[int], sources: Mapping[str, Source]) -> list[Stands]:
    """These stories, the newest first."""
    rows = []
    asked = iter(ids)
    while batch := list(islice(asked, BATCH)):
        rows += conn.execute(
            f"""SELECT uuid, canonical, items.title, source, outlet, stories.published FROM stories
            JOIN items ON items.id = canonical JOIN sources ON sources.id = source
            WHERE stories.id IN ({qmarks(batch)})""",  # noqa: S608
            batch,
        ).fetchall()
    rows.sort(key=lambda row: (-row["published"], row["uuid"]))
    return [
        Stands(id=uuid, item=item, title=title, outlet=outlet_of(source, outlet, sources), published=times.at(at))
        for uuid, item, title, source, outlet, at in rows
    ]
