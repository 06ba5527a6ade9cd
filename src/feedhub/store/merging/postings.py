"""Which items carry a fingerprint: the newest items' fingerprints in memory, and on disk to start again from.

A row for each (fingerprint, item) scatters every item over sixteen pages of the database: the log then takes 100 KB
for an item of 1 KB. So the table holds one short row an item, and what is looked up lies in memory: in order, packed
(`packed`), and in a dictionary what was asked for, or has come, since it was sorted.
Postings may be stale (their item was taken back or pruned): whoever looks up compares the texts anyway. An item that
has changed is found by its former words as well: others still print these.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, MutableSequence, Sequence
from itertools import pairwise

import numpy as np

from feedhub.store.merging.packed import Numbers, Packed, numbers

FRESH = 4096  # items after which they are sorted in: 15 to 25 ms, most of them whatever their number
MOST = 200  # postings of all fingerprints of an item together, that are looked at
FEW = 16  # newest items of each fingerprint where there are more; 60 find nothing more
MOST_MET, MOST_HELD = 100_000, 2_000_000  # fingerprints, and their items, that lie at hand: 20 MB
PART = 1 << 12  # items read at once
HOUR = 3600.0
MOST_PRINTS = 2050  # of one item on disk, with those of its former words: 50 versions are kept, each has 41 at most
MOST_ITEMS = 300_000  # newest items that are looked at: 20 MB; a week of 40,000 items a day

Items = MutableSequence[int]  # few in a list; those of the array four bytes each
_NOWHERE: list[int] = []  # stays empty


class Postings:
    """The fingerprints of the newest items; at most so many items of those that everybody prints, see `find`."""

    def __init__(self, conn: sqlite3.Connection, most: int = MOST, few: int = FEW):
        self._conn, self._most, self._few = conn, most, few
        self._sorted: Packed | None = None  # None: not read from disk yet
        self._met: dict[int, Items] = {}  # the newest items of the fingerprints that were asked for, or came, since
        self._held = 0  # how many these are
        self._waiting: list[tuple[int, bytes]] = []  # what has come since, to be sorted in
        self._unwritten: list[tuple[int, float, bytes]] = []
        self._hours: list[tuple[float, int]] = []  # the first item of each hour in which any came
        self._gone = 0  # items up to this one are not stored any more

    def add(self, item_id: int, prints: Sequence[int], at: float) -> None:
        """Make a new item findable, now and after the next start; `at` is when it came, in Unix seconds."""
        self._unwritten.append((item_id, at, array("I", prints).tobytes()))
        if self._sorted is not None:
            self._begin_hour(item_id, at)
            self._note(item_id, prints)

    def renew(self, item_id: int, prints: Sequence[int]) -> None:
        """Make an item that has changed findable by what it says now as well; one that came too long ago stays lost."""
        self.write()
        row = self._conn.execute("SELECT hashes FROM fingerprints WHERE item = ?", (item_id,)).fetchone()
        if row is None:
            return
        former = [number for number in array("I", row[0]) if number not in prints]
        blob = array("I", [*former, *prints][-MOST_PRINTS:]).tobytes()
        self._conn.execute("UPDATE fingerprints SET hashes = ? WHERE item = ?", (blob, item_id))
        if self._sorted is not None:
            self.foresee(prints)
            self._note(item_id, [number for number in prints if item_id not in self._met[number]])

    def write(self) -> None:
        """Write what was added."""
        self._conn.executemany("INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)", self._unwritten)
        self._unwritten.clear()

    def foresee(self, prints: Iterable[int]) -> None:
        """Look up together what will be asked for item by item: each search of the array has a cost of its own."""
        if self._sorted is None:
            self.write()
            self._load()
        if len(self._met) > MOST_MET or self._held > MOST_HELD:
            self._sort()
        assert self._sorted is not None
        missing = set(prints).difference(self._met)
        self._met.update(dict.fromkeys(missing, _NOWHERE))
        if not missing or not len(self._sorted):
            return
        asked = np.array(sorted(missing), np.uint64)
        counts, found = self._sorted.find(asked, self._most)
        items, carried = array("I", found.tobytes()), np.flatnonzero(counts)  # few are: most texts are new
        bounds = pairwise([0, *np.cumsum(counts[carried]).tolist()])
        self._met.update(
            (one, items[start:end]) for one, (start, end) in zip(asked[carried].tolist(), bounds, strict=True)
        )
        self._held += len(items)

    def find(self, prints: Sequence[int], since: float) -> dict[int, Sequence[int]]:
        """The items that carry each fingerprint and came after `since`, or in the hour before it, in order of arrival.

        More than `most` of them together are what everybody prints: then only the `few` newest of each are given.
        """
        self._ready(prints)
        oldest, met = self._first_item(since), self._met
        found = {number: newer for number in prints if (items := met[number]) and (newer := self._newer(items, oldest))}
        if sum(map(len, found.values())) >= self._most:
            return {number: items[-self._few :] for number, items in found.items()}
        return found

    def pruned(self, gone: int) -> None:
        """Items up to `gone` are not stored any more; they are let go of when it is sorted anew."""
        self._gone = gone

    def forget(self) -> None:
        """Read anew from disk when next asked: a transaction that failed took items back."""
        self._sorted, self._met, self._held, self._waiting, self._hours = None, {}, 0, [], []
        self._unwritten.clear()

    def _ready(self, prints: Sequence[int]) -> None:
        """Have at hand what carries these, as it mostly is: a document's are looked up together, see `foresee`."""
        if not all(map(self._met.__contains__, prints)):
            self.foresee(prints)

    def _newer(self, items: Items, oldest: int) -> Sequence[int]:
        """The newest of these items from `oldest` on, as many as are looked at."""
        if items[0] >= oldest and len(items) <= self._most:
            return items
        return items[max(bisect_left(items, oldest), len(items) - self._most) :]

    def _first_item(self, since: float) -> int:
        place = bisect_right(self._hours, (since, 0))
        return self._hours[place - 1][1] if place else 0

    def _note(self, item_id: int, prints: Sequence[int]) -> None:
        self._ready(prints)
        met = self._met
        for number in prints:
            if items := met[number]:
                insort(items, item_id)
            else:
                met[number] = [item_id]
        self._held += len(prints)
        self._waiting.append((item_id, array("I", prints).tobytes()))
        if len(self._waiting) >= FRESH:
            self._sort()

    def _begin_hour(self, item_id: int, at: float) -> None:
        if not self._hours or at >= self._hours[-1][0] + HOUR:
            self._hours.append((at, item_id))

    def _sort(self) -> None:
        """Sort in what has come, and let go of what is too old."""
        assert self._sorted is not None
        newest = max((item for item, _ in self._waiting), default=0)
        oldest = max(newest - MOST_ITEMS, self._gone)
        if oldest > self._sorted.base:
            self._sorted.let_go(oldest)
        self._sorted.add(_postings(self._waiting, self._sorted.base))
        self._met, self._held, self._waiting = {}, 0, []

    def _load(self) -> None:
        """Read from disk a part at a time: all rows at once would take several times what they come to."""
        newest = self._conn.execute("SELECT coalesce(max(item), 0) FROM fingerprints").fetchone()[0]
        base = max(newest - MOST_ITEMS, 0)
        size = self._conn.execute(
            "SELECT coalesce(sum(length(hashes)), 0) / 4 FROM fingerprints WHERE item > ?", (base,)
        ).fetchone()[0]
        postings, filled = np.empty(size, np.uint64), 0
        rows = self._conn.execute("SELECT item, hashes, at FROM fingerprints WHERE item > ? ORDER BY item", (base,))
        while part := rows.fetchmany(PART):
            some = _postings([(item, hashes) for item, hashes, _ in part], base)
            postings[filled : filled + len(some)] = some
            filled += len(some)
            for item, _, at in part:
                self._begin_hour(item, at)
        postings.sort()
        self._sorted = Packed(base, postings)


def _postings(rows: Sequence[tuple[int, bytes]], base: int) -> Numbers:
    """The postings of items above `base` and their fingerprints, in order."""
    newer = [(item, hashes) for item, hashes in rows if item > base]
    prints = np.frombuffer(b"".join(hashes for _, hashes in newer), np.uint32).astype(np.uint64)
    items = np.repeat(np.array([item for item, _ in newer], np.uint64), [len(hashes) // 4 for _, hashes in newer])
    postings = numbers(base, prints, items)
    postings.sort()
    return postings
