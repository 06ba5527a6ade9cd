"""Who might be a copy of an item: looked up by fingerprints and headline, read, and put before the merge."""

from __future__ import annotations

import sqlite3
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from math import inf
from typing import NamedTuple

from feedhub.dedup.about import Terms
from feedhub.dedup.case import Candidate, Case, Prepared
from feedhub.dedup.credit import read
from feedhub.dedup.fingerprint import features
from feedhub.dedup.late import CORRECTED, EARLIER, Earlier, late_copy
from feedhub.dedup.place import place
from feedhub.dedup.rules import RULES, Rules
from feedhub.dedup.subject import Subject
from feedhub.model import Placement
from feedhub.store import times
from feedhub.store.merging.fresh import Fresh
from feedhub.store.merging.postings import FEW, Postings
from feedhub.store.merging.word import Word

BEST = 8  # candidates that are compared, those that share most
NAMESAKES = 20  # newest items of equal headline
MOST_BRIEFS = 10_000  # items kept in brief, and which of them lead their stories: 4 MB
AT_HAND = 5_000  # stories whose neighbours are due and whose terms need not be worked out again: 2 MB
FORESEEN = 10_000  # fingerprints that are looked up together: those of some 500 items
SHARED_PRINTS = 2  # common fingerprints that make a candidate
FEW_PRINTS = 4  # below this one common fingerprint suffices
SHORT_TEXT = 400  # characters; only a text below it has fewer than FEW_PRINTS fingerprints

