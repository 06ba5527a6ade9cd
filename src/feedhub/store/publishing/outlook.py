"""What a configuration would change in topics. Only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from feedhub.model import Source
from feedhub.store import times
from feedhub.store.many import qmarks
from feedhub.store.polling import tags
from feedhub.store.publishing import unasked
from feedhub.store.publishing.taking import BATCH, printed_by, rule, standing, taken, to_ask
from feedhub.topics import CompiledTopic, outlet_of


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


def changes(
    conn: sqlite3.Connection, topics: Sequence[CompiledTopic], sources: Mapping[str, Source], now: datetime
) -> list[TopicChange]:
    """What would change in each topic if these topics were configured."""
    told = [change for change, _ in _told(conn, topics, sources, now)]
    gone = _stored(conn).keys() - {compiled.topic.id for compiled in topics}
    return [*told, *(_change(conn, id, "removed", standing(conn, id), set(), sources) for id in sorted(gone))]


def preview(
    conn: sqlite3.Connection, compiled: CompiledTopic, sources: Mapping[str, Source], now: datetime
) -> TopicChange:
    """What one topic would hold, whether it is stored already or not."""
    ((change, stays),) = _told(conn, [compiled], sources, now)
    return replace(change, stays=tuple(_stand(conn, stays, sources)))


def _told(
    conn: sqlite3.Connection, topics: Sequence[CompiledTopic], sources: Mapping[str, Source], now: datetime
) -> Iterator[tuple[TopicChange, set[int]]]:
    """What would change in each topic, and the stories that would stay in it."""
    stored, filling = _stored(conn), unasked.being_filled(conn)
    would = _would(conn, topics, stored, filling, sources, now)
    for compiled in topics:
        id = compiled.topic.id
        held = standing(conn, id)
        will = would.get(id, held)
        yield _change(conn, id, _state(compiled, stored, filling, would), held, will, sources), held & will


def _would(
    conn: sqlite3.Connection,
    topics: Sequence[CompiledTopic],
    stored: Mapping[str, str],
    filling: Collection[str],
    sources: Mapping[str, Source],
    now: datetime,
) -> dict[str, set[int]]:
    """The stories that topics would hold if these topics were configured; topics that would not change are left out."""
    filled = {id: rule for id, rule in stored.items() if id not in filling}
    fresh, partly = to_ask(filled, topics)
    would = taken(conn, fresh, sources, now)
    left = [id for (id,) in conn.execute("SELECT id FROM sources WHERE configured = 1") if id not in sources]
    printed = printed_by(conn, tags.edited(conn, sources.values(), left).seen)
    among = {compiled.topic.id: printed for compiled in partly}
    for topic, members in taken(conn, partly, sources, now, among).items():
        held = standing(conn, topic)
        if members != held & among[topic]:
            would[topic] = held - among[topic] | members
    return would


def _state(compiled: CompiledTopic, stored: Mapping[str, str], filling: Collection[str], would: Collection[str]) -> str:
    """What would become of a topic; `would` has the topics that would hold other stories."""
    id = compiled.topic.id
    if id not in stored:
        return "new"
    if id in filling and stored[id] == rule(compiled):
        return "filling"
    return "changed" if id in would else "same"


def _stored(conn: sqlite3.Connection) -> dict[str, str]:
    """The rules of the topics of the running configuration."""
    return dict(conn.execute("SELECT id, rule FROM topics WHERE configured = 1").fetchall())


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
