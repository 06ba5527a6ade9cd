"""Filling topics from stored stories: new and edited topics, and stories that have reached an age in a query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from feedhub.store.merging import curated
from feedhub.store.patience import Enough
from feedhub.store.publishing import entries, lineup, taking, unasked
from feedhub.store.publishing.selection import Selection
from feedhub.topics import CompiledTopic

FEW = 200  # stories of edited sources that topics are asked about at once; if there are more, all stories are queued


def sync(conn: sqlite3.Connection, selection: Selection, edited: Sequence[str], now: datetime) -> None:
    """Make the stored topics those of the configuration. Topics that are new or have another rule are to be filled.

    Topics whose queries ask for sources, outlets or tags are asked about the stories of `edited` sources.
    """
    stored = {row["id"]: row for row in conn.execute("SELECT * FROM topics")}
    _store(conn, selection.topics, stored, now)
    # A topic that is configured again has missed what came meanwhile.
    rules = {id: row["rule"] for id, row in stored.items() if row["configured"]}
    fresh, partly = taking.to_ask(rules, selection.topics)
    unasked.forget(conn)
    unasked.all_of(conn, [compiled.topic.id for compiled in fresh])
    said = curated.of(conn)  # pinned stories are in a topic whether its query takes them or not
    pinned = {one.topic.id: curated.pinned(said, one.topic.id) for one in fresh}
    differing = _fill(conn, fresh, selection, now, pinned)
    if edited and partly:
        differing |= _ask_about(conn, partly, selection, taking.printed_by(conn, edited, FEW + 1), now)
    entries.bump(conn, differing.union(compiled.topic.id for compiled in fresh), now)


def _store(
    conn: sqlite3.Connection, topics: Iterable[CompiledTopic], stored: Mapping[str, sqlite3.Row], now: datetime
) -> None:
    """Store the topics themselves; the feed of one that is lined up in another way has changed."""
    conn.execute("UPDATE topics SET configured = 0")
    for compiled in topics:
        topic, row, told = compiled.topic, stored.get(compiled.topic.id), lineup.to_text(compiled.topic)
        conn.execute(
            """INSERT INTO topics (id, uuid, title, rule, lineup, configured, changed) VALUES (?, ?, ?, ?, ?, 1, ?)
            ON CONFLICT (id) DO UPDATE SET title = excluded.title, rule = excluded.rule,
                lineup = excluded.lineup, configured = 1""",
            (topic.id, str(uuid4()), topic.title, taking.rule(compiled), told, now.timestamp()),
        )
        if row is not None and row["lineup"] != told:
            entries.bump(conn, [topic.id], now)


def _ask_about(
    conn: sqlite3.Connection, topics: Sequence[CompiledTopic], selection: Selection, stories: set[int], now: datetime
) -> set[str]:
    """Ask topics about a few stories at once, or queue all stories if there are many. Returns the changed topics."""
    ids = [compiled.topic.id for compiled in topics]
    if len(stories) <= FEW:
        return _fill(conn, topics, selection, now, dict.fromkeys(ids, stories))
    unasked.all_of(conn, ids)
    return set()


def fill(conn: sqlite3.Connection, selection: Selection, now: datetime, enough: Enough) -> frozenset[str]:
    """Ask topics about the stories queued for them, until `enough` says so. Returns the topics that changed."""
    topics = {compiled.topic.id: compiled for compiled in selection.topics}
    differing: set[str] = set()
    while step := unasked.upcoming(conn, topics, now):
        topic = step.topic.topic.id
        differing |= _fill(conn, [step.topic], selection, now, {topic: step.stories})
        unasked.asked(conn, step)
        if step.fills:
            entries.number(conn, topic)
        if enough():
            break
    entries.bump(conn, differing, now)
    return frozenset(differing)


def _fill(
    conn: sqlite3.Connection,
    topics: Sequence[CompiledTopic],
    selection: Selection,
    now: datetime,
    among: Mapping[str, set[int]],
) -> set[str]:
    """Select again among some stories for these topics; those that stay keep the time at which they entered.

    Returns the topics that changed.
    """
    differing = set()
    for topic, members in taking.taken(conn, topics, selection.sources, now, among).items():
        held = taking.standing(conn, topic, among[topic])
        entries.enter(conn, [(topic, story) for story in sorted(members - held)], now)
        conn.executemany("DELETE FROM entries WHERE topic = ? AND story = ?", [(topic, id) for id in held - members])
        if members != held:
            differing.add(topic)
    return differing


def come_of_age(conn: sqlite3.Connection, selection: Selection, now: datetime) -> None:
    """Queue, for topics with ages in their queries, the stories that have reached one since these were last asked."""
    last = conn.execute("SELECT last_run FROM jobs WHERE name = 'ages'").fetchone()
    conn.execute("INSERT OR REPLACE INTO jobs VALUES ('ages', ?)", (now.timestamp(),))
    aging = [compiled for compiled in selection.topics if compiled.query.ages]
    if last is None:
        unasked.all_of(conn, [compiled.topic.id for compiled in aging])
        return
    since, until = sorted((last[0], now.timestamp()))  # after the clock was set back, some have reached an age too soon
    for compiled in aging:
        for age in compiled.query.ages:
            unasked.between(conn, compiled.topic.id, since - age, until - age)
