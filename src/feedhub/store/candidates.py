"""Who might be a copy of an item: looked up by fingerprints and headline, read, and put before the merge."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from feedhub.dedup.credit import read
from feedhub.dedup.fingerprint import features
from feedhub.dedup.judge import Subject
from feedhub.dedup.place import FEW_PRINTS, SHARED_PRINTS, Candidate, Prepared, place
from feedhub.dedup.rules import RULES, Rules
from feedhub.model import Placement
from feedhub.store.postings import Postings
from feedhub.store.schedule import moment
from feedhub.store.word import Word

POSTINGS = 16  # newest items of one fingerprint that are looked at; 60 find nothing more
MOST_POSTINGS = 200  # of all fingerprints together, that are looked at
BEST = 8  # candidates that are compared, those that share most
NAMESAKES = 20  # newest items of equal headline
MOST_BRIEFS = 20_000  # items kept in brief: 6 MB
COMMON_DAYS = 7  # in which other stories make a passage common
SHORT_TEXT = 400  # characters; only a text below it has fewer than FEW_PRINTS fingerprints

_DAY = 86400.0


class Brief(NamedTuple):  # a tuple: hundreds are made for an item of a common template
    """A stored item that shares fingerprints, before it is read in full."""

    item_id: int
    story: int
    published: float
    language: str
    length: int
    source: str


class Lately:
    """What the merge remembers of the newest items: their fingerprints, and the subjects compared last.

    The core of a running story is asked for again and again. A subject takes some 8 KB.
    """

    def __init__(self, conn: sqlite3.Connection, rules: Rules = RULES, size: int = 2048):
        self._conn, self.rules, self._size = conn, rules, size
        self._kept: OrderedDict[int, Subject] = OrderedDict()
        self.postings = Postings(conn)
        self._brief: dict[int, Brief] = {}
        self.word = Word(conn)
        self.stirred: dict[int, None] = {}  # stories that are new or tell something else: their neighbours are due

    def subject(self, item_id: int) -> Subject:
        """Worked out from the stored text: what can be derived is not stored twice."""
        if item_id in self._kept:
            self._kept.move_to_end(item_id)
            return self._kept[item_id]
        row = self._conn.execute("SELECT title, text, language FROM items WHERE id = ?", (item_id,)).fetchone()
        made = Subject(features(read(row["title"], row["text"]), row["language"]))
        self.put(item_id, made)
        return made

    def put(self, item_id: int, made: Subject) -> None:
        """Keep what was just worked out anyway."""
        self._kept[item_id] = made
        self._kept.move_to_end(item_id)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def add(self, item_id: int, prepared: Prepared, at: float) -> None:
        """Make an item findable; one that has changed is found by what it was as well, until the next start."""
        headline = prepared.subject.features.title_key
        self.postings.add(item_id, (headline, *prepared.prints) if headline else prepared.prints, at)

    def know(self, brief: Brief) -> None:
        """Keep what was just stored in brief: its likes come soon, and would ask for it one by one."""
        self._brief[brief.item_id] = brief

    def briefs(self, ids: Collection[int]) -> dict[int, Brief]:
        """Stored items in brief; those that are gone are left out. Popular bulletins are asked for again and again."""
        if len(self._brief) > MOST_BRIEFS:
            self._brief.clear()
        missing = [id for id in ids if id not in self._brief]
        if missing:
            rows = self._conn.execute(
                f"""SELECT id, story, published, language, length, source FROM items
                WHERE id IN ({",".join("?" * len(missing))})""",  # noqa: S608
                missing,
            )
            self._brief.update({row[0]: Brief._make(row) for row in rows})
        return {id: self._brief[id] for id in ids if id in self._brief}

    def moved(self, item_id: int | None = None) -> None:
        """An item, or many, has another time, another story, or is gone: read anew."""
        if item_id is None:
            self._brief.clear()
        else:
            self._brief.pop(item_id, None)

    def pruned(self) -> None:
        """Items are gone; that their fingerprints are still found does no harm."""
        self.moved()
        self.word.forget()

    def forget(self) -> None:
        """Let go of what a transaction that failed may have put here."""
        self.moved()
        self._kept.clear()
        self.stirred.clear()
        self.postings.forget()
        self.word.forget()


def find_place(conn: sqlite3.Connection, lately: Lately, item_id: int, prepared: Prepared) -> Placement:
    """Look up the likely copies of an item, stored already or not, and let the merge decide."""
    rows, common = _look_up(lately, item_id, prepared)
    if not rows:
        return Placement(item_id=item_id, story=None, leads=True)
    candidates = [_candidate(lately, row, common) for row in rows]
    cores = _cores(conn, lately, {candidate.story for candidate in candidates})
    return place(
        item_id,
        prepared.item.published,
        prepared.subject,
        candidates,
        cores,
        source=prepared.item.source_id,
        step=prepared.step,
        forbidden=lately.word.forbidden(item_id),
        manifold=lately.word.manifold,
        rules=lately.rules,
    )


def _look_up(lately: Lately, item_id: int, prepared: Prepared) -> tuple[list[Brief], dict[int, tuple[int, float]]]:
    """The best candidates by fingerprints and then by headline; per item the prints shared and how common these are."""
    key = prepared.subject.features.title_key
    at = prepared.item.published.timestamp()
    prints = (*prepared.prints, key) if key else prepared.prints
    postings = lately.postings.find(prints, at - COMMON_DAYS * _DAY, MOST_POSTINGS, POSTINGS)
    named = postings.pop(key, [])[-NAMESAKES:] if key not in prepared.prints else postings[key]
    rows = lately.briefs({*named, *(item for items in postings.values() for item in items)} - {item_id})
    window = lately.rules.window.total_seconds()
    near, common = _near(postings, rows, prepared, at, window)
    found = {row.item_id: row for row in near}
    found.update({id: rows[id] for id in named if id in rows and abs(at - rows[id].published) <= window})
    return list(found.values()), common


def _near(
    postings: Mapping[int, Sequence[int]], rows: Mapping[int, Brief], prepared: Prepared, at: float, window: float
) -> tuple[list[Brief], dict[int, tuple[int, float]]]:
    recent = {id: row for id, row in rows.items() if abs(at - row.published) <= COMMON_DAYS * _DAY}
    shared: dict[int, list[int]] = defaultdict(list)
    stories: dict[int, set[int]] = {}
    for number, items in postings.items():
        carriers = [item for item in items if item in recent]
        stories[number] = {recent[item].story for item in carriers}
        for item in carriers:
            shared[item].append(number)
    best = [recent[item] for item in _best(shared, recent, at, prepared, window)]
    common = {
        row.item_id: (
            len(shared[row.item_id]),
            sum(len(stories[number] - {row.story}) for number in shared[row.item_id]) / len(shared[row.item_id]),
        )
        for row in best
    }
    return best, common


def _best(
    shared: Mapping[int, Sequence[int]], rows: Mapping[int, Brief], at: float, prepared: Prepared, window: float
) -> Sequence[int]:
    """Those within the window that share enough, most first."""
    few = len(prepared.prints) < FEW_PRINTS
    enough = [
        item
        for item, numbers in shared.items()
        if (len(numbers) >= SHARED_PRINTS or few or rows[item].length < SHORT_TEXT)
        and rows[item].language == prepared.item.language
        and abs(at - rows[item].published) <= window
    ]
    return sorted(enough, key=lambda item: (-len(shared[item]), item))[:BEST]


def _candidate(lately: Lately, row: Brief, common: Mapping[int, tuple[int, float]]) -> Candidate:
    published = moment(row.published)
    assert published is not None
    shared, spread = common.get(row.item_id, (0, 0.0))
    return Candidate(
        item_id=row.item_id,
        story=row.story,
        published=published,
        subject=lately.subject(row.item_id),
        source=row.source,
        shared=shared,
        common=spread,
    )


def _cores(conn: sqlite3.Connection, lately: Lately, stories: set[int]) -> dict[int, Candidate]:
    rows = conn.execute(
        f"""SELECT items.id, story, items.published, language, length, source FROM stories
        JOIN items ON items.id = core WHERE stories.id IN ({",".join("?" * len(stories))})""",  # noqa: S608
        list(stories),
    ).fetchall()
    return {row["story"]: _candidate(lately, Brief(*row), {}) for row in rows}
