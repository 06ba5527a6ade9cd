"""What editors say of single stories: pinned, hidden, leading a topic, with a note.

Each is tied to one item, the fullest of its story when it was said, and holds for whatever story that item stands
in. So it goes along when stories are merged, taken apart or placed anew, and comes back when that is undone.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedhub.store import times
from feedhub.store.many import qmarks

EVERYWHERE = ""  # the topic of what holds in every topic
HIDDEN = "SELECT items.story FROM curation JOIN items ON items.id = item WHERE verb = 'hide' AND topic = ''"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one story, by topic."""

    pinned: set[str] = field(default_factory=set)  # or leading
    hidden: set[str] = field(default_factory=set)

    def hides(self, topic: str) -> bool:
        """Whether readers of a topic are not to see it; hiding goes before pinning."""
        return topic in self.hidden or EVERYWHERE in self.hidden


UNSAID = Said()  # of most stories


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """A ruling by which a story is pinned, is hidden or leads; `topic` is "" where that holds in all topics."""

    ruling: int
    verb: str
    topic: str
    who: str
    at: datetime


def curations_of(conn: sqlite3.Connection, uuid: str) -> list[Curation]:
    """The rulings that stand on a story, the latest first; notes are told elsewhere."""
    rows = conn.execute(  # CROSS: from the few that were curated
        """SELECT ruling, curation.verb, topic, who, rulings.at FROM curation CROSS JOIN items ON items.id = item
        CROSS JOIN stories ON stories.id = story CROSS JOIN rulings ON rulings.id = ruling
        WHERE uuid = ? AND curation.verb != 'note' ORDER BY ruling DESC""",
        (uuid,),
    )
    return [
        Curation(ruling=ruling, verb=verb, topic=topic, who=who, at=times.at(at))
        for ruling, verb, topic, who, at in rows
    ]


def say(conn: sqlite3.Connection, ruling: int, verb: str, topic: str, story: int, words: str | None) -> None:
    """Store what a ruling says of a story."""
    conn.execute(
        "INSERT INTO curation SELECT ?, ?, ?, core, ? FROM stories WHERE id = ?", (ruling, verb, topic, words, story)
    )


def take_back(conn: sqlite3.Connection, ruling: int) -> set[int]:
    """Delete what a ruling says; returns the stories that it was said of."""
    rows = conn.execute(
        "SELECT story FROM curation JOIN items ON items.id = item WHERE ruling = ?", (ruling,)
    ).fetchall()
    conn.execute("DELETE FROM curation WHERE ruling = ?", (ruling,))
    return {row[0] for row in rows}


def standing(conn: sqlite3.Connection, verb: str, topic: str, story: int) -> int | None:
    """The latest ruling by which this is said of a story."""
    row = conn.execute(
        """SELECT max(ruling) FROM curation JOIN items ON items.id = item
        WHERE verb = ? AND topic = ? AND story = ?""",
        (verb, topic, story),
    ).fetchone()
    number: int | None = row[0]
    return number


def of(conn: sqlite3.Connection, ids: Iterable[int] | None = None) -> defaultdict[int, Said]:
    """What is said of these stories, or of all."""
    rows = conn.execute(  # CROSS: from the few that were curated, at every poll with news
        "SELECT story, verb, topic FROM curation CROSS JOIN items ON items.id = item WHERE verb != 'note'"
    )
    asked = None if ids is None else set(ids)
    found: defaultdict[int, Said] = defaultdict(Said)
    for story, verb, topic in rows:
        if asked is None or story in asked:
            (found[story].hidden if verb == "hide" else found[story].pinned).add(topic)
    return found


def pinned(said: Mapping[int, Said], topic: str) -> set[int]:
    """The stories that are pinned in a topic, or lead it."""
    return {story for story, word in said.items() if topic in word.pinned}


def leading(conn: sqlite3.Connection, topic: str) -> list[int]:
    """The stories at the head of a topic: the one that leads it, then those pinned, the latest first."""
    rows = conn.execute(
        # CROSS: in this order, from the few that were curated; the topic's entries may be a million
        """SELECT items.story, verb FROM curation CROSS JOIN items ON items.id = item
        CROSS JOIN entries ON entries.topic = ?1 AND entries.story = items.story
        WHERE verb IN ('lead', 'pin') AND curation.topic IN (?1, '') ORDER BY ruling DESC""",
        (topic,),
    ).fetchall()
    leads = [story for story, verb in rows if verb == "lead"][:1]
    return list(dict.fromkeys([*leads, *(story for story, verb in rows if verb == "pin")]))


def notes(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    """The latest note on each of these stories."""
    rows = conn.execute(
        f"""SELECT story, words FROM curation JOIN items ON items.id = item
        WHERE verb = 'note' AND story IN ({qmarks(ids)}) ORDER BY ruling""",  # noqa: S608
        ids,
    )
    return dict(rows.fetchall())


def hand_on(conn: sqlite3.Connection, item: int, heir: int) -> None:
    """What was said of an item is said of another one from now on."""
    conn.execute("UPDATE curation SET item = ? WHERE item = ?", (heir, item))
