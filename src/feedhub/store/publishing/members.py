"""Which stories are in which topic. This is decided when a story comes or changes, and stored, so that order and ids
last.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from feedhub.model import Item, Source
from feedhub.store.many import array
from feedhub.store.merging import curated, stories
from feedhub.store.merging.curated import UNSAID
from feedhub.store.publishing import entries, flood
from feedhub.store.publishing.flood import Entry, Gate
from feedhub.store.publishing.selection import Selection
from feedhub.topics import Matter, alone, matter

EXPIRING = 500  # entries that are let go in one transaction, some 10 ms

_NONE: Mapping[int, Item] = {}


def touch(
    conn: sqlite3.Connection,
    selection: Selection,
    changed: Collection[int],
    now: datetime,
    gate: Gate | None = None,
    lone: Mapping[int, Item] = _NONE,
    apart: Collection[int] = (),
) -> frozenset[str]:
    """Let stories that came or changed enter the topics they match; returns the topics whose feeds have changed.

    A story that has entered stays, since readers have it already, unless an editor hides it or it is one of those taken
    `apart`: it may have entered for copies that it has lost. `gate` holds back what is too much for one poll. `lone`
    are stories that were just opened, each with its one copy, which need not be read again.
    """
    ids = sorted(changed) if selection.topics else []
    if not ids:
        return frozenset()
    touched: set[str] = set()
    said = curated.of(conn, ids)
    entering: list[Entry] = []
    seen = _seen(conn, selection.sources, ids, lone)
    held = flood.topics_of(conn, "entries", [id for id in ids if id not in lone])
    taking = _taking(conn, selection, seen, now)
    for id in ids:
        word = said.get(id, UNSAID)
        taken = taking[id] | (word.pinned & selection.ids)
        entering += [(topic, id, seen[id].stamp) for topic in taken - held[id] if not word.hides(topic)]
        left = held[id] - taken if id in apart else set()
        if word.hidden:
            left = left.union(topic for topic in entries.ever_in(conn, id) if word.hides(topic))
        for topic in left:
            entries.leave(conn, topic, id)
        touched |= held[id] | left
    touched |= _admit(conn, gate.let_in(conn, entering) if gate else {(topic, id) for topic, id, _ in entering}, now)
    entries.bump(conn, touched, now)
    entries.renew(conn, [id for id in ids if held[id]], now)
    return frozenset(touched)


def _seen(
    conn: sqlite3.Connection, sources: Mapping[str, Source], ids: Sequence[int], lone: Mapping[int, Item]
) -> dict[int, Matter]:
    """These stories as queries see them."""
    told = {id: alone(item, sources[item.source_id]) for id, item in lone.items() if item.source_id in sources}
    read = stories.by_id(conn, [id for id in ids if id not in told])
    return told | {id: matter(story, sources) for id, story in read.items()}


def _taking(
    conn: sqlite3.Connection, selection: Selection, seen: Mapping[int, Matter], now: datetime
) -> dict[int, frozenset[str]]:
    """The topics that take each story now, without those that hold it back until another source prints it."""
    flood.release(conn, [id for id, what in seen.items() if what.copies > 1])
    back = flood.topics_of(conn, "held_back", list(seen))
    return {id: selection.index.select(what, now) - back[id] for id, what in seen.items()}


def update_related(
    conn: sqlite3.Connection, selection: Selection, stories: Collection[int], now: datetime
) -> frozenset[str]:
    """Bring topics up to date with stories whose relations changed; returns the topics whose feeds have changed.

    All that queries see of relations is the number of newsrooms (`origins`). If no topic asks for that, every story
    stays where it is.
    """
    if selection.asks_origins:
        return touch(conn, selection, stories, now)
    topics = frozenset[str]().union(*flood.topics_of(conn, "entries", sorted(stories)).values())
    entries.bump(conn, topics, now)
    return topics


def admit_waiting(conn: sqlite3.Connection, gate: Gate, now: datetime) -> frozenset[str]:
    """Admit held-back stories whose turn has come; returns the topics whose feeds have changed."""
    touched = _admit(conn, gate.follow(conn), now)
    entries.bump(conn, touched, now)
    return touched


def _admit(conn: sqlite3.Connection, passed: Collection[tuple[str, int]], now: datetime) -> frozenset[str]:
    """Add stories that have passed the gate to their topics, in the order of stories; returns these topics."""
    entries.enter(conn, sorted(passed, key=itemgetter(1)), now)
    return frozenset(topic for topic, _ in passed)


def expire(conn: sqlite3.Connection, selection: Selection, now: datetime) -> frozenset[str]:
    """Remove one batch of stories that are too old for their topics, unless they are pinned there.

    Returns the topics that changed; none if nothing is left to do.
    """
    differing, said, room = set(), curated.of(conn), EXPIRING
    for compiled in selection.topics:
        if compiled.topic.max_age is not None:
            oldest, topic = (now - compiled.topic.max_age).timestamp(), compiled.topic.id
            pinned = array(curated.pinned(said, topic))
            old = conn.execute(
                """SELECT topic, story FROM entries WHERE topic = ? AND published < ?
                    AND story NOT IN (SELECT value FROM json_each(?)) LIMIT ?""",
                (topic, oldest, pinned, room),
            ).fetchall()
            conn.executemany("DELETE FROM entries WHERE topic = ? AND story = ?", old)
            room -= len(old)
            if old:
                differing.add(topic)
    entries.bump(conn, differing, now)
    return frozenset(differing)
