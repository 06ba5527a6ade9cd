"""What feeds need besides a topic's newest stories: changes, archives, corrections, the stories of an agency."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from feedhub.model import Correction, Story, Topic
from feedhub.store.many import array, qmarks
from feedhub.store.merging import curated, development, stories
from feedhub.store.merging.rows import OWN
from feedhub.store.publishing import lineup, slots
from feedhub.store.publishing.snapshot import pack, unpack
from feedhub.store.times import at

PAGE = 50  # entries of a page of the archive
AT_ONCE = 10  # pages closed one after another, some 20 ms each


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A correction and the story it is of."""

    uuid: str  # of the correction
    story: Story
    correction: Correction


class Published:
    """The questions of feeds."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn

    def channel(self, name: str) -> tuple[str, datetime]:
        """The permanent id of a feed that belongs to no topic, and the time since which it exists."""
        uuid, made = self._conn.execute("SELECT uuid, made FROM channels WHERE name = ?", (name,)).fetchone()
        return uuid, at(made)

    def name_of(self, *words: str | int) -> str:
        """A UUID made from these words: always the same in one database, and different in each database."""
        return str(uuid5(UUID(self.channel("names")[0]), " ".join(map(str, words))))

    def token(self, topic: Topic) -> str:
        """The token of a private topic: the configured one, else one that lasts as long as the topic is stored."""
        return topic.token or self.name_of(
            "token", self._conn.execute("SELECT uuid FROM topics WHERE id = ?", (topic.id,)).fetchone()[0]
        )

    def since(self, topic: str, moment: datetime, most: int) -> list[Story]:
        """The stories that entered a topic, or changed in it, at that time or later; the newest first."""
        rows = self._conn.execute(
            """SELECT story FROM entries JOIN stories ON stories.id = story
            WHERE topic = ?1 AND (entered >= ?2 OR updated >= ?2)
            ORDER BY entries.published DESC, story DESC LIMIT ?3""",
            (topic, moment.timestamp(), most),
        )
        return self._as_in(topic, {row[0] for row in rows})

    def changed(self, topic: str, version: int, most: int) -> list[Story]:
        """The stories that entered a topic, or changed in it, after that version of it; the newest first."""
        rows = self._conn.execute(
            "SELECT story FROM entries WHERE topic = ? AND version > ? ORDER BY published DESC, story DESC LIMIT ?",
            (topic, version, most),
        )
        return self._as_in(topic, {row[0] for row in rows})

    def _as_in(self, topic: str, ids: Collection[int]) -> list[Story]:
        """Stories as a topic shows them."""
        return slots.load(self._conn, lineup.these(self._conn, topic, ids))

    def by_agency(self, agency: str, limit: int) -> list[Story]:
        """The stories that an agency wrote, each shown by the agency's own copy, else by the fullest of its text."""
        rows = self._conn.execute(
            f"""SELECT story, items.id, length, {OWN} AS own
            FROM items JOIN sources ON sources.id = source
            WHERE items.agency = ? AND story NOT IN ({curated.HIDDEN})
            ORDER BY items.published DESC, items.id DESC LIMIT ?""",  # noqa: S608
            (agency, limit * stories.MOST_COPIES),
        )
        best: dict[int, tuple[int, int, int]] = {}  # story: whether it is the agency's own, length, item
        for row in rows:
            if row["story"] not in best and len(best) == limit:
                break
            copy = (row["own"], row["length"], -row["id"])
            best[row["story"]] = max(copy, best.get(row["story"], copy))
        found = stories.load(self._conn, list(best), {story: -copy[2] for story, copy in best.items()})
        return sorted(found, key=lambda story: (story.published, story.id), reverse=True)

    def development(self, story: Story, limit: int) -> list[Story]:
        """The latest copies of a story, each as a story with an id of its own that shows this copy."""
        id = self._conn.execute("SELECT id FROM stories WHERE uuid = ?", (story.id,)).fetchone()[0]
        printed = sorted(story.copies, key=lambda copy: (copy.published, copy.item_id), reverse=True)[:limit]
        return [
            replace(shown, id=self.name_of("item", copy.item_id), published=first, updated=max(first, last or first))
            for copy in printed
            for first, last in [development.times(self._conn, copy)]
            for shown in stories.load(self._conn, [id], {id: copy.item_id})
        ]

    def corrections(self, limit: int) -> list[Corrected]:
        """The latest corrections, the newest first."""
        rows = self._conn.execute(
            f"""SELECT corrections.id, at, item, story FROM corrections CROSS JOIN items ON items.id = item
            WHERE story NOT IN ({curated.HIDDEN}) ORDER BY at DESC, corrections.id DESC LIMIT ?""",  # noqa: S608
            (limit,),
        ).fetchall()
        return [
            Corrected(uuid=self.name_of("correction", row["id"]), story=story, correction=correction)
            for row in rows
            for story in stories.load(self._conn, [row["story"]])
            for correction in story.corrections
            if (correction.item_id, correction.at) == (row["item"], at(row["at"]))
        ]

    def page_versions(self, uuids: Collection[str]) -> dict[str, tuple[int, int]]:
        """For each of these stories a pair of numbers that changes whenever its page does.

        Stories that are gone, or hidden from every topic, are left out.
        """
        rows = self._conn.execute(
            f"""SELECT uuid, id, told FROM stories
            WHERE uuid IN (SELECT value FROM json_each(?)) AND id NOT IN ({curated.HIDDEN})""",  # noqa: S608
            (array(uuids),),
        )
        return {uuid: (id, told) for uuid, id, told in rows}

    def archive(self, topic: str) -> tuple[int, int]:
        """How many pages of a topic's history are closed, and how many entries came after them."""
        row = self._conn.execute(
            "SELECT archived, (SELECT max(number) FROM history WHERE topic = id) FROM topics WHERE id = ?", (topic,)
        ).fetchone()
        return row[0] // PAGE, (row[1] or 0) - row[0]

    def page(self, topic: str, number: int, entries: int = PAGE) -> list[Story]:
        """The first entries of a page of a topic's history, 1 being its oldest; the latest first."""
        first = (number - 1) * PAGE + 1
        rows = self._conn.execute(
            """SELECT history.story, value FROM history LEFT JOIN archived ON archived.story = history.story
            WHERE topic = ? AND number BETWEEN ? AND ? ORDER BY number DESC""",
            (topic, first, first + entries - 1),
        ).fetchall()
        return [
            story
            for row in rows
            for story in ([unpack(row["value"])] if row["value"] else stories.load(self._conn, [row["story"]]))
        ]

    def complete(self, topic: str, shown: Collection[str]) -> bool:
        """Whether these stories (UUIDs) include all that entered after the last closed page."""
        missing = self._conn.execute(
            """SELECT 1 FROM history JOIN topics ON topics.id = topic JOIN stories ON stories.id = story
            WHERE topic = ? AND number > archived AND stories.uuid NOT IN (SELECT value FROM json_each(?)) LIMIT 1""",
            (topic, array(shown)),
        ).fetchone()
        return missing is None


