"""A source that brings or changes too much at once: how much of it each topic takes, and what is held back.

Readers of a topic never see more entries of one source come or change by one poll than the topic allows. The newest
are let in. Of what is held back, news (newer than all that the source had listed before: feedhub was away for a while)
follows with the next polls, as much with each; what is older (an archive that is listed again) stays out until another
source prints it as well. A changed text that is held back is shown, but does not count as changed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from feedhub.store.many import qmarks

Entry = tuple[str, int, float]  # a topic, a story that would enter it, when that was published


@dataclass
class Gate:
    """What one poll may do to the topics."""

    source: str
    newest: float  # the latest publication time that the source had listed before
    limits: Mapping[str, int]  # entries by topic
    used: Counter[str] = field(default_factory=Counter)  # entries of each topic that came or changed
    held: dict[int, bool] = field(default_factory=dict)  # stories that were held back, and whether they are to follow

    def settle_changes(self, conn: sqlite3.Connection, before: Mapping[int, float]) -> None:
        """Let the newest of the stories that this poll changed count as changed; `before`: when each last was."""
        if not before:
            return
        standing = _standing(conn, before)
        over: set[int] = set()
        for topic, stories in _by_topic(standing).items():
            over.update(stories[self.limits.get(topic, len(stories)) :])
        conn.executemany("UPDATE stories SET updated = ? WHERE id = ?", [(before[id], id) for id in sorted(over)])
        self.used.update(topic for topic, id, _ in standing if id not in over)
        self.held |= dict.fromkeys(over, False)

    def let_in(self, conn: sqlite3.Connection, entering: Iterable[Entry]) -> set[tuple[str, int]]:
        """The newest of what would enter each topic, as many as the topic allows; the rest is held back from it."""
        entries = list(entering)
        published = {id: at for _, id, at in entries}
        passed: set[tuple[str, int]] = set()
        for topic, stories in _by_topic(entries).items():
            room = self._room(topic)
            passed.update((topic, id) for id in stories[:room])
            self.used[topic] += len(stories[:room])
            rest = {id: published[id] > self.newest for id in stories[room:]}
            conn.executemany(
                "INSERT OR IGNORE INTO held_back VALUES (?, ?, ?, ?)",
                [(topic, id, self.source, fresh) for id, fresh in rest.items()],
            )
            self.held |= rest
        return passed

    def follow(self, conn: sqlite3.Connection) -> set[tuple[str, int]]:
        """What was held back before and is let in now."""
        rows = conn.execute(
            """SELECT topic, story, published FROM held_back JOIN stories ON stories.id = story
            WHERE source = ? AND fresh""",
            (self.source,),
        ).fetchall()
        passed: set[tuple[str, int]] = set()
        if not rows:
            return passed
        for topic, stories in _by_topic((topic, id, at) for topic, id, at in rows if topic in self.limits).items():
            passed.update((topic, id) for id in stories[: self._room(topic)])
        conn.executemany("DELETE FROM held_back WHERE topic = ? AND story = ?", sorted(passed))
        return passed

    def words(self, listed: int, renamed: int) -> str | None:
        """What happened, for the source's notice; None where nothing was held back."""
        if not self.held:
            return None
        known = f", {renamed} of which are old ones under new guids" if renamed else ""
        follow = sum(self.held.values())
        news = f"; {follow} of them are news and follow with the next polls" if follow else ""
        return (
            f"It listed {listed} entries at once{known}. {len(self.held)} that came or changed are held back from "
            f"topics (max_changes){news}"
        )

    def _room(self, topic: str) -> int:
        return max(0, self.limits[topic] - self.used[topic])


def topics_of(
    conn: sqlite3.Connection, table: Literal["entries", "held_back"], stories: Sequence[int]
) -> defaultdict[int, set[str]]:
    """The topics in which each of these stories stands, or that it is held back from."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for story, topic in conn.execute(f"SELECT story, topic FROM {table} WHERE story IN ({qmarks(stories)})", stories):  # noqa: S608
        found[story].add(topic)
    return found


def release(conn: sqlite3.Connection, stories: Iterable[int]) -> None:
    """Other sources print them: they are news."""
    conn.executemany("DELETE FROM held_back WHERE story = ?", [(story,) for story in stories])


def _standing(conn: sqlite3.Connection, stories: Iterable[int]) -> list[Entry]:
    return [
        (topic, id, published)
        for id in stories
        for topic, published in conn.execute("SELECT topic, published FROM entries WHERE story = ?", (id,))
    ]


def _by_topic(entries: Iterable[Entry]) -> dict[str, list[int]]:
    """The stories of each topic, the newest first."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for topic, id, _ in sorted(entries, key=lambda entry: (-entry[2], -entry[1])):
        found[topic].append(id)
    return found