WEEK = 7 * 86400.0  # seconds in which other stories make a passage common


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

    The core of a running story is asked for again and again. A subject takes some 9 KB; twice as many would spare the
    reading of one in 200.
    """

    def __init__(self, conn: sqlite3.Connection, rules: Rules = RULES, size: int = 1024):
        self._conn, self.rules, self._size = conn, rules, size
        self._kept: OrderedDict[int, Subject] = OrderedDict()
        self.fresh = Fresh(conn)
        self.postings = Postings(conn)
        self._brief: dict[int, Brief] = {}
        self._cores: dict[int, int] = {}  # story -> its core copy
        self._corrected: set[int] | None = None  # items that corrected figures; None: to be read
        self.word = Word(conn)
        self.stirred: dict[int, Terms | None] = {}  # stories new or telling something else: their neighbours are due

    def subject(self, item_id: int) -> Subject:
        """Worked out from the stored text: what can be derived is not stored twice."""
        if item_id in self._kept:
            self._kept.move_to_end(item_id)
            return self._kept[item_id]
        self.fresh.show([item_id])
        row = self._conn.execute("SELECT title, text, language FROM items WHERE id = ?", (item_id,)).fetchone()
        made = Subject(features(read(row["title"], row["text"]), row["language"]))
        self.put(item_id, made)
        return made

    def earlier(self, copies: Sequence[Candidate]) -> Iterator[Earlier]:
        """What these said before they corrected figures: of few of them, and of each the latest."""
        if self._corrected is None:
            self._corrected = {row[0] for row in self._conn.execute("SELECT item FROM corrections")}
        for copy in [copy for copy in copies if copy.item_id in self._corrected][:CORRECTED]:
            rows = self._conn.execute(
                """SELECT title, text, replaced FROM revisions JOIN corrections USING (item)
                WHERE item = ? AND replaced = at AND text IS NOT NULL ORDER BY revisions.id DESC LIMIT ?""",
                (copy.item_id, EARLIER),
            )
            for title, text, replaced in rows:
                subject = Subject(features(read(title, text), copy.subject.features.language))
                yield Earlier(copy, subject, times.at(replaced))

    def corrected(self, item_id: int) -> None:
        """An item has corrected figures: what it said before counts as well."""
        if self._corrected is not None:
            self._corrected.add(item_id)

    def put(self, item_id: int, made: Subject) -> None:
        """Keep what was just worked out anyway."""
        self._kept[item_id] = made
        self._kept.move_to_end(item_id)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def add(self, item_id: int, prepared: Prepared, at: float) -> None:
        """Make an item findable; one that has changed is found by what it was as well, until the next start."""
        self.postings.add(item_id, _keys(prepared), at)

    def write(self) -> None:
        """Write what is kept back of the items that were added."""
        self.fresh.write()
        self.postings.write()

    def foresee(self, arriving: Iterable[Prepared]) -> None:
        """Look up together what will be asked for one by one."""
        keys = (key for prepared in arriving for key in _keys(prepared))
        self.postings.foresee(islice(keys, FORESEEN))

    def know(self, brief: Brief) -> None:
        """Keep what was just stored in brief: its likes come soon, and would ask for it one by one."""
        self._brief[brief.item_id] = brief

    def briefs(self, ids: set[int] | frozenset[int]) -> Mapping[int, Brief]:
        """Stored items in brief, these and others; those that are gone are left out.

        Popular bulletins are asked for again and again.
        """
        if len(self._brief) > MOST_BRIEFS:
            self.moved()
        if missing := list(ids.difference(self._brief)):
            self.fresh.show(missing)
            rows = self._conn.execute(
                f"""SELECT id, story, published, language, length, source FROM items
                WHERE id IN ({",".join("?" * len(missing))})""",  # noqa: S608
                missing,
            )
            self._brief.update({row[0]: Brief._make(row) for row in rows})
        return self._brief

    def cores(self, stories: Collection[int]) -> dict[int, Brief]:
        """The core copy of each story, in brief."""
        missing = [story for story in stories if story not in self._cores]
        if missing:
            self.fresh.write()
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

    def stir(self, story: int, terms: Terms | None = None) -> None:
        """A story is new, or tells something else; of so many its terms are at hand that a flood fills no memory."""
        self.stirred[story] = terms if len(self.stirred) < AT_HAND else None

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
        self._corrected = None

    def forget(self) -> None:
        """Let go of what a transaction that failed may have put here; stories that it stirred are sought in vain."""
        self.doubt()
        self.fresh.forget()
        self._kept.clear()
        self.postings.forget()

    def doubt(self) -> None:
        """Read anew where items stand, and what editors ruled: a ruling was not carried out."""
        self.moved()
        self.word.forget()
        self._corrected = None


def _keys(prepared: Prepared) -> tuple[int, ...]:
    """What an item is looked up by: its headline, where it has one, and its fingerprints."""
    headline = prepared.subject.features.title_key
    return (headline, *prepared.prints) if headline else prepared.prints


def find_place(lately: Lately, item_id: int, prepared: Prepared) -> Placement:
    """Look up the likely copies of an item, stored already or not, and let the merge decide."""
    likely = _look_up(lately, item_id, prepared)
    if not likely:
        return Placement(item_id=item_id, story=None, core=item_id)
    found = {row.item_id: _candidate(lately, row, common) for row, common in likely}
    leading = lately.cores({row.story for row, _ in likely})
    cores = {story: found.get(core.item_id) or _candidate(lately, core) for story, core in leading.items()}
    case = Case(
        item_id=item_id,
        published=prepared.item.published,
        me=prepared.subject,
        candidates=tuple(found.values()),
        cores=cores,
        source=prepared.item.source_id,
        step=prepared.step,
        manifold=lately.word.manifold,
        rules=lately.rules,
    ).without(lately.word.forbidden(item_id))
    placement = place(case)
    return placement if placement.story is not None else _late(lately, case, placement)


def _late(lately: Lately, case: Case, alone: Placement) -> Placement:
    """Beside the copy whose earlier text an item reprints, where it joins no story by the texts as they stand."""
    for before in lately.earlier(case.candidates):
        if verdict := late_copy(case, before):
            story = before.copy.story
            return replace(
                alone,
                story=story,
                core=case.cores[story].item_id,
                verdict=verdict,
                beside=before.copy.item_id,
                related=tuple(pair for pair in alone.related if pair[0] != story),
            )
    return alone


def _look_up(lately: Lately, item_id: int, prepared: Prepared) -> list[tuple[Brief, float]]:
    """The best candidates by fingerprints and then by headline, each with how common it is what they share."""
    key, at = prepared.subject.features.title_key, prepared.item.published.timestamp()
    postings = lately.postings.find(_keys(prepared), at - WEEK)
    if not postings:
        return []
    named = postings.get(key, ())[-NAMESAKES:]
    if key not in prepared.prints:
        postings.pop(key, None)
    ids = set(named).union(*postings.values()) - {item_id}
    rows = lately.briefs(ids)
    away = {id: abs(at - rows[id].published) for id in ids if id in rows}
    window = lately.rules.window.total_seconds()
    best = _best(postings, rows, away, prepared, min(window, WEEK))
    common = _common(postings, rows, away, best)
    alike = dict.fromkeys([*best, *(id for id in named if away.get(id, inf) <= window)])
    return [(rows[id], common.get(id, 0.0)) for id in alike]


def _best(
    postings: Mapping[int, Sequence[int]],
    rows: Mapping[int, Brief],
    away: Mapping[int, float],
    prepared: Prepared,
    most: float,
) -> Sequence[int]:
    """Those at most so many seconds away that share enough, most first.

    Where of what many have the newest alone are given, what few have comes first: hundreds of versions of one text,
    each with other figures, would hide the one that has the same.
    """
    shared = Counter(chain.from_iterable(postings.values()))
    crowded = max(map(len, postings.values()), default=0) == FEW
    rare = Counter(chain.from_iterable(items for items in postings.values() if len(items) < FEW)) if crowded else shared
    few, language = len(prepared.prints) < FEW_PRINTS, prepared.item.language
    enough = [
        id
        for id, prints in shared.items()
        if away.get(id, inf) <= most
        and (prints >= SHARED_PRINTS or few or rows[id].length < SHORT_TEXT)
        and rows[id].language == language
    ]
    return sorted(enough, key=lambda id: (-rare[id], -shared[id], id))[:BEST]


def _common(
    postings: Mapping[int, Sequence[int]], rows: Mapping[int, Brief], away: Mapping[int, float], best: Sequence[int]
) -> dict[int, float]:
    """How many other stories of these days carry what a candidate shares with the item, on average."""
    others: dict[int, list[int]] = {id: [] for id in best}
    for items in postings.values():
        carriers = others.keys() & items
        if carriers:
            stories = {rows[id].story for id in items if away.get(id, inf) <= WEEK}
            for id in carriers:
                others[id].append(len(stories) - 1)
    return {id: sum(counts) / len(counts) for id, counts in others.items()}


def _candidate(lately: Lately, row: Brief, common: float = 0.0) -> Candidate:
    return Candidate(
        item_id=row.item_id,
        story=row.story,
        published=times.at(row.published),
        subject=lately.subject(row.item_id),
        source=row.source,
        common=common,
    )