def close_page(conn: sqlite3.Connection) -> str | None:
    """Close one page that is full, so that it never changes again. Returns its topic, or None if no page is full."""
    row = conn.execute(
        """SELECT id, archived FROM topics
        WHERE configured = 1 AND (SELECT max(number) FROM history WHERE topic = id) >= archived + ? LIMIT 1""",
        (PAGE,),
    ).fetchone()
    if row is None:
        return None
    topic: str = row["id"]
    on_it = conn.execute(
        "SELECT story FROM history WHERE topic = ? AND number > ? AND number <= ?",
        (topic, row["archived"], row["archived"] + PAGE),
    ).fetchall()
    keep(conn, [story for (story,) in on_it])
    conn.execute("UPDATE topics SET archived = archived + ?, version = version + 1 WHERE id = ?", (PAGE, topic))
    return topic


def keep(conn: sqlite3.Connection, ids: Collection[int]) -> None:
    """Archive, of these stories, those that ever were in a topic, as they are now, unless they are archived already."""
    wanted = conn.execute(
        f"""SELECT DISTINCT story, uuid FROM history JOIN stories ON stories.id = story
        WHERE story IN ({qmarks(ids)}) AND story NOT IN (SELECT story FROM archived)""",  # noqa: S608
        list(ids),
    ).fetchall()
    named = {row["uuid"]: row["story"] for row in wanted}
    found = stories.load(conn, list(named.values()))
    conn.executemany("INSERT INTO archived VALUES (?, ?)", [(named[story.id], pack(story)) for story in found])
