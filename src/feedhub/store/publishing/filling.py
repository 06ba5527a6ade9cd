"""Which of all stored stories topics take: for topics that are new, and to tell what a configuration would change."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

import orjson

from feedhub.model import Source
from feedhub.store import times
from feedhub.store.merging import curated, stories
from feedhub.store.merging.curated import Said
from feedhub.store.publishing import search
from feedhub.topics import CompiledTopic, matter, told_at_a_glance

BATCH = 200  # stories read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """A stored story, as far as people need to recognise it."""

    id: str
    title: str
    outlet: str
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """What a configuration would change in a topic."""

    topic: str
    state: str  # new, changed, same, removed
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
            candidates = search.candidates(conn, compiled.whole, now)
        else:
            candidates = search.glanced(conn, iter(among[compiled.topic.id]), compiled.whole, now)
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
        members = corrected(topic, members - _held_back(conn, topic), said)
        found[topic] = members if among is None else members & among[topic]
    return found


def corrected(topic: str, members: set[int], said: Mapping[int, Said]) -> set[int]:
    """A topic's stories after the editors' word."""
    pinned = {story for story, word in said.items() if topic in word.pinned}
    return {story for story in members | pinned if story not in said or not said[story].hides(topic)}


def _held_back(conn: sqlite3.Connection, topic: str) -> set[int]:
    """What a flood brought and a topic did not take."""
    return {row[0] for row in conn.execute("SELECT story FROM held_back WHERE topic = ?", (topic,))}


def changes(
    conn: sqlite3.Connection,
    topics: Iterable[tuple[CompiledTopic, str]],
    sources: Mapping[str, Source],
    now: datetime,
) -> list[TopicChange]:
    """What would be other if these topics, each with its rule, were those of the store; changes nothing."""
    known = list(topics)
    rules = dict(conn.execute("SELECT id, rule FROM topics WHERE configured = 1").fetchall())
    fresh = [compiled for compiled, rule in known if rules.get(compiled.topic.id) != rule]
    will = taken(conn, fresh, sources, now)
    told = []
    for compiled, _ in known:
        id = compiled.topic.id
        state = "new" if id not in rules else "changed" if id in will else "same"
        held = standing(conn, id)
        told.append(_change(conn, id, state, held, will.get(id, held)))
    gone = rules.keys() - {compiled.topic.id for compiled, _ in known}
    return [*told, *(_change(conn, id, "removed", standing(conn, id), set()) for id in sorted(gone))]


def preview(
    conn: sqlite3.Connection, compiled: CompiledTopic, rule: str, sources: Mapping[str, Source], now: datetime
) -> TopicChange:
    """One topic as it would stand, whether the store knows it or not; changes nothing."""
    id = compiled.topic.id
    rules = dict(conn.execute("SELECT id, rule FROM topics WHERE configured = 1 AND id = ?", (id,)).fetchall())
    state = "new" if id not in rules else "changed" if rules[id] != rule else "same"
    held = standing(conn, id)
    will = held if state == "same" else taken(conn, [compiled], sources, now)[id]
    return replace(_change(conn, id, state, held, will), stays=tuple(stand(conn, held & will)))


def standing(conn: sqlite3.Connection, topic: str, among: Collection[int] | None = None) -> set[int]:
    """The stories that stand in a topic, all or `among` some."""
    if among is None:
        return {row[0] for row in conn.execute("SELECT story FROM entries WHERE topic = ?", (topic,))}
    rows = conn.execute(
        "SELECT story FROM json_each(?) AS chosen CROSS JOIN entries ON topic = ? AND story = chosen.value",
        (orjson.dumps(list(among)).decode(), topic),
    )
    return {row[0] for row in rows}


def _change(conn: sqlite3.Connection, topic: str, state: str, held: set[int], will: set[int]) -> TopicChange:
    return TopicChange(
        topic=topic,
        state=state,
        stories=len(will),
        gains=tuple(stand(conn, will - held)),
        losses=tuple(stand(conn, held - will)),
    )


def stand(conn: sqlite3.Connection, ids: Iterable[int]) -> list[Stands]:
    """These stories, the newest first."""
    rows = []
    asked = iter(ids)
    while batch := list(islice(asked, BATCH)):
        marks = ",".join("?" * len(batch))
        rows += conn.execute(
            f"""SELECT uuid, items.title, outlet, stories.published FROM stories JOIN items ON items.id = canonical
            JOIN sources ON sources.id = items.source WHERE stories.id IN ({marks})""",  # noqa: S608
            batch,
        ).fetchall()
    rows.sort(key=lambda row: (-row[3], row[0]))
    return [Stands(id=uuid, title=title, outlet=outlet, published=times.at(at)) for uuid, title, outlet, at in rows]
