"""Which stories stand in which topic: decided when a story comes or changes, and stored, so that order and ids last."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from uuid import uuid4

from feedhub.model import Item, Source, Topic
from feedhub.store import times
from feedhub.store.many import array
from feedhub.store.merging import curated, flood, stories
from feedhub.store.merging.curated import UNSAID
from feedhub.store.merging.flood import Entry, Gate
from feedhub.store.publishing import filling, lineup, unasked
from feedhub.topics import CompiledTopic, Matter, TopicIndex, alone, compile_topics, matter

# What the story ?1 says: an entry has changed for those who ask for changes when this is another. A copy or a relation
# that is new does not change it.
_SHOWN = "(SELECT digest FROM stories AS told JOIN items ON items.id = told.canonical WHERE told.id = ?1)"

# The last number of the history of topic ?1: a page that is closed stays so, though its last story was hidden.
_LAST = """(SELECT max(archived, coalesce((SELECT max(number) FROM history WHERE topic = ?1), 0))
    FROM topics WHERE id = ?1)"""

EXPIRING = 500  # entries that are let go in one transaction, some 10 ms
FEW = 200  # stories of sources that were edited which topics are asked about at once; of more, all stories in steps

_NONE: Mapping[int, Item] = {}


class Desk:
    """The topics and sources of the running configuration, as selection needs them."""

    def __init__(self, topics: Iterable[Topic], sources: Iterable[Source]):
        self.topics: tuple[CompiledTopic, ...] = compile_topics(topics)
        self.index = TopicIndex(self.topics)
        self.ids = frozenset(compiled.topic.id for compiled in self.topics)
        self.limits = {compiled.topic.id: compiled.topic.max_changes for compiled in self.topics}
        self.sources: Mapping[str, Source] = {source.id: source for source in sources}
        self.asks_origins = any(compiled.query.asks_origins for compiled in self.topics)


def sync(conn: sqlite3.Connection, desk: Desk, otherwise: Sequence[str], now: datetime) -> None:
    """Make the stored topics those of the configuration. Those whose rule is new or another are to be filled.

    Those that see sources are asked about the stories of those that are seen `otherwise` now.
    """
    stored = {row["id"]: row for row in conn.execute("SELECT * FROM topics")}
    conn.execute("UPDATE topics SET configured = 0")
    for compiled in desk.topics:
        topic, row = compiled.topic, stored.get(compiled.topic.id)
        conn.execute(
            """INSERT INTO topics (id, uuid, title, rule, lineup, configured, changed) VALUES (?, ?, ?, ?, ?, 1, ?)
            ON CONFLICT (id) DO UPDATE SET title = excluded.title, rule = excluded.rule,
                lineup = excluded.lineup, configured = 1""",
            (topic.id, str(uuid4()), topic.title, filling.rule(compiled), lineup.to_text(topic), now.timestamp()),
        )
        if row is not None and row["lineup"] != lineup.to_text(topic):
            bump(conn, [topic.id], now)
    # One that is configured again has missed what came meanwhile.
    rules = {id: row["rule"] for id, row in stored.items() if row["configured"]}
    fresh, partly = filling.to_ask(rules, desk.topics)
    unasked.forget(conn)
    unasked.all_of(conn, [compiled.topic.id for compiled in fresh])
    said = curated.of(conn)  # what is pinned stands there whether the query takes it or not
    pinned = {one.topic.id: curated.pinned(said, one.topic.id) for one in fresh}
    differing = _fill(conn, fresh, desk, now, pinned)
    if otherwise and partly:
        differing |= _ask_about(conn, partly, desk, filling.printed_by(conn, otherwise, FEW + 1), now)
    bump(conn, differing.union(compiled.topic.id for compiled in fresh), now)


def _ask_about(
    conn: sqlite3.Connection, topics: Sequence[CompiledTopic], desk: Desk, stories: set[int], now: datetime
) -> set[str]:
    """Ask topics about a few stories at once; where these are more, about all by and by. Returns those that differ."""
    ids = [compiled.topic.id for compiled in topics]
    if len(stories) <= FEW:
        return _fill(conn, topics, desk, now, dict.fromkeys(ids, stories))
    unasked.all_of(conn, ids)
    return set()


def fill(conn: sqlite3.Connection, desk: Desk, now: datetime, enough: Callable[[], bool]) -> frozenset[str]:
    """Ask topics about the stories that they are still to be asked about, until it is `enough`.

    Returns the topics that differ now.
    """
    topics = {compiled.topic.id: compiled for compiled in desk.topics}
    differing: set[str] = set()
    while step := unasked.upcoming(conn, topics, now):
        topic = step.topic.topic.id
        differing |= _fill(conn, [step.topic], desk, now, {topic: step.stories})
        unasked.asked(conn, step)
        if step.fills:
            _number(conn, topic)
        if enough():
            break
    bump(conn, differing, now)
    return frozenset(differing)


def _fill(
    conn: sqlite3.Connection,
    topics: Sequence[CompiledTopic],
    desk: Desk,
    now: datetime,
    among: Mapping[str, set[int]],
) -> set[str]:
    """Select anew for these topics `among` some stories; what stays keeps the time at which it entered.

    Returns the topics that differ now.
    """
    differing = set()
    for topic, members in filling.taken(conn, topics, desk.sources, now, among).items():
        held = filling.standing(conn, topic, among[topic])
        _enter(conn, [(topic, story) for story in sorted(members - held)], now)
        conn.executemany("DELETE FROM entries WHERE topic = ? AND story = ?", [(topic, id) for id in held - members])
        if members != held:
            differing.add(topic)
    return differing


def touch(
    conn: sqlite3.Connection,
    desk: Desk,
    changed: Collection[int],
    now: datetime,
    gate: Gate | None = None,
    lone: Mapping[int, Item] = _NONE,
    apart: Collection[int] = (),
) -> frozenset[str]:
    """Let stories that came or changed enter the topics they match; returns the topics whose feeds differ now.

    A story that once entered stays, as readers have it already, unless an editor hides it, or takes it `apart`: what
    it was there for may have been of another story. `gate` holds back what is too much for one poll. `lone` are the
    stories that have just been opened, each with its one copy: what these say need not be read, and they stand nowhere
    yet.
    """
    ids = sorted(changed) if desk.topics else []
    if not ids:
        return frozenset()
    touched: set[str] = set()
    said = curated.of(conn, ids)
    entering: list[Entry] = []
    seen = _seen(conn, desk, ids, lone)
    held = flood.topics_of(conn, "entries", [id for id in ids if id not in lone])
    taking = _taking(conn, desk, seen, now)
    for id in ids:
        word = said.get(id, UNSAID)
        taken = taking[id] | (word.pinned & desk.ids)
        entering += [(topic, id, seen[id].stamp) for topic in taken - held[id] if not word.hides(topic)]
        left = held[id] - taken if id in apart else set()
        if word.hidden:
            left = left.union(topic for topic in _stood(conn, id) if word.hides(topic))
        for topic in left:
            leave(conn, topic, id)
        touched |= held[id] | left
    touched |= _admit(conn, gate.let_in(conn, entering) if gate else {(topic, id) for topic, id, _ in entering}, now)
    bump(conn, touched, now)
    renew(conn, [id for id in ids if held[id]], now)
    return frozenset(touched)


def _seen(conn: sqlite3.Connection, desk: Desk, ids: Sequence[int], lone: Mapping[int, Item]) -> dict[int, Matter]:
    """These stories as queries see them."""
    told = {
        id: alone(item, desk.sources[item.source_id]) for id, item in lone.items() if item.source_id in desk.sources
    }
    read = stories.by_id(conn, [id for id in ids if id not in told])
    return told | {id: matter(story, desk.sources) for id, story in read.items()}


def renew(conn: sqlite3.Connection, ids: Iterable[int], now: datetime) -> None:
    """The entries that show other words than before, or whose story counts as changed, are of their topic's version."""
    conn.executemany(
        f"""UPDATE entries SET version = (SELECT version FROM topics WHERE id = topic), shown = {_SHOWN}
        WHERE story = ?1
            AND (shown IS NOT {_SHOWN} OR EXISTS (SELECT 1 FROM stories WHERE id = ?1 AND updated >= ?2))""",  # noqa: S608
        [(id, now.timestamp()) for id in ids],
    )


