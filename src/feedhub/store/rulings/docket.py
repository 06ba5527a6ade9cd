"""Reading and moving stories and their copies for rulings, inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from feedhub.store.many import array
from feedhub.store.merging import electing, ending, revising, stories
from feedhub.store.merging.fresh import open_story
from feedhub.store.merging.lately import Lately
from feedhub.store.times import at

BOUND = 50  # copies of a story that a ruling keeps apart from others, the fullest


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling changed that topics have to know."""

    number: int
    stories: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()  # that lost a story
    apart: frozenset[int] = frozenset()  # of the stories, those that copies have left


class Docket:
    """Reads and moves stories and copies at the time of a ruling."""

    def __init__(self, conn: sqlite3.Connection, lately: Lately, now: datetime):
        self.conn, self.lately, self.now = conn, lately, now

    def items(self, story: int) -> list[int]:
        """The copies of a story."""
        return [row[0] for row in self.conn.execute("SELECT id FROM items WHERE story = ? ORDER BY id", (story,))]

    def remaining(self, items: Iterable[int]) -> list[sqlite3.Row]:
        """The items, of these, that still exist, with their stories."""
        return self.conn.execute(
            "SELECT id, story, published FROM items WHERE id IN (SELECT value FROM json_each(?))",
            (array(items),),
        ).fetchall()

    def story_of(self, item: int) -> int | None:
        """The story in which an item stands; None where it exists no more."""
        return next((row["story"] for row in self.remaining([item])), None)

    def named(self, uuid: str) -> int | None:
        """The story of this id, or the one that it ended in."""
        return next(iter(stories.named(self.conn, uuid)), None)

    def uuid(self, story: int) -> str:
        """The id of a story, as people and rulings name it."""
        uuid: str = self.column("uuid", story)
        return uuid

    def shown(self, parts: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """For each of these stories its part in a ruling, and outlet and headline of the copy that it is shown by."""
        question = """SELECT outlet, items.title FROM stories JOIN items ON items.id = canonical
            JOIN sources ON sources.id = source WHERE uuid = ?"""
        return [(part, *self.conn.execute(question, (uuid,)).fetchone()) for part, uuid in parts.items()]

    def column(self, name: Literal["uuid", "core", "canonical", "published"], story: int) -> Any:
        """One column of a story's row."""
        return self.conn.execute(f"SELECT {name} FROM stories WHERE id = ?", (story,)).fetchone()[0]  # noqa: S608

    def standing_for(self, story: int, most: int = BOUND) -> list[int]:
        """The copies that stand for a story in a ruling: several, as each may be deleted one day."""
        rows = self.conn.execute("SELECT id FROM items WHERE story = ? ORDER BY length DESC, id LIMIT ?", (story, most))
        return [row[0] for row in rows]

    def join(self, ended: int, into: int, of: int | None = None) -> frozenset[str]:
        """Move all copies of a story into another one and end it; returns the topics that lost it.

        `of`: the item whose own story it was, so that its id comes back with the item.
        """
        self.conn.execute("UPDATE items SET story = ? WHERE story = ?", (into, ended))
        topics = ending.dissolve(self.conn, ended, into=into, of=of)
        self.settle(into)
        revising.catch_up_all(self.conn, into)
        return topics

    def take_out(self, copies: Sequence[sqlite3.Row], story: int) -> int:
        """Move copies out of their story into a new one, which the caller settles; returns the new one."""
        first = min(copies, key=lambda row: (row["published"], row["id"]))
        fresh = open_story(self.conn, first["id"], at(first["published"]))
        self.conn.executemany(
            "UPDATE items SET story = ?, share = 1 WHERE id = ?", [(fresh, row["id"]) for row in copies]
        )
        self.settle(story)
        for row in copies:
            self.lately.constraints.left(row["id"], story)
        return fresh

    def settle(self, story: int) -> None:
        """Bring a story up to date after its copies changed."""
        settle_story(self.conn, self.lately, story, self.now)

    def restore_lead(self, uuid: str, core: int | None, canonical: int | None) -> None:
        """Make these copies core and canonical copy of their story again, if they still belong to it.

        None: rulings of an earlier version did not record them.
        """
        rows = self.conn.execute(
            """SELECT items.id, story FROM stories JOIN items ON story = stories.id
            WHERE uuid = ? AND items.id IN (?, ?)""",
            (uuid, core, canonical),
        )
        held = dict(rows.fetchall())
        if core is not None and core in held:
            electing.lead(self.conn, self.lately, held[core], core)
        if canonical is not None and canonical in held:
            self.conn.execute("UPDATE stories SET canonical = ? WHERE id = ?", (canonical, held[canonical]))
        for story in set(held.values()):
            electing.elect(self.conn, story)

    def renew(self, stories: Iterable[int]) -> None:
        """Mark these stories as changed for readers."""
        self.conn.executemany(
            "UPDATE stories SET updated = ? WHERE id = ?", [(self.now.timestamp(), id) for id in stories]
        )


def settle_story(conn: sqlite3.Connection, lately: Lately, story: int, now: datetime) -> None:
    """Elect core and canonical copy anew after a story's copies changed; a story without copies ends."""
    lately.constraints.regard(story)
    if electing.settle_without(conn, lately, story):
        conn.execute("UPDATE stories SET updated = ? WHERE id = ?", (now.timestamp(), story))
    else:
        ending.forget(conn, [story])
