"""The record of what editors ruled."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from feedhub.store.times import at, moment

Verb = Literal["merge", "split", "never", "confirm", "pin", "hide", "lead", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One decision of an editor, as recorded."""

    number: int
    at: datetime
    who: str
    verb: Verb
    facts: dict[str, Any]
    undone: datetime | None


def recorded(conn: sqlite3.Connection, limit: int) -> list[Ruling]:
    """The rulings, the latest first."""
    return [
        Ruling(
            number=row["id"],
            at=at(row["at"]),
            who=row["who"],
            verb=row["verb"],
            facts=orjson.loads(row["facts"]),
            undone=moment(row["undone"]),
        )
        for row in conn.execute("SELECT * FROM rulings ORDER BY id DESC LIMIT ?", (limit,))
    ]
