"""Editors' rulings: merge, split, never, confirm, pin, hide, lead, note, undo; and what they bind.

A ruling holds for ever: `constraints` name pairs of items that stand together or apart, and every later decision of
the merge asks them first. What is to stay apart is bound copy by copy, so that it holds for either part when a story is
taken apart later; and where the last copy that is bound leaves a story, or is let go, another one is bound in its
place. Nothing is lost by a ruling: its facts say how to take it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import orjson

from feedhub.errors import RulingError
from feedhub.store.links import linked
from feedhub.store.merging import constraints, curated, evidence
from feedhub.store.merging.lately import Lately
from feedhub.store.publishing import entries
from feedhub.store.rulings.docket import Docket, Ruled
from feedhub.store.rulings.record import Verb, cited, in_the_way, numbered
from feedhub.store.rulings.undoing import take_back
from feedhub.text import one_line

LONGEST_NOTE = 500  # characters, as in the form on the page: it stands above the text in every feed
NAMED = 5  # items that a refusal names
PARTS = ("story", "kept", "ended", "from", "to", "one", "other")  # that stories play in rulings
TIED = 5  # copies of each story that a merge ties together: each may be deleted one day


class Clerk:
    """Carries rulings out, inside the caller's transaction."""

    def __init__(self, conn: sqlite3.Connection, lately: Lately, who: str, now: datetime):
        self._docket, self._conn, self._lately, self._who, self._now = Docket(conn, lately, now), conn, lately, who, now

    def merge(self, one: str, other: str) -> Ruled:
        """Make two stories one: the second's copies join the first."""
        kept, ended = self._two(one, other, "they are one story already")
        waived = self._waived(kept, ended)
        facts = {"kept": self._docket.uuid(kept), "ended": self._docket.uuid(ended), "items": self._docket.items(ended)}
        number = self._record("merge", facts | {"before": self._standing(kept, ended), "waived": waived})
        constraints.waive(self._conn, number, constraints.pairs_between(self._conn, kept, ended))
        self._bind(number, "together", self._docket.standing_for(kept, TIED), self._docket.standing_for(ended, TIED))
        return Ruled(number, frozenset({kept}), self._docket.join(ended, into=kept))

    def split(self, item: str) -> Ruled:
        """Take one copy out of its story into one of its own; the two never come together by themselves."""
        self._names_one(item, "id")
        row = evidence.item_row(self._conn, item)
        item_id, story = row["id"], row["story"]
        left = [id for id in self._docket.items(story) if id != item_id]
        if not left:
            raise RulingError(f"item {item_id} is its story's only copy")
        stood: dict[str, Any] = {name: self._docket.column(name, story) for name in ("core", "canonical")}
        stood |= self._entered(story)
        fresh = self._docket.take_out([row], story)
        facts = {"item": item_id, "from": self._docket.uuid(story), "to": self._docket.uuid(fresh)}
        number = self._record("split", facts | stood | {"beside": row["beside"], "review": row["review"]})
        self._bind(number, "apart", [item_id], self._docket.standing_for(story))
        self._conn.execute(
            "UPDATE verdicts SET decided = 0, review = 'rejected' WHERE item = ? AND decided", (item_id,)
        )
        self._docket.settle(fresh)
        return Ruled(number, frozenset({story, fresh}), apart=frozenset({story}))

    def never(self, one: str, other: str) -> Ruled:
        """Rule that two stories stay apart, whatever they come to share."""
        a, b = self._two(one, other, "they are one story; take a copy out of it first (feedhub split ITEM)")
        for number in constraints.rulings_between(self._conn, a, b):
            if numbered(self._conn, number).verb == "never":  # a split may be waived one day
                raise RulingError(f"that is so already, by {cited(self._conn, number)}")
        number = self._record("never", {"one": self._docket.uuid(a), "other": self._docket.uuid(b)})
        self._bind(number, "apart", self._docket.standing_for(a), self._docket.standing_for(b))
        return Ruled(number)

    def confirm(self, item: str) -> Ruled:
        """Confirm a borderline copy: it leaves the list for review, and stays a copy whatever comes."""
        self._names_one(item, "id")
        row = evidence.item_row(self._conn, item)
        if row["review"] != "open":
            raise RulingError(f"item {row['id']} waits for no review")
        self._conn.execute("UPDATE verdicts SET review = 'confirmed' WHERE item = ? AND decided", (row["id"],))
        number = self._record("confirm", {"item": row["id"], "story": self._docket.uuid(row["story"])})
        self._bind(number, "together", [row["id"]], [row["beside"]])
        return Ruled(number)

    def curate(self, verb: Verb, what: str, topic: str, words: str | None = None) -> Ruled:
        """Pin a story, hide it, let it lead a topic, or add a note to it; topic "" means every topic."""
        words = one_line(words) if words else None
        if verb == "note" and not words:
            raise RulingError("a note has words; --undo takes one back")
        if words and len(words) > LONGEST_NOTE:
            raise RulingError(f"a note has at most {LONGEST_NOTE} characters, not {len(words)}")
        story = self._story(what)
        if verb in ("pin", "hide") and (number := curated.standing(self._conn, verb, topic, story)):
            raise RulingError(f"that is so already, by {cited(self._conn, number)}")
        facts = {"story": self._docket.uuid(story), "topic": topic, "words": words, **self._entered(story)}
        number = self._record(verb, {name: value for name, value in facts.items() if value not in (None, "")})
        curated.say(self._conn, number, verb, topic, story, words)
        if verb == "note":
            self._docket.renew({story})
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
        self._conn.execute("UPDATE rulings SET undone = ? WHERE id = ?", (self._now.timestamp(), row["id"]))
        return take_back(self._docket, row)

    def _nothing_to_undo(self, number: int | None) -> str:
        if number is None:
            return "there is nothing to undo"
        known = self._conn.execute("SELECT 1 FROM rulings WHERE id = ?", (number,)).fetchone()
        return f"ruling {number} was undone already" if known else f"there is no ruling {number} to undo"

    def _waived(self, kept: int, ended: int) -> list[int]:
        """The splits between two stories that a merge of these waives: those that took copies out of a third one, while
        copies of the other still were in it. Whoever splits off one and then the other may hold that they belong
        together; only that they belong to the third is ruled out.

        Raises RulingError where any other ruling keeps them apart.
        """
        rulings = [numbered(self._conn, number) for number in constraints.rulings_between(self._conn, kept, ended)]
        standing = [
            ruling.number
            for ruling in rulings
            if ruling.verb != "split" or self._docket.named(ruling.facts["from"]) in (kept, ended)
        ]
        if standing:
            raise in_the_way(self._conn, "they are kept apart", *standing)
        return [ruling.number for ruling in rulings]

    def _standing(self, kept: int, ended: int) -> dict[str, Any]:
        """What a merge changes in two stories besides their copies, recorded so that it can be undone."""
        names = self._conn.execute("SELECT uuid FROM merged WHERE story = ?", (ended,)).fetchall()
        entered = [entries.entered(self._conn, story) for story in (kept, ended)]
        return {
            "published": self._docket.column("published", ended),
            "core": [self._docket.column("core", story) for story in (kept, ended)],
            "canonical": [self._docket.column("canonical", story) for story in (kept, ended)],
            "entered": entered,
            "rules": entries.rules(self._conn, entered[1]),
            "names": [uuid for (uuid,) in names],
        }

    def _entered(self, story: int) -> dict[str, Any]:
        """Since when a story is in its topics, and by which rules, recorded so that it can return to them."""
        entered = entries.entered(self._conn, story)
        return {"entered": entered, "rules": entries.rules(self._conn, entered)}

    def _record(self, verb: Verb, facts: dict[str, Any]) -> int:
        facts["stories"] = self._docket.shown({part: facts[part] for part in PARTS if part in facts})
        facts["newest"] = self._conn.execute("SELECT max(id) FROM items").fetchone()[0]
        made = self._conn.execute(
            "INSERT INTO rulings (at, who, verb, facts) VALUES (?, ?, ?, ?)",
            (self._now.timestamp(), self._who, verb, orjson.dumps(facts).decode()),
        )
        assert made.lastrowid is not None
        return made.lastrowid

    def _bind(self, number: int, kind: constraints.Kind, ones: Sequence[int], others: Sequence[int]) -> None:
        constraints.bind(self._conn, number, kind, ones, others)
        self._lately.constraints.forget()

    def _names_one(self, what: str, column: Literal["id", "story"]) -> None:
        """Raise RulingError for a link that several items have, as the editor may mean another one."""
        rows = self._docket.remaining(linked(self._conn, what))
        if len({row[column] for row in rows}) > 1:
            numbers = ", ".join(str(row["id"]) for row in rows[:NAMED])
            raise RulingError(f"several items have this link, {numbers}: name one by its number")

    def _two(self, one: str, other: str, refusal: str) -> tuple[int, int]:
        """Two stories; raises RulingError, with this refusal, where both names are of one."""
        a, b = self._story(one), self._story(other)
        if a == b:
            raise RulingError(refusal)
        return a, b

    def _story(self, what: str) -> int:
        self._names_one(what, "story")
        return evidence.story_row(self._conn, what)
