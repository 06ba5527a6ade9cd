"""Items, stories and verdicts that are new: their rows are kept back for a moment and written together.

A statement among others of its kind costs half: between two items lies a millisecond of comparing texts, in which the
processor forgets where SQLite is and what it has read. Whoever wants to read such a row, or to change one, has them
written first, and what was to follow is done then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from random import getrandbits
from typing import TYPE_CHECKING

from feedhub.store.merging import verdicts
from feedhub.store.polling import listing

if TYPE_CHECKING:  # who only reads stories needs nothing of how they are compared
    from feedhub.dedup.about import Terms

COLUMNS = """id, source, guid, story, digest, published, updated, first_seen, complete, share,
    length, language, agency, place, byline, author, image, link, title, tags, enclosures, evidence, text, html"""
_PLACES = ", ".join("?" * (COLUMNS.count(",") + 1))
_FIXED, _VERSION_7 = 0xF << 76 | 0b11 << 62, 7 << 76 | 0b10 << 62  # bits of a UUID

MOST = 200  # items kept back at once, some 500 KB


class Fresh:
    """Rows that are not written yet."""

    def __init__(self, conn: sqlite3.Connection):
        self._conn = conn
        self._items: list[Sequence[object]] = []
        self._stories: list[Sequence[object]] = []
        self._to_relate: list[tuple[int, Terms | None]] = []
        self._verdicts: list[Sequence[object]] = []
        self._follows: list[Callable[[], None]] = []
        self._first_item = 0  # of those kept back
        self._last_story: int | None = None  # that was ever stored, once it was asked for in this transaction
        self._last_item: int | None = None  # that was ever stored, once it was asked for: nobody else stores any

    @property
    def kept(self) -> int:
        """How many items are kept back."""
        return len(self._items)

    def next_item(self) -> int:
        """The number of the next item; as with AUTOINCREMENT, none is ever used again."""
        if self._last_item is None:
            self._last_item = self._last("items")
        return self._last_item + 1

    def open_story(self, item_id: int, published: datetime, terms: Terms | None = None, uuid: str | None = None) -> int:
        """A story that has this item as its only copy, with what it is about, where that is at hand.

        `uuid`: the id of one that lives again.
        """
        at = published.timestamp()
        self._last_story = (self._last("stories") if self._last_story is None else self._last_story) + 1
        self._stories.append((self._last_story, uuid or _uuid(at), item_id, item_id, at, at))
        self._to_relate.append((self._last_story, terms))
        return self._last_story

    def add(self, item_id: int, rest: Sequence[object]) -> None:
        """An item's row, in the order of COLUMNS."""
        if len(self._items) >= MOST:
            self.write()
        if not self._items:
            self._first_item = item_id
        self._items.append((item_id, *rest))
        self._last_item = item_id

    def judge(self, verdict: Sequence[object]) -> None:
        """A verdict's row; see `verdicts.row`."""
        self._verdicts.append(verdict)

    def then(self, work: Callable[[], None]) -> None:
        """Do this as soon as the rows that are kept back are written; later ones may be there by then as well."""
        self._follows.append(work)

    def show(self, items: Iterable[int]) -> None:
        """Write these items now if they are still kept back: they are about to be read."""
        if self._items and max(items) >= self._first_item:
            self.write()

    def write(self) -> None:
        """Write all that is kept back, and do what follows from it."""
        if self._stories:
            self._conn.executemany(
                """INSERT INTO stories (id, uuid, canonical, core, outlets, published, updated)
                VALUES (?, ?, ?, ?, 1, ?, ?)""",
                self._stories,
            )
            # Of what was saved of a damaged file, one that is gone may wait under the same number.
            self._conn.executemany("INSERT OR REPLACE INTO to_relate VALUES (?, ?)", self._to_relate)
        if self._items:
            self._conn.executemany(f"INSERT INTO items ({COLUMNS}) VALUES ({_PLACES})", self._items)  # noqa: S608
            listing.come(self._conn, self._first_item)
        if self._verdicts:
            self._conn.executemany(verdicts.INSERT, self._verdicts)
        follows = [*self._follows]
        self._clear()
        for work in follows:
            work()

    def forget(self) -> None:
        """Drop what a transaction that failed had kept back. Others may open stories before the next one."""
        self._clear()
        self._last_story = None

    def _clear(self) -> None:
        for kept in (self._items, self._stories, self._to_relate, self._verdicts, self._follows):
            kept.clear()

    def _last(self, table: str) -> int:
        row = self._conn.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return int(row[0]) if row else 0


def open_story(conn: sqlite3.Connection, item_id: int, published: datetime, uuid: str | None = None) -> int:
    """A story that a stored item leaves another for, or that lives again under its `uuid`: written at once."""
    fresh = Fresh(conn)
    story = fresh.open_story(item_id, published, uuid=uuid or name_again(conn, item_id))
    fresh.write()
    return story


def name_again(conn: sqlite3.Connection, item_id: int) -> str | None:
    """The id of the story that a stored item once had of its own, which is its next one's: readers have it already, and
    a text that comes and goes makes one story. None where there was none.
    """
    row = conn.execute(
        "DELETE FROM merged WHERE uuid = (SELECT min(uuid) FROM merged WHERE item = ?) RETURNING uuid", (item_id,)
    ).fetchone()
    return row[0] if row else None


def _uuid(at: float) -> str:
    """A random UUID that begins with a time (version 7 of RFC 9562): new ones stand side by side in their index, so
    that a round of polls writes one page of it and not fifty.
    """
    milliseconds = max(0, int(at * 1000)) & (1 << 48) - 1
    random = getrandbits(80) & ~_FIXED
    digits = f"{milliseconds << 80 | random | _VERSION_7:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
