"""The entries of topics: which stories are in them since when, and at which version each came or last changed.

Each topic also has a history: every story that ever entered it, numbered.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from feedhub.store import times
from feedhub.store.many import array
from feedhub.store.publishing import unasked

# The text that story ?1 is shown by: an entry counts as changed when this is another one. A new copy or relation does
# not change it.
_SHOWN = "(SELECT digest FROM stories AS told JOIN items ON items.id = told.canonical WHERE told.id = ?1)"

# The last number of the history of topic ?1: a page that is closed stays so, though its last story was hidden.
_LAST = """(SELECT max(archived, coalesce((SELECT max(number) FROM history WHERE topic = ?1), 0))
    FROM topics WHERE id = ?1)"""


def enter(conn: sqlite3.Connection, entries: Iterable[tuple[str, int]], now: datetime) -> None:
    """Add stories to topics, under the version that the topic will have once the caller has bumped it.

    A topic that is still being filled, newest stories first, gets its numbers when that is done.
    """
    stories: defaultdict[str, list[int]] = defaultdict(list)
    for topic, story in entries:
        stories[topic].append(story)
    come = [(topic, array(ids), now.timestamp()) for topic, ids in stories.items()]
    conn.executemany(
        """INSERT OR IGNORE INTO entries (topic, story, published, entered, version, shown)
        SELECT ?1, stories.id, stories.published, ?3, (SELECT version + 1 FROM topics WHERE id = ?1), digest
        FROM json_each(?2) AS chosen CROSS JOIN stories ON stories.id = chosen.value
        LEFT JOIN items ON items.id = canonical""",
        come,
    )
    conn.executemany(
        f"""INSERT INTO history SELECT ?1, {_LAST} + row_number() OVER (ORDER BY key), value FROM json_each(?2)
        WHERE NOT EXISTS (SELECT 1 FROM history WHERE topic = ?1 AND story = value)
            AND NOT EXISTS (SELECT 1 FROM unasked WHERE topic = ?1 AND oldest = ?3)""",  # noqa: S608
        [(topic, ids, unasked.EVER) for topic, ids, _ in come],
    )


def number(conn: sqlite3.Connection, topic: str) -> None:
    """Add the entries that a topic's history lacks, numbered in order of publication."""
    conn.execute(
        f"""INSERT INTO history SELECT ?1, {_LAST} + row_number() OVER (ORDER BY published, story), story
        FROM entries WHERE topic = ?1 AND story NOT IN (SELECT story FROM history WHERE topic = ?1)""",  # noqa: S608
        (topic,),
    )


def leave(conn: sqlite3.Connection, topic: str, story: int) -> None:
    """Remove a story from a topic and its history, because an editor said so."""
    conn.execute("DELETE FROM entries WHERE topic = ? AND story = ?", (topic, story))
    conn.execute("DELETE FROM history WHERE topic = ? AND story = ?", (topic, story))


def entered(conn: sqlite3.Connection, story: int) -> dict[str, float]:
    """The topics that a story is in, each with the time at which it entered, in Unix seconds."""
    return dict(conn.execute("SELECT topic, entered FROM entries WHERE story = ? ORDER BY topic", (story,)).fetchall())


def ever_in(conn: sqlite3.Connection, story: int) -> set[str]:
    """The topics that a story is or was in: it is still in their archives."""
    rows = conn.execute(
        "SELECT topic FROM history WHERE story = ?1 UNION SELECT topic FROM entries WHERE story = ?1", (story,)
    )
    return {row[0] for row in rows}


def rules(conn: sqlite3.Connection, topics: Iterable[str]) -> dict[str, str]:
    """The stored rules of these topics, as far as they are configured."""
    rows = conn.execute(
        "SELECT id, rule FROM topics WHERE configured AND id IN (SELECT value FROM json_each(?))",
        (array(topics),),
    )
    return dict(rows.fetchall())


def restore(conn: sqlite3.Connection, story: int, since: Mapping[str, float], ruled: Mapping[str, str]) -> None:
    """Put a story back into topics, with the times at which it had entered (`since`).

    A topic whose rule differs from that in `ruled` by now is left out: it is asked about the story as about a new one.
    """
    now = rules(conn, since)
    for topic in now.keys() & since.keys():
        if ruled.get(topic, now[topic]) == now[topic]:
            enter(conn, [(topic, story)], times.at(since[topic]))


def renew(conn: sqlite3.Connection, ids: Iterable[int], now: datetime) -> None:
    """Stamp entries whose text has changed, or whose story counts as changed, with their topic's version."""
    conn.executemany(
        f"""UPDATE entries SET version = (SELECT version FROM topics WHERE id = topic), shown = {_SHOWN}
        WHERE story = ?1
            AND (shown IS NOT {_SHOWN} OR EXISTS (SELECT 1 FROM stories WHERE id = ?1 AND updated >= ?2))""",  # noqa: S608
        [(id, now.timestamp()) for id in ids],
    )


def bump(conn: sqlite3.Connection, topics: Iterable[str], now: datetime) -> None:
    """Give these topics a new version, as their feeds have changed."""
    conn.executemany(
        "UPDATE topics SET changed = max(changed, ?), version = version + 1 WHERE id = ?",
        [(now.timestamp(), topic) for topic in topics],
    )
