"""How a story came to read as it does: the texts of its copies, and what each of them said before."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedhub.model import Copy
from feedhub.store.many import qmarks
from feedhub.store.times import at


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What one copy says."""

    item: int
    outlet: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A change of one copy's words."""

    at: datetime
    item: int
    outlet: str
    kinds: tuple[str, ...]  # of dedup.revision, or date; () if not told apart
    language: str
    titles: tuple[str, str]  # before and after
    texts: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redated:
    """How often one copy was given another date, and the first that it had."""

    times: int
    first: datetime


def texts(conn: sqlite3.Connection, items: Sequence[int]) -> dict[int, Text]:
    """The texts of these items; those that are gone are left out."""
    rows = conn.execute(
        f"""SELECT items.id, outlet, items.title, text, language FROM items JOIN sources ON sources.id = source
        WHERE items.id IN ({qmarks(items)})""",  # noqa: S608
        items,
    )
    return {
        row["id"]: Text(
            item=row["id"], outlet=row["outlet"], title=row["title"], text=row["text"], language=row["language"]
        )
        for row in rows
    }


def revisions(conn: sqlite3.Connection, items: Sequence[int], limit: int) -> list[Revision]:
    """The changes of these items' words, the latest first, each beside what took its place."""
    rows = conn.execute(
        f"""SELECT revisions.*, outlet, items.language AS language_now, items.title AS title_now, items.text AS text_now
        FROM revisions JOIN items ON items.id = item JOIN sources ON sources.id = source
        WHERE item IN ({qmarks(items)}) AND revisions.text IS NOT NULL ORDER BY revisions.id DESC LIMIT ?""",  # noqa: S608
        (*items, limit),
    )
    found: list[Revision] = []
    following: dict[int, tuple[str, str]] = {}
    for row in rows:
        title, text = following.get(row["item"], (row["title_now"], row["text_now"]))
        following[row["item"]] = (row["title"], row["text"])
        found.append(
            Revision(
                at=at(row["replaced"]),
                item=row["item"],
                outlet=row["outlet"],
                kinds=tuple((row["kinds"] or "").split()),
                language=row["language_now"],
                titles=(row["title"], title),
                texts=(row["text"], text),
            )
        )
    return found


def times(conn: sqlite3.Connection, copy: Copy) -> tuple[datetime, datetime | None]:
    """A copy's first date, and when its words last changed: what a feed says of it stays, however it is redated."""
    row = conn.execute(
        """SELECT max(replaced) FILTER (WHERE text IS NOT NULL) AS reworded, (SELECT published FROM revisions
            WHERE item = ?1 AND published IS NOT NULL ORDER BY id LIMIT 1) AS first
        FROM revisions WHERE item = ?1""",
        (copy.item_id,),
    ).fetchone()
    first = copy.published if row["first"] is None else at(row["first"])
    return first, None if row["reworded"] is None else at(row["reworded"])


def redated(conn: sqlite3.Connection, items: Sequence[int]) -> dict[int, Redated]:
    """The changes of these items' dates, with or without others; items that kept theirs are left out."""
    rows = conn.execute(
        f"""SELECT item, count(*) AS times, published, min(id) FROM revisions
        WHERE item IN ({qmarks(items)}) AND published IS NOT NULL GROUP BY item""",  # noqa: S608
        items,
    )
    return {row["item"]: Redated(times=row["times"], first=at(row["published"])) for row in rows}
