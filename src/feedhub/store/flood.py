"""A source that brings or changes too much at once: how much of it each topic takes, and what is held back.

Readers of a topic never see more entries of one source come or change by one poll than the topic allows. The newest
are let in. A story that is held back stays so until another source prints it as well; a changed text that is held
back is shown, but does not count as news.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Entry = tuple[str, int, float]  # a topic, a story that would enter it, when that was published


@dataclass
class Gate:
    """What one poll may do to the topics; `limits` are entries by topic."""

    limits: Mapping[str, int]
    changed: Counter[str] = field(default_factory=Counter)  # entries of each topic that count as changed
    held: set[int] = field(default_factory=set)  # stories that were held back or that count as unchanged

    def settle_changes(self, conn: sqlite3.Connection, before: Mapping[int, float]) -> None:
        """Let the newest of the stories that this poll changed count as changed; `before`: when each last was."""
        over: set[int] = set()
        for topic, stories in _by_topic(_standing(conn, before)).items():
            over.update(stories[self.limits.get(topic, len(stories)) :])
        conn.executemany("UPDATE stories SET updated = ? WHERE id = ?", [(before[id], id) for id in sorted(over)])
        self.changed.update(topic for topic, id, _ in _standing(conn, before) if id not in over)
        self.held |= over

    def let_in(self, conn: sqlite3.Connection, entering: Iterable[Entry]) -> set[tuple[str, int]]:
        """The newest of what would enter each topic, as many as the topic allows; the rest is held back from it."""
        passed: set[tuple[str, int]] = set()
        for topic, stories in _by_topic(entering).items():
            most = max(0, self.limits[topic] - self.changed[topic])
            passed.update((topic, id) for id in stories[:most])
            conn.executemany("INSERT OR IGNORE INTO held_back VALUES (?, ?)", [(topic, id) for id in stories[most:]])
            self.held.update(stories[most:])
        return passed

    def words(self, listed: int, renamed: int) -> str | None:
        """What happened, for the source's notice; None where nothing was held back."""
        if not self.held:
            return None
        known = f", {renamed} of which are old ones under new guids" if renamed else ""
        return (
            f"It listed {listed} entries at once{known}; {len(self.held)} that came or changed are held back from "
            "topics until another source prints them (max_changes)"
        )


def held_back(conn: sqlite3.Connection, story: int) -> set[str]:
    """The topics that a story is held back from."""
    return {row[0] for row in conn.execute("SELECT topic FROM held_back WHERE story = ?", (story,))}


def release(conn: sqlite3.Connection, story: int) -> None:
    """Another source prints it: it is news."""
    conn.execute("DELETE FROM held_back WHERE story = ?", (story,))


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
