"""Merging everything that is stored again, under other rules or those of a later version.

All that happened happens again in a scratch database, through the same code, and the result is compared with the
stories as they are. Nothing is changed until it is adopted.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from feedhub.dedup.rules import Rules
from feedhub.store import chronicle
from feedhub.store.arrivals import Arrivals
from feedhub.store.chronicle import Binding, Event, Version
from feedhub.store.database import open_writer, transaction
from feedhub.store.merging import constraints
from feedhub.store.merging.lately import Lately
from feedhub.store.merging.versions import Saved, Versions
from feedhub.store.reading import Reader
from feedhub.store.rulings.docket import Docket
from feedhub.store.times import at

ROUND = 500  # events in one transaction of the scratch database
SHOWN = 3  # headlines of a story that people are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One difference: several stories would be joined, or one would be split."""

    kind: str  # "joined" or "split"
    headlines: tuple[str, ...]  # of the stories that would be joined, or that a split would make
    firsts: tuple[int, ...]  # of each of these, the item with that headline
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a replay would change."""

    items: int  # looked at
    before: int  # stories
    after: int
    moved: tuple[Moved, ...]
    stories: Mapping[int, int]  # item -> story of the scratch database: what `adoption` carries out


def replay(reader: Reader, scratch: Path, rules: Rules) -> Difference:
    """Place all stored items again under these rules, in a scratch database at this path; nothing else is changed."""
    conn = reader.conn
    conn.execute("BEGIN")  # a snapshot of what is stored: polls may go on meanwhile
    try:
        return _difference(conn, _replayed(conn, scratch, rules))
    finally:
        conn.execute("ROLLBACK")


def _replayed(conn: sqlite3.Connection, scratch: Path, rules: Rules) -> Mapping[int, int]:
    """The story of each item, as all events make them."""
    other = open_writer(scratch)
    try:
        other.execute("PRAGMA synchronous = OFF")
        _set_up(conn, other)
        lately, events = Lately(other, rules), chronicle.events(conn)
        while part := list(islice(events, ROUND)):
            with transaction(other):
                _again(other, lately, part)
        return dict(other.execute("SELECT id, story FROM items").fetchall())
    finally:
        other.close()


def _set_up(conn: sqlite3.Connection, other: sqlite3.Connection) -> None:
    """Copy the sources and rulings into the scratch database."""
    rows = conn.execute("SELECT id, url, title, outlet, agency FROM sources").fetchall()
    other.executemany(
        """INSERT INTO sources (id, url, title, outlet, agency, enabled, configured, min_interval, max_interval)
        VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0)""",
        [tuple(row) for row in rows],
    )
    rows = conn.execute("SELECT id, at, who, verb, facts FROM rulings").fetchall()
    other.executemany(
        "INSERT INTO rulings (id, at, who, verb, facts) VALUES (?, ?, ?, ?, ?)", [tuple(row) for row in rows]
    )


def _again(other: sqlite3.Connection, lately: Lately, events: Iterable[Event]) -> None:
    """Let these events happen again."""
    lately.foresee(event.prepared for event in events if isinstance(event, Version))
    for event in events:
        match event:
            case Version():
                _take_in(other, lately, event)
            case Binding():
                lately.write()
                _bind(Docket(other, lately, at(event.at)), event)
    lately.write()


def _take_in(other: sqlite3.Connection, lately: Lately, told: Version) -> None:
    """Store a version of an item as if its feed had just listed it."""
    versions = Versions(other, lately.fresh, told.at)
    if told.first:
        saved = Saved(told.item_id, "new", prepared=told.prepared)
    else:
        saved = versions.change(told.item_id, told.prepared, b"")
    Arrivals(other, lately, versions).accept(saved)


def _bind(docket: Docket, bound: Binding) -> None:
    """Put the constraints of a ruling in force."""
    if bound.kind == "apart":
        _part(docket, bound)
    if bound.kind == "waived":
        constraints.waive(docket.conn, bound.ruling, bound.pairs)
    else:
        for one, other in bound.pairs:
            constraints.bind(docket.conn, bound.ruling, bound.kind, [one], [other])
    docket.lately.constraints.forget()
    if bound.kind == "together":
        for pair in bound.pairs:
            _join(docket, pair)


def _part(docket: Docket, bound: Binding) -> None:
    """Where copies of both sides share a story, move those of one side out of it."""
    items = {item for pair in bound.pairs for item in pair}
    leaving = {bound.leaver} & items or {other for one, other in bound.pairs if one == min(items)}
    kept = {row["story"] for row in docket.remaining(items - leaving)}
    found = defaultdict(list)
    for row in docket.remaining(leaving):
        found[row["story"]].append(row)
    for story in kept & found.keys():
        docket.settle(docket.take_out(found[story], story))


def _join(docket: Docket, pair: Iterable[int]) -> None:
    """Make the stories of two items one, if nothing keeps them apart."""
    kept, ended = (row["story"] for row in docket.remaining(pair))
    if kept != ended and not docket.lately.constraints.apart(kept, ended):
        docket.join(ended, into=kept)


def grouped(stories: Mapping[int, int]) -> dict[int, list[int]]:
    """The items of each story, in order."""
    found: dict[int, list[int]] = defaultdict(list)
    for item in sorted(stories):
        found[stories[item]].append(item)
    return found


def _difference(conn: sqlite3.Connection, stories: Mapping[int, int]) -> Difference:
    held = dict(conn.execute("SELECT id, story FROM items").fetchall())
    joined, split = (_told(conn, *told) for told in (("joined", stories, held), ("split", held, stories)))
    return Difference(
        items=len(held),
        before=len(set(held.values())),
        after=len(set(stories.values())),
        moved=(*joined, *split),
        stories=stories,
    )


def _told(conn: sqlite3.Connection, kind: str, stories: Mapping[int, int], other: Mapping[int, int]) -> Iterator[Moved]:
    """The stories whose items belong to several stories of the other side, with a headline of each."""
    for items in grouped(stories).values():
        firsts = {other[item]: item for item in reversed(items)}
        if len(firsts) > 1:
            shown = sorted(firsts.values())[:SHOWN]
            titles = [conn.execute("SELECT title FROM items WHERE id = ?", (item,)).fetchone()[0] for item in shown]
            yield Moved(kind=kind, headlines=tuple(titles), firsts=tuple(shown), items=len(items))
