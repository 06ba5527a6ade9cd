"""Which items carry a fingerprint: the newest items' fingerprints in memory, and on disk to start again from.

A row for each (fingerprint, item) scatters every item over sixteen pages of the database: the log then takes 100 KB
for an item of 1 KB. So the table holds one short row an item, and what is looked up lies in memory: one sorted array
of 64-bit numbers, fingerprint above item, and a small dictionary of what has come since it was sorted.
Postings may be stale (their item was taken back, changed or pruned): whoever looks up compares the texts anyway.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

FRESH = 2048  # items after which the array is sorted anew: 30 ms at 200,000 items
_ABOVE, _NEXT, _ITEM = np.uint64(32), np.uint64(1 << 32), np.uint64(0xFFFFFFFF)  # a posting is fingerprint | item
HOUR = 3600.0
MOST_ITEMS = 300_000  # newest items that are looked at: 40 MB; a week of 40,000 items a day


class Postings:
    """The fingerprints of the newest items."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn
        self._sorted: NDArray[np.uint64] | None = None  # None: not read from disk yet
        self._fresh: dict[int, list[int]] = {}
        self._waiting = 0  # items in `_fresh`
        self._hours: list[tuple[float, int]] = []  # the first item of each hour in which any came

    def add(self, item_id: int, prints: Sequence[int], at: float) -> None:
        """Make an item findable, now and after the next start; `at` is when it came, in Unix seconds."""
        blob = array("I", prints).tobytes()
        self._conn.execute("INSERT OR REPLACE INTO fingerprints VALUES (?, ?, ?)", (item_id, at, blob))
        if self._sorted is not None:
            self._note(item_id, prints, at)

    def find(self, prints: Iterable[int], since: float, most: int, few: int) -> dict[int, list[int]]:
        """The items that carry each fingerprint and came after `since` (or up to an hour before), in order of arrival.

        More than `most` of them together are what everybody prints: then only the `few` newest of each are given.
        """
        if self._sorted is None:
            self._load()
        assert self._sorted is not None
        numbers = list(dict.fromkeys(prints))
        oldest = self._first_item(since)
        found = self._in_order(numbers, oldest, most)
        for number in numbers:
            if fresh := self._fresh.get(number):
                start = max(bisect_left(fresh, oldest), len(fresh) - most)
                found.setdefault(number, []).extend(fresh[start:])
        found = {number: items for number, items in found.items() if items}
        if sum(map(len, found.values())) >= most:
            return {number: items[-few:] for number, items in found.items()}
        return found

    def _in_order(self, numbers: Sequence[int], oldest: int, most: int) -> dict[int, list[int]]:
        """What the array holds of these fingerprints; for most of an item's there is nothing."""
        assert self._sorted is not None
        if not numbers or not len(self._sorted):
            return {}
        keys = np.array(numbers, dtype=np.uint64) << _ABOVE
        starts = self._sorted.searchsorted(keys | np.uint64(oldest))
        met = (self._sorted.take(starts, mode="clip") ^ keys) < _NEXT
        found: dict[int, list[int]] = {}
        for place in met.nonzero()[0].tolist():
            start = int(starts[place])
            end = int(self._sorted.searchsorted(keys[place] + _NEXT))
            items = (self._sorted[max(start, end - most) : end] & _ITEM).tolist()
            if items:
                found[numbers[place]] = items
        return found

    def forget(self) -> None:
        """Read anew from disk when next asked: a transaction that failed took items back."""
        self._sorted, self._fresh, self._waiting, self._hours = None, {}, 0, []

    def _first_item(self, since: float) -> int:
        place = bisect_right(self._hours, (since, 0))
        return self._hours[place - 1][1] if place else 0

    def _note(self, item_id: int, prints: Iterable[int], at: float) -> None:
        if not self._hours or at >= self._hours[-1][0] + HOUR:
            self._hours.append((at, item_id))
        for number in prints:
            self._fresh.setdefault(number, []).append(item_id)
        self._waiting += 1
        if self._waiting >= FRESH:
            self._sort(item_id - MOST_ITEMS)

    def _sort(self, oldest: int) -> None:
        assert self._sorted is not None
        pairs = [number << 32 | item for number, items in self._fresh.items() for item in items]
        kept = self._sorted[(self._sorted & _ITEM) > np.uint64(max(oldest, 0))]
        self._sorted = np.concatenate([kept, np.array(pairs, dtype=np.uint64)])
        self._sorted.sort(kind="stable")  # two sorted runs and little more: near to linear
        self._fresh, self._waiting = {}, 0

    def _load(self) -> None:
        rows = self._conn.execute(
            "SELECT item, hashes, at FROM fingerprints ORDER BY item DESC LIMIT ?", (MOST_ITEMS,)
        ).fetchall()
        for item, _, at in reversed(rows):
            if not self._hours or at >= self._hours[-1][0] + HOUR:
                self._hours.append((at, item))
        hashes = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.uint32).astype(np.uint64)
        items = np.repeat(np.array([row[0] for row in rows], dtype=np.uint64), [len(row[1]) // 4 for row in rows])
        self._sorted = hashes << _ABOVE | items
        self._sorted.sort()
