"""How a story came to read as it does: the texts of its copies, and what each of them said before."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedhub.store.stories import at


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
    """A change of one copy."""

    at: datetime
    item: int
    outlet: str
    kinds: tuple[str, ...]  # typo, headline, figure, name, added, cut, withdrawn, rewritten; () if not told apart
    language: str
    titles: tuple[str, str]  # before and after
    texts: tuple[str, str]


def texts(conn: sqlite3.Connection, items: Sequence[int]) -> dict[int, Text]:
    """The texts of these items; those that are gone are left out."""
    marks = ",".join("?" * len(items))
    rows = conn.execute(
        f"""SELECT items.id, outlet, items.title, text, language FROM items JOIN sources ON sources.id = source
        WHERE items.id IN ({marks})""",  # noqa: S608
        items,
    )
    return {
        row["id"]: Text(
            item=row["id"], outlet=row["outlet"], title=row["title"], text=row["text"], language=row["language"]
        )
        for row in rows
    }


def revisions(conn: sqlite3.Connection, items: Sequence[int], limit: int) -> list[Revision]:
    """The changes of these items, the latest first, each beside what took its place."""
    marks = ",".join("?" * len(items))
    rows = conn.execute(
        f"""SELECT revisions.*, outlet, language, items.title AS title_now, items.text AS text_now
        FROM revisions JOIN items ON items.id = item JOIN sources ON sources.id = source
        WHERE item IN ({marks}) ORDER BY revisions.id DESC""",  # noqa: S608
        items,
    )
    found: list[Revision] = []
    following: dict[int, tuple[str, str]] = {}
    for row in rows:
        title, text = following.get(row["item"], (row["title_now"], row["text_now"]))
        following[row["item"]] = (row["title"], row["text"])
        if len(found) < limit:
            found.append(
                Revision(
                    at=at(row["replaced"]),
                    item=row["item"],
                    outlet=row["outlet"],
                    kinds=tuple((row["kinds"] or "").split()),
                    language=row["language"],
                    titles=(row["title"], title),
                    texts=(row["text"], text),
                )
            )
    return found
