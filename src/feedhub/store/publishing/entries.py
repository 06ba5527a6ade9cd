"""The entries of topics: which stories stand there since when, at which version each came or last changed.

Beside them stands the history of each topic: all that ever entered it, numbered.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from feedhub.store import times
from feedhub.store.many import array
from feedhub.store.publishing import unasked

# What the story ?1 says: an entry has changed for those who ask for changes when this is another. A copy or a relation
# that is new does not change it.
_SHOWN = "(SELECT digest FROM stories AS told JOIN items ON items.id = told.canonical WHERE told.id = ?1)"

# The last number of the history of topic ?1: a page that is closed stays so, though its last story was hidden.
_LAST = """(SELECT max(archived, coalesce((SELECT max(number) FROM history WHERE topic = ?1), 0))
    FROM topics WHERE id = ?1)"""


def enter(conn: sqlite3.Connection, entries: Iterable[tuple[str, int]], now: datetime) -> None:
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


def number(conn: sqlite3.Connection, topic: str) -> None:
    """Put what stands in a topic and has no number in its history, in order of publication."""
    conn.execute(
        f"""INSERT INTO history SELECT ?1, {_LAST} + row_number() OVER (ORDER BY published, story), story
        FROM entries WHERE topic = ?1 AND story NOT IN (SELECT story FROM history WHERE topic = ?1)""",  # noqa: S608
        (topic,),
    )


def leave(conn: sqlite3.Connection, topic: str, story: int) -> None:
    """Take a story out of a topic and of its history, as an editor wishes."""
    conn.execute("DELETE FROM entries WHERE topic = ? AND story = ?", (topic, story))
    conn.execute("DELETE FROM history WHERE topic = ? AND story = ?", (topic, story))


def entered(conn: sqlite3.Connection, story: int) -> dict[str, float]:
    """Where a story stands, and since when."""
    return dict(conn.execute("SELECT topic, entered FROM entries WHERE story = ? ORDER BY topic", (story,)).fetchall())


def stood(conn: sqlite3.Connection, story: int) -> set[str]:
    """The topics that a story stands in or once stood in: their archives have it still."""
    rows = conn.execute(
        "SELECT topic FROM history WHERE story = ?1 UNION SELECT topic FROM entries WHERE story = ?1", (story,)
    )
    return {row[0] for row in rows}


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
            enter(conn, [(topic, story)], times.at(since[topic]))


def renew(conn: sqlite3.Connection, ids: Iterable[int], now: datetime) -> None:
    """The entries that show other words than before, or whose story counts as changed, are of their topic's version."""
    conn.executemany(
        f"""UPDATE entries SET version = (SELECT version FROM topics WHERE id = topic), shown = {_SHOWN}
        WHERE story = ?1
            AND (shown IS NOT {_SHOWN} OR EXISTS (SELECT 1 FROM stories WHERE id = ?1 AND updated >= ?2))""",  # noqa: S608
        [(id, now.timestamp()) for id in ids],
    )


def bump(conn: sqlite3.Connection, topics: Iterable[str], now: datetime) -> None:
    """Say that these topics' feeds are other bytes from now on."""
    conn.executemany(
        "UPDATE topics SET changed = max(changed, ?), version = version + 1 WHERE id = ?",
        [(now.timestamp(), topic) for topic in topics],
    )
