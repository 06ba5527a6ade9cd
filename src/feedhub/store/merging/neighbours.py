"""Which stories tell of the same event: worked out behind the polls, as nobody waits for it.

A story that is new is linked with those it is near. One that tells something else than before, as its text was revised,
a copy left it or a ruling took it apart, also loses the relations that hold no longer.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from feedhub.dedup.about import About, Terms, terms
from feedhub.dedup.credit import strip_title
from feedhub.dedup.judge import judge
from feedhub.dedup.mould import one_bulletin
from feedhub.dedup.related import HELD, SPAN, Neighbourhood
from feedhub.dedup.subject import Subject
from feedhub.store.many import array
from feedhub.store.merging import relations
from feedhub.store.merging.lately import Lately
from feedhub.store.times import at

_DUE = """SELECT waits.story, waits.terms, core, stories.published, title, language FROM to_relate AS waits
    LEFT JOIN stories ON stories.id = waits.story LEFT JOIN items ON items.id = core ORDER BY waits.story LIMIT ?"""
_KNOWN = """SELECT stories.id AS story, NULL AS terms, core, stories.published, title, language
    FROM json_each(?) AS chosen JOIN stories ON stories.id = chosen.value JOIN items ON items.id = core
    ORDER BY chosen.key"""


class Neighbours:
    """The stories of the last days by what they are about; filled from the database when one is to be related."""

    def __init__(self, conn: sqlite3.Connection, lately: Lately):
        self._conn, self._lately = conn, lately
        self._held: Neighbourhood | None = None
        self._forgotten: list[int] = []  # stories still to be taken in, the oldest last

    def relate(self, most: int, now: datetime) -> set[int]:
        """Relate up to `most` of the stories that are new or tell something else; returns all with other relations."""
        if not self.waiting:  # a command that polls once, and brings nothing new, takes in no story for nothing
            return set()
        if self._held is None:
            self._held = Neighbourhood()
            self._forgotten = self._stories_since(now - SPAN)
        if self._forgotten:
            self._recall(most)
            return set()
        changed: set[int] = set()
        due = self._conn.execute(_DUE, (most,)).fetchall()
        self._conn.executemany("DELETE FROM to_relate WHERE story = ?", [(row["story"],) for row in due])
        for row in due:
            if self._put(row):
                story = row["story"]
                near = [
                    (other, score) for other, score in self._held.near(story) if not self._one_bulletin(story, other)
                ]
                if row["terms"] is None:
                    changed |= self._without(story, {other for other, _ in near})
                changed |= relations.link(self._conn, story, near)
        return changed

    def pruned(self) -> None:
        """Stories are gone: those that came before all that are left need not be compared any more."""
        oldest = self._conn.execute("SELECT min(id) FROM stories").fetchone()[0]
        if self._held and oldest:
            self._held.drop_before(oldest)

    def forget(self) -> None:
        """Begin anew: a transaction failed, perhaps that of the last step, or many stories have changed."""
        self._held = None

    @property
    def waiting(self) -> bool:
        """Whether stories are still to be taken in or linked."""
        return bool(self._forgotten) or self._conn.execute("SELECT 1 FROM to_relate").fetchone() is not None

    def _without(self, story: int, near: set[int]) -> set[int]:
        """Take from a story the relations that hold no longer; returns all that lost one."""
        far = relations.related(self._conn, story) - near
        gone = {other for other in far if not self._share_passages(story, other)}
        relations.unlink(self._conn, story, gone)
        return gone | ({story} if gone else set())

    def _stories_since(self, since: datetime) -> list[int]:
        """What was there before the start, the newest first; what is new, and has no relations yet, is put off."""
        rows = self._conn.execute(
            """SELECT id FROM stories WHERE published >= ?
            AND id NOT IN (SELECT story FROM to_relate WHERE terms IS NOT NULL) ORDER BY published DESC LIMIT ?""",
            (since.timestamp(), HELD),
        )
        return [row["id"] for row in rows]

    def _recall(self, most: int) -> None:
        """Add some of the stories from before the start, in small steps: polls go on meanwhile."""
        oldest = self._forgotten[: -most - 1 : -1]
        for row in self._conn.execute(_KNOWN, (array(oldest),)).fetchall():
            self._put(row)
        del self._forgotten[-most:]

    def _put(self, row: sqlite3.Row) -> bool:
        """Add a story, or drop it where it is gone; its terms are worked out unless they are at hand."""
        assert self._held is not None
        if row["core"] is None:
            self._held.drop(row["story"])
            return False
        self._held.put(row["story"], About(at(row["published"]), row["language"], row["terms"] or self._terms(row)))
        return True

    def _terms(self, row: sqlite3.Row) -> Terms:
        """Worked out from the text of its core copy."""
        lead = self._lately.subject(row["core"]).features.lead
        return terms(strip_title(row["title"]), lead, row["language"])

    def _one_bulletin(self, story: int, other: int) -> bool:
        """Whether two stories are one template filled twice; False where one is gone by now."""
        cores = self._cores(story, other)
        return cores is None or one_bulletin(*cores)

    def _share_passages(self, story: int, other: int) -> bool:
        """Whether their texts share enough for a relation, however far they are from each other in time."""
        cores = self._cores(story, other)
        if cores is None:
            return False
        verdict = judge(*cores, apart=timedelta(0), rules=self._lately.rules)
        return verdict.kind != "unrelated" and not verdict.conflict

    def _cores(self, *stories: int) -> tuple[Subject, Subject] | None:
        """The texts that stand for two stories; None where one of these is gone."""
        found = [self._conn.execute("SELECT core FROM stories WHERE id = ?", (id,)).fetchone() for id in stories]
        if None in found:
            return None
        one, two = (self._lately.subject(row[0]) for row in found)
        return one, two
