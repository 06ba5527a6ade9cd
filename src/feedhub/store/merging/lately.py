"""The merge's cache of the newest items, so that similar ones need not be read from the database one by one."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, islice
from operator import itemgetter
from typing import NamedTuple

from feedhub.dedup.case import Candidate, Prepared
from feedhub.dedup.late import EARLIER, TURNED, Earlier
from feedhub.dedup.rules import RULES, Rules
from feedhub.dedup.subject import Subject
from feedhub.store import times
from feedhub.store.many import qmarks
from feedhub.store.merging.constraints import Constraints
from feedhub.store.merging.fresh import Fresh
from feedhub.store.merging.postings import Postings
from feedhub.store.merging.rows import WITHDRAWN

# The core of a running story is asked for again and again. A subject takes some 9 KB; twice as many would spare the
# reading of one in 200.
MOST_SUBJECTS = 1024
MOST_BRIEFS = 10_000  # items kept in brief, and which of them lead their stories: 4 MB
FORESEEN = 10_000  # fingerprints that are looked up together: those of some 500 items

_EARLIER = f"""SELECT title, text, replaced, withdrawn FROM (
        SELECT revisions.*, 0 AS withdrawn FROM revisions JOIN corrections USING (item) WHERE replaced = at
        UNION ALL SELECT revisions.*, 1 FROM {WITHDRAWN}
    ) WHERE item = ? AND text IS NOT NULL ORDER BY id DESC LIMIT ?"""  # noqa: S608


class Brief(NamedTuple):  # a tuple: hundreds are made for an item of a common template
    """A stored item that shares fingerprints, before it is read in full."""

    item_id: int
    story: int
    published: float
    language: str
    keys: int  # by how many it is found, former words' included; 0 where they are not kept any more
    source: str


class Lately:
    """What the merge remembers of the newest items: their fingerprints, and the subjects compared last."""

    def __init__(self, conn: sqlite3.Connection, rules: Rules = RULES):
        self._conn, self.rules = conn, rules
        self._kept: OrderedDict[int, Subject] = OrderedDict()
        self.fresh = Fresh(conn)
        self.postings = Postings(conn)
        self._brief: dict[int, Brief] = {}
        self._cores: dict[int, int] = {}  # story -> its core copy
        self._turned: set[int] | None = None  # items that corrected figures or were withdrawn; None: to be read
        self.constraints = Constraints(conn)

    def subject(self, item_id: int) -> Subject:
        """Worked out from the stored text: what can be derived is not stored twice."""
        if item_id in self._kept:
            self._kept.move_to_end(item_id)
            return self._kept[item_id]
        self.fresh.show([item_id])
        row = self._conn.execute("SELECT title, text, language FROM items WHERE id = ?", (item_id,)).fetchone()
        made = Subject.of(row["title"], row["text"], row["language"])
        self.put(item_id, made)
        return made

    @property
    def turned(self) -> Set[int]:
        """The items that have corrected figures or were withdrawn, and some others."""
        if self._turned is None:
            rows = self._conn.execute(
                "SELECT item FROM corrections UNION SELECT item FROM steps WHERE step = 'withdrawal'"
            )
            self._turned = {row[0] for row in rows}
        return self._turned

    def earlier(self, copies: Sequence[Candidate]) -> Iterator[Earlier]:
        """What these said before they corrected figures or were withdrawn: of few of them, and of each the latest."""
        turned = (copy for copy in copies if copy.item_id in self.turned)
        told = ((copy, self._conn.execute(_EARLIER, (copy.item_id, EARLIER)).fetchall()) for copy in turned)
        for copy, rows in islice(filter(itemgetter(1), told), TURNED):
            for title, text, replaced, withdrawn in rows:
                subject = Subject.of(title, text, copy.subject.features.language)
                yield Earlier(copy, subject, times.at(replaced), bool(withdrawn))

    def revised(self, item_id: int) -> None:
        """An item may have corrected figures, or been withdrawn: what it said before counts as well."""
        if self._turned is not None:
            self._turned.add(item_id)

    def put(self, item_id: int, made: Subject) -> None:
        """Keep what was just worked out anyway."""
        self._kept[item_id] = made
        self._kept.move_to_end(item_id)
        if len(self._kept) > MOST_SUBJECTS:
            self._kept.popitem(last=False)

    def add(self, item_id: int, prepared: Prepared, at: float) -> None:
        """Make a new item findable."""
        self.postings.add(item_id, prepared.keys, at)

    def renew(self, item_id: int, prepared: Prepared) -> None:
        """Make a changed item findable by its new words as well: it has more keys then than it is remembered by."""
        self.postings.renew(item_id, prepared.keys)
        self.moved(item_id)

    def write(self) -> None:
        """Write what is kept back of the items that were added: a transaction ends."""
        self.fresh.write()
        self.fresh.forget()
        self.postings.write()

    def foresee(self, arriving: Iterable[Prepared]) -> None:
        """Look up in one query what will be asked for one by one."""
        self.postings.foresee(islice(chain.from_iterable(one.keys for one in arriving), FORESEEN))

    def know(self, brief: Brief) -> None:
        """Keep a just-stored item in brief: similar ones come soon and would each ask for it."""
        self._brief[brief.item_id] = brief

    def briefs(self, ids: set[int] | frozenset[int]) -> Mapping[int, Brief]:
        """Stored items in brief, these and others; those that are gone are left out.

        Popular bulletins are asked for again and again.
        """
        if len(self._brief) > MOST_BRIEFS:
            self.moved()
        if missing := list(ids.difference(self._brief)):
            self.fresh.show(missing)
            self.postings.write()
            rows = self._conn.execute(
                f"""SELECT id, story, published, language, coalesce(length(hashes) / 4, 0), source
                FROM items LEFT JOIN fingerprints ON item = id WHERE id IN ({qmarks(missing)})""",  # noqa: S608
                missing,
            )
            self._brief.update({row[0]: Brief._make(row) for row in rows})
        return self._brief

    def cores(self, stories: Collection[int]) -> dict[int, Brief]:
        """The core copy of each story, in brief."""
        if missing := [story for story in stories if story not in self._cores]:
            self.fresh.write()  # what is kept back may open them, or give them another core
            rows = self._conn.execute(
                f"SELECT id, core FROM stories WHERE id IN ({qmarks(missing)})",  # noqa: S608
                missing,
            )
            self._cores.update((story, core) for story, core in rows)
        leaders = {story: self._cores[story] for story in stories if story in self._cores}
        rows_of = self.briefs(frozenset(leaders.values()))
        return {story: rows_of[core] for story, core in leaders.items() if core in rows_of}

    def led(self, story: int, item_id: int) -> None:
        """A story has this item as its core copy from now on."""
        self._cores[story] = item_id

    def stir(self, story: int) -> None:
        """A story's text has changed: its relations are to be worked out anew."""
        self._conn.execute("INSERT OR REPLACE INTO to_relate VALUES (?, NULL)", (story,))

    def moved(self, item_id: int | None = None) -> None:
        """Items have another time, another story, or are gone: forget what is remembered of them."""
        if item_id is None:
            self._brief.clear()
            self._cores.clear()
        else:
            self._brief.pop(item_id, None)

    def pruned(self) -> None:
        """Items are gone; that their fingerprints are still found for a while does no harm."""
        oldest = self._conn.execute("SELECT min(id) FROM items").fetchone()[0]
        self.postings.pruned((oldest or 1) - 1)
        self.moved()
        self.constraints.forget()
        self._turned = None

    def forget(self) -> None:
        """Drop what a transaction that failed may have put here."""
        self.doubt()
        self.fresh.forget()
        self._kept.clear()
        self.postings.forget()

    def doubt(self) -> None:
        """A ruling failed halfway: read anew where items stand, and what editors ruled."""
        self.moved()
        self.constraints.forget()
        self._turned = None
