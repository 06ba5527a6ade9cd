"""The editors' word: merge, split, never, confirm, pin, hide, lead, note, undo; and what it binds.

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
from math import inf
from typing import Any, Literal

import orjson

from feedhub.errors import RulingError
from feedhub.store.links import linked
from feedhub.store.merging import curated, evidence, matching, revising, stories, verdicts, word
from feedhub.store.merging.fresh import open_story
from feedhub.store.merging.lately import Lately
from feedhub.store.publishing import members
from feedhub.store.record import Verb
from feedhub.store.times import at

NAMED = 5  # items that a refusal names
BOUND = 50  # copies of a story that a ruling keeps apart from others, the fullest
TIED = 5  # those that a merge ties to as many of the other story: each may one day be gone


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling changed, for the topics' sake."""

    number: int
    stories: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()  # that lost a story
    apart: frozenset[int] = frozenset()  # of the stories, those that copies have left


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
        facts = {"kept": self._uuid(kept), "ended": self._uuid(ended), "items": self._items(ended)}
        number = self._record("merge", facts | {"before": self._standing(kept, ended)})
        self._bind(number, "together", self._bound(kept, TIED), self._bound(ended, TIED))
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
        facts = {"item": item_id, "from": self._uuid(story), "to": self._uuid(fresh)}
        before = {"beside": row["beside"], "review": row["review"], "canonical": self._column("canonical", story)}
        number = self._record("split", facts | before)
        self._settle(story)
        self._lately.word.left(item_id, story)
        self._bind(number, "apart", [item_id], self._bound(story))
        self._conn.execute(
            "UPDATE verdicts SET decided = 0, review = 'rejected' WHERE item = ? AND decided", (item_id,)
        )
        self._settle(fresh)
        return Ruled(number, frozenset({story, fresh}), apart=frozenset({story}))

    def never(self, one: str, other: str) -> Ruled:
        """Rule that two stories are two, whatever they come to share."""
        a, b = self._story(one), self._story(other)
        if a == b:
            raise RulingError("they are one story; take a copy out of it first (feedhub split ITEM)")
        if number := word.ruling_between(self._conn, a, b):
            raise RulingError(f"that is so already, by ruling {number}")
        number = self._record("never", {"one": self._uuid(a), "other": self._uuid(b)})
        self._bind(number, "apart", self._bound(a), self._bound(b))
        return Ruled(number)

    def confirm(self, item: str) -> Ruled:
        """Say that a borderline copy is one: it leaves the list for review, and stays a copy whatever comes."""
        self._names_one(item, "id")
        row = evidence.item_row(self._conn, item)
        if row["review"] != "open":
            raise RulingError(f"item {row['id']} waits for no review")
        self._conn.execute("UPDATE verdicts SET review = 'confirmed' WHERE item = ? AND decided", (row["id"],))
        number = self._record("confirm", {"item": row["id"], "story": self._uuid(row["story"])})
        self._bind(number, "together", [row["id"]], [row["beside"]])
        return Ruled(number)

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
        self._conn.execute("UPDATE rulings SET undone = ? WHERE id = ?", (self._now.timestamp(), row["id"]))
        facts = orjson.loads(row["facts"])
        match row["verb"]:
            case "merge":
                return self._undo_merge(row["id"], facts)
            case "split":
                return self._undo_split(row["id"], facts, row["at"])
            case "confirm":
                return self._undo_confirm(row["id"], facts)
            case "never":
                return Ruled(row["id"])
        return self._uncurated(row["id"], row["verb"], facts)

    def _nothing_to_undo(self, number: int | None) -> str:
        if number is None:
            return "there is nothing to undo"
        known = self._conn.execute("SELECT 1 FROM rulings WHERE id = ?", (number,)).fetchone()
        return f"ruling {number} was undone already" if known else f"there is no ruling {number} to undo"

    def _uncurated(self, number: int, verb: str, facts: dict[str, Any]) -> Ruled:
        """What was hidden is back since when it was there; what stood somewhere by its pin alone is asked again."""
        topic, before = facts.get("topic", ""), facts["entered"]
        said_of = curated.take_back(self._conn, number)
        for story in said_of:
            if verb == "hide":
                members.back(self._conn, story, {name: at for name, at in before.items() if topic in ("", name)})
            elif topic and topic not in before:
                members.leave(self._conn, topic, story)
        if verb == "note":
            self._renew(said_of)
        return Ruled(number, frozenset(said_of), frozenset({topic} - {""}))

    def _renew(self, stories: Iterable[int]) -> None:
        """Say that readers of these stories have something to see again."""
        self._conn.executemany(
            "UPDATE stories SET updated = ? WHERE id = ?", [(self._now.timestamp(), id) for id in stories]
        )

    def _undo_merge(self, number: int, facts: dict[str, Any]) -> Ruled:
        """The story that ended lives again under its own id, with those of its copies that are left, and with those
        that came since and joined beside these.
        """
        kept = self._named(facts["kept"])
        left = self._with_followers(facts["items"], kept, facts)
        if kept is None or not left:
            return Ruled(number)
        first = min(left, key=lambda row: (row["published"], row["id"]))
        fresh = open_story(self._conn, first["id"], at(first["published"]), facts["ended"])
        self._conn.execute("DELETE FROM merged WHERE uuid = ?", (facts["ended"],))
        self._conn.executemany("UPDATE items SET story = ? WHERE id = ?", [(fresh, row["id"]) for row in left])
        before = facts.get("before")  # not told by earlier versions
        left_topics = self._stand_again(kept, fresh, facts["kept"], before) if before else ()
        self._settle(kept)
        self._settle(fresh)
        return Ruled(number, frozenset({fresh, kept}), frozenset(left_topics))

    def _standing(self, kept: int, ended: int) -> dict[str, Any]:
        """What a merge changes of two stories beside their copies, for its undoing."""
        names = self._conn.execute("SELECT uuid FROM merged WHERE story = ?", (ended,)).fetchall()
        return {
            "published": self._column("published", ended),
            "canonical": [self._column("canonical", story) for story in (kept, ended)],
            "entered": [members.entered(self._conn, story) for story in (kept, ended)],
            "names": [uuid for (uuid,) in names],
        }

    def _stand_again(self, kept: int, fresh: int, name: str, before: dict[str, Any]) -> set[str]:
        """What a merge had changed is as it was; of the story that was kept only if it has not ended in a third one
        since. Returns the topics that it has left: those that took it for the other's copies, and are asked again.
        """
        self._conn.execute("UPDATE stories SET published = ? WHERE id = ?", (before["published"], fresh))
        shown = zip(before["canonical"], (name, self._uuid(fresh)), strict=True)
        self._conn.executemany("UPDATE stories SET canonical = ? WHERE uuid = ?", shown)
        names = [(fresh, uuid, kept) for uuid in before["names"]]
        self._conn.executemany("UPDATE merged SET story = ? WHERE uuid = ? AND story = ?", names)
        stood, ended_stood = before["entered"]
        members.back(self._conn, fresh, ended_stood)
        if self._uuid(kept) != name:
            return set()
        left: set[str] = members.entered(self._conn, kept).keys() - stood.keys()
        for topic in left:
            members.leave(self._conn, topic, kept)
        return left

    def _undo_split(self, number: int, facts: dict[str, Any], ruled: float) -> Ruled:
        """The copy goes back, with those that came since and joined beside it, unless it has left for another story."""
        if tied := word.tied(self._conn, facts["item"]):
            raise RulingError(f"ruling {tied} merged its story since; undo that first (feedhub undo {tied})")
        here = next((row["story"] for row in self._still([facts["item"]])), None)
        back = self._named(facts["from"])
        if here is None or back is None or self._uuid(here) != facts["to"] or self._unmerged(facts, ruled):
            return Ruled(number)
        self._decide_again(facts)
        if shown := facts.get("canonical"):  # not told by earlier versions
            self._conn.execute("UPDATE stories SET canonical = ? WHERE uuid = ?", (shown, facts["from"]))
        left = [row["id"] for row in self._with_followers([facts["item"]], here, facts)]
        if len(left) == len(self._items(here)):
            return Ruled(number, frozenset({back}), self._join(here, into=back))
        self._conn.executemany("UPDATE items SET story = ? WHERE id = ?", [(back, id) for id in left])
        self._settle(here)
        for id in left:
            self._lately.word.left(id, here)
        self._settle(back)
        return Ruled(number, frozenset({here, back}), apart=frozenset({here}))

    def _with_followers(self, items: Iterable[int], story: int | None, facts: dict[str, Any]) -> list[sqlite3.Row]:
        """Those of these copies that stand in a story, with what has joined it since the ruling, beside them or beside
        what did.
        """
        newest = facts.get("newest", inf)  # not told by earlier versions
        rows = self._conn.execute(
            """SELECT items.id, published, beside FROM items LEFT JOIN verdicts ON item = items.id AND decided
            WHERE story = ?""",
            (story,),
        ).fetchall()
        found: set[int] = set()
        more = {row["id"] for row in rows} & set(items)
        while more:
            found |= more
            more = {row["id"] for row in rows if row["beside"] in found and row["id"] > newest} - found
        return [row for row in rows if row["id"] in found]

    def _decide_again(self, facts: dict[str, Any]) -> None:
        """A split was taken back: the verdict holds again, and waits for review where it did, or did before a word that
        was taken back as well.
        """
        item, review, beside = facts["item"], facts.get("review"), facts.get("beside")
        bound = "SELECT 1 FROM constraints WHERE one = ? AND kind = 'together' AND other = coalesce(?, other)"
        confirmed = review == "confirmed" and self._conn.execute(bound, (item, beside)).fetchone()
        waits = None if review is None else "confirmed" if confirmed else "open"
        verdicts.reconsider(self._conn, item)
        self._conn.execute(
            """UPDATE verdicts SET decided = 1, review = ?
            WHERE item = ? AND review = 'rejected' AND beside = coalesce(?, beside)""",
            (waits, item, beside),
        )

    def _unmerged(self, split: dict[str, Any], ruled: float) -> bool:
        """Whether what had brought a split-off item into its story was taken back since."""
        undone = self._conn.execute("SELECT facts FROM rulings WHERE verb = 'merge' AND undone >= ?", (ruled,))
        merges = [orjson.loads(facts) for (facts,) in undone]
        return any(merge["kept"] == split["from"] and split["item"] in merge["items"] for merge in merges)

    def _undo_confirm(self, number: int, facts: dict[str, Any]) -> Ruled:
        self._conn.execute(
            "UPDATE verdicts SET review = 'open' WHERE item = ? AND review = 'confirmed'", (facts["item"],)
        )
        return Ruled(number)

    def _join(self, ended: int, into: int) -> frozenset[str]:
        """Move all copies of one story into another and end it; returns the topics that lost it."""
        self._conn.execute("UPDATE items SET story = ? WHERE story = ?", (into, ended))
        topics = matching.dissolve(self._conn, ended, into=into)
        self._settle(into)
        revising.catch_up_all(self._conn, into)
        return topics

    def _settle(self, story: int) -> None:
        self._lately.word.regard(story)
        resettle(self._conn, self._lately, story, self._now)

    def _record(self, verb: Verb, facts: dict[str, Any]) -> int:
        facts["newest"] = self._conn.execute("SELECT max(id) FROM items").fetchone()[0]
        made = self._conn.execute(
            "INSERT INTO rulings (at, who, verb, facts) VALUES (?, ?, ?, ?)",
            (self._now.timestamp(), self._who, verb, orjson.dumps(facts).decode()),
        )
        assert made.lastrowid is not None
        return made.lastrowid

    def _bind(self, number: int, kind: str, ones: Sequence[int], others: Sequence[int]) -> None:
        word.bind(self._conn, number, kind, ones, others)
        self._lately.word.forget()

    def _bound(self, story: int, most: int = BOUND) -> list[int]:
        """The copies that stand for a story in a ruling: each may one day be gone."""
        rows = self._conn.execute(
            "SELECT id FROM items WHERE story = ? ORDER BY length DESC, id LIMIT ?", (story, most)
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
        uuid: str = self._column("uuid", story)
        return uuid

    def _column(self, name: Literal["uuid", "canonical", "published"], story: int) -> Any:
        return self._conn.execute(f"SELECT {name} FROM stories WHERE id = ?", (story,)).fetchone()[0]  # noqa: S608

    def _named(self, uuid: str) -> int | None:
        """The story of this id, or the one that it ended in."""
        return next(iter(stories.named(self._conn, uuid)), None)

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
