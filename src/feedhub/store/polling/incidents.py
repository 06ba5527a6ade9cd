"""What went wrong with sources, from when to when: one row per incident, changed in place.

An incident belongs to a strand, of which each source has at most one open: its failures, its silence, its move, its
ids, a flood of entries. A failure that changes its kind (503 today, 410 tomorrow) goes on as the same incident. A list
of sources may fail as well; one strand belongs to neither: a configuration that is not taken.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from feedhub import trouble
from feedhub.store.many import array
from feedhub.store.times import at, moment

if TYPE_CHECKING:  # readers of incidents do not need what finds them
    from feedhub.moves import Address
    from feedhub.store.polling.outcome import Outcome
    from feedhub.store.polling.standing import Past, Standing

Strand = Literal["failure", "silence", "move", "ids", "flood", "configuration"]

LISTS = "lists."  # before the id of a list, which is no source
PROGRAM = ""  # in place of a source, for incidents of feedhub itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One of them."""

    uuid: str
    source: str
    title: str  # of the source
    kind: str  # broken, blocked, gone, silent, moved, degraded, flood, rejected
    since: datetime
    updated: datetime  # when anything of this last changed
    ended: datetime | None
    words: str  # what is known of it, in a sentence


Known = Mapping[str, sqlite3.Row]  # the open incidents of a source, by strand


def open_ones(conn: sqlite3.Connection, sources: Collection[str]) -> dict[str, dict[str, sqlite3.Row]]:
    """The open incidents of these sources, by source and strand."""
    known: dict[str, dict[str, sqlite3.Row]] = {source: {} for source in sources}
    rows = conn.execute(
        """SELECT source, strand, incidents.id, kind, words FROM json_each(?) AS chosen
        JOIN incidents ON source = chosen.value AND ended IS NULL""",
        (array(sources),),
    )
    for row in rows:
        known[row["source"]][row["strand"]] = row
    return known


class Book:
    """The incidents of one source, to be changed at one time."""

    def __init__(self, conn: sqlite3.Connection, known: Known, source: str, title: str, at: datetime):
        self._conn, self._open, self._source, self._title, self._at = conn, known, source, title, at

    def write(self, strand: Strand, kind: str, since: datetime, words: str, *, once: bool = False) -> None:
        """Open an incident, or update the open one; `once`: leave an open one as it is."""
        known, at = self._open.get(strand), self._at.timestamp()
        if known is None:
            self._conn.execute(
                """INSERT INTO incidents (uuid, source, title, strand, kind, since, updated, words)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                (str(uuid4()), self._source, self._title, strand, kind, since.timestamp(), at, words),
            )
        elif (known["kind"], known["words"]) != (kind, words) and not once:
            self._conn.execute(
                "UPDATE incidents SET kind = ?, words = ?, updated = ? WHERE id = ?", (kind, words, at, known["id"])
            )

    def close(self, strand: Strand) -> None:
        """Close the open incident of a strand."""
        if known := self._open.get(strand):
            self._conn.execute(
                "UPDATE incidents SET ended = ?1, updated = ?1 WHERE id = ?2", (self._at.timestamp(), known["id"])
            )

    def of_document(self, strand: Strand, kind: str, words: str | None, *, over: bool) -> None:
        """Open an incident about documents; with None, close the open one if it may be `over`."""
        if words:
            self.write(strand, kind, self._at, f"{words}.", once=True)
        elif over:
            self.close(strand)


def judge(
    book: Book, before: Past, now: Standing, outcome: Outcome, *, new: int, doubt: str | None, flood: str | None
) -> None:
    """Open, change or close incidents after a poll.

    `new` items came; `doubt` says what is wrong with their ids, `flood` what was held back.
    """
    if now.failures:
        _failing(book, now, outcome)
        return
    book.close("failure")
    _silence(book, now, outcome.at)
    _move(book, now.address, before.url, outcome.at)
    book.of_document("ids", "degraded", doubt, over=new > 0)
    book.of_document("flood", "flood", flood, over=new > 0)


def _failing(book: Book, now: Standing, outcome: Outcome) -> None:
    if now.weight >= trouble.TOLD or now.paused:
        said = outcome.error or "unknown"
        words = f"{said}. It is paused until its configuration is edited." if now.paused else said
        book.write("failure", trouble.ailment(now.ailment or ""), now.since or outcome.at, words)


def _silence(book: Book, now: Standing, at: datetime) -> None:
    if now.silent_at is None or at < now.silent_at:
        book.close("silence")
    elif now.last_new:
        rate = f"about {now.rhythm.per_day:.2g} items a day by what was seen of late"
        book.write("silence", "silent", now.last_new, f"It answers and brings nothing new; {rate}.", once=True)


def _move(book: Book, address: Address, configured: str, at: datetime) -> None:
    if address.moved_to:
        taken = " and asked there already" if address.adopted == address.moved_to else ""
        words = f"Moved permanently to {address.moved_to}{taken}. The configuration still has {configured}."
        book.write("move", "moved", address.moved_since or at, words)
    else:
        book.close("move")


def news(book: Book, *, new: int, flood: str | None) -> None:
    """Record news that came between two polls: it ends a silence, and may be a flood."""
    if new:
        book.close("silence")
    book.of_document("flood", "flood", flood, over=new > 0)


def configuration(conn: sqlite3.Connection, mistakes: str | None, now: datetime) -> None:
    """Open or close the incident that the edited configuration has mistakes."""
    book = Book(conn, open_ones(conn, [PROGRAM])[PROGRAM], PROGRAM, "The configuration", now)
    if mistakes:
        book.write("configuration", "rejected", now, mistakes)
    else:
        book.close("configuration")


def list_trouble(conn: sqlite3.Connection, id: str, error: str | None, since: datetime, now: datetime) -> None:
    """Open the incident that a list of sources cannot be read; with None, close it."""
    source = f"{LISTS}{id}"
    book = Book(conn, open_ones(conn, [source])[source], source, f"The list {id}", now)
    if error:
        book.write("failure", "broken", since, f"{error}. What it named last is polled on.")
    else:
        book.close("failure")


def sync(conn: sqlite3.Connection, now: datetime) -> None:
    """Close incidents of sources that are no longer polled, and moves that the configuration has taken over."""
    conn.execute(
        """UPDATE incidents SET ended = ?1, updated = ?1 WHERE ended IS NULL AND (
            strand != 'configuration' AND source NOT LIKE ?2
            AND source NOT IN (SELECT id FROM sources WHERE enabled)
            OR strand = 'move' AND source IN (SELECT id FROM sources WHERE moved_to IS NULL))""",
        (now.timestamp(), f"{LISTS}%"),
    )


def latest(conn: sqlite3.Connection, limit: int) -> list[Incident]:
    """The incidents that changed last, the latest first."""
    rows = conn.execute("SELECT * FROM incidents ORDER BY updated DESC, id DESC LIMIT ?", (limit,))
    return list(map(_incident, rows))


def of_source(conn: sqlite3.Connection, source: str, limit: int) -> list[Incident]:
    """The incidents of one source, the one that began last first."""
    rows = conn.execute(
        "SELECT * FROM incidents WHERE source = ? ORDER BY since DESC, id DESC LIMIT ?", (source, limit)
    )
    return list(map(_incident, rows))


def _incident(row: sqlite3.Row) -> Incident:
    return Incident(
        uuid=row["uuid"],
        source=row["source"],
        title=row["title"],
        kind=row["kind"],
        since=at(row["since"]),
        updated=at(row["updated"]),
        ended=moment(row["ended"]),
        words=row["words"],
    )