def linked(conn: sqlite3.Connection, desk: Desk, stories: Collection[int], now: datetime) -> frozenset[str]:
    """Let it be known that these stories have other relations; returns the topics whose feeds differ now.

    Of relations queries see no more than how many newsrooms tell of an event: where none asks for that, all stories
    stay where they are.
    """
    if desk.asks_origins:
        return touch(conn, desk, stories, now)
    topics = frozenset[str]().union(*flood.topics_of(conn, "entries", sorted(stories)).values())
    bump(conn, topics, now)
    return topics


def _enter(conn: sqlite3.Connection, entries: Iterable[tuple[str, int]], now: datetime) -> None:
    """Let stories stand in topics; a topic's version is told as it will be once the caller has bumped it.

    Those of a topic that is being filled get their numbers when it is: the newest come first there.
    """
    rows = [(story, topic, now.timestamp()) for topic, story in entries]
    conn.executemany(
        f"""INSERT OR IGNORE INTO entries (topic, story, published, entered, version, shown)
        SELECT ?2, id, published, ?3, (SELECT version + 1 FROM topics WHERE id = ?2), {_SHOWN}
        FROM stories WHERE id = ?1""",  # noqa: S608
        rows,
    )
    conn.executemany(
        f"""INSERT OR IGNORE INTO history SELECT ?1, 1 + {_LAST}, ?2
        WHERE NOT EXISTS (SELECT 1 FROM unasked WHERE topic = ?1 AND oldest = ?3)""",  # noqa: S608
        [(topic, story, unasked.EVER) for story, topic, _ in rows],
    )


