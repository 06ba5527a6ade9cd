"""The editors' word: merge, split, never, pin, hide, undo; and what it binds.

A ruling holds for ever: `constraints` name pairs of items that stand together or apart, and every later decision of
the merge asks them first. What is to stay apart is bound copy by copy, so that it holds for either part when a story is
taken apart later; and where the last copy that is bound leaves a story, or is let go, another one is bound in its
place. Nothing is lost by a ruling: its facts say how to take it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from feedhub.errors import RulingError
from feedhub.store.links import linked
from feedhub.store.merging import curated, evidence, matching, word
from feedhub.store.merging.candidates import Lately
from feedhub.store.merging.fresh import open_story
from feedhub.store.publishing import members
from feedhub.store.record import Verb
from feedhub.store.times import at

NAMED = 5  # items that a refusal names
BOUND = 50  # copies of a story that a ruling binds, the fullest


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling changed, for the topics' sake."""

    number: int
    stories: frozenset[int]
    topics: frozenset[str]  # that lost a story


class Clerk:
    """Carries rulings out, inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection, lately: Lately, who: str, now: datetime):
        self._conn, self._lately, self._who, self._now = conn, lately, who, now

    def merge(self, one: str, other: str) -> Ruled:
        """Make two stories one: the second's copies join the first."""
        kept, ended = self._story(one), self._story(other)
        if kept == ended:
            raise RulingError("they are one story already")
        if number := word.ruling_between(self._conn, kept, ended):
            raise RulingError(f"by ruling {number} these stay apart; undo that first (feedhub undo {number})")
        items = self._items(ended)
        facts = {"kept": self._uuid(kept), "ended": self._uuid(ended), "items": items}
        number = self._record("merge", facts)
        self._bind(number, "together", [self._core(kept)], [self._core(ended)])
        return Ruled(number, frozenset({kept}), self._join(ended, into=kept))

    def split(self, item: str) -> Ruled:
        """Take one copy out of its story; it opens its own, and the two never come together by themselves."""
        self._names_one(item, "id")
        row = evidence.item_row(self._conn, item)
        item_id, story = row["id"], row["story"]
        left = [id for id in self._items(story) if id != item_id]
        if not left:
            raise RulingError(f"item {item_id} is its story's only copy")
        fresh = open_story(self._conn, item_id, at(row["published"]))
        self._conn.execute("UPDATE items SET story = ?, share = 1 WHERE id = ?", (fresh, item_id))
        facts = {"item": item_id, "from": self._uuid(story), "to": self._uuid(fresh), "review": row["review"]}
        number = self._record("split", facts)
        self._settle(story)
        self._lately.word.left(item_id, story)
        self._bind(number, "apart", [item_id], self._bound(story))
        self._conn.execute(
            "UPDATE verdicts SET decided = 0, review = 'rejected' WHERE item = ? AND decided", (item_id,)
        )
        self._settle(fresh)
        return Ruled(number, frozenset({story, fresh}), frozenset())

    def never(self, one: str, other: str) -> Ruled:
        """Rule that two stories are two, whatever they come to share."""
        a, b = self._story(one), self._story(other)
        if a == b:
            raise RulingError("they are one story; take a copy out of it first (feedhub split ITEM)")
        if number := word.ruling_between(self._conn, a, b):
            raise RulingError(f"that is so already, by ruling {number}")
        number = self._record("never", {"one": self._uuid(a), "other": self._uuid(b)})
        self._bind(number, "apart", self._bound(a), self._bound(b))
        return Ruled(number, frozenset(), frozenset())

    def confirm(self, item: str) -> Ruled:
        """Say that a borderline copy is one: it leaves the list for review, and stays a copy whatever comes."""
        self._names_one(item, "id")
        row = evidence.item_row(self._conn, item)
        changed = self._conn.execute(
            "UPDATE verdicts SET review = 'confirmed' WHERE item = ? AND review = 'open'", (row["id"],)
        )
        if not changed.rowcount:
            raise RulingError(f"item {row['id']} waits for no review")
        number = self._record("confirm", {"item": row["id"]})
        self._bind(number, "together", [row["id"]], [row["beside"]])
        return Ruled(number, frozenset(), frozenset())

    def curate(self, verb: Verb, what: str, topic: str, words: str | None = None) -> Ruled:
        """Say something of a story: pin it, hide it, let it lead a topic, or add a note; "" is every topic."""
        story = self._story(what)
        if verb in ("pin", "hide") and (number := curated.standing(self._conn, verb, topic, story)):
            raise RulingError(f"that is so already, by ruling {number}")
        facts = {
            "story": self._uuid(story),
            "topic": topic,
            "words": words,
            "entered": members.entered(self._conn, story),
        }
        number = self._record(verb, {name: value for name, value in facts.items() if value not in (None, "")})
        curated.say(self._conn, number, verb, topic, story, words)
        if verb == "note":
            self._renew({story})
        return Ruled(number, frozenset({story}), frozenset({topic} - {""}))

    def uncurate(self, verb: Verb, what: str, topic: str) -> Ruled:
        """Take back what was last said of a story."""
        number = curated.standing(self._conn, verb, topic, self._story(what))
        if number is None:
            raise RulingError("nothing of this kind was said of the story" + (f" in {topic}" if topic else ""))
        return self.undo(number)

    def undo(self, number: int | None = None) -> Ruled:
        """Take a ruling back, the last one if none is named."""
        row = self._conn.execute(
            "SELECT * FROM rulings WHERE undone IS NULL AND id = coalesce(?, id) ORDER BY id DESC LIMIT 1", (number,)
        ).fetchone()
        if row is None:
            raise RulingError(self._nothing_to_undo(number))
        self._conn.execute("DELETE FROM constraints WHERE ruling = ?", (row["id"],))
        self._lately.word.forget()
        if row["verb"] in ("pin", "hide", "lead", "note"):
            stories, topics = self._uncurated(row)
        else:
            stories, topics = getattr(self, f"_undo_{row['verb']}")(orjson.loads(row["facts"]), row["at"])
        self._conn.execute("UPDATE rulings SET undone = ? WHERE id = ?", (self._now.timestamp(), row["id"]))
        return Ruled(row["id"], frozenset(stories), frozenset(topics))

    def _nothing_to_undo(self, number: int | None) -> str:
        if number is None:
            return "there is nothing to undo"
        known = self._conn.execute("SELECT 1 FROM rulings WHERE id = ?", (number,)).fetchone()
        return f"ruling {number} was undone already" if known else f"there is no ruling {number} to undo"

    def _uncurated(self, row: sqlite3.Row) -> tuple[set[int], Iterable[str]]:
        """What was hidden is back since when it was there; what stood somewhere by its pin alone is asked again."""
        facts = orjson.loads(row["facts"])
        topic, before = facts.get("topic", ""), facts["entered"]
        stories = curated.take_back(self._conn, row["id"])
        for story in stories:
            if row["verb"] == "hide":
                members.back(self._conn, story, {name: at for name, at in before.items() if topic in ("", name)})
            elif topic and topic not in before:
                members.leave(self._conn, topic, story)
        if row["verb"] == "note":
            self._renew(stories)
        return stories, {topic} - {""}

    def _renew(self, stories: Iterable[int]) -> None:
        """Say that readers of these stories have something to see again."""
        self._conn.executemany(
            "UPDATE stories SET updated = ? WHERE id = ?", [(self._now.timestamp(), id) for id in stories]
        )

    def _undo_merge(self, facts: dict[str, Any], ruled: float) -> tuple[set[int], Iterable[str]]:
        """The story that ended lives again under its own id, with those of its copies that are left."""
        kept = self._conn.execute("SELECT id FROM stories WHERE uuid = ?", (facts["kept"],)).fetchone()
        left = [row for row in self._still(facts["items"]) if kept and row["story"] == kept[0]]
        if not left:
            return set(), ()
        first = min(left, key=lambda row: (row["published"], row["id"]))
        fresh = open_story(self._conn, first["id"], at(first["published"]), facts["ended"])
        self._conn.execute("DELETE FROM merged WHERE uuid = ?", (facts["ended"],))
        self._conn.executemany("UPDATE items SET story = ? WHERE id = ?", [(fresh, row["id"]) for row in left])
        self._lately.word.let_go(kept[0])
        self._settle(kept[0])
        self._settle(fresh)
        return {fresh, kept[0]}, ()

    def _undo_split(self, facts: dict[str, Any], ruled: float) -> tuple[set[int], Iterable[str]]:
        left = self._still([facts["item"]])
        back = self._conn.execute("SELECT id FROM stories WHERE uuid = ?", (facts["from"],)).fetchone()
        if not left or back is None or left[0]["story"] == back[0] or self._unmerged(facts, ruled):
            return set(), ()
        story = left[0]["story"]
        self._decide_again(facts["item"], facts.get("review"))
        if len(self._items(story)) == 1:
            return {back[0]}, self._join(story, into=back[0])
        self._conn.execute("UPDATE items SET story = ? WHERE id = ?", (back[0], facts["item"]))
        self._settle(story)
        self._lately.word.left(facts["item"], story)
        self._settle(back[0])
        return {story, back[0]}, ()

    def _decide_again(self, item: int, review: str | None) -> None:
        """A split was taken back: the verdict holds again, and waits for review where it did, or did before a word that
        was taken back as well.
        """
        confirmed = review == "confirmed" and self._lately.word.confirmed(item)
        waits = None if review is None else "confirmed" if confirmed else "open"
        self._conn.execute(
            "UPDATE verdicts SET decided = 1, review = ? WHERE item = ? AND review = 'rejected'", (waits, item)
        )

    def _unmerged(self, split: dict[str, Any], ruled: float) -> bool:
        """Whether what had brought a split-off item into its story was taken back since."""
        undone = self._conn.execute("SELECT facts FROM rulings WHERE verb = 'merge' AND undone >= ?", (ruled,))
        merges = [orjson.loads(facts) for (facts,) in undone]
        return any(merge["kept"] == split["from"] and split["item"] in merge["items"] for merge in merges)

    def _undo_never(self, facts: dict[str, Any], ruled: float) -> tuple[set[int], Iterable[str]]:
        return set(), ()

    def _undo_confirm(self, facts: dict[str, Any], ruled: float) -> tuple[set[int], Iterable[str]]:
        self._conn.execute(
            "UPDATE verdicts SET review = 'open' WHERE item = ? AND review = 'confirmed'", (facts["item"],)
        )
        return set(), ()

    def _join(self, ended: int, into: int) -> frozenset[str]:
        """Move all copies of one story into another and end it; returns the topics that lost it."""
        published = "(SELECT min(published) FROM stories WHERE id IN (?1, ?2))"
        self._conn.execute(f"UPDATE stories SET published = {published} WHERE id = ?1", (into, ended))  # noqa: S608
        self._conn.execute("UPDATE items SET story = ? WHERE story = ?", (into, ended))
        topics = matching.dissolve(self._conn, ended, into=into)
        self._lately.word.hold(into)
        self._settle(into)
        return topics

    def _settle(self, story: int) -> None:
        resettle(self._conn, self._lately, story, self._now)

    def _record(self, verb: Verb, facts: dict[str, Any]) -> int:
        made = self._conn.execute(
            "INSERT INTO rulings (at, who, verb, facts) VALUES (?, ?, ?, ?)",
            (self._now.timestamp(), self._who, verb, orjson.dumps(facts).decode()),
        )
        assert made.lastrowid is not None
        return made.lastrowid

    def _bind(self, number: int, kind: str, ones: Sequence[int], others: Sequence[int]) -> None:
        word.bind(self._conn, number, kind, ones, others)
        self._lately.word.forget()

    def _bound(self, story: int) -> list[int]:
        """The copies that stand for a story in a ruling: each may one day be gone."""
        rows = self._conn.execute(
            "SELECT id FROM items WHERE story = ? ORDER BY length DESC, id LIMIT ?", (story, BOUND)
        )
        return [row[0] for row in rows]

    def _names_one(self, what: str, column: Literal["id", "story"]) -> None:
        """A link that several have names none of them: nobody is to rule on one he does not mean."""
        rows = self._still(linked(self._conn, what))
        if len({row[column] for row in rows}) > 1:
            numbers = ", ".join(str(row["id"]) for row in rows[:NAMED])
            raise RulingError(f"several items have this link, {numbers}: name one by its number")

    def _story(self, what: str) -> int:
        self._names_one(what, "story")
        return evidence.story_row(self._conn, what)

    def _uuid(self, story: int) -> str:
        uuid: str = self._conn.execute("SELECT uuid FROM stories WHERE id = ?", (story,)).fetchone()[0]
        return uuid

    def _core(self, story: int) -> int:
        core: int = self._conn.execute("SELECT core FROM stories WHERE id = ?", (story,)).fetchone()[0]
        return core

    def _items(self, story: int) -> list[int]:
        return [row[0] for row in self._conn.execute("SELECT id FROM items WHERE story = ? ORDER BY id", (story,))]

    def _still(self, items: Iterable[int]) -> list[sqlite3.Row]:
        return self._conn.execute(
            "SELECT id, story, published FROM items WHERE id IN (SELECT value FROM json_each(?))",
            (orjson.dumps(list(items)).decode(),),
        ).fetchall()


def resettle(conn: sqlite3.Connection, lately: Lately, story: int, now: datetime | None) -> None:
    """Let a story whose copies have changed choose again who leads and who stands for it; one without any ends."""
    if not matching.settle_without(conn, lately, story):
        matching.forget(conn, [story])
    elif now is not None:
        conn.execute("UPDATE stories SET updated = ? WHERE id = ?", (now.timestamp(), story))
