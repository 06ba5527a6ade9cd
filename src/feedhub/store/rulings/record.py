"""The record of what editors ruled."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from feedhub.errors import RulingError
from feedhub.store.times import at, moment

Verb = Literal["merge", "split", "never", "confirm", "pin", "hide", "lead", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A story that a ruling is about, as it was when the ruling was made: it may have ended since."""

    part: str  # its part in the ruling: kept, ended, from, to, one, other, story
    story: str
    outlet: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One decision of an editor, as recorded."""

    number: int
    at: datetime
    who: str
    verb: Verb
    stories: tuple[Named, ...]
    facts: dict[str, Any]
    undone: datetime | None


def recorded(conn: sqlite3.Connection, limit: int) -> list[Ruling]:
    """The rulings, the latest first."""
    return [_ruling(row) for row in conn.execute("SELECT * FROM rulings ORDER BY id DESC LIMIT ?", (limit,))]


def binding(conn: sqlite3.Connection, story: str, limit: int) -> list[Ruling]:
    """The rulings that bind copies of the story of this id, the latest first."""
    rows = conn.execute(
        """SELECT * FROM rulings WHERE id IN (
            SELECT ruling FROM stories CROSS JOIN items ON story = stories.id CROSS JOIN constraints ON one = items.id
            WHERE uuid = ?)
        ORDER BY id DESC LIMIT ?""",
        (story, limit),
    )
    return [_ruling(row) for row in rows]


def numbered(conn: sqlite3.Connection, number: int) -> Ruling:
    """The ruling of this number, which must exist."""
    return _ruling(conn.execute("SELECT * FROM rulings WHERE id = ?", (number,)).fetchone())


def cited(conn: sqlite3.Connection, *numbers: int) -> str:
    """Rulings as they are named to an editor, who may ask the others: "ruling 3 (never, Ana, 2026-11-23 08:30Z)"."""
    rulings = [numbered(conn, number) for number in numbers]
    return " and ".join(f"ruling {one.number} ({one.verb}, {one.who}, {one.at:%Y-%m-%d %H:%MZ})" for one in rulings)


def in_the_way(conn: sqlite3.Connection, what: str, *numbers: int) -> RulingError:
    """The refusal of what rulings rule out: `what` is done by them, and how they are undone."""
    undo = ", ".join(f"feedhub undo {number}" for number in numbers)
    return RulingError(f"{what} by {cited(conn, *numbers)}; undo that first ({undo})")


def _ruling(row: sqlite3.Row) -> Ruling:
    facts = orjson.loads(row["facts"])
    stories = facts.pop("stories")
    return Ruling(
        number=row["id"],
        at=at(row["at"]),
        who=row["who"],
        verb=row["verb"],
        stories=tuple(
            Named(part=part, story=facts[part], outlet=outlet, title=title) for part, outlet, title in stories
        ),
        facts=facts,
        undone=moment(row["undone"]),
    )