def _number(conn: sqlite3.Connection, topic: str) -> None:
    """Put what stands in a topic and has no number in its history, in order of publication."""
    conn.execute(
        f"""INSERT INTO history SELECT ?1, {_LAST} + row_number() OVER (ORDER BY published, story), story
        FROM entries WHERE topic = ?1 AND story NOT IN (SELECT story FROM history WHERE topic = ?1)""",  # noqa: S608
        (topic,),
    )


def _stood(conn: sqlite3.Connection, story: int) -> set[str]:
    """The topics that a story stands in or once stood in: their archives have it still."""
    rows = conn.execute(
        "SELECT topic FROM history WHERE story = ?1 UNION SELECT topic FROM entries WHERE story = ?1", (story,)
    )
    return {row[0] for row in rows}


def entered(conn: sqlite3.Connection, story: int) -> dict[str, float]:
    """Where a story stands, and since when."""
    return dict(conn.execute("SELECT topic, entered FROM entries WHERE story = ? ORDER BY topic", (story,)).fetchall())


def rules(conn: sqlite3.Connection, topics: Iterable[str]) -> dict[str, str]:
    """What decides the stories of these topics, as far as they are configured."""
    rows = conn.execute(
        "SELECT id, rule FROM topics WHERE configured AND id IN (SELECT value FROM json_each(?))",
        (array(topics),),
    )
    return dict(rows.fetchall())


def back(conn: sqlite3.Connection, story: int, since: Mapping[str, float], ruled: Mapping[str, str]) -> None:
    """Let a story stand again where it stood, since when it did; topics that others are `ruled` now are to be asked
    about it as if it were new. Of which nothing is said, that is not known.
    """
    now = rules(conn, since)
    for topic in now.keys() & since.keys():
        if ruled.get(topic, now[topic]) == now[topic]:
            _enter(conn, [(topic, story)], times.at(since[topic]))


def follow(conn: sqlite3.Connection, gate: Gate, now: datetime) -> frozenset[str]:
    """Let in what was held back and has its turn now; returns the topics whose feeds differ now."""
    touched = _admit(conn, gate.follow(conn), now)
    bump(conn, touched, now)
    return touched


def _admit(conn: sqlite3.Connection, passed: Collection[tuple[str, int]], now: datetime) -> frozenset[str]:
    """Let what has passed the gate stand in its topics, story by story; returns these topics."""
    _enter(conn, sorted(passed, key=itemgetter(1)), now)
    return frozenset(topic for topic, _ in passed)


def _taking(
    conn: sqlite3.Connection, desk: Desk, seen: Mapping[int, Matter], now: datetime
) -> dict[int, frozenset[str]]:
    """The topics that take each story now, but those that it is held back from while no other source prints it."""
    flood.release(conn, [id for id, what in seen.items() if what.copies > 1])
    back = flood.topics_of(conn, "held_back", list(seen))
    return {id: desk.index.select(what, now) - back[id] for id, what in seen.items()}


def leave(conn: sqlite3.Connection, topic: str, story: int) -> None:
    """Take a story out of a topic and of its history, as an editor wishes."""
    conn.execute("DELETE FROM entries WHERE topic = ? AND story = ?", (topic, story))
    conn.execute("DELETE FROM history WHERE topic = ? AND story = ?", (topic, story))


def bump(conn: sqlite3.Connection, topics: Iterable[str], now: datetime) -> None:
    """Say that these topics' feeds are other bytes from now on."""
    conn.executemany(
        "UPDATE topics SET changed = max(changed, ?), version = version + 1 WHERE id = ?",
        [(now.timestamp(), topic) for topic in topics],
    )


def expire(conn: sqlite3.Connection, desk: Desk, now: datetime) -> frozenset[str]:
    """Let one batch of stories leave topics that they have grown too old for, and are not pinned in.

    Returns the topics that differ now; none when nothing is left to do.
    """
    differing, said, room = set(), curated.of(conn), EXPIRING
    for compiled in desk.topics:
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
    bump(conn, differing, now)
    return frozenset(differing)


def come_of_age(conn: sqlite3.Connection, desk: Desk, now: datetime) -> None:
    """Topics whose queries name ages are to be asked about the stories that came to one since they were asked last."""
    last = conn.execute("SELECT last_run FROM jobs WHERE name = 'ages'").fetchone()
    conn.execute("INSERT OR REPLACE INTO jobs VALUES ('ages', ?)", (now.timestamp(),))
    aging = [compiled for compiled in desk.topics if compiled.query.ages]
    if last is None:
        unasked.all_of(conn, [compiled.topic.id for compiled in aging])
        return
    since, until = sorted((last[0], now.timestamp()))  # a clock that is set back has come to some too soon
    for compiled in aging:
        for age in compiled.query.ages:
            unasked.between(conn, compiled.topic.id, since - age, until - age)
