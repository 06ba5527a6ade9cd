"""Who might be a copy of an item: looked up by fingerprints and headline, read, and put before the merge."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import NamedTuple

from feedhub.dedup.about import About
from feedhub.dedup.credit import read
from feedhub.dedup.fingerprint import features
from feedhub.dedup.judge import Subject
from feedhub.dedup.place import FEW_PRINTS, SHARED_PRINTS, Candidate, Prepared, place
from feedhub.dedup.related import HELD
from feedhub.dedup.rules import RULES, Rules
from feedhub.model import Placement
from feedhub.store.postings import Postings
from feedhub.store.word import Word

POSTINGS = 16  # newest items of one fingerprint that are looked at; 60 find nothing more
MOST_POSTINGS = 200  # of all fingerprints together, that are looked at
BEST = 8  # candidates that are compared, those that share most
NAMESAKES = 20  # newest items of equal headline
MOST_BRIEFS = 20_000  # items kept in brief, and which of them lead their stories: 8 MB
FORESEEN = 10_000  # fingerprints that are looked up together: those of some 500 items
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
        self._cores: dict[int, int] = {}  # story -> its core copy
        self.word = Word(conn)
        self.stirred: dict[int, About | None] = {}  # stories new or telling something else: their neighbours are due

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
        self.postings.add(item_id, _keys(prepared), at)

    def foresee(self, arriving: Iterable[Prepared]) -> None:
        """Look up together what will be asked for one by one."""
        keys = (key for prepared in arriving for key in _keys(prepared))
        self.postings.foresee(islice(keys, FORESEEN))

    def know(self, brief: Brief) -> None:
        """Keep what was just stored in brief: its likes come soon, and would ask for it one by one."""
        self._brief[brief.item_id] = brief

    def briefs(self, ids: Collection[int]) -> dict[int, Brief]:
        """Stored items in brief; those that are gone are left out. Popular bulletins are asked for again and again."""
        if len(self._brief) > MOST_BRIEFS:
            self.moved()
        missing = [id for id in ids if id not in self._brief]
        if missing:
            rows = self._conn.execute(
                f"""SELECT id, story, published, language, length, source FROM items
                WHERE id IN ({",".join("?" * len(missing))})""",  # noqa: S608
                missing,
            )
            self._brief.update({row[0]: Brief._make(row) for row in rows})
        return {id: self._brief[id] for id in ids if id in self._brief}

    def cores(self, stories: Collection[int]) -> dict[int, Brief]:
        """The core copy of each story, in brief."""
        missing = [story for story in stories if story not in self._cores]
        if missing:
            rows = self._conn.execute(
                f"SELECT id, core FROM stories WHERE id IN ({','.join('?' * len(missing))})",  # noqa: S608
                missing,
            )
            self._cores.update((story, core) for story, core in rows)
        leaders = {story: self._cores[story] for story in stories if story in self._cores}
        rows_of = self.briefs(frozenset(leaders.values()))
        return {story: rows_of[core] for story, core in leaders.items() if core in rows_of}

    def led(self, story: int, item_id: int) -> None:
        """A story has this item as its core copy from now on."""
        self._cores[story] = item_id

    def stir(self, story: int, about: About | None = None) -> None:
        """A story is new, or tells something else; `about` is kept for so many that a flood fills no memory."""
        self.stirred[story] = about if len(self.stirred) < HELD else None

    def moved(self, item_id: int | None = None) -> None:
        """An item, or many, has another time, another story, or is gone: read anew."""
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
        self.word.forget()

    def forget(self) -> None:
        """Let go of what a transaction that failed may have put here."""
        self.moved()
        self._kept.clear()
        self.stirred.clear()
        self.postings.forget()
        self.word.forget()


def _keys(prepared: Prepared) -> tuple[int, ...]:
    """What an item is looked up by: its headline, where it has one, and its fingerprints."""
    headline = prepared.subject.features.title_key
    return (headline, *prepared.prints) if headline else prepared.prints


def find_place(lately: Lately, item_id: int, prepared: Prepared) -> Placement:
    """Look up the likely copies of an item, stored already or not, and let the merge decide."""
    rows, common = _look_up(lately, item_id, prepared)
    if not rows:
        return Placement(item_id=item_id, story=None, leads=True)
    found = {row.item_id: _candidate(lately, row, *common.get(row.item_id, ())) for row in rows}
    leading = lately.cores({row.story for row in rows})
    cores = {story: found.get(core.item_id) or _candidate(lately, core) for story, core in leading.items()}
    return place(
        item_id,
        prepared.item.published,
        prepared.subject,
        tuple(found.values()),
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
    postings = lately.postings.find(_keys(prepared), at - COMMON_DAYS * _DAY, MOST_POSTINGS, POSTINGS)
    named = postings.pop(key, [])[-NAMESAKES:] if key not in prepared.prints else postings[key]
    if not postings and not named:
        return [], {}
    rows = lately.briefs({*named, *chain.from_iterable(postings.values())} - {item_id})
    window = lately.rules.window.total_seconds()
    near, common = _near(postings, rows, prepared, at, window)
    found = {row.item_id: row for row in near}
    found.update({id: rows[id] for id in named if id in rows and abs(at - rows[id].published) <= window})
    return list(found.values()), common


def _near(
    postings: Mapping[int, Sequence[int]], rows: Mapping[int, Brief], prepared: Prepared, at: float, window: float
) -> tuple[list[Brief], dict[int, tuple[int, float]]]:
    recent = {id for id, row in rows.items() if abs(at - row.published) <= COMMON_DAYS * _DAY}
    shared: dict[int, list[int]] = defaultdict(list)
    for number, items in postings.items():
        for item in filter(recent.__contains__, items):
            shared[item].append(number)
    best = _best(shared, rows, at, prepared, window)
    stories = {
        number: {rows[item].story for item in filter(recent.__contains__, postings[number])}
        for number in {number for item in best for number in shared[item]}
    }
    common = {
        item: (
            len(shared[item]),
            sum(len(stories[number] - {rows[item].story}) for number in shared[item]) / len(shared[item]),
        )
        for item in best
    }
    return [rows[item] for item in best], common


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


def _candidate(lately: Lately, row: Brief, shared: int = 0, common: float = 0.0) -> Candidate:
    return Candidate(
        item_id=row.item_id,
        story=row.story,
        published=datetime.fromtimestamp(row.published, UTC),
        subject=lately.subject(row.item_id),
        source=row.source,
        shared=shared,
        common=common,
    )
