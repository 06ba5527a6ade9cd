"""The stored stories that topics have not been asked about yet: ranges of publication, worked off from the newest.

Asking about all of a large store takes many seconds, for which the writing thread would be busy and polls would wait.
So it is done in steps. How far each range has come is stored with what was found, so that a stop loses nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import inf

from feedhub.store.publishing import narrowing, taking
from feedhub.store.publishing.narrowing import NEWEST, Place
from feedhub.topics import CompiledTopic, told_at_a_glance

EVER = -inf  # the oldest time of a range of all stored stories
READ, GLANCED = 30, 120  # stories per step, some 5 ms: those that are read, and those that are only glanced at


def all_of(conn: sqlite3.Connection, topics: Iterable[str]) -> None:
    """Queue all stories for these topics."""
    ids = [(topic,) for topic in topics]
    conn.executemany("DELETE FROM unasked WHERE topic = ?", ids)
    conn.executemany("INSERT INTO unasked VALUES (?1, ?2, ?3, ?4)", [(*id, EVER, *NEWEST) for id in ids])


def between(conn: sqlite3.Connection, topic: str, oldest: float, newest: float) -> None:
    """Queue for a topic the stories that were published between two times, both included."""
    conn.execute(
        """INSERT INTO unasked VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET published = max(published, excluded.published), story = excluded.story""",
        (topic, oldest, newest, NEWEST.story),
    )


def forget(conn: sqlite3.Connection) -> None:
    """Drop what is queued for topics that left the configuration."""
    conn.execute("DELETE FROM unasked WHERE topic IN (SELECT id FROM topics WHERE configured = 0)")


def being_filled(conn: sqlite3.Connection) -> set[str]:
    """The topics that have not been asked about all stored stories yet."""
    return {id for (id,) in conn.execute("SELECT topic FROM unasked WHERE oldest = ?", (EVER,))}


def left(conn: sqlite3.Connection) -> bool:
    """Whether anything is queued."""
    return conn.execute("SELECT 1 FROM unasked LIMIT 1").fetchone() is not None


@dataclass(frozen=True, slots=True)
class Step:
    """Some stories to ask a topic about next."""

    topic: CompiledTopic
    oldest: float  # of the range that they are of
    stories: set[int]
    end: Place | None  # down to which these are all of the range; None: no more are left

    @property
    def fills(self) -> bool:
        """Whether the topic has been asked about all stored stories once it is asked about these."""
        return self.oldest == EVER and self.end is None


def upcoming(conn: sqlite3.Connection, topics: Mapping[str, CompiledTopic], now: datetime) -> Step | None:
    """The next stories to ask about, for the topic that has come least far; None if nothing is queued."""
    row = conn.execute(
        "SELECT topic, oldest, published, story FROM unasked ORDER BY published DESC, story DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    topic, place = topics[row["topic"]], Place(row["published"], row["story"])
    return Step(topic, row["oldest"], *_below(conn, topic, now, place, row["oldest"]))


def asked(conn: sqlite3.Connection, step: Step) -> None:
    """Record that a topic was asked about these stories."""
    topic = step.topic.topic.id
    if step.end:
        moved = "UPDATE unasked SET published = ?, story = ? WHERE topic = ? AND oldest = ?"
        conn.execute(moved, (*step.end, topic, step.oldest))
    else:
        conn.execute("DELETE FROM unasked WHERE topic = ? AND oldest = ?", (topic, step.oldest))


def _below(
    conn: sqlite3.Connection, compiled: CompiledTopic, now: datetime, place: Place, oldest: float
) -> tuple[set[int], Place | None]:
    """The next stories below a place that may be or are in the topic, and the place down to which these are all."""
    most = GLANCED if told_at_a_glance(compiled.whole) else READ
    likely, reached = narrowing.likely(conn, compiled.whole, now, place, oldest, most)
    standing = taking.standing_below(conn, compiled.topic.id, place, oldest, most)
    ends = [reached] if reached else []
    if len(standing) == most:
        ends.append(standing[-1])
    end = max(ends, default=None)
    return {one.story for one in (*likely, *standing) if end is None or one >= end}, end
